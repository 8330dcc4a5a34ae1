/** A table's columns as PostgreSQL's catalog has them, with the way from values into each. @module */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { ConnectValue, Schema } from "../../../connect/api/schema.ts";
import type { Cell, ColumnShape, TableShape } from "../../sql/dialect.ts";
import { type TableName, tableText } from "../../sql/plan/table_name.ts";
import { nullCell } from "./cells.ts";
import { type ColumnForm, columnForm, type TypeFacts } from "./column_form.ts";
import { quoteIdentifier } from "./identifier.ts";
import { unknownRules } from "./table_rules.ts";

/** A column of a PostgreSQL table. */
export interface PostgresColumn extends ColumnShape, Omit<ColumnForm, "encode"> {
  /** Its name, quoted. */
  readonly sql: string;
}

/** Why PostgreSQL refuses values for a column: it generates them, or `generated always as identity`. */
export type ClosedKind = "generated" | "identity";

/** A PostgreSQL table. */
export interface PostgresTable extends TableShape {
  /** Its name with schema, quoted. */
  readonly sql: string;
  /** Without the generated ones. */
  readonly columns: ReadonlyMap<string, PostgresColumn>;
  /** Columns that can't be written, by name. One of `identity` can still be a key to find rows by. */
  readonly closed: ReadonlyMap<string, ClosedKind>;
}

/** A row of the query below. */
export interface CatalogRow extends TypeFacts {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly closed: ClosedKind | null;
  /** False if the column or a domain under it is NOT NULL. */
  readonly isNullable: boolean;
}

/**
 * Asks for the columns of `$1`, a quoted name that `to_regclass` reads. Domains are followed to their base type, those
 * of array elements too. Works from PostgreSQL 11 on: catalog columns that came later are read by `to_jsonb`.
 */
export const catalogQuery = `
  with recursive columns as (
    select n.nspname as schema, r.relname as table, a.attname as column, a.attnum, a.atttypid as typid, a.atttypmod as typmod,
           false as "isElement", not a.attnotnull as "isNullable",
           exists (select from pg_catalog.pg_constraint k
                    where k.conrelid = a.attrelid and k.contype in ('c', 'f') and a.attnum = any (k.conkey)) as "isChecked",
           coalesce(pg_catalog.to_jsonb(c) ->> 'collisdeterministic', 'true') = 'true' as "isDeterministic",
           case when coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> '' then 'generated'
                when a.attidentity = 'a' then 'identity' end as closed
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_class r on r.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = r.relnamespace
      left join pg_catalog.pg_collation c on c.oid = a.attcollation
     where a.attrelid = pg_catalog.to_regclass($1) and a.attnum > 0 and not a.attisdropped
  ), types as (
    select * from columns
    union all
    select b.schema, b.table, b.column, b.attnum,
           case when t.typtype = 'd' then t.typbasetype else t.typelem end,
           case when t.typtype = 'd' then t.typtypmod else b.typmod end,
           b."isElement" or t.typtype <> 'd',
           b."isNullable" and (b."isElement" or not t.typnotnull),
           b."isChecked" or exists (select from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype = 'c'),
           b."isDeterministic", b.closed
      from types b
      join pg_catalog.pg_type t on t.oid = b.typid
      left join pg_catalog.pg_type e on e.oid = t.typelem and e.typarray = t.oid
     where t.typtype = 'd' or (e.oid is not null and not b."isElement")
  ), bases as (
    select b.*, t.typname, t.typnamespace = 'pg_catalog'::regnamespace as "isBuiltin", t.typtype = 'e' as "isEnum", t.typdelim
      from types b join pg_catalog.pg_type t on t.oid = b.typid
     where t.typtype <> 'd'
  )
  select b.schema, b.table, b.column, b.closed, b."isNullable", b."isChecked", b."isDeterministic",
         pg_catalog.current_setting('server_encoding') = 'UTF8' as "isUnicode",
         b.typname as type, b."isBuiltin", b."isEnum",
         b.typdelim = ',' and exists (select from pg_catalog.pg_cast k
            where k.castsource = 'pg_catalog.text'::regtype and k.casttarget = b.typid and k.castmethod = 'f')
           as "hasTextCast",
         e.typname as "elementType", coalesce(e."isBuiltin", false) as "isElementBuiltin", e.typdelim::text as delimiter,
         pg_catalog.format_type(b.typid, -1) as cast,
         nullif(coalesce(e.typmod, b.typmod), -1) as modifier
    from bases b
    left join bases e on e.attnum = b.attnum and e."isElement"
   where not b."isElement"
   order by b.attnum`;

/**
 * The name as `to_regclass` takes it.
 *
 * @throws ConfigException that names the table, if PostgreSQL can't have one of that name
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
 * The table that the catalog's rows describe.
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
