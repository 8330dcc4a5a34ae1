/** The same random records by objects and by columns: the same table, counts, reports and ledger. */

import assert from "node:assert/strict";
import { PartitionMap } from "../../../../../connect/api/record.ts";
import type { Props } from "../../../../../connect/api/sink_task.ts";
import { tableOf } from "../../../../../sinks/postgres/tables/catalog.ts";
import type { TableShape } from "../../../../../sinks/sql/dialect.ts";
import { readSinkSettings } from "../../../../../sinks/sql/options/option_rules.ts";
import { SqlSinkTask } from "../../../../../sinks/sql/sql_sink_task.ts";
import { FakeSinkContext } from "../../../../support/fakes/fake_sink_context.ts";
import { Random } from "../../../../support/random.ts";
import { TextBatch } from "../../../../support/sinks/columns/text_batch.ts";
import {
  type ColumnCase,
  columnCases,
  columnsOf,
  nowMs,
  partitions,
  recordsOf,
} from "../../../../support/sinks/columns/column_cases.ts";
import { MemoryDatabase } from "../../../../support/sinks/columns/memory_database.ts";
import { catalogRows } from "../../../../support/sinks/statement_plans.ts";

const seeds = 30;
const time = { now: () => nowMs, monotonic: () => 0, sleep: () => Promise.resolve() };

function tableFor({ columns, key, required = [], hasChecks }: ColumnCase): TableShape {
  const source = { table: ["public", "people"] as const, columns, props: {} };
  const name = { schema: null, name: "people" };
  return {
    ...tableOf(
      name,
      catalogRows(source).map((row) => ({ ...row, isNullable: !required.includes(row.column) })),
    ),
    rules: {
      ...{
        order: "apart",
        hasRelations: false,
        hasDeferred: false,
        hasOtherUnique: false,
        hasChecks: hasChecks === true,
        required,
      },
      uniqueKeys: key.length === 0 ? [] : [key],
    },
  };
}

async function started(one: ColumnCase, more: Props) {
  const props: Props = {
    ...{ "connection.url": "postgres://db/x", "table.name.format": "people", "errors.tolerance": "all" },
    ...{ "audit.ledger.enabled": "true", ...one.props, ...more },
  };
  const database = new MemoryDatabase({
    ...{ table: tableFor(one), keyNames: one.key },
    ...one.hasChecks === true ? { refuses: (row) => row.get("name") === '"refused"' } : {},
  });
  const context = new FakeSinkContext({ props, time, taskId: 1 });
  const task = new SqlSinkTask({
    ...{ version: "1", committedMark: "", readSettings: readSinkSettings },
    openDialect: () => Promise.resolve(database),
  });
  task.initialize(context);
  await task.start(props);
  await task.open(partitions);
  return { database, context, task };
}

async function outcomeOf(one: ColumnCase, seed: number, more: Props, isByColumns: boolean) {
  const random = new Random(seed);
  const { database, context, task } = await started(one, more);
  const columns = columnsOf(one);
  const next = [0, 0];
  let error: string | null = null;
  let [written, made] = [0, 0];
  for (let put = 0; put < 4 && error === null; put++) {
    const batch = new TextBatch(columns, recordsOf(one, random, random.integer(1, 40), next));
    try {
      if (isByColumns && await task.columns.put(batch)) {
        written += 1;
        made += batch.made;
      } else await task.put(batch.records());
    } catch (thrown) {
      error = String(thrown);
    }
  }
  await task.preCommit(new PartitionMap<bigint>());
  const reports = context.reports.map(({ record, error }) =>
    `${record.origin.partition} ${record.offset} ${error.message}`
  );
  return {
    outcome: {
      ...{
        error,
        reports,
        rows: [...database.rows].toSorted(),
        log: database.log.toSorted(),
        ledger: database.ledger,
      },
      counts: [...context.counts].toSorted(),
      offsets: [...database.offsets],
    },
    written,
    made,
  };
}

for (const one of columnCases) {
  for (const exactlyOnce of ["false", "true"]) {
    Deno.test(`columns write what records write: ${one.name}, exactly once ${exactlyOnce}`, async () => {
      let [columns, made] = [0, 0];
      for (let seed = 1; seed <= seeds; seed++) {
        const more = {
          "exactly.once.enabled": exactlyOnce,
          "errors.tolerance": seed % 5 === 0 ? "none" : "all",
        };
        const byObjects = await outcomeOf(one, seed, more, false);
        const byColumns = await outcomeOf(one, seed, more, true);
        assert.deepEqual(byColumns.outcome, byObjects.outcome, `seed ${seed}`);
        columns += byColumns.written;
        made += byColumns.made;
      }
      assert.ok(columns > seeds / 10, `only ${columns} batches went by columns`);
      assert.ok(made > 0, "some records of those batches were objects");
    });
  }
}
