import assert from "node:assert/strict";
import postgres from "postgres";
import { Decimal } from "../../../connect/api/decimal.ts";
import { databaseUrl } from "../../../sandbox/postgres/databases.ts";
import { type CatalogRow, tableOf } from "../../../sinks/postgres/tables/catalog.ts";
import { tableColumnsSql } from "../../../sinks/postgres/statements/table_look.ts";
import { dateOf } from "../../../connect/java/date.ts";
import { type ConnectValue, Schema, Struct } from "../../../connect/api/schema.ts";
import { person, startTask } from "../../contract/sink_contract.ts";
import { type PostgresSinkWorld, postgresSinkWorld } from "../../support/sinks/postgres_sink_world.ts";
import { freshName, sharedWorld } from "../../support/world.ts";

await sharedWorld();

const upsert = { "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "id" };

/** Writes one value into a column of that type. Returns the stored text, or the rule that refused it. */
async function stored(world: PostgresSinkWorld, type: string, value: ConnectValue): Promise<string | null> {
  await world.sql.unsafe(`drop table if exists people; create table people (id int primary key, v ${type})`);
  const { task, context } = await startTask(world, upsert);
  try {
    await task.put([person(0, { id: 1n, v: value })]);
  } finally {
    await task.stop();
  }
  const [report] = context.reports;
  if (report !== undefined) return String(Reflect.get(report.error, "rule"));
  const [row] = await world.sql`select v::text as v from people`;
  return row?.["v"] ?? null;
}

const struct = Struct.of(
  new Schema("struct", {
    fields: [{ name: "a", schema: Schema.INT32 }, { name: "b", schema: Schema.OPTIONAL_STRING }],
  }),
  { a: 1 },
);
const moment = new Date("2026-11-23T03:05:27.123Z");

const cases: readonly (readonly [type: string, value: ConnectValue, expected: string | null])[] = [
  ["smallint", 32767n, "32767"],
  ["smallint", 32768n, "out_of_range"],
  ["int", -2147483648n, "-2147483648"],
  ["int", 2147483648n, "out_of_range"],
  ["bigint", "9223372036854775807", "9223372036854775807"],
  ["bigint", "9223372036854775808", "out_of_range"],
  ["bigint", 17, "17"],
  ["bigint", "seventeen", "wrong_type"],
  ["bigint", "", "wrong_type"],
  ["bigint", new Decimal(1700n, 2), "17"],
  ["bigint", new Decimal(1750n, 2), "wrong_type"],
  ["bigint", true, "wrong_type"],
  ["bigint", moment, "wrong_type"],
  ["bigint", null, null],
  ["numeric", new Decimal(4970n, 2), "49.7"],
  ["numeric(10,2)", 49.7, "49.70"],
  ["numeric", "1e3", "1000"],
  ["numeric", "-0.000", "0"],
  ["numeric", 2n ** 100n, String(2n ** 100n)],
  ["numeric", NaN, "wrong_type"],
  ["numeric", "1e999999", "out_of_range"],
  ["numeric(3,1)", 1000n, "sqlstate_22003"],
  ["real", 1.5, "1.5"],
  ["real", 1e300, "out_of_range"],
  ["double precision", 1e300, "1e+300"],
  ["double precision", 5n, "5"],
  ["double precision", Infinity, "Infinity"],
  ["double precision", "1.5", "wrong_type"],
  ["boolean", false, "false"],
  ["boolean", "true", "wrong_type"],
  ["text", "João", "João"],
  ["text", 42n, "42"],
  ["text", 49.7, "49.7"],
  ["text", true, "wrong_type"],
  ["text", ["x"], "wrong_type"],
  ["text", { a: 1n }, "wrong_type"],
  ["text", new Uint8Array([1]), "wrong_type"],
  ["varchar(3)", "São", "São"],
  ["varchar(3)", "😀😀😀", "😀😀😀"],
  ["varchar(3)", "Ana   ", "Ana"],
  ["varchar(3)", "Anas", "text_too_long"],
  ["char(4)", "Ana", "Ana"],
  ["timestamptz", moment, "2026-11-23 03:05:27.123+00"],
  ["timestamptz", "2026-11-23T03:05:27.123456-03:00", "2026-11-23 06:05:27.123456+00"],
  ["timestamptz", new Date("9999-12-31T23:59:59.999Z"), "9999-12-31 23:59:59.999+00"],
  ["timestamptz", new Date("0044-03-15T12:00:00.001Z"), "0044-03-15 12:00:00.001+00"],
  ["timestamptz", "now", "wrong_type"],
  ["timestamptz", "infinity", "wrong_type"],
  ["timestamptz", 1_700_000_000_000n, "wrong_type"],
  ["timestamptz", new Date(8.64e15), "275760-09-13 00:00:00+00"],
  ["timestamptz", dateOf(2n ** 63n - 1n), "out_of_range"],
  ["timestamptz", new Date("-000001-01-01T00:00:00Z"), "out_of_range"],
  ["timestamptz", "2026-11-23T03:05:27.1234567Z", "2026-11-23 03:05:27.123457+00"],
  ["timestamptz(0)", "2026-11-23T03:05:27.5Z", "2026-11-23 03:05:28+00"],
  ["timestamp", moment, "2026-11-23 03:05:27.123"],
  ["timestamp", "2026-11-23T03:05:27-03:00", "2026-11-23 06:05:27"],
  ["date", new Date("2026-11-23"), "2026-11-23"],
  ["date", "2026-11-23", "2026-11-23"],
  ["date", "2026-02-30", "out_of_range"],
  ["time", new Date(3_661_500), "01:01:01.5"],
  ["time", "25:00", "out_of_range"],
  ["bytea", new Uint8Array([0, 92, 255]), "\\x005cff"],
  ["bytea", "AQID", "wrong_type"],
  [
    "jsonb",
    { id: 9007199254740993n, tags: ["a", null, 1.5], ok: true },
    '{"id": 9007199254740993, "ok": true, "tags": ["a", null, 1.5]}',
  ],
  ["json", struct, '{"a":1,"b":null}'],
  ["jsonb", "text", '"text"'],
  ["jsonb", new Map<ConnectValue, ConnectValue>([[1, "x"]]), '{"1": "x"}'],
  ["jsonb", { a: "x\0y" }, "text_nul"],
  ["jsonb", [], "[]"],
  ["uuid", "2C5EA4C0-4067-11E9-8BAD-9B1DEB4D3B7D", "2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d"],
  ["uuid", "{2c5ea4c0406711e98bad9b1deb4d3b7d}", "2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d"],
  ["uuid", "no uuid", "wrong_type"],
  ["uuid", 17n, "wrong_type"],
  ["inet", "10.0.0.1", "10.0.0.1/32"],
  ["interval", "1 day", "1 day"],
  ["interval minute", "1", "00:01:00"],
  ["bit(8)", "10101010", "10101010"],
  ["bit(8)", "1010", "sqlstate_22026"],
  ["bit(8)[]", ["10101010"], "{10101010}"],
  ["bit(8)[]", ["1010"], "sqlstate_22026"],
  ["varbit(4)", "10101010", "sqlstate_22001"],
  ["char(3)[]", ["BRA", "U"], '{BRA,"U  "}'],
  ["char(3)[]", ["BRA   "], "{BRA}"],
  ["char(3)[]", ["BRAZIL"], "text_too_long"],
  ["varchar(3)[]", ["BRA", "BRAZIL"], "text_too_long"],
  [
    "timestamp[]",
    ["2026-01-01T12:00:00+05:00", "2026-01-01T12:00:00-03:00", moment],
    '{"2026-01-01 07:00:00","2026-01-01 15:00:00","2026-11-23 03:05:27.123"}',
  ],
  ["box[]", ["(1,1),(0,0)", "(2,2),(1,1)"], "{(1,1),(0,0);(2,2),(1,1)}"],
  ["box", "(0,0),(1,1)", "(1,1),(0,0)"],
  ["int[]", [[1n, 2n], [3n, 4n]], "{{1,2},{3,4}}"],
  ["int[]", [[1n, 2n], [3n]], "sqlstate_22P02"],
  ["box[]", [["(1,1),(0,0)"], ["(2,2),(1,1)"]], "{{(1,1),(0,0)};{(2,2),(1,1)}}"],
  ["jsonb[]", [[1n, [2n]], { a: "x" }, "y", null], '{"[1, [2]]","{\\"a\\": \\"x\\"}","\\"y\\"",NULL}'],
  ["text[]", ['a "b"', null, "c,{d}"], '{"a \\"b\\"",NULL,"c,{d}"}'],
  ["int[]", [1n, 2n], "{1,2}"],
  ["int[]", [1n, "x"], "wrong_type"],
  ["int[]", "{1,2}", "wrong_type"],
  ["bytea[]", [new Uint8Array([92])], '{"\\\\x5c"}'],
];

Deno.test("values become what their column holds, or are refused by a rule", async (t) => {
  await using world = await postgresSinkWorld();
  await world.sql`set time zone 'UTC'`;
  for (const [index, [type, value, expected]] of cases.entries()) {
    await t.step(`${index}: ${type} with ${typeof value} is ${expected}`, async () => {
      assert.equal(await stored(world, type, value), expected);
    });
  }
});

const catalogTable = `
  create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create domain code as char(3) check (value <> 'XXX');
  create domain present as text not null;
  create domain codes as code[];
  create type mood as enum ('sad', 'fine');
  create table other (id int primary key);
  create table people (
    id int generated always as identity primary key, other_id int generated by default as identity references other,
    name text not null, alias text collate folded, short varchar(5), padded char(3), half numeric(10, 2), whole numeric,
    code code, codes codes, present present, mood mood, checked int check (checked > 0), at timestamptz, day timestamptz(0),
    address inet, double int generated always as (checked * 2) stored, born date, doc jsonb, key uuid, items box[])`;

/** Equality by text, every cell accepted, NULL accepted. */
const promises: Readonly<Record<string, string>> = {
  ...{
    id: "text all -",
    other_id: "text - -",
    name: "text all -",
    alias: "- all null",
    short: "text all null",
  },
  ...{
    padded: "text all null",
    half: "- - null",
    whole: "text all null",
    code: "text - null",
    codes: "- - null",
  },
  ...{
    present: "text all -",
    mood: "text - null",
    checked: "text - null",
    at: "text all null",
    day: "- all null",
  },
  ...{
    address: "- - null",
    born: "text all null",
    doc: "- all null",
    key: "text all null",
    items: "- - null",
  },
};

Deno.test("the catalog says how cells compare, what the database takes, and what can't be written", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(catalogTable);
  const rows = await world.sql.unsafe<CatalogRow[]>(tableColumnsSql, ["people"]);
  const { columns, closed } = tableOf({ schema: null, name: "people" }, rows);
  const found = [...columns.values()].map((column) => [
    column.name,
    [
      column.hasTextEquality ? "text" : "-",
      column.takesEveryCell ? "all" : "-",
      column.isNullable ? "null" : "-",
    ].join(" "),
  ]);
  assert.deepEqual(Object.fromEntries(found), promises);
  assert.deepEqual([...closed], [["id", "identity"], ["double", "generated"]]);
});

