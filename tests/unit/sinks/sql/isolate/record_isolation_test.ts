import assert from "node:assert/strict";
import fc from "fast-check";
import type { SinkRecord } from "../../../../../connect/api/record.ts";
import type {
  ColumnShape,
  RowsStatement,
  SqlTransaction,
  TransactionEnd,
} from "../../../../../sinks/sql/dialect.ts";
import { readSinkSettings } from "../../../../../sinks/sql/options/option_rules.ts";
import { isolate, savepointsMax } from "../../../../../sinks/sql/isolate/record_isolation.ts";
import { SqlFailure } from "../../../../../sinks/sql/sql_failure.ts";
import { StatementOrder } from "../../../../../sinks/sql/plan/statement_order.ts";
import { planTable } from "../../../../../sinks/sql/plan/table_plan.ts";
import type { RowChange } from "../../../../../sinks/sql/plan/table_row.ts";
import { sinkRecord } from "../../../../support/fakes/fake_sink_context.ts";

const id: ColumnShape = {
  name: "id",
  encode: String,
  isInstant: false,
  hasTextEquality: true,
  takesEveryCell: true,
  isNullable: false,
};
const plans = (["apart", "in_order"] as const).map((order) =>
  planTable(
    {
      name: { schema: null, name: "people" },
      columns: new Map([["id", id]]),
      closed: new Map(),
      rules: {
        order,
        hasChecks: true,
        hasRelations: false,
        hasDeferred: false,
        required: [],
        uniqueKeys: [["id"]],
        hasOtherUnique: false,
      },
    },
    { keyNames: ["id"], valueNames: [] },
    readSinkSettings({ "connection.url": "postgres://db/x", "pk.mode": "record_key", "pk.fields": "id" }),
  )
);

function changeOf(record: SinkRecord, plan = plans[0]): RowChange {
  if (plan === undefined) throw new Error("no plan");
  const key = String(record.value).replace("*", "");
  return {
    kind: "insert",
    plan,
    key,
    cells: [String(record.value)],
    timing: null,
    sealedMicros: null,
    former: 0,
    record,
  };
}

/**
 * A table with one unique column that refuses some values; a record's value is the one. Only one value may have a star
 * behind it, which a second constraint checks after the first.
 */
class FakeTable {
  readonly savepointsOf: number[] = [];
  constructor(readonly refused: ReadonlySet<string>, readonly tellsRow: boolean) {}

  async transaction<T>(work: (tx: SqlTransaction) => Promise<TransactionEnd<T>>): Promise<T> {
    let rows = new Set<string>();
    let saved = new Set<string>();
    let stoppedAt: number | null = null;
    this.savepointsOf.push(0);
    const write = (statement: RowsStatement) => {
      statement.rows.forEach(([value = ""], index) => {
        const key = value.replace("*", "");
        const isTwice = this.refused.has(value) || rows.has(key) || rows.has(`${key}*`);
        const isSecondStar = value !== key && [...rows].some((row) => row.endsWith("*"));
        if (isTwice || isSecondStar) {
          stoppedAt = this.tellsRow ? index : null;
          const sqlstate = isTwice ? "23505" : "23P01";
          throw new SqlFailure("data", `SQLSTATE ${sqlstate}`, { sqlstate });
        }
        rows.add(value);
      });
      return { touched: statement.rows.length, closed: 0 };
    };
    const later = <A extends unknown[], R>(run: (...args: A) => R) => async (...args: A) =>
      await run(...args);
    const { result } = await work({
      write: later(write),
      trace: later(write),
      savepoint: later(() => {
        this.savepointsOf.push((this.savepointsOf.pop() ?? 0) + 1);
        saved = new Set(rows);
      }),
      rollbackToSavepoint: later(() => {
        rows = new Set(saved);
        const at = stoppedAt;
        stoppedAt = null;
        return at;
      }),
      checkConstraintsAtOnce: () => Promise.resolve(),
      lockOffsets: () => Promise.reject(new Error("No offsets here")),
      advanceOffsets: () => Promise.reject(new Error("No offsets here")),
    });
    return result;
  }
}

