/** Plans of the shipped connectors, and of tables with every feature, without a database. @module */

import type { Props } from "../../../connect/api/sink_task.ts";
import { type CatalogRow, tableOf } from "../../../sinks/postgres/tables/catalog.ts";
import { readSinkSettings } from "../../../sinks/sql/options/option_rules.ts";
import type { SinkSettings } from "../../../sinks/sql/options/sink_settings.ts";
import { tableNameOf } from "../../../sinks/sql/plan/table_name.ts";
import { planTable, type RowPlan } from "../../../sinks/sql/plan/table_plan.ts";
import { wholeOf } from "../shipped_config.ts";

/** Columns by name, with the name of a builtin type or the catalog's facts of another one. */
type Columns = Readonly<Record<string, string | Partial<CatalogRow>>>;

interface PlanSource {
  /** Schema and table. */
  readonly table: readonly [schema: string, table: string];
  readonly columns: Columns;
  /** The sink's options, without the connection. */
  readonly props: Props;
}

/** The catalog's rows of the table. */
export function catalogRows({ table: [schema, table], columns }: PlanSource): readonly CatalogRow[] {
  return Object.entries(columns).map(([column, given]) => {
    const type = typeof given === "string" ? given : given.type ?? "text";
    return {
      ...{ schema, table, column, type, cast: type, modifier: null, closed: null },
      ...{ isNullable: true, isChecked: false, isDeterministic: true, isUnicode: true },
      ...{ isBuiltin: true, isEnum: false, hasTextCast: false },
      ...{ elementType: null, isElementBuiltin: false, delimiter: null },
      ...typeof given === "string" ? {} : given,
    };
  });
}

/** The options, parsed. */
export function settingsOf({ props, table }: PlanSource): SinkSettings {
  return readSinkSettings({
    "connection.url": "postgres://writer@db/bank2",
    "table.name.format": table.join("."),
    ...props,
  });
}

/** The statements' plans. The records' fields are the whitelist, or all columns. */
export function planOf(source: PlanSource): RowPlan {
  const settings = settingsOf(source);
  const { keyFields: keyNames, whitelist } = settings;
  const found = tableOf(tableNameOf(settings.tableNameFormat, ""), catalogRows(source));
  const table = { ...found, takesMerge: true };
  const valueNames = whitelist.length > 0 ? whitelist : Object.keys(source.columns);
  return planTable(table, { keyNames, valueNames }, settings);
}

/** The plan source of one of this project's connectors. */
async function ofConnector(
  name: string,
  table: PlanSource["table"],
  columns: Columns,
): Promise<PlanSource> {
  const values: Props = {
    TELESALES_KEY_SECRET: "the-secret-of-the-golden-statements",
    TELESALES_KEY_SECRET_PREVIOUS: "the-secret-before-that-of-the-golden-statements",
  };
  const resolved = Object.entries(await wholeOf(name)).map(([option, text]) =>
    [
      option,
      text?.replace(/\$\{env:(?:optional:)?(\w+)\}/, (_, variable: string) => values[variable] ?? ""),
    ] as const
  );
  return {
    table,
    columns,
    props: { ...Object.fromEntries(resolved), "connection.url": "postgres://writer@db/bank2" },
  };
}

/** Totals of orders: a plain upsert. */
export const purchaseTotals = await ofConnector("purchase-totals", ["purchase_totals", "order_total"], {
  ...{ order_id: "int8", created_at: "timestamptz" },
  total: { type: "numeric", modifier: (14 << 16) + 2 + 4, isChecked: true },
});

/** Orders: newest wins by event time alone. */
export const billing = await ofConnector("billing", ["billing", "customer_order"], {
  ...{ order_id: "int8", customer_key: "bytea", cents: "int8", ordered_at: "timestamptz" },
});

/** People: newest wins with all features. */
export const telesales = await ofConnector("telesales", ["telesales", "person"], {
  ...{ contact_key: "bytea", name: "text", phone: "text", region: "text", updated_at: "timestamptz" },
  ...{ region_at: "timestamptz", registered_at: "timestamptz", erased_at: "timestamptz" },
  ...{ objected_at: "timestamptz", source_topic: "text", source_partition: "int4", source_offset: "int8" },
  secret_fingerprint: "text",
});

/** Names that need quotes, a composite key, and every encoding. */
export const anyTable: PlanSource = {
  table: ["Shop", "order item"],
  columns: {
    ...{ 'Order "id"': "int8", line: "int4", note: "text", extra: "jsonb" },
    code: { type: "bpchar", modifier: 7 + 4 },
    price: { type: "numeric", modifier: (10 << 16) + 2 + 4 },
    at: { type: "timestamptz", modifier: 3 },
    state: { isBuiltin: false, isEnum: true, type: "item_state", cast: "shop.item_state" },
    tags: { type: "_text", cast: "text[]", elementType: "text", isElementBuiltin: true, delimiter: "," },
    waited: { type: "interval", cast: "interval", modifier: 134_283_263 },
    relation: { type: "regclass", cast: "regclass", hasTextCast: true },
  },
  props: { "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": 'Order "id",line' },
};

/** The same source with other options. */
export function withProps(source: PlanSource, props: Props): PlanSource {
  return { ...source, props: { ...source.props, ...props } };
}

/** The same source without some of its options. */
export function withoutProps(source: PlanSource, ...options: readonly string[]): PlanSource {
  const kept = Object.entries(source.props).filter(([option]) => !options.includes(option));
  return { ...source, props: Object.fromEntries(kept) };
}
