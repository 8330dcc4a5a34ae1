/** The same random records by objects and by columns, on a real PostgreSQL. */

import assert from "node:assert/strict";
import { Random } from "../../support/random.ts";
import { startTask } from "../../contract/sink_contract.ts";
import { TextBatch } from "../../support/sinks/columns/text_batch.ts";
import {
  type ColumnCase,
  columnCases,
  columnsOf,
  nowMs,
  recordsOf,
} from "../../support/sinks/columns/column_cases.ts";
import { freshSchema, putAll } from "../../support/sinks/sink_case.ts";

const seeds = 4;
const puts = 4;
const time = {
  now: () => nowMs,
  monotonic: () => performance.now(),
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
};

function tableSql({ columns, key, required = [], hasChecks }: ColumnCase): string {
  const definitions = Object.entries(columns).map(([name, type]) =>
    `${name} ${type}${required.includes(name) ? " not null" : ""}`
  );
  return `create table people (${
    [
      ...definitions,
      ...key.length === 0 ? [] : [`primary key (${key.join(", ")})`],
      ...hasChecks === true ? ["check (name <> 'refused')"] : [],
    ].join(", ")
  })`;
}

async function outcomeOf(one: ColumnCase, seed: number, isByColumns: boolean) {
  const exactlyOnce = { "exactly.once.enabled": String(seed === seeds) };
  await using world = await freshSchema();
  await world.sql.unsafe(tableSql(one));
  const props = { ...one.props, ...exactlyOnce, "table.name.format": "people", "retry.backoff.ms": "0" };
  const { task, context } = await startTask(world, props, {
    ...{ time, taskId: 1, connectorName: world.schema },
  });
  const sink = task.columns;
  assert.ok(sink !== undefined, "the sink takes columns");
  const random = new Random(seed);
  const next = [0, 0];
  let [error, written]: [Error | null, number] = [null, 0];
  for (let put = 0; put < puts && error === null; put++) {
    const batch = new TextBatch(
      columnsOf(one),
      recordsOf(one, random, random.integer(1, random.pick([3, 60])), next),
    );
    if (isByColumns && await sink.put(batch)) written += 1;
    else error = await putAll(task, batch.records());
  }
  await task.stop();
  const rows = await world.sql.unsafe("select people::text as row from people order by 1");
  const reports = context.reports.map(({ record, error }) =>
    `${record.origin.partition} ${record.offset} ${error.message.replaceAll(world.schema, "s")}`
  );
  const counts = [...context.counts].toSorted();
  return { outcome: { rows: rows.map(({ row }) => String(row)), reports, counts, error }, written };
}

for (const one of columnCases.filter(({ props }) => props["contact.retention.days"] === undefined)) {
  Deno.test(`PostgreSQL has the same rows of columns as of records: ${one.name}`, async () => {
    let written = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const byObjects = await outcomeOf(one, seed, false);
      const byColumns = await outcomeOf(one, seed, true);
      assert.deepEqual(byColumns.outcome, byObjects.outcome, `seed ${seed}`);
      written += byColumns.written;
    }
    assert.ok(written > 0, "some batches went by columns");
  });
}
