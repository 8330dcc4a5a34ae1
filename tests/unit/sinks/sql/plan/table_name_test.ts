import assert from "node:assert/strict";
import { isOneTable, tableNameOf, tableText } from "../../../../../sinks/sql/plan/table_name.ts";

const of = (format: string, topic: string) => tableText(tableNameOf(format, topic));

Deno.test("a dot divides schema and table, in the format and in the topic", () => {
  assert.deepEqual(tableNameOf("${topic}", "people"), { schema: null, name: "people" });
  assert.deepEqual(tableNameOf("${topic}", "bank.people"), { schema: "bank", name: "people" });
  assert.deepEqual(tableNameOf("telesales.person", "anything.at.all"), {
    schema: "telesales",
    name: "person",
  });
  assert.deepEqual(tableNameOf("k_${topic}_v", "a.b"), { schema: "k_a", name: "b_v" });
});

Deno.test("within double quotes a dot is a dot", () => {
  assert.deepEqual(tableNameOf('"${topic}"', "a.b.c"), { schema: null, name: "a.b.c" });
  assert.deepEqual(tableNameOf('"My ""Schema""".${topic}', "people"), {
    schema: 'My "Schema"',
    name: "people",
  });
});

Deno.test("a topic is only ever a name", () => {
  const topic = 'x"; drop table y; --';
  assert.deepEqual(tableNameOf("${topic}", topic), { schema: null, name: topic });
  assert.deepEqual(tableNameOf("${topic}", "$&$1${topic}"), { schema: null, name: "$&$1${topic}" });
});

Deno.test("more than a schema and a table, or an empty name, is refused by topic", () => {
  assert.throws(() => of("${topic}", "a.b.c"), /table\.name\.format.*a\.b\.c/);
  assert.throws(() => of("bank.${topic}", "a.b"), /table\.name\.format/);
  assert.throws(() => of("${topic}", "a."), /table\.name\.format/);
  assert.throws(() => of('""', "a"), /table\.name\.format/);
});

Deno.test("isOneTable() tells whether the table is known without a topic", () => {
  assert.ok(isOneTable("telesales.person"));
  assert.ok(!isOneTable("k_${topic}"));
});