Deno.test("in a database of fewer characters text may be refused", async () => {
  const { postgresUrl } = await sharedWorld();
  const name = freshName("latin");
  const root = postgres(postgresUrl, { max: 1, onnotice: () => {} });
  try {
    await root.unsafe(`create database ${name} encoding 'LATIN1' locale 'C' template template0`);
    await using world = await postgresSinkWorld({ url: databaseUrl(postgresUrl, name) });
    await world.sql.unsafe("create table people (id int primary key, name text, doc jsonb, key uuid)");
    const rows = await world.sql.unsafe<CatalogRow[]>(tableColumnsSql, ["people"]);
    const { columns } = tableOf({ schema: null, name: "people" }, rows);
    const refusing = [...columns.values()].filter(({ takesEveryCell }) => !takesEveryCell);
    assert.deepEqual(refusing.map((column) => column.name), ["name", "doc"]);
  } finally {
    await root.unsafe(`drop database if exists ${name} with (force)`);
    await root.end({ timeout: 1 });
  }
});

const document = new Schema("string", { name: "io.debezium.data.Json", optional: true });
const withDocuments = new Schema("struct", {
  fields: [
    { name: "id", schema: Schema.INT32 },
    { name: "doc", schema: document },
    { name: "text", schema: Schema.STRING },
    { name: "docs", schema: new Schema("array", { values: document }) },
  ],
});

