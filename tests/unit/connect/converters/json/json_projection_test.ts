/** Whatever the bytes are, projecting comes out as reading everything and then forgetting the rest. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { ConnectException } from "../../../../../connect/api/exceptions.ts";
import type { Converter, FieldPaths } from "../../../../../connect/api/plugins.ts";
import type { ConnectValue } from "../../../../../connect/api/schema.ts";
import { JsonConverter } from "../../../../../connect/converters/json/json_converter.ts";
import { jsonConverterConfig } from "../../../../../connect/converters/json/json_converter_config.ts";
import { JsonProjection } from "../../../../../connect/converters/json/json_projection.ts";
import { schemalessValue } from "../arbitraries.ts";

const plain = new JsonConverter(jsonConverterConfig.parse({ "schemas.enable": "false" }));
const encoder = new TextEncoder();
const paths: FieldPaths = [["a"], ["é"], ["c", "id"], ["c", "d", "id"], ["w", "x"], ["w"], ["__proto__"], [
  "1",
]];

function projecting(fields: FieldPaths): Converter {
  return plain.projecting(fields) ?? assert.fail("JSON without schemas can be projected");
}

const projected = projecting(paths);

/** The oracle: what is left of a value that was read in full. */
function forget(value: ConnectValue, fields: FieldPaths): ConnectValue {
  const isMap = typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
  if (!isMap || fields.some(({ length }) => length === 0)) return value;
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const within = fields.filter(([first]) => first === name).map((path) => path.slice(1));
    return within.length === 0 ? [] : [[name, forget(inner as ConnectValue, within)] as const];
  });
  return Object.fromEntries(kept);
}

/** The result in a comparable form: the value with the order of its fields, or the error. */
function outcome(read: () => ConnectValue): unknown {
  try {
    const value = read();
    return {
      value,
      text: JSON.stringify(value, (_, inner) => typeof inner === "bigint" ? `${inner}n` : inner),
    };
  } catch (error) {
    if (!(error instanceof ConnectException)) throw error;
    return { name: error.name, message: error.message, connectText: error.connectText, rule: error.rule };
  }
}

function assertSame(bytes: Uint8Array): void {
  assert.deepEqual(
    outcome(() => projected.toConnectData("t", bytes).value),
    outcome(() => forget(plain.toConnectData("t", bytes).value, paths)),
  );
}

const numbers = fc.constantFrom(
  ..."0 -0 00 007 -01 1.0 5.00 0.1 -0.0 1e2 1E+2 1e-400 1e400 1e99999999999 1. .5 - + 12a 0x1 NaN 9007199254740993",
  "123456789012345",
  "1234567890123456",
  "999999999999999999",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775808",
  "12345678901234567890",
  "0.12345678901234567890123",
  "1".repeat(400),
  "-",
).map(String);
const strings = fc.constantFrom(
  '""',
  '"x"',
  '"é"',
  '"\\u00e9"',
  '"\\ud83d\\ude00"',
  '"\\ud800"',
  '"\\udc00x"',
  '"\\n\\t\\"\\\\\\/"',
  '"\\x"',
  '"\\u12"',
  '"\ufeffx"',
  '"\u{10ffff}"',
  '"\x7f"',
  '"\x01"',
  '"\ud7ff\ue000"',
  '"open',
);
const names = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("a", "é", "c", "d", "id", "w", "x", "z", "1", "__proto__", "toString"),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("\\u0061", "\\ud800", "\\u0063", "e\u0301", "", "\ufeff", "a\\", "\\n"),
  },
);
const blanks = fc.constantFrom("", "", "", " ", "\t", "\r\n", "  ", "\u00a0", "\v");
const tokens = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom("true", "false", "null", "True", "nul", "nullx"),
    numbers,
    strings,
    fc.tuple(blanks, fc.array(tie("value"), { maxLength: 3 })).map(([gap, items]) =>
      `[${gap}${items.join(`,${gap}`)}]`
    ),
    fc.tuple(blanks, fc.array(fc.tuple(names, tie("value")), { maxLength: 5 }))
      .map(([gap, members]) =>
        `{${gap}${members.map(([n, v]) => `"${n}"${gap}:${gap}${v}`).join(`${gap},`)}${gap}}`
      ),
  ),
})).value;
const document = fc.tuple(
  blanks,
  fc.array(fc.tuple(names, tokens), { maxLength: 6 }),
  fc.constantFrom("", "", "", "", " ", "\n", "x", "{}", "\0", ","),
).map(([gap, members, tail]) => `${gap}{${members.map(([n, v]) => `"${n}":${gap}${v}`).join(",")}}${tail}`);

