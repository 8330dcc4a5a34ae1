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
import { brokenDocument, document, forget } from "./json_documents.ts";

const plain = new JsonConverter(jsonConverterConfig.parse({ "schemas.enable": "false" }));
const encoder = new TextEncoder();
const paths: FieldPaths = [["a"], ["é"], ["c", "id"], ["c", "d", "id"], ["w", "x"], ["w"], ["__proto__"], [
  "1",
]];

function projecting(fields: FieldPaths): Converter {
  return plain.projecting(fields) ?? assert.fail("JSON without schemas can be projected");
}

const projected = projecting(paths);

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

Deno.test("projecting(): any JSON comes out as if it had been read in full", () => {
  fc.assert(fc.property(document, (text) => assertSame(encoder.encode(text))), { numRuns: 4_000 });
});

Deno.test("projecting(): broken bytes come out as if they had been read in full", () => {
  fc.assert(fc.property(brokenDocument, assertSame), { numRuns: 6_000 });
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