Deno.test("text with a schema is a JSON document, or a bad record", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe("create table people (id int primary key, doc jsonb, text json, docs jsonb[])");
  const { task, context } = await startTask(world, upsert);
  const of = (id: number, doc: string | null, text: string, docs: readonly string[]) =>
    person(id, Struct.of(withDocuments, { id, doc, text, docs }));
  try {
    await task.put([
      of(1, '{"a":[1,2]}', ' {"a": 1}', ["[1]", '"x"']),
      of(2, "{a}", "1", []),
      of(3, null, "", []),
      of(4, "1", "2", ["x"]),
    ]);
  } finally {
    await task.stop();
  }
  const rules = context.reports.map(({ error }) => [Reflect.get(error, "rule"), Reflect.get(error, "field")]);
  assert.deepEqual(rules, [["json_invalid", "doc"], ["json_invalid", "text"], ["json_invalid", "docs"]]);
  const rows = await world.sql`select id, doc::text, text::text, docs::text from people`;
  assert.deepEqual([...rows], [{ id: 1, doc: '{"a": [1, 2]}', text: ' {"a": 1}', docs: '{[1],"\\"x\\""}' }]);
});

Deno.test("domains, enums, generated columns, defaults and partitions are written through", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(`
    create schema "My Schema";
    create domain "My Schema".positive as int check (value > 0);
    create domain short as varchar(3);
    create type mood as enum ('sad', 'it''s fine');
    create table "My Schema"."My Table" (
      id int, points "My Schema".positive, code short, mood mood, made timestamptz default now(),
      double int generated always as (points * 2) stored, primary key (id)
    ) partition by range (id);
    create table rest partition of "My Schema"."My Table" default;`);
  const { task, context } = await startTask(world, {
    ...upsert,
    "table.name.format": '"My Schema"."My Table"',
  });
  try {
    const good = { points: 1n, code: "abc", mood: "it's fine" };
    await task.put([
      person(0, { id: 1n, ...good }),
      person(1, { id: 2n, ...good, points: -1n }),
      person(2, { id: 3n, ...good, code: "long" }),
      person(3, { id: 4n, ...good, mood: "great" }),
    ]);
  } finally {
    await task.stop();
  }
  const rules = context.reports.map(({ error }) => Reflect.get(error, "rule"));
  assert.deepEqual(rules, ["text_too_long", "sqlstate_23514", "sqlstate_22P02"]);
  const rows = await world
    .sql`select id, points, mood, double, made is not null as made from "My Schema"."My Table"`;
  assert.deepEqual([...rows], [{ id: 1, points: 1, mood: "it's fine", double: 2, made: true }]);
});