interface Mutation {
  readonly kind: "set" | "drop" | "insert" | "cut" | "repeat";
  readonly at: number;
  readonly byte: number;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("set", "drop", "insert", "cut", "repeat"),
  at: fc.nat({ max: 400 }),
  byte: fc.oneof(
    fc.nat({ max: 255 }),
    fc.constantFrom(...encoder.encode('{}[]",:\\0-.eu'), 0, 0xef, 0xbb, 0xbf, 0xed),
  ),
});

function mutate(bytes: Uint8Array, { kind, at: place, byte }: Mutation): Uint8Array {
  const list = [...bytes];
  const at = place % Math.max(list.length, 1);
  if (kind === "set") list[at] = byte;
  else if (kind === "drop") list.splice(at, 1);
  else if (kind === "insert") list.splice(at, 0, byte);
  else if (kind === "cut") list.length = at;
  else list.splice(at, 0, ...list.slice(at, at + 1 + byte % 8));
  return Uint8Array.from(list);
}

Deno.test("projecting(): any JSON comes out as if it had been read in full", () => {
  fc.assert(fc.property(document, (text) => assertSame(encoder.encode(text))), { numRuns: 4_000 });
});

Deno.test("projecting(): broken bytes come out as if they had been read in full", () => {
  const broken = fc.tuple(document, fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([text, mutations]) => mutations.reduce(mutate, encoder.encode(text)));
  fc.assert(fc.property(broken, assertSame), { numRuns: 6_000 });
});

Deno.test("projecting(): random data comes out as if it had been read in full", () => {
  const event = fc.dictionary(fc.constantFrom("a", "b", "c", "é", "w", "1"), schemalessValue, { maxKeys: 6 });
  fc.assert(
    fc.property(event, (fields) => {
      const bytes = plain.fromConnectData("t", null, { ...fields });
      assertSame(bytes ?? assert.fail("an object is never null"));
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("projecting(): limits of the full reader hold", () => {
  const deep = (levels: number) => `{"a":1,"z":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  const texts = [
    deep(150),
    deep(250),
    deep(999),
    deep(1_000),
    `{"a":1,"${"n".repeat(50_000)}":2}`,
    `{"a":1,"${"n".repeat(50_001)}":2}`,
    `{"a":1,"${"é".repeat(30_000)}":2}`,
    `{"z":${"1".repeat(1_001)},"a":1}`,
    `{"z":0.${"1".repeat(1_001)},"a":1}`,
    `{"z":1e2147483648,"a":1}`,
  ];
  for (const text of texts) assertSame(encoder.encode(text));
});

Deno.test("projecting(): every single byte of an event may be any other", () => {
  const event = encoder.encode('{"a":-12.5e1,"b":[true,null],"c":{"id":7,"k":"\\u00e9é"},"w":{"x":[]}}');
  for (let at = 0; at < event.length; at++) {
    for (let byte = 0; byte < 256; byte++) {
      const changed = event.slice();
      changed[at] = byte;
      assertSame(changed);
    }
  }
});

Deno.test("JsonProjection: a plain event is read without the full reader, and nothing else of it becomes a value", () => {
  const projection = new JsonProjection([["customer", "name"], ["customer", "id"], ["região"], ["tags"], [
    "total",
  ]]);
  const text =
    ' {"cpf":"1","customer" : {"id":17,"cpf":"2","name":"Ana \\"L\\" Lima"},"items":[{"total":1}],' +
    '"região":"SP","tags":{"k":[1,2.0]},"total":50.00,"card":{"number":"4","total":2}}\n';
  assert.deepEqual(projection.read(encoder.encode(text)), {
    customer: { id: 17n, name: 'Ana "L" Lima' },
    região: "SP",
    tags: { k: [1n, 2] },
    total: 50,
  });
});

Deno.test("projecting(): a tombstone stays one, and with schemas nothing is projected", () => {
  assert.deepEqual(projected.toConnectData("t", null), { schema: null, value: null });
  assert.equal(new JsonConverter(jsonConverterConfig.parse({})).projecting([["a"]]), undefined);
  assert.equal(plain.projecting([["\ud800"]]), undefined);
});
