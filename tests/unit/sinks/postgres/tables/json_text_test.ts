import assert from "node:assert/strict";
import { Decimal } from "../../../../../connect/api/decimal.ts";
import { dateOf } from "../../../../../connect/java/date.ts";
import { type ConnectValue, Schema, Struct } from "../../../../../connect/api/schema.ts";
import { jsonEncoder, jsonText, type JsonType } from "../../../../../sinks/postgres/tables/json_text.ts";
import { CellProblem } from "../../../../../sinks/sql/sql_failure.ts";

function ruleOf(run: () => string): string {
  try {
    return `written as ${run()}`;
  } catch (error) {
    assert.ok(error instanceof CellProblem, String(error));
    return error.rule;
  }
}

function document(text: string, type: JsonType = "jsonb"): string {
  return jsonEncoder(type)(text, Schema.STRING);
}

Deno.test("text with a schema is a document, text without one a JSON string", () => {
  assert.equal(document(' {"a": [1]}'), '" {\\"a\\": [1]}"');
  assert.equal(jsonEncoder("jsonb")('{"a":1}', null), '"\\"{\\\\\\"a\\\\\\":1}\\""');
});

Deno.test("long texts, lists and objects are written as short ones are", () => {
  const text = '😀"\\a'.repeat(5_000);
  const written = `"${JSON.stringify(text).replace(/["\\]/g, "\\$&")}"`;
  assert.ok(jsonEncoder("jsonb")(text, null) === written);
  const list = Array.from({ length: 2_501 }, (_, n) => n % 7 === 0 ? null : `"${n}`);
  assert.equal(jsonText(list), JSON.stringify(list));
  const object = Object.fromEntries(list.map((item, n) => [`k"${n}`, item]));
  assert.equal(jsonText(object), JSON.stringify(object));
  assert.equal(jsonText(new Map(Object.entries(object))), JSON.stringify(object));
});

Deno.test("text that isn't JSON is refused, and never quoted", () => {
  for (const text of ["", "x", "{a:1}", "[1,]", "NaN", "01", "\ufeff1", "'x'", "[1] x"]) {
    assert.equal(ruleOf(() => document(text)), "json_invalid", text);
  }
  try {
    document("secret");
  } catch (error) {
    assert.ok(error instanceof Error && !error.message.includes("secret") && error.cause === undefined);
  }
});

Deno.test("documents that jsonb can't hold are refused, for json they are as good as others", () => {
  const cases: readonly (readonly [text: string, rule: string])[] = [
    ['{"a":"\\u0000"}', "text_nul"],
    ['{"\\u0000":1}', "text_nul"],
    ['"\\\\\\u0000"', "text_nul"],
    ['"\\ud800"', "text_not_unicode"],
    ["1e131072", "out_of_range"],
    ["[-1e-16384]", "out_of_range"],
  ];
  for (const [text, rule] of cases) {
    assert.equal(ruleOf(() => document(text)), rule, text);
    assert.doesNotThrow(() => document(text, "json"), text);
  }
  for (const text of ['"\\\\u0000"', '"\\ud83d\\ude00"', "1e131071", '"1e131072"', '"\\"1e131072"', "-0"]) {
    assert.doesNotThrow(() => document(text), text);
  }
});

Deno.test("nesting ends at a thousand levels, in documents and in values", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assert.doesNotThrow(() => document(nested(1000)));
  assert.equal(ruleOf(() => document(nested(1001))), "json_too_deep");
  assert.doesNotThrow(() => document(`["${"[".repeat(2000)}"]`));
  const list = (depth: number): ConnectValue => depth === 0 ? 1n : [list(depth - 1)];
  assert.doesNotThrow(() => jsonText(list(1000)));
  assert.equal(ruleOf(() => jsonText(list(1001))), "json_too_deep");
  let deep: ConnectValue = {};
  for (let level = 0; level < 100_000; level++) deep = { a: deep };
  assert.equal(ruleOf(() => jsonText(deep)), "json_too_deep");
});

Deno.test("a struct's fields are written by their schemas", () => {
  const schema = new Schema("struct", {
    fields: [
      { name: "price", schema: Schema.FLOAT32 },
      { name: "prices", schema: new Schema("array", { values: Schema.FLOAT32 }) },
      { name: "note", schema: Schema.STRING },
      { name: "doc", schema: new Schema("string", { name: "io.debezium.data.Json", optional: true }) },
    ],
  });
  const real = Math.fround(0.1);
  const struct = Struct.of(schema, { price: real, prices: [real], note: "[1]", doc: "[1]" });
  assert.equal(jsonText(struct), '{"price":0.1,"prices":[0.1],"note":"[1]","doc":[1]}');
  assert.equal(ruleOf(() => jsonText(Struct.of(schema, { doc: "[1" }))), "json_invalid");
});

Deno.test("decimals keep their digits, and dates beyond JavaScript's are refused", () => {
  assert.equal(jsonText([new Decimal(4970n, 2), new Decimal(7n, -3)]), "[49.70,7E+3]");
  assert.equal(ruleOf(() => jsonText(new Decimal(1n, -200_000))), "out_of_range");
  assert.equal(jsonText(new Decimal(1n, -200_000), null, "json"), "1E+200000");
  assert.equal(jsonText(new Date(0)), '"1970-01-01T00:00:00.000Z"');
  assert.equal(ruleOf(() => jsonText({ at: dateOf(2n ** 62n) })), "out_of_range");
  assert.equal(ruleOf(() => jsonText([NaN])), "not_finite");
});
