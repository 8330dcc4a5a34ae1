/** Writes samples as the sink does, and compares the rows with PostgreSQL's reading of their text. @module */

import type postgres from "postgres";
import { Decimal } from "../../../connect/api/decimal.ts";
import { type ConnectValue, LOGICAL_NAME, type Schema, Struct } from "../../../connect/api/schema.ts";
import {
  type CatalogRow,
  type PostgresColumn,
  type PostgresTable,
  tableOf,
} from "../../../sinks/postgres/tables/catalog.ts";
import { tableColumnsSql } from "../../../sinks/postgres/statements/table_look.ts";
import { wordsOf } from "../../../sinks/postgres/statements/rows.ts";
import { CellProblem } from "../../../sinks/sql/sql_failure.ts";
import type { Sample, SampledType } from "./type_samples.ts";

/** The result of a value. */
export type Outcome =
  | { readonly kind: "written"; readonly text: string }
  /** By the sink's rule, or by the database's SQLSTATE. */
  | { readonly kind: "refused"; readonly rule: string }
  | { readonly kind: "rejected"; readonly sqlstate: string };

/** One value in one column. */
export interface Trial {
  readonly sample: Sample;
  readonly outcome: Outcome;
  /** The cell that was written or rejected. */
  readonly cell: string | null;
}

/** How a column uses the type. */
type TypeShape = "plain" | "domain" | "array" | "domain_array";

/** A column of a type under test. */
export interface TestedColumn {
  readonly of: SampledType;
  readonly shape: TypeShape;
  readonly column: PostgresColumn;
  readonly table: string;
}

/** The function `attempt`, which runs a statement and returns its text or its SQLSTATE. */
export const attemptFunction = `
  create function attempt(statement text) returns text language plpgsql as $$
  declare result text;
  begin
    execute statement into result;
    return '=' || coalesce(result, '');
  exception when others then
    return sqlstate;
  end $$`;

const shapes: readonly TypeShape[] = ["plain", "domain", "array", "domain_array"];

/** Creates a table with a column of the type, of a domain over it, and of arrays of both. */
export async function makeColumns(
  sql: postgres.Sql,
  of: SampledType,
  index: number,
): Promise<readonly TestedColumn[]> {
  const [table, domain] = [`sample_${index}`, `sample_domain_${index}`];
  const [bare, collation] = of.type.split(" collate ");
  const array = collation === undefined ? `${bare}[]` : `${bare}[] collate ${collation}`;
  await sql.unsafe(`
    create domain ${domain} as ${of.type};
    create table ${table} (plain ${of.type}, domain ${domain}, "array" ${array}, domain_array ${domain}[]);
    create table ${judgesTable(table)} (like ${table})`);
  const rows = await sql.unsafe<CatalogRow[]>(tableColumnsSql, [table]);
  const { columns } = tableOf({ schema: null, name: table }, rows);
  return shapes.map((shape) => ({ of, shape, table, column: found(columns.get(shape)) }));
}

function judgesTable(table: string): string {
  return `${table}_judged`;
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("Cannot test a type: its column is missing");
  return value;
}

/** Writes each sample in its own row; samples of array columns are lists of one. */
export async function write(
  sql: postgres.Sql,
  tested: TestedColumn,
  samples: readonly Sample[],
): Promise<readonly Trial[]> {
  const cells = samples.map(({ value, schema }) => cellOf(tested.column, value, schema));
  const texts = cells.map((cell) => typeof cell === "string" ? insertText(tested, cell) : null);
  const answers = await attempts(sql, texts);
  return samples.map((sample, index) => {
    const cell = cells[index];
    const answer = answers[index];
    return typeof cell === "string" && answer != null ? { sample, cell, outcome: outcomeOf(answer) } : {
      sample,
      cell: null,
      outcome: { kind: "refused", rule: cell instanceof CellProblem ? cell.rule : "" },
    };
  });
}

function cellOf(column: PostgresColumn, value: ConnectValue, schema: Schema | null): string | CellProblem {
  try {
    return column.encode(value, schema);
  } catch (error) {
    if (error instanceof CellProblem) return error;
    throw error;
  }
}

/** The sink's own select, with an array of one cell for its parameter. */
function insertText({ table, column }: TestedColumn, cell: string): string {
  const words = wordsOf({
    table: { sql: table } as PostgresTable,
    columns: [{ shape: column, role: "value" }],
  });
  const array = words.arrays.replace("$1", () => literal(`{${cell}}`));
  return `insert into ${words.table} (${words.names}) select ${words.values} from unnest(${array}) as u(${words.elements})
    returning ${words.names}::text`;
}

