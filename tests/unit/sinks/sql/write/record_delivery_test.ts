import assert from "node:assert/strict";
import { PartitionMap, type SinkRecord, type TopicPartition } from "../../../../../connect/api/record.ts";
import type {
  ColumnShape,
  LockedOffset,
  RowsStatement,
  SqlDialect,
  SqlTransaction,
  TableShape,
  TransactionEnd,
} from "../../../../../sinks/sql/dialect.ts";
import { readSinkSettings } from "../../../../../sinks/sql/options/option_rules.ts";
import { BatchPlanner } from "../../../../../sinks/sql/plan/batch_planner.ts";
import { SqlFailure } from "../../../../../sinks/sql/sql_failure.ts";
import { PartitionOwnership } from "../../../../../sinks/sql/write/partition_ownership.ts";
import { RecordDelivery } from "../../../../../sinks/sql/write/record_delivery.ts";
import { FakeSinkContext, sinkRecord } from "../../../../support/fakes/fake_sink_context.ts";

const id: ColumnShape = {
  ...{ name: "id", encode: String, isInstant: false, hasTextEquality: true },
  ...{ takesEveryCell: true, isNullable: false },
};
const people: TableShape = {
  name: { schema: null, name: "people" },
  columns: new Map([["id", id]]),
  closed: new Map(),
  rules: {
    ...{ order: "apart", hasChecks: true, hasRelations: false, hasDeferred: false, hasOtherUnique: false },
    ...{ required: [], uniqueKeys: [["id"]] },
  },
};
const settings = readSinkSettings({
  "connection.url": "postgres://db/x",
  "pk.mode": "record_value",
  "pk.fields": "id",
  "insert.mode": "upsert",
});
const data = new SqlFailure("data", "SQLSTATE 23514 check_violation", { sqlstate: "23514" });
const deadlock = new SqlFailure("retry_now", "SQLSTATE 40P01 deadlock_detected", { sqlstate: "40P01" });
const never = () => Promise.reject(new Error("Not expected here"));

/** A table in memory, and what was done to it. */
class FakeDialect implements SqlDialect {
  readonly address = "memory";
  readonly rows: string[] = [];
  /** How each transaction ended. */
  readonly ends: string[] = [];
  locked: LockedOffset = { fence: 1n, nextOffset: null };
  refuses: (values: readonly string[]) => SqlFailure | undefined = () => undefined;

  async transaction<T>(work: (tx: SqlTransaction) => Promise<TransactionEnd<T>>): Promise<T> {
    const added: string[] = [];
    const write = ({ rows }: RowsStatement) => {
      const values = rows.map(([value = ""]) => value);
      const failure = this.refuses(values);
      if (failure !== undefined) return Promise.reject(failure);
      added.push(...values);
      return Promise.resolve({ touched: values.length, closed: 0 });
    };
    const lock = (partitions: readonly TopicPartition[]) =>
      new PartitionMap(partitions.map((one) => [one, this.locked] as const));
    try {
      const { by, result } = await work({
        ...{ write, trace: write },
        savepoint: () => Promise.resolve(),
        rollbackToSavepoint: () => Promise.resolve(null),
        checkConstraintsAtOnce: () => Promise.resolve(),
        lockOffsets: (partitions) => Promise.resolve(lock(partitions)),
        advanceOffsets: () => Promise.resolve(),
      });
      if (by === "commit") this.rows.push(...added);
      this.ends.push(by);
      return result;
    } catch (error) {
      this.ends.push("failed");
      throw error;
    }
  }
  writeAll(statements: readonly RowsStatement[]) {
    return this.transaction(async (tx) => ({
      by: "commit",
      result: await Promise.all(statements.map((statement) => tx.write(statement))),
    }));
  }
  readonly describe = () => Promise.resolve(people);
  readonly lookAgain = () => Promise.resolve(false);
  readonly check = never;
  readonly connect = never;
  readonly checkStatements = never;
  readonly openOffsets = never;
  readonly close = never;
  readonly housekeeping = { checkLedger: never, checkRetention: never, note: never, purge: never };
}

function deliveryOn(dialect: FakeDialect, ownership: PartitionOwnership | null = null) {
  const context = new FakeSinkContext({ props: { "errors.tolerance": "all" } });
  const planner = new BatchPlanner({ settings, describe: dialect.describe, now: () => 0 });
  const housekeeper = { delivered: () => {}, rejected: () => {} };
  return {
    context,
    delivery: new RecordDelivery({ settings, planner, dialect, ownership, housekeeper, context }),
  };
}

