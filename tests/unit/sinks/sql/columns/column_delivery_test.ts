import assert from "node:assert/strict";
import { RetriableException } from "../../../../../connect/api/exceptions.ts";
import type { Props } from "../../../../../connect/api/sink_task.ts";
import { tableOf } from "../../../../../sinks/postgres/tables/catalog.ts";
import { readSinkSettings } from "../../../../../sinks/sql/options/option_rules.ts";
import { SqlFailure } from "../../../../../sinks/sql/sql_failure.ts";
import { SqlSinkTask } from "../../../../../sinks/sql/sql_sink_task.ts";
import { FakeSinkContext } from "../../../../support/fakes/fake_sink_context.ts";
import { TextBatch, type TextRecord } from "../../../../support/sinks/columns/text_batch.ts";
import { MemoryDatabase } from "../../../../support/sinks/columns/memory_database.ts";
import { catalogRows } from "../../../../support/sinks/statement_plans.ts";

const origin = { topic: "people", partition: 0 };
const columns = ["id", "name"].map((name) => ({ part: "value", name }) as const);
const outage = new SqlFailure("outage", "ECONNREFUSED", { sqlstate: null });
const table = {
  ...tableOf(
    { schema: null, name: "people" },
    catalogRows({ table: ["public", "people"], columns: { id: "int8", name: "text" }, props: {} }),
  ),
  rules: {
    ...{
      order: "apart" as const,
      hasChecks: false,
      hasRelations: false,
      hasDeferred: false,
      hasOtherUnique: false,
    },
    ...{ required: [], uniqueKeys: [["id"]] },
  },
};

function batchOf(offset: number, ...ids: readonly string[]): TextBatch {
  return new TextBatch(
    columns,
    ids.map((id, index): TextRecord => ({
      ...{ origin, offset: offset + index, timestamp: 1000 + index, key: null },
      fields: new Map([["id", id], ["name", '"Ana"']]),
    })),
  );
}

async function started(more: Props = {}) {
  const props: Props = {
    ...{ "connection.url": "postgres://db/x", "insert.mode": "upsert", "pk.mode": "record_value" },
    ...{ "pk.fields": "id", "errors.tolerance": "all", ...more },
  };
  const database = new MemoryDatabase({ table, keyNames: ["id"], refuses: (row) => row.get("id") === "-1" });
  const context = new FakeSinkContext({ props, taskId: 1 });
  const task = new SqlSinkTask({
    ...{ version: "1", committedMark: "", readSettings: readSinkSettings },
    openDialect: () => Promise.resolve(database),
  });
  task.initialize(context);
  await task.start(props);
  await task.open([origin]);
  return { database, context, task };
}

Deno.test("put() of columns reports a bad record once, although the batch comes again", async () => {
  const { database, context, task } = await started();
  database.failures.push(outage, outage);
  const batch = batchOf(0, "1", '"q"', "2");
  for (let tries = 0; tries < 2; tries++) await assert.rejects(task.columns.put(batch), RetriableException);
  assert.equal(await task.columns.put(batch), true);
  assert.deepEqual([context.reportedOffsets(), [...database.rows.keys()], batch.made], [[1], ["1", "2"], 1]);
});

Deno.test("put() of columns reports nothing that put() reports again", async () => {
  const { database, context, task } = await started();
  const batch = batchOf(0, "1", '"q"', "-1");
  assert.equal(await task.columns.put(batch), false);
  await task.put(batch.records());
  assert.deepEqual([context.reportedOffsets(), [...database.rows.keys()]], [[1, 2], ["1"]]);
});

Deno.test("put() of columns makes no objects of plain records", async () => {
  const { database, task } = await started();
  const batch = batchOf(0, ...Array.from({ length: 5000 }, (_, index) => String(index % 3000)));
  assert.equal(await task.columns.put(batch), true);
  assert.deepEqual([database.rows.size, batch.made], [3000, 0]);
});

/** How many batches it would decline. */
function skippedBy(task: SqlSinkTask): number {
  let count = 0;
  while (!task.columns.takes(columns)) count += 1;
  return count;
}

Deno.test("takes() says no after a batch whose records were mostly objects, longer each time", async () => {
  const { task } = await started();
  const found: number[] = [];
  for (const ids of [["1", '"2"'], ['"1"', '"2"', "3"], ['"1"'], ["1", "2"], ['"q"', '"q"', "3"]]) {
    assert.equal(await task.columns.put(batchOf(0, ...ids)), true);
    found.push(skippedBy(task));
  }
  assert.deepEqual(found, [0, 20, 40, 0, 20]);
});

Deno.test("takes() says no after a declined batch, longer each time, until one is written", async () => {
  const { database, task } = await started();
  const skipped = () => skippedBy(task);
  const found = [skipped()];
  const data = new SqlFailure("data", "SQLSTATE 23514", { sqlstate: "23514" });
  for (const failure of [data, data, data, data, data, data, null, data]) {
    if (failure !== null) database.failures.push(failure);
    await task.columns.put(batchOf(0, "1"));
    found.push(skipped());
  }
  assert.deepEqual(found, [0, 20, 40, 80, 160, 320, 320, 0, 20]);
});

Deno.test("put() of columns declines what only records can show, without a pause", async () => {
  const { database, context, task } = await started();
  database.failures.push(new SqlFailure("retry_now", "SQLSTATE 40P01", { sqlstate: "40P01" }));
  assert.equal(await task.columns.put(batchOf(0, "1")), false);
  assert.equal(context.counts.get("database-retries:sqlstate_40P01"), 1);
  assert.equal(task.columns.takes(columns), true);
});

Deno.test("put() of columns writes after the first records of a partition, exactly once", async () => {
  const { database, task } = await started({ "exactly.once.enabled": "true" });
  const first = batchOf(0, "1");
  assert.equal(await task.columns.put(first), false, "the database has no offset yet");
  await task.put(first.records());
  assert.equal(await task.columns.put(first), false, "it is written");
  assert.equal(await task.columns.put(batchOf(1, "2", "3")), true);
  assert.equal(database.offsets.get(origin)?.nextOffset, 3n);
  assert.ok(database.log.includes("people-0 3 1001"));
});

Deno.test("put() of columns leaves another owner's partition to put()", async () => {
  const { database, context, task } = await started({ "exactly.once.enabled": "true" });
  await task.put(batchOf(0, "1").records());
  database.offsets.set(origin, { fence: 7n, nextOffset: 5n });
  const batch = batchOf(1, "2");
  assert.equal(await task.columns.put(batch), false);
  await task.put(batch.records());
  assert.equal(context.counts.get("partitions-lost:foreign_fence"), 1);
  assert.deepEqual([task.columns.takes(columns), [...database.rows.keys()]], [false, ["1"]]);
});

Deno.test("put() of columns plans anew if the table has changed", async () => {
  const { database, context, task } = await started();
  let looks = 0;
  Object.assign(database, { lookAgain: () => Promise.resolve(looks++ > 0) });
  assert.equal(await task.columns.put(batchOf(0, "1", '"q"')), true);
  assert.deepEqual([looks, context.counts.get("database-retries:table_changed")], [2, 1]);
});
