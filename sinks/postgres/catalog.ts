/** A table's columns as PostgreSQL's catalog has them, with the way from values into each. @module */

import { ConfigException } from "../../connect/api/exceptions.ts";
import type { ConnectValue } from "../../connect/api/schema.ts";
import type { Cell, ColumnShape, TableShape } from "../sql/dialect.ts";
import { type TableName, tableText } from "../sql/table_name.ts";
import {
  arrayEncoder,
  type CellEncoder,
  encodeBoolean,
  encodeBytes,
  encodeDate,
  encodeFloat,
  encodeJson,
  encodeMoment,
  encodeNumeric,
  encodeOther,
  encodeReal,
  encodeTime,
  integerEncoder,
  nullCell,
  textEncoder,
} from "./cells.ts";
import { quoteIdentifier } from "./identifier.ts";

/** A column of a PostgreSQL table. */
export interface PostgresColumn extends ColumnShape {
  /** Its name, quoted. */
  readonly sql: string;
  /** Element type of the array that carries its values, for example `int8`. */
  readonly carrier: string;
  /** Turns an element into the column's value: `u.c1` or a cast of it. */
  readonly fromElement: (element: string) => string;
}

/** A PostgreSQL table. */
export interface PostgresTable extends TableShape {
  /** Its name with schema, quoted. */
  readonly sql: string;
  readonly columns: ReadonlyMap<string, PostgresColumn>;
}

/** A row of the query below. */
export interface CatalogRow {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** Name of the type, of a domain's base type. */
  readonly type: string;
  readonly isBuiltin: boolean;
  /** Of an array type: name of its element's type. */
  readonly elementType: string | null;
  readonly isElementBuiltin: boolean;
  /** The type as a cast names it. */
  readonly cast: string;
  /** Characters a text column holds, where it says so. */
  readonly lengthMax: number | null;
}

/**
 * Asks for the columns of `$1`, a quoted name that `to_regclass` reads. Domains are followed to their base type;
 * dropped and generated columns are left out.
 */
export const catalogQuery = `
  with recursive columns as (
    select n.nspname as schema, r.relname as table, a.attname as column, a.attnum, a.atttypid as typid, a.atttypmod as typmod
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_class r on r.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = r.relnamespace
     where a.attrelid = pg_catalog.to_regclass($1) and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  ), bases as (
    select * from columns
    union all
    select b.schema, b.table, b.column, b.attnum, t.typbasetype, t.typtypmod
      from bases b join pg_catalog.pg_type t on t.oid = b.typid
     where t.typtype = 'd'
  )
  select b.schema, b.table, b.column, t.typname as type, t.typnamespace = 'pg_catalog'::regnamespace as "isBuiltin",
         case when t.typcategory = 'A' then e.typname end as "elementType",
         coalesce(e.typnamespace = 'pg_catalog'::regnamespace, false) as "isElementBuiltin",
         pg_catalog.format_type(b.typid, null) as cast,
         case when t.typname in ('varchar', 'bpchar') and b.typmod > 4 then b.typmod - 4 end as "lengthMax"
    from bases b
    join pg_catalog.pg_type t on t.oid = b.typid
    left join pg_catalog.pg_type e on e.oid = t.typelem and t.typcategory = 'A'
   where t.typtype <> 'd'
   order by b.attnum`;

/**
 * The name as `to_regclass` takes it.
 *
 * @throws ConfigException that names the table, where PostgreSQL can't have one of that name
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
 * @throws ConfigException where there is no such table
 */
export function tableOf(name: TableName, rows: readonly CatalogRow[]): PostgresTable {
  const [first] = rows;
  if (first === undefined) {
    throw new ConfigException(
      `Cannot write to table ${tableText(name)}: Expected it to be there and this role to see it`,
    );
  }
  return {
    name,
    sql: quoteIdentifier(first.schema, first.table),
    columns: new Map(rows.map((row) => [row.column, columnOf(row)])),
  };
}

function columnOf(row: CatalogRow): PostgresColumn {
  const { carrier, encode, isCast, isInstant } = typeOf(row);
  return {
    name: row.column,
    sql: quoteIdentifier(row.column),
    carrier,
    encode: (value: ConnectValue): Cell => value === null ? nullCell : encode(value),
    isInstant: isInstant === true,
    fromElement: row.type === "timestamp" && row.isBuiltin
      ? (element) => `(${element} at time zone 'UTC')`
      : (element) => isCast ? `cast(${element} as ${row.cast})` : element,
  };
}

interface TypeForm {
  readonly carrier: string;
  readonly encode: CellEncoder;
  /** Whether elements need an explicit cast to become the column's type. */
  readonly isCast: boolean;
  readonly isInstant?: boolean;
}

function typeOf(row: CatalogRow): TypeForm {
  const known = row.isBuiltin ? builtin(row.type, row.lengthMax) : null;
  if (known !== null) return { ...known, isCast: false };
  if (row.elementType !== null) {
    const element = row.isElementBuiltin ? builtin(row.elementType, null) : null;
    return { carrier: "text", encode: arrayEncoder(element?.encode ?? encodeOther), isCast: true };
  }
  return { carrier: "text", encode: row.type === "citext" ? textEncoder(null) : encodeOther, isCast: true };
}

function builtin(type: string, lengthMax: number | null): Omit<TypeForm, "isCast"> | null {
  switch (type) {
    case "int2":
      return { carrier: "int2", encode: integerEncoder(16) };
    case "int4":
      return { carrier: "int4", encode: integerEncoder(32) };
    case "int8":
      return { carrier: "int8", encode: integerEncoder(64) };
    case "numeric":
      return { carrier: "numeric", encode: encodeNumeric };
    case "float4":
      return { carrier: "float4", encode: encodeReal };
    case "float8":
      return { carrier: "float8", encode: encodeFloat };
    case "bool":
      return { carrier: "bool", encode: encodeBoolean };
    case "text":
    case "varchar":
    case "bpchar":
      return { carrier: "text", encode: textEncoder(lengthMax) };
    case "timestamptz":
      return { carrier: "timestamptz", encode: encodeMoment, isInstant: true };
    case "timestamp":
      return { carrier: "timestamptz", encode: encodeMoment };
    case "date":
      return { carrier: "date", encode: encodeDate };
    case "time":
    case "timetz":
      return { carrier: type, encode: encodeTime };
    case "bytea":
      return { carrier: "bytea", encode: encodeBytes };
    case "json":
    case "jsonb":
      return { carrier: type, encode: encodeJson };
    default:
      return null;
  }
}
