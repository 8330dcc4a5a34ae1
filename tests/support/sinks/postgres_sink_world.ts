/** A PostgreSQL database for sink tests, in the contract's form. @module */

import postgres from "postgres";
import { postgresSink } from "../../../sinks/postgres/postgres_sink.ts";
import { quoteIdentifier } from "../../../sinks/postgres/tables/identifier.ts";
import type { ColumnType, Row, SinkWorld, TableSpec } from "../../contract/sink_contract.ts";
import { freshDatabase } from "../world.ts";

/** The contract's world, with full access to the database. */
export interface PostgresSinkWorld extends SinkWorld {
  readonly sql: postgres.Sql;
  readonly url: string;
}

const types: Readonly<Record<ColumnType, string>> = {
  integer: "bigint",
  text: "text",
  instant: "timestamptz",
  boolean: "boolean",
  bytes: "bytea",
};

/** Creates a database on the shared server, or on another one. */
export async function postgresSinkWorld(on?: { readonly url: string }): Promise<PostgresSinkWorld> {
  const database = on === undefined
    ? await freshDatabase()
    : { url: on.url, [Symbol.asyncDispose]: async () => {} };
  const sql = postgres(database.url, { max: 2, onnotice: () => {}, ssl: false });
  return {
    plugin: postgresSink,
    props: { "connection.url": `${database.url}?sslmode=disable`, "table.name.format": '"${topic}"' },
    url: database.url,
    sql,
    createTable: async (name, spec) => {
      await sql.unsafe(`create table ${quoteIdentifier(name)} (${definitions(spec).join(", ")})`);
    },
    rows: async (table) => {
      const order = await keyOrder(sql, table);
      const rows = await sql.unsafe(`select * from ${quoteIdentifier(table)} order by ${order}`);
      return rows.map(shown);
    },
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 1 });
      await database[Symbol.asyncDispose]();
    },
  };
}

function definitions({ columns, key, unique, notNegative }: TableSpec): readonly string[] {
  return [
    ...Object.entries(columns).map(([name, type]) => `${quoteIdentifier(name)} ${types[type]}`),
    `primary key (${key.map((name) => quoteIdentifier(name)).join(", ")})`,
    ...unique === undefined ? [] : [`unique (${quoteIdentifier(unique)})`],
    ...notNegative === undefined ? [] : [`check (${quoteIdentifier(notNegative)} >= 0)`],
  ];
}

async function keyOrder(sql: postgres.Sql, table: string): Promise<string> {
  const keys = await sql`
    select a.attname as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
     where i.indrelid = to_regclass(${quoteIdentifier(table)}) and i.indisprimary
     order by array_position(i.indkey::int2[], a.attnum)`;
  return keys.map(({ name }) => quoteIdentifier(name)).join(", ");
}

function shown(row: postgres.Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, shownValue(value)]));
}

function shownValue(value: unknown): string | boolean | null {
  if (value === null || typeof value === "boolean") return value;
  if (value instanceof Date) return value.toISOString();
  return value instanceof Uint8Array ? value.toHex() : String(value);
}
