/** A table as PostgreSQL's catalog describes it. @module */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { ConnectValue, Schema } from "../../../connect/api/schema.ts";
import type { Cell, ColumnShape, TableRules, TableShape } from "../../sql/dialect.ts";
import { type TableName, tableText } from "../../sql/plan/table_name.ts";
import { nullCell } from "./cells.ts";
import { type ColumnForm, columnForm, type TypeFacts } from "./column_form.ts";
import { quoteIdentifier } from "./identifier.ts";

export interface PostgresColumn extends ColumnShape, Omit<ColumnForm, "encode"> {
  /** Its name, quoted. */
  readonly sql: string;
}

/** Why PostgreSQL refuses values for a column: it is generated, or `generated always as identity`. */
type ClosedKind = "generated" | "identity";

export interface PostgresTable extends TableShape {
  /** Its name with schema, quoted. */
  readonly sql: string;
  /** The columns, without generated ones. */
  readonly columns: ReadonlyMap<string, PostgresColumn>;
  /** Columns that can't be written, by name. One of `identity` can still be a key column. */
  readonly closed: ReadonlyMap<string, ClosedKind>;
  /** Whether MERGE does the same to it as UPDATE and INSERT. */
  readonly takesMerge: boolean;
}

export interface CatalogRow extends TypeFacts {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly closed: ClosedKind | null;
  /** False if the column or a domain under it is NOT NULL. */
  readonly isNullable: boolean;
}

/**
 * Returns the name as `to_regclass` takes it.
 *
 * @throws ConfigException that names the table, if PostgreSQL can't have such a name
 */
export function regclassText(table: TableName): string {
  try {
    return table.schema === null ? quoteIdentifier(table.name) : quoteIdentifier(table.schema, table.name);
  } catch (cause) {
    if (!(cause instanceof ConfigException)) throw cause;
    throw new ConfigException(
      `Cannot write to table ${tableText(table)} of table.name.format: ${cause.message}`,
      { cause },
    );
  }
}

/**
 * Builds the table from the catalog's rows.
 *
 * @throws ConfigException if there is no such table
 */
export function tableOf(name: TableName, rows: readonly CatalogRow[]): PostgresTable {
  const [first] = rows;
  if (first === undefined) {
    throw new ConfigException(
      `Cannot write to table ${tableText(name)}: PostgreSQL shows this login no such table; create it ` +
        "(sluice migrate, or SQL of your own), or grant the login usage of its schema",
    );
  }
  const open = rows.filter(({ closed }) => closed !== "generated");
  return {
    name,
    sql: quoteIdentifier(first.schema, first.table),
    columns: new Map(open.map((row) => [row.column, columnOf(row)])),
    rules: unknownRules,
    takesMerge: false,
    closed: new Map(rows.flatMap(({ column, closed }) => closed === null ? [] : [[column, closed] as const])),
  };
}

function columnOf(row: CatalogRow): PostgresColumn {
  const { encode, ...form } = columnForm(row);
  return {
    ...form,
    name: row.column,
    sql: quoteIdentifier(row.column),
    isNullable: row.isNullable,
    encode: (value: ConnectValue, schema?: Schema | null): Cell =>
      value === null ? nullCell : encode(value, schema ?? null),
  };
}

export interface RulesRow {
  /** `pg_class.relkind`: r = table, p = partitioned, v = view, f = foreign table. */
  readonly kind: string;
  /** Triggers that run per statement, after the row, or without seeing earlier rows. */
  readonly countsStatements: boolean;
  readonly hasRowTriggers: boolean;
  readonly hasRules: boolean;
  readonly hasChecks: boolean;
  readonly hasForeignKeys: boolean;
  /** Whether a delete or a new key changes rows that refer to it. */
  readonly changesOthers: boolean;
  /** Whether a check, default or policy calls a function that isn't immutable: it may read any row. */
  readonly callsFunctions: boolean;
  /** Whether it is a partition, a parent or a child. */
  readonly hasRelatives: boolean;
  readonly refersToItself: boolean;
  readonly hasPolicies: boolean;
  readonly policiesAsk: boolean;
  readonly hasDeferred: boolean;
  readonly withDefault: readonly string[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly hasOtherUnique: boolean;
}

/**
 * Returns the table's rules, and whether it takes MERGE: PostgreSQL refuses MERGE for foreign tables, tables with rules
 * and, before version 17, views. It takes rows in the order of its join, so not where they have an order. Its first
 * releases had bugs with policies, generated columns and inheritance: such tables get the other statements.
 */
export function checkedBy(
  row: RulesRow | undefined,
  columns: readonly CatalogRow[],
): Pick<PostgresTable, "rules" | "takesMerge"> {
  if (row === undefined) return { rules: unknownRules, takesMerge: false };
  const rules = rulesOf(row, columns);
  const isPlain = row.kind === "p" || (row.kind === "r" && !row.hasRelatives);
  const hasGenerated = columns.some(({ closed }) => closed === "generated");
  return { rules, takesMerge: isPlain && rules.order === "apart" && !row.hasPolicies && !hasGenerated };
}

/** Returns how far the order of rows matters, from the catalog's row. */
function rulesOf(row: RulesRow, columns: readonly CatalogRow[]): TableRules {
  const isTable = row.kind === "r" || row.kind === "p";
  const isOneByOne = !isTable || row.countsStatements || row.hasRules || row.refersToItself ||
    row.callsFunctions ||
    (row.hasPolicies && row.policiesAsk);
  return {
    order: isOneByOne ? "one_by_one" : row.hasRowTriggers || row.changesOthers ? "in_order" : "apart",
    // A partitioned table refuses a row that fits no partition.
    hasChecks: row.kind !== "r" || row.hasChecks || row.hasForeignKeys || row.hasRowTriggers ||
      row.hasPolicies || row.hasRelatives,
    hasRelations: !isTable || row.hasForeignKeys || row.hasRowTriggers || row.hasRules || row.hasPolicies ||
      row.callsFunctions || row.hasRelatives,
    hasDeferred: row.hasDeferred,
    required: columns
      .filter(({ column, isNullable, closed }) =>
        !isNullable && closed === null && !row.withDefault.includes(column)
      )
      .map(({ column }) => column),
    uniqueKeys: isTable ? row.uniqueKeys : null,
    hasOtherUnique: row.hasOtherUnique,
  };
}

/** The strictest rules, for a table whose rules weren't read. */
const unknownRules: TableRules = {
  order: "one_by_one",
  hasChecks: true,
  hasRelations: true,
  hasDeferred: true,
  required: [],
  uniqueKeys: null,
  hasOtherUnique: true,
};
