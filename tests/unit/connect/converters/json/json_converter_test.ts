import assert from "node:assert/strict";
import fc from "fast-check";
import { DataException, SerializationException } from "../../../../../connect/api/exceptions.ts";
import type { Props } from "../../../../../connect/api/sink_task.ts";
import { Schema } from "../../../../../connect/api/schema.ts";
import { schemasEqual, valuesEqual } from "../../../../../connect/api/schema_equality.ts";
import {
  envelopeFromJson,
  envelopeToJson,
  readJson,
} from "../../../../../connect/converters/json/connect_json.ts";
import { JsonConverter } from "../../../../../connect/converters/json/json_converter.ts";
import { jsonConverterConfig } from "../../../../../connect/converters/json/json_converter_config.ts";
import { readPlainJson } from "../../../../../connect/converters/json/json_plain.ts";
import { schemalessToConnect } from "../../../../../connect/converters/json/json_to_connect.ts";
import { schemaAndValue, schemalessValue } from "../arbitraries.ts";

const converter = (props: Props = {}) => new JsonConverter(jsonConverterConfig.parse(props));
const plain = converter({ "schemas.enable": "false" });
const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => plain.toConnectData("t", bytes(text)).value;

Deno.test("a topic's schema is remembered by the text in front of the payload, unless that is very long", () => {
  const schemas = converter();
  const schemaOf = (topic: string, doc: string) => {
    const text = `{"schema":{"type":"string","doc":"${doc}"},"payload":"x"}`;
    return schemas.toConnectData(topic, bytes(text)).schema;
  };
  assert.equal(schemaOf("t", "short"), schemaOf("t", "short"));
  const long = "é".repeat(200_000);
  assert.notEqual(schemaOf("t", long), schemaOf("t", long));
  assert.equal(schemaOf("t", long)?.doc, long);
  const first = schemaOf("first", "x".repeat(150_000));
  assert.equal(schemaOf("first", "x".repeat(150_000)), first);
  for (let n = 0; n < 14; n++) schemaOf(`topic-${n}`, "x".repeat(150_000));
  assert.notEqual(schemaOf("first", "x".repeat(150_000)), first, "two million characters are kept");
});

/** Values of data, as a person would count them. */
function countOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, item) => sum + countOf(item), 1);
}

Deno.test("values are counted from bytes before any is made", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
    assert.equal(plain.valuesIn(bytes(JSON.stringify(value, null, indent))), countOf(value));
  }));
  assert.equal(plain.valuesIn(bytes('{"a":[1,2]} [1,2,3]')), 4, "what follows the first value doesn't count");
  assert.equal(plain.valuesIn(bytes("[".repeat(900))), 901);
  const projecting = plain.projecting([["id"]]) ?? assert.fail("none");
  assert.equal(projecting.valuesIn?.(bytes('{"id":1,"rest":[[],[]]}')), 5);
});

Deno.test("what is nested too deep is refused at that depth, however long it is", () => {
  const open = "[".repeat(400_000);
  for (const text of [open, open + "]".repeat(400_000), `{"a":${open}`]) {
    const parse = JSON.parse;
    JSON.parse = () => assert.fail("parsed to its end");
    try {
      assert.throws(() => read(text), /nested deeper than 1000/);
    } finally {
      JSON.parse = parse;
    }
  }
  const wide = `[${'{"a":[]},'.repeat(20_000)}1]`;
  assert.equal((read(wide) as readonly unknown[]).length, 20_001);
});

Deno.test("schemaless data written as JSON and read again is the same data", () => {
  fc.assert(fc.property(schemalessValue, (value) => {
    const written = plain.fromConnectData("t", null, value);
    const { schema, value: found } = plain.toConnectData("t", written);
    assert.equal(schema, null);
    assert.ok(valuesEqual(found, value), `wrote ${new TextDecoder().decode(written ?? bytes("nothing"))}`);
  }));
});

