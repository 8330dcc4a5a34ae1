/**
 * Measures planning a batch of 500 rows: checking, folding, ordering, array texts. No database.
 *
 *     deno bench bench/micro/table_batch_bench.ts
 *
 * @module
 */

import type { SinkRecord } from "../../connect/api/record.ts";
import { ConnectRecord } from "../../connect/api/record.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { tableOf } from "../../sinks/postgres/tables/catalog.ts";
import { arrayLiterals } from "../../sinks/postgres/statements/rows.ts";
import { BatchPlanner } from "../../sinks/sql/plan/batch_planner.ts";
import { readSinkSettings } from "../../sinks/sql/options/option_rules.ts";
import { StatementOrder } from "../../sinks/sql/plan/statement_order.ts";

const rows = 500;
const types: Readonly<Record<string, string>> = {
  ...{ customer_id: "int8", name: "text", phone: "text", region: "text", updated_at: "timestamptz" },
  ...{ region_at: "timestamptz", source_topic: "text", source_partition: "int4", source_offset: "int8" },
};
const columns = tableOf(
  { schema: null, name: "people" },
  Object.entries(types).map(([column, type]) => ({
    ...{ schema: "public", table: "people", column, type, cast: type },
    ...{ closed: null, isNullable: true, isChecked: false, isDeterministic: true, isUnicode: true },
    ...{ isBuiltin: true, isEnum: false, hasTextCast: false, modifier: null },
    ...{ elementType: null, isElementBuiltin: false, delimiter: null },
  })),
);
const table = {
  ...columns,
  rules: {
    order: "apart" as const,
    hasChecks: false,
    hasRelations: false,
    hasDeferred: false,
    required: [],
    uniqueKeys: [["customer_id"]],
    hasOtherUnique: false,
  },
};
const upsert: Props = {
  "connection.url": "postgres://writer@db/bank2",
  "insert.mode": "upsert",
  "pk.mode": "record_value",
  "pk.fields": "customer_id",
  "fields.whitelist": "name,phone,region",
};
const newest: Props = {
  ...upsert,
  "newest.wins.field": "updated_at",
  "newest.wins.columns": "region:region_at",
  "source.position.columns": "source_topic,source_partition,source_offset",
};

function recordsFor(customers: number): readonly SinkRecord[] {
  return Array.from({ length: rows }, (_, index) =>
    ConnectRecord.of({
      topic: "people",
      offset: BigInt(index),
      value: {
        customer_id: BigInt(1 + (index * 7919) % customers),
        name: "João da Silva",
        phone: `+55 11 9${String(index).padStart(8, "0")}`,
        region: "SP",
        updated_at: new Date(1_700_000_000_000 + index),
      },
    }) as SinkRecord);
}

/** Removes one field from every second record. */
function inTwoShapes(records: readonly SinkRecord[]): readonly SinkRecord[] {
  return records.map((record, index) => {
    if (index % 2 === 0) return record;
    const { region: _, ...value } = record.value as Readonly<Record<string, string>>;
    return record.with({ value }) as SinkRecord;
  });
}

function bench(name: string, props: Props, customers: number, shapes: 1 | 2 = 1): void {
  const settings = readSinkSettings(props);
  const order = new StatementOrder(settings);
  const planner = new BatchPlanner({
    settings,
    describe: () => Promise.resolve(table),
    now: () => Number.MAX_SAFE_INTEGER,
  });
  const records = shapes === 1 ? recordsFor(customers) : inTwoShapes(recordsFor(customers));
  Deno.bench(name, { group: "500 rows" }, async () => {
    const { changes } = await planner.plan(records);
    for (const statement of order.statements(changes, "apart")) arrayLiterals(statement.rows);
  });
}

bench("upsert, all keys different", upsert, 100_003);
bench("upsert, two sets of fields in turn", upsert, 100_003, 2);
bench("upsert, ten keys", upsert, 10);
bench("newest wins, all keys different", newest, 100_003);
bench("newest wins, ten keys", newest, 10);