const recordsOf = (...ids: readonly string[]): readonly SinkRecord[] =>
  ids.map((value, offset) => sinkRecord(offset, { value: { id: value } }));

Deno.test("deliver() tries a deadlocked batch again at once", async () => {
  const dialect = new FakeDialect();
  let deadlocks = 2;
  dialect.refuses = () => deadlocks-- > 0 ? deadlock : undefined;
  const { delivery } = deliveryOn(dialect);
  await delivery.deliver(recordsOf("a", "b"));
  assert.deepEqual([dialect.rows, dialect.ends], [["a", "b"], ["failed", "failed", "commit"]]);
});

Deno.test("deliver() takes a deadlock that doesn't end for an outage", async () => {
  const dialect = new FakeDialect();
  dialect.refuses = () => deadlock;
  const { delivery } = deliveryOn(dialect);
  await assert.rejects(delivery.deliver(recordsOf("a")), { kind: "outage" });
  assert.equal(dialect.ends.length, 10);
});

Deno.test("deliver() reports a refused record and writes the others", async () => {
  const dialect = new FakeDialect();
  dialect.refuses = (values) => values.includes("bad") ? data : undefined;
  const { delivery, context } = deliveryOn(dialect);
  await delivery.deliver(recordsOf("a", "bad", "c"));
  assert.deepEqual(dialect.rows, ["a", "c"]);
  assert.deepEqual(context.reports.map(({ record }) => record.offset), [1n]);
});

Deno.test("deliver() writes records one at a time if they are refused only together", async () => {
  const dialect = new FakeDialect();
  dialect.refuses = (values) => values.length > 1 ? data : undefined;
  const { delivery, context } = deliveryOn(dialect);
  await delivery.deliver(recordsOf("a", "b", "c"));
  assert.deepEqual([dialect.rows, context.reports], [["a", "b", "c"], []]);
});

Deno.test("deliver() gives up where one at a time is refused, too, and no record is to blame", async () => {
  const dialect = new FakeDialect();
  // The search's transactions are rolled back: a rule that is checked at the commit lets them through.
  const inner = dialect.transaction.bind(dialect);
  dialect.transaction = <T>(work: (tx: SqlTransaction) => Promise<TransactionEnd<T>>) =>
    inner(async (tx) => {
      const end = await work(tx);
      if (end.by === "commit") throw data;
      return end;
    });
  const { delivery } = deliveryOn(dialect);
  await assert.rejects(delivery.deliver(recordsOf("a", "b")), { kind: "fatal" });
});

Deno.test("deliver() rolls back and drops the records of a partition that another task has claimed", async () => {
  const dialect = new FakeDialect();
  const ownership = new PartitionOwnership();
  const [record] = recordsOf("a");
  assert.ok(record !== undefined);
  ownership.opened(new PartitionMap([[record.origin, { fence: 1n, from: 0n }]]));
  dialect.locked = { fence: 2n, nextOffset: null };
  const { delivery, context } = deliveryOn(dialect, ownership);
  await delivery.deliver([record]);
  assert.deepEqual([dialect.rows, dialect.ends], [[], ["rollback"]]);
  assert.equal(context.counts.get("partitions-lost:foreign_fence"), 1);
});

Deno.test("deliver() leaves out what the locked offsets say is written", async () => {
  const dialect = new FakeDialect();
  const ownership = new PartitionOwnership();
  const records = recordsOf("a", "b", "c");
  const [{ origin } = { origin: { topic: "", partition: 0 } }] = records;
  ownership.opened(new PartitionMap([[origin, { fence: 1n, from: 0n }]]));
  dialect.locked = { fence: 1n, nextOffset: 2n };
  const { delivery } = deliveryOn(dialect, ownership);
  await delivery.deliver(records);
  assert.deepEqual([dialect.rows, dialect.ends], [["c"], ["rollback", "commit"]]);
});

Deno.test("advanceTo() moves no offset of a partition that another task has claimed", async () => {
  const dialect = new FakeDialect();
  const ownership = new PartitionOwnership();
  const at = { topic: "people", partition: 0 };
  ownership.opened(new PartitionMap([[at, { fence: 1n, from: 0n }]]));
  dialect.locked = { fence: 2n, nextOffset: null };
  const { delivery } = deliveryOn(dialect, ownership);
  await delivery.advanceTo(new PartitionMap([[at, 5n]]));
  assert.deepEqual(dialect.ends, ["rollback"]);
  assert.equal(ownership.durable(new PartitionMap([[at, 5n]])).size, 0);
});