Deno.test("data with a schema written as JSON and read again is the same data", () => {
  const enveloped = converter({ "replace.null.with.default": "false" });
  fc.assert(fc.property(schemaAndValue, ({ schema, value }) => {
    const found = enveloped.toConnectData("t", enveloped.fromConnectData("t", schema, value));
    assert.ok(schemasEqual(found.schema, schema));
    assert.ok(valuesEqual(found.value, value));
  }));
});

Deno.test("the lossless envelope gives back schema and data", () => {
  fc.assert(fc.property(schemaAndValue, ({ schema, value }) => {
    const text = envelopeToJson(schema, value);
    const found = envelopeFromJson(readJson(text) ?? null);
    assert.ok(schemasEqual(found.schema, schema) && valuesEqual(found.value, value));
    assert.equal(envelopeToJson(found.schema, found.value), text);
  }));
});

const looseNumber = fc.oneof(
  fc.double({ noNaN: true, min: -9e18, max: 9e18 }).map(String),
  fc.integer().map((value) => `${value}.0`),
  fc.integer().map((value) => `${value}e2`),
  fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }).map((value) => `${value}`),
  fc.tuple(fc.nat(), fc.bigInt({ min: 0n, max: 10n ** 25n })).map(([whole, fraction]) =>
    `${whole}.${fraction}`
  ),
  fc.constantFrom(
    "-0",
    "-0.0",
    "1e400",
    "-1e-400",
    "0.99999999999999999",
    "2317349751473955.2",
    "9007199254740993",
  ),
);
const looseJson = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    looseNumber,
    fc.string().map((value) => JSON.stringify(value)),
    fc.constantFrom("true", "null", '": 5.0,"', '"\\ud83d\\ude00"', '"[1e5]"'),
    fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(" , ")}]`),
    fc.array(fc.tuple(fc.constantFrom("a", "b", "__proto__", "1"), tie("value")), { maxLength: 4 })
      .map((members) => `{${members.map(([name, value]) => `"${name}": ${value}`).join(",")}}`),
  ),
})).value;

Deno.test("the fast way through JSON.parse reads what the scanner reads", () => {
  fc.assert(
    fc.property(looseJson, (text) => {
      assert.ok(valuesEqual(readPlainJson(bytes(text)), schemalessToConnect(readJson(text))), text);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("integers keep every digit and their type, whatever stands beside them", () => {
  assert.deepEqual(read('{"a": 9007199254740993, "b": 5, "c": 5.0, "d": 1e2, "e": -0}'), {
    a: 9007199254740993n,
    b: 5n,
    c: 5,
    d: 100,
    e: 0n,
  });
});

Deno.test("an integer beyond int64 is refused, as a number of a double it is not", () => {
  for (const text of ["9223372036854775808", '{"id": 18446744073709551633}', "[-9223372036854775809]"]) {
    assert.throws(() => read(text), { name: "DataException", rule: "integer_too_large" });
  }
  const asDouble = bytes('{"schema": {"type": "double"}, "payload": 18446744073709551616}');
  assert.equal(converter().toConnectData("t", asDouble).value, 2 ** 64);
});

Deno.test("names that every object has are names like all others", () => {
  const text = '{"__proto__": {"a": 1}, "constructor": 2, "hasOwnProperty": 3.5}';
  for (const variant of [text, text.replace("3.5", "3.0")]) {
    const value = read(variant) as Record<string, unknown>;
    assert.deepEqual(Object.keys(value), ["__proto__", "constructor", "hasOwnProperty"]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  }
});

Deno.test("an error names the rule and the place, never the text", () => {
  for (
    const text of [
      '{"cpf": 98765432100,}',
      '{"cpf": "987.654.321-00" x}',
      '["secret',
      "secret",
      '{"secret": 1.e}',
    ]
  ) {
    assert.throws(() => read(text), (error) => {
      assert.ok(error instanceof DataException && error.cause instanceof SerializationException);
      assert.equal(
        error.connectText,
        "Converting byte[] to Kafka Connect data failed due to serialization error: ",
      );
      assert.doesNotMatch(error.message + error.cause.message, /secret|987/);
      assert.match(error.message, /\(character \d+\)$/);
      return true;
    });
  }
});

Deno.test("limits are Jackson's: nesting, digits of a number, length of a name", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assert.ok(Array.isArray(read(nested(1000))));
  assert.throws(() => read(nested(1001)), /nested deeper than 1000/);
  assert.throws(() => read(`[0.${"1".repeat(1000)}]`), /longer than 1000 characters/);
  assert.throws(() => read(`{"${"a".repeat(50_001)}": 1}`), /longer than 50000 characters/);
});

Deno.test("bytes that are no text count only if the first value reaches them", () => {
  const broken = (text: string) => new Uint8Array([...bytes(text), 0xff]);
  assert.deepEqual(plain.toConnectData("t", broken('{"a": 1} ')).value, { a: 1n });
  for (const text of ['{"a": ', '"a', "12", "true", " "]) {
    assert.throws(() => plain.toConnectData("t", broken(text)), { name: "DataException" });
  }
});

Deno.test("the schema cache never gives a message another schema than its own", () => {
  const cached = converter();
  const fresh = () => converter({ "schemas.cache.size": "0" });
  const int = '{"schema":{"type":"int32"},"payload":';
  const messages = [
    `${int}5}`,
    `${int}6}`,
    `${int}7,"schema":{"type":"string"}}`,
    `${int}8,"payload":9}`,
    `${int}8,"schema":{"type":"int64"},"payload":10}`,
    `${int}8,"schema":{"type":"int64"},"payload":11}`,
    '{"payload":1,"schema":{"type":"int64"}}',
    '{"payload":2,"schema":{"type":"string"}}',
    `${int}12} and more`,
  ];
  for (const message of [...messages, ...messages]) {
    const [found, wanted] = [
      cached.toConnectData("t", bytes(message)),
      fresh().toConnectData("t", bytes(message)),
    ];
    assert.ok(schemasEqual(found.schema, wanted.schema) && valuesEqual(found.value, wanted.value), message);
  }
  assert.throws(
    () => cached.toConnectData("t", bytes(`${int}5,"more":1}`)),
    /requires "schema" and "payload"/,
  );
  assert.throws(() => cached.toConnectData("t", bytes(`${int}5 6}`)), /expected a comma or the end/);
});

Deno.test("messages of one schema share one schema object", () => {
  const cached = converter();
  const one = (id: number) => cached.toConnectData("t", bytes(`{"schema":{"type":"int32"},"payload":${id}}`));
  assert.equal(one(1).schema, one(2).schema);
});

Deno.test("a field that gets a value of the wrong kind is an error where it is required", () => {
  const message =
    '{"schema":{"type":"struct","fields":[{"field":"name","type":"string"}]},"payload":{"name":5}}';
  assert.throws(
    () => converter().toConnectData("t", bytes(message)),
    { connectText: 'Invalid value: null used for required field: "name", schema type: STRING' },
  );
});

Deno.test("options are read as Connect reads them", () => {
  assert.throws(() => converter({ "decimal.format": "TEXT" }), {
    message:
      "Invalid value TEXT for configuration decimal.format: String must be one of (case insensitive): NUMERIC, BASE64",
  });
  assert.throws(() => converter({ "schema.content": '{"type":"number"}' }), {
    message: "Unknown schema type",
    connectText: "Unknown schema type: number",
  });
  const fixed = converter({ "schema.content": '{"type":"int32"}' });
  assert.deepEqual(fixed.toConnectData("t", bytes("7")).value, 7);
  assert.equal(fixed.toConnectData("t", bytes("8")).schema?.type, "int32");
});

Deno.test("null without a schema is no bytes, with one it is an envelope", () => {
  assert.equal(converter().fromConnectData("t", null, null), null);
  const written = converter().fromConnectData("t", Schema.OPTIONAL_STRING, null);
  assert.equal(
    new TextDecoder().decode(written ?? bytes("")),
    '{"schema":{"type":"string","optional":true},"payload":null}',
  );
});
