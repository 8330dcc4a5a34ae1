import assert from "node:assert/strict";
import fc from "fast-check";
import { Schema, type SchemaAndValue } from "../../../../connect/api/schema.ts";
import { convertToString, parseString } from "../../../../connect/api/values.ts";

function shown({ schema, value }: SchemaAndValue): string {
  const item = schema?.valueSchema === undefined || schema.valueSchema === null
    ? ""
    : ` of ${schema.valueSchema.type}`;
  const name = schema?.name?.split(".").at(-1) ?? schema?.type ?? "nothing";
  return `${name}${item} ${convertToString(schema, value)}`;
}

const guesses: readonly (readonly [string, string])[] = [
  ["true", "boolean true"],
  ["TRUE", "string TRUE"],
  [" false ", "boolean false"],
  ["null", "nothing null"],
  ["-129", "int16 -129"],
  ["1.0", "int8 1"],
  ["1e3", "int16 1000"],
  ["0.1", "float 0.1"],
  ["3.4028236e38", "double 3.4028236E38"],
  ["1e400", "Decimal 1E+400"],
  ["9223372036854775808", "Decimal 9223372036854775808"],
  ["\u0663", "int8 3"],
  ["2023-11-14", "Date 2023-11-14"],
  ["2023-1-123", "Date 2023-05-03"],
  ["22:13:20.123Z", "Time 22:13:20.123Z"],
  ["2023-11-14T22:13:20.123Z", "Timestamp 2023-11-14T22:13:20.123Z"],
  ["2023-11-14T22:13:20.123+0300", "string 2023-11-14T22:13:20.123+0300"],
  ["[1, 300]", "array of int16 [1,300]"],
  ["[1, 2.5]", "array of float [1.0,2.5]"],
  ['[1, "a"]', 'array [1,"a"]'],
  ['["2023-11-14"]', "array of int32 [2023-11-14]"],
  ["[true, null]", "string [true, null]"],
  ["[1,]", "array of int8 [1]"],
  ["[,1]", "string [,1]"],
  ["{1: 2}", "map of int8 {1:2}"],
  ["{a: 1}", "string {a: 1}"],
  ['{"a": 1, "a": 2}', 'map of int8 {"a":2}'],
  ['"quoted"', 'string "quoted"'],
  ["a\\:b", "string a\\:b"],
  ["1_000", "string 1_000"],
];

for (const [text, guess] of guesses) {
  Deno.test(`parseString() takes ${JSON.stringify(text)} for ${guess}`, () => {
    assert.equal(shown(parseString(text)), guess);
  });
}

Deno.test("parseString() never refuses a text and always ends", () => {
  const pieces = fc.array(fc.constantFrom(...'[]{}:,"\\ 1a-.Z', "null", "true", "2023-11-14", "1e9"), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), pieces.map((found) => found.join(""))), (text) => {
      const { schema, value } = parseString(text);
      assert.ok(schema !== null || value === null);
    }),
    { numRuns: 500 },
  );
});

Deno.test("parseString() takes text as text where reading it on would cost too much", () => {
  for (const text of ["[".repeat(100_000), "1".repeat(1_000_000), `[${"9".repeat(2000)}]`]) {
    assert.equal(parseString(text).schema?.type, "string");
  }
});

Deno.test("integers of mixed lists stay integers without a schema", () => {
  assert.deepEqual(parseString('[1, "a", [2.5]]').value, [1n, "a", [2.5]]);
});

Deno.test("convertToString() quotes strings only inside lists, maps and structs", () => {
  assert.equal(convertToString(Schema.STRING, 'a"b'), 'a"b');
  assert.equal(
    convertToString(null, { 'a"b': ["c\\d", new Uint8Array([1])] }),
    '{"a\\"b":["c\\\\d","AQ=="]}',
  );
});
