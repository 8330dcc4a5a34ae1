/** Runs each connector's `example.json`. New connectors are found automatically. */

import assert from "node:assert/strict";
import { type ConnectorFolder, listConnectorFolders } from "../../../cli/connector_folders.ts";
import { PartitionMap, type SinkRecord } from "../../../connect/api/record.ts";
import { reasonOf } from "../../../connect/errors/failed_record.ts";
import {
  type ConnectorExample,
  consumedRecords,
  readExample,
  rowsProblem,
} from "../../support/delivery/connector_example.ts";
import { type ConnectorRun, startConnector } from "../../support/delivery/connector_runs.ts";
import { sharedWorld } from "../../support/world.ts";

await sharedWorld();

const folders = await listConnectorFolders();

Deno.test("the connectors that come with Sluice are found", () => {
  assert.deepEqual(
    folders.map(({ name }) => name).filter((name) => /^(telesales|purchase-totals)$/.test(name)),
    [
      "purchase-totals",
      "telesales",
    ],
  );
});

for (const folder of folders) {
  Deno.test(`connectors/${folder.name} does what its example says`, () => runExample(folder));
}

async function runExample(folder: ConnectorFolder): Promise<void> {
  const example = await readExample(new URL("example.json", folder.url));
  await using run = await startConnector(folder, example.variables);
  const rejected = await deliver(example, run);
  for (const [table, expected] of Object.entries(example.rows)) {
    const found = await rowsOf(run, table);
    const problem = rowsProblem(expected, found);
    assert.equal(problem, undefined, `${table}: ${problem}`);
  }
  assert.deepEqual(rejected, example.rejected);
}

/** Delivers all records in one batch. Returns the rejections by record number. */
async function deliver(
  example: ConnectorExample,
  run: ConnectorRun,
): Promise<Readonly<Record<string, string>>> {
  const rejected: Record<string, string> = {};
  const numbers = new PartitionMap<Map<bigint, number>>();
  const records: SinkRecord[] = [];
  for (const [number, raw] of consumedRecords(example).entries()) {
    run.kafka.createPartitions(raw.topic, raw.partition + 1);
    run.kafka.append(raw, {});
    numbers.set(raw, (numbers.get(raw) ?? new Map<bigint, number>()).set(raw.offset, number));
    try {
      const record = run.pipeline.apply(raw);
      if (record !== null) records.push(record);
    } catch (error) {
      rejected[number] = reasonOf(error);
    }
  }
  await run.task.open(numbers.keys());
  await run.task.put(records);
  for (const { record, error } of run.reported) {
    const number = numbers.get(record.origin)?.get(record.offset);
    assert.ok(number !== undefined, "only what was delivered is reported");
    rejected[number] = reasonOf(error);
  }
  return rejected;
}

async function rowsOf(
  run: ConnectorRun,
  table: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const name = table.split(".").map((part) => `"${part}"`).join(".");
  await run.admin.unsafe("set time zone 'UTC'");
  const rows = await run.admin.unsafe<{ row: Record<string, unknown> }[]>(
    `select to_jsonb(t) as row from ${name} t`,
  );
  return rows.map(({ row }) => row);
}