async function refusedOffsets(
  values: readonly string[],
  table: FakeTable,
  plan = plans[0],
): Promise<readonly number[]> {
  let rest = values.map((value, index) => sinkRecord(index, { value }));
  const refused: number[] = [];
  // As the delivery does: good records are written again, and searched again if that fails.
  for (;;) {
    const changes = rest.map((record) => changeOf(record, plan));
    const found = await isolate(changes, { dialect: table, statementsOf, stopsPartitions: false });
    refused.push(...found.map(({ record }) => Number(record.offset)));
    rest = rest.filter((record) => !found.some((one) => one.record === record));
    if (found.length === 0 || !isRefused(rest.map(({ value }) => String(value)), table.refused)) break;
  }
  return refused.toSorted((a, b) => a - b);
}

function statementsOf(changes: readonly RowChange[]): readonly RowsStatement[] {
  const [first] = changes;
  if (first === undefined) return [];
  return [{
    kind: "insert",
    plan: first.plan.write,
    rows: changes.map(({ cells }) => cells),
    records: changes.map(({ record }) => record),
  }];
}

function isRefused(values: readonly string[], refused: ReadonlySet<string>): boolean {
  return new Set(values).size < values.length || values.some((value) => refused.has(value));
}

for (const tellsRow of [false, true]) {
  const how = tellsRow ? "if the database tells the row" : "by halving";
  Deno.test(`isolate() finds exactly the records that would be refused one by one, ${how}`, async () => {
    const values = fc.array(fc.nat(60).map(String), { minLength: 1, maxLength: 120 });
    const bad = fc.array(fc.nat(60).map(String), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(values, bad, async (records, refused) => {
        const table = new FakeTable(new Set(refused), tellsRow);
        const seen = new Set<string>();
        const expected = records.flatMap((value, index) => {
          if (table.refused.has(value) || seen.has(value)) return [index];
          seen.add(value);
          return [];
        });
        if (expected.length === 0) return;
        for (const plan of plans) assert.deepEqual(await refusedOffsets(records, table, plan), expected);
        assert.ok(table.savepointsOf.every((count) => count <= savepointsMax));
      }),
      { numRuns: 300, seed: 5 },
    );
  });
}

Deno.test("isolate() finds nothing where the records are fine one after the other", async () => {
  const table = new FakeTable(new Set(), false);
  assert.deepEqual(await refusedOffsets(["a", "b", "c"], table), []);
});

Deno.test("isolate() lets an outage through", async () => {
  const away = new SqlFailure("outage", "ECONNRESET", { sqlstate: null });
  const dialect = { transaction: () => Promise.reject(away) };
  await assert.rejects(
    isolate([changeOf(sinkRecord(0, { value: "a" }))], { dialect, statementsOf, stopsPartitions: false }),
    away,
  );
});

Deno.test("isolate() looks at nothing behind a partition's first refused record if it stops there", async () => {
  const records = ["a", "bad", "bad", "b"].map((value, index) => sinkRecord(index, { value }));
  const table = new FakeTable(new Set(["bad"]), true);
  const changes = records.map((record) => changeOf(record));
  const found = await isolate(changes, { dialect: table, statementsOf, stopsPartitions: true });
  assert.deepEqual(found.map(({ record }) => Number(record.offset)), [1]);
});

Deno.test("isolate() names the constraint that a record violates alone, also if a row in front isn't written again", async () => {
  const values = ["1", "1", "4", "2*", "1*", "1"];
  const changes = values.map((value, index) => changeOf(sinkRecord(index, { value })));
  const table = new FakeTable(new Set(), true);
  const found = await isolate(changes, { dialect: table, statementsOf, stopsPartitions: false });
  assert.deepEqual(found.map(({ record, failure }) => `${record.offset} ${failure.rule}`).toSorted(), [
    "1 sqlstate_23505",
    "4 sqlstate_23505",
    "5 sqlstate_23505",
  ]);
});

Deno.test("rows without a key are searched in statements of many rows", () => {
  const settings = readSinkSettings({ "connection.url": "postgres://db/x", "insert.mode": "insert" });
  const [known] = plans;
  assert.ok(known !== undefined);
  const plan = planTable(known.table, { keyNames: [], valueNames: ["id"] }, settings);
  const changes = Array.from({ length: 100 }, (_, offset) => ({
    ...changeOf(sinkRecord(offset, { value: String(offset) }), plan),
    key: "",
  }));
  const statements = new StatementOrder(settings).statements(changes, "in_order");
  assert.deepEqual(statements.map(({ rows }) => rows.length), [100]);
});