/** PostgreSQL's reading of the samples' texts; null for a sample without text. */
export async function judge(
  sql: postgres.Sql,
  { of, shape, table, column }: TestedColumn,
  samples: readonly Sample[],
): Promise<readonly (Outcome | null)[]> {
  const texts = samples.map(({ value, schema }) => {
    const isArray = shape === "array" || shape === "domain_array";
    const item = isArray && Array.isArray(value) ? value[0] ?? null : value;
    const text = textOf(item, isArray ? schema?.valueSchema ?? null : schema, of.type);
    const isSendable = text !== null && !text.includes("\0") && text.isWellFormed();
    return isSendable ? valueText(text, of.type, isArray) : null;
  });
  const statements = texts.map((text) =>
    text === null
      ? null
      : `insert into ${judgesTable(table)} (${column.sql}) values (${text}) returning ${column.sql}::text`
  );
  return (await attempts(sql, statements)).map((answer) => answer === null ? null : outcomeOf(answer));
}

/** The text in a statement. The sink's `timestamp` is UTC: it applies a zone, which PostgreSQL drops. */
function valueText(text: string, type: string, isArray: boolean): string {
  if (type.replace(/\(.*/, "") === "timestamp") {
    const moment = `${literal(text)}::timestamptz at time zone 'UTC'`;
    return isArray ? `array[${moment}]` : moment;
  }
  return literal(isArray ? `{"${text.replace(/["\\]/g, "\\$&")}"}` : text);
}

/** Number of different values among the written ones, according to PostgreSQL. */
export async function distinctValues(
  sql: postgres.Sql,
  { table, column }: TestedColumn,
): Promise<number> {
  const [row] = await sql.unsafe<{ count: number }[]>(
    `select count(distinct ${column.sql})::int as count from ${table}`,
  );
  return row?.count ?? 0;
}

/** The catalog's names of types. */
export async function typeNames(sql: postgres.Sql, types: readonly string[]): Promise<readonly string[]> {
  const names = types.map((type) => literal(type.replace(/ collate .*/, "")));
  const rows = await sql.unsafe<{ name: string }[]>(
    `select t.typname as name from unnest(array[${names.join()}]) as type join pg_type t on t.oid = type::regtype`,
  );
  return rows.map(({ name }) => name);
}

async function attempts(
  sql: postgres.Sql,
  statements: readonly (string | null)[],
): Promise<readonly (string | null)[]> {
  const rows = await sql<{ answer: string | null }[]>`
    select case when statement is not null then attempt(statement) end as answer
      from unnest(${sql.array(statements.slice(), 25)}::text[]) with ordinality as given(statement, place)
     order by place`;
  return rows.map(({ answer }) => answer);
}

function outcomeOf(answer: string): Outcome {
  return answer.startsWith("=")
    ? { kind: "written", text: answer.slice(1) }
    : { kind: "rejected", sqlstate: answer };
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A value's text, by rules other than the sink's; null for a value without one, or one that no statement can hold. */
function textOf(value: ConnectValue, schema: Schema | null, type: string): string | null {
  if (type.startsWith("json") && type !== "jsonpath") {
    return typeof value === "string" && schema !== null ? value : jsonOf(value, schema);
  }
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberText(value, schema);
  if (value instanceof Uint8Array) return `\\x${value.toHex()}`;
  if (value instanceof Date) return dateText(value, schema);
  if (!(value instanceof Decimal)) return null;
  return /^(smallint|integer|bigint)$/.test(type) ? wholeText(value) : value.toString();
}

function numberText(value: number, schema: Schema | null): string {
  if (schema?.type !== "float" || !Number.isFinite(value)) return String(value);
  for (let digits = 2; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/** 5 for 5.00, since PostgreSQL's integers have no point. */
function wholeText(value: Decimal): string {
  return value.scale > 0
    ? value.toString().replace(/\.0+$/, "")
    : String(value.unscaled * 10n ** BigInt(-value.scale));
}

function dateText(date: Date, schema: Schema | null): string | null {
  if (Number.isNaN(date.getTime())) return null;
  const iso = date.toISOString().replace(/^\+0*/, "").replace("T", " ");
  if (iso.startsWith("-")) return `${iso.slice(3, -1)} BC`;
  if (schema?.name === LOGICAL_NAME.date) return iso.replace(/ .*/, "");
  return schema?.name === LOGICAL_NAME.time ? iso.slice(11, -1) : iso;
}

function jsonOf(value: ConnectValue, schema: Schema | null): string | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : JSON.stringify(value);
  if (value instanceof Uint8Array) return JSON.stringify(value.toBase64());
  if (value instanceof Decimal) return value.toString();
  if (typeof value === "number") return Number.isFinite(value) ? numberText(value, schema) : null;
  if (value === null || typeof value !== "object") {
    return typeof value === "bigint" ? `${value}` : JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => jsonOf(item, schema?.valueSchema ?? null)).join()}]`;
  }
  const members = value instanceof Struct
    ? value.schema.fields.map(({ name, schema: of }) => [name, value.get(name), of] as const)
    : (value instanceof Map ? [...value] : Object.entries(value))
      .map(([name, item]) => [String(name), item, schema?.valueSchema ?? null] as const);
  const texts = members.map(([name, item, of]) => {
    const isDocument = of?.name === "io.debezium.data.Json" && typeof item === "string";
    return `${JSON.stringify(name)}:${isDocument ? item : jsonOf(item, of)}`;
  });
  return `{${texts.join()}}`;
}
