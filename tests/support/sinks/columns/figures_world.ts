/** A column delivery without a database, for figures. @module */

import type { Props } from "../../../../connect/api/sink_task.ts";
import { type SpanColumn, SpanKind } from "../../../../connect/api/spans.ts";
import { tableOf } from "../../../../sinks/postgres/tables/catalog.ts";
import { ColumnDelivery } from "../../../../sinks/sql/columns/column_delivery.ts";
import type { SpanForm, SpanStatement } from "../../../../sinks/sql/span_dialect.ts";
import { readSinkSettings } from "../../../../sinks/sql/options/option_rules.ts";
import { BatchPlanner } from "../../../../sinks/sql/plan/batch_planner.ts";
import { FakeSinkContext } from "../../fakes/fake_sink_context.ts";
import { TextBatch } from "./text_batch.ts";
import { MemoryDatabase } from "./memory_database.ts";
import { catalogRows } from "../statement_plans.ts";

/** Options of the figures: an upsert of four columns, and newest wins with all marks. */
export const columnProps: Readonly<Record<"upsert" | "newest", Props>> = {
  upsert: {
    ...{ "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "customer_id" },
    ...{ "fields.whitelist": "name,phone,region" },
  },
  newest: {
    ...{ "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "customer_id" },
    ...{ "fields.whitelist": "name,phone", "newest.wins.field": "updated_at" },
    ...{ "newest.wins.columns": "region:region_at" },
    "source.position.columns": "source_topic,source_partition,source_offset",
  },
};

const types = {
  ...{ customer_id: "int8", name: "text", phone: "text", region: "text", updated_at: "timestamptz" },
  ...{ region_at: "timestamptz", source_topic: "text", source_partition: "int4", source_offset: "int8" },
};
const columns: readonly SpanColumn[] = ["customer_id", "name", "phone", "region", "updated_at"]
  .map((name) => ({ part: "value", name }));

/** Makes a batch of this many records of some customers, each with five fields of plain text and numbers. */
export function customerBatch(records: number, customers: number): TextBatch {
  const origin = { topic: "people", partition: 0 };
  return new TextBatch(
    columns,
    Array.from({ length: records }, (_, index) => ({
      ...{ origin, offset: 1000 + index, timestamp: 1_700_000_000_000 + index, key: null },
      fields: new Map([
        ["customer_id", String(1_048_576 + (index * 7919) % customers)],
        ["name", '"João da Silva"'],
        ["phone", `"+55 11 9${String(index).padStart(8, "0")}"`],
        ["region", '"SP"'],
        ["updated_at", `"${new Date(1_700_000_000_000 + index).toISOString()}"`],
      ]),
    })),
  );
}

/** Takes integers as numbers, and text without control characters. */
class PlainForm implements SpanForm {
  takes(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
    if (kind !== SpanKind.text) return kind === SpanKind.integer || kind >= SpanKind.int64;
    for (let index = at; index < at + length; index++) if (bytes[index]! < 32) return false;
    return true;
  }
  readonly spanOf: SpanForm["spanOf"] = (cell, spans, to, arena) => {
    spans.set([SpanKind.text, arena.length, arena.addText(cell)], to);
  };
}

/** Makes a delivery whose database only takes the rows. */
export function deliveryOf(
  props: Props,
  onStatements: (statements: readonly SpanStatement[]) => void = () => {},
) {
  const settings = readSinkSettings({ "connection.url": "postgres://db/x", ...props });
  const source = { table: ["public", "people"] as const, columns: types, props };
  const table = {
    ...tableOf({ schema: null, name: "people" }, catalogRows(source)),
    rules: {
      ...{ order: "apart" as const, hasChecks: false, hasRelations: false, hasDeferred: false },
      ...{ required: [], uniqueKeys: [["customer_id"]], hasOtherUnique: false },
    },
  };
  const context = new FakeSinkContext({ taskId: 1 });
  const dialect = new MemoryDatabase({ table, keyNames: ["customer_id"] });
  const form = new PlainForm();
  return new ColumnDelivery({
    ...{ settings, dialect, context, ownership: null, housekeeper: { delivered: () => {} } },
    planner: new BatchPlanner({ settings, describe: dialect.describe, now: () => 0 }),
    delivery: { tolerates: true, isSettled: () => false, report: () => Promise.resolve() },
    spans: {
      formOf: () => form,
      takesPlan: () => true,
      write: (statements) => {
        onStatements(statements);
        return Promise.resolve(statements.map(({ rows }) => ({ touched: rows.count, closed: 0 })));
      },
    },
  });
}