Deno.test("keys that differ as text and are equal to the database are written one after the other", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(`
    create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create table people (id text collate folded primary key, name text)`);
  const { task, context } = await startTask(world, upsert);
  try {
    await task.put([
      person(0, { id: "ana", name: "first" }),
      person(1, { id: "ANA", name: "second" }),
      person(2, { id: "zé", name: "other" }),
    ]);
  } finally {
    await task.stop();
  }
  assert.deepEqual(context.reports, []);
  assert.deepEqual((await world.sql`select name from people order by id`).map(({ name }) => name), [
    "second",
    "other",
  ]);
});

Deno.test("many sets of fields need no prepared statement each", async () => {
  await using world = await postgresSinkWorld();
  const columns = Array.from({ length: 12 }, (_, index) => `c${index}`);
  await world.sql.unsafe(
    `create table people (id int primary key, ${columns.map((c) => `${c} int`).join(", ")})`,
  );
  const { task, context } = await startTask(world, upsert);
  try {
    for (let bits = 0; bits < 300; bits++) {
      const fields = columns.filter((_, index) => (bits >> index) % 2 === 1).map((name) =>
        [name, 1n] as const
      );
      await task.put([person(bits, { id: BigInt(bits), ...Object.fromEntries(fields) })]);
    }
  } finally {
    await task.stop();
  }
  assert.deepEqual(context.reports, []);
  assert.equal((await world.rows("people")).length, 300);
});

Deno.test("without prepared statements and with small batches all is the same", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", { columns: { id: "integer", name: "text" }, key: ["id"] });
  const props = { ...upsert, "connection.prepare": "false", "batch.size": "7" };
  const { task } = await startTask(world, props);
  try {
    await task.put(
      Array.from({ length: 100 }, (_, index) => person(index, { id: BigInt(index % 60), name: `${index}` })),
    );
  } finally {
    await task.stop();
  }
  const names = (await world.rows("people")).map((row) => row["name"]);
  assert.deepEqual(names, Array.from({ length: 60 }, (_, id) => String(id < 40 ? id + 60 : id)));
});
