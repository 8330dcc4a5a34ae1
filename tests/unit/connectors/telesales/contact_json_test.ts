/** Telesales' transformation from an event's bytes: spans of JSON against the values that JSON has. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { DataException } from "../../../../connect/api/exceptions.ts";
import { ConnectRecord } from "../../../../connect/api/record.ts";
import { Struct } from "../../../../connect/api/schema.ts";
import { IN_ARENA, SPAN_NUMBERS, SpanArena, SpanKind } from "../../../../connect/api/spans.ts";
import { JsonConverter } from "../../../../connect/converters/json/json_converter.ts";
import { jsonConverterConfig } from "../../../../connect/converters/json/json_converter_config.ts";
import { keepContact } from "../../../../connectors/telesales/keep_contact.ts";
import example from "../../../../connectors/telesales/example.json" with { type: "json" };

const now = Date.UTC(2027, 0, 1);
const context = { time: { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() } };
const props = { "key.secret": "a secret of telesales with at least 32 bytes" };
const byValues = keepContact.create(props, context);
const bySpans = keepContact.createForSpans?.(props, context) ?? assert.fail("the defaults have spans");
const converter = new JsonConverter(jsonConverterConfig.parse({ "schemas.enable": "false" }));
const reader = converter.spans(bySpans.reads) ?? assert.fail("JSON without schemas has spans");
const encoder = new TextEncoder();
const timestamp = Date.UTC(2026, 10, 24);
const topic = "customers.registrations";

function valuesOf(json: string, key: string): Record<string, unknown> | undefined {
  try {
    const { value } = converter.toConnectData(topic, encoder.encode(json));
    const record = byValues.apply(ConnectRecord.of({ topic, key, value, timestamp, offset: 7n }));
    assert.ok(record?.value instanceof Struct);
    const row = record.value;
    const columns = row.schema.fields.map(({ name }) => [name, row.get(name)] as const);
    return { ...record.key as object, ...Object.fromEntries(columns) };
  } catch (error) {
    assert.ok(error instanceof DataException, String(error));
    return undefined;
  }
}

/** Returns the columns; undefined if values have to be made. */
function spansOf(json: string, key: string): Record<string, unknown> | undefined {
  const bytes = encoder.encode(key + json);
  const keyLength = encoder.encode(key).length;
  const fields = new Int32Array(bySpans.reads.length * SPAN_NUMBERS);
  const columns = new Int32Array(bySpans.gives.length * SPAN_NUMBERS);
  const arena = new SpanArena(1);
  const parts = { topic, partition: 0, offset: 7, timestamp, keyAt: 0 };
  if (!reader.read(bytes, keyLength, bytes.length - keyLength, fields, 0, arena)) return undefined;
  if (!bySpans.apply({ ...parts, bytes, keyLength, fields, arena }, columns, 0)) return undefined;
  return Object.fromEntries(bySpans.gives.map(({ name }, index) => {
    const [kind = 0, at = 0, length = 0] = columns.subarray(index * SPAN_NUMBERS);
    if (kind === SpanKind.null) return [name, null];
    if (kind === SpanKind.instant) {
      return [name, new Date(Number((BigInt(at) << 32n) | BigInt(length >>> 0)) / 1000)];
    }
    const content = ((kind & IN_ARENA) === 0 ? bytes : arena.bytes).slice(at, at + length);
    return [name, (kind & ~IN_ARENA) === SpanKind.bytes ? content : new TextDecoder().decode(content)];
  }));
}

Deno.test("the example's events go by spans if all their fields are in a common form", () => {
  let taken = 0;
  for (const { key, value } of example.records) {
    const json = JSON.stringify(value);
    const columns = spansOf(json, key);
    if (columns === undefined) continue;
    assert.deepEqual(columns, valuesOf(json, key));
    taken++;
  }
  assert.equal(taken, 4); // not the blanks around a name, the foreign phone and what is refused
});

/** JSON of scalars, with escapes where none are needed. */
const scalar = (good: readonly string[]) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...good) },
    fc.constantFrom("null", "true", "5", "1.5", '""', '"\\ud800"', '"\\u0000"', "[]", "{}", "-0", "1e999"),
  );
const id = scalar(["17", '"17"', '"\\u00317"']);
const name = scalar(['"Ana"', '"Jo\\u00e3o"', '"João Lima"', '" Ana"']);
const phone = scalar(['"11 98765-4321"', '"\\u002b551133334444"', '"(21) 3333-4444"']);
const region = scalar(['"SP"', "null", '"S\\u0050"']);
const inner = (names: readonly string[]) =>
  fc.tuple(id, name, phone, region, fc.boolean()).map((values) =>
    `{${names.map((name, index) => `"${name}":${values[index]}`)}${values[4] ? ',"cpf":"canary"' : ""}}`
  );
const object = fc.oneof(
  { weight: 3, arbitrary: inner(["id", "name", "phone", "region"]) },
  fc.constant("{}"),
);
const lead = inner(["customer_id", "full_name", "phone_number", "state"]);
const flat = inner(["customer_id", "name", "phone", "region"]).map((json) => json.slice(1, -1));
const other = fc.constantFrom("null", "{}", "5", '{"other":{"id":1}}', '"x"', "[]");
const member = fc.oneof(
  { weight: 2, arbitrary: object.map((json) => `"customer":${json}`) },
  { weight: 2, arbitrary: lead.map((json) => `"lead":${json}`) },
  { weight: 3, arbitrary: flat },
  fc.tuple(fc.constantFrom("customer", "lead"), other).map(([name, json]) => `"${name}":${json}`),
  scalar(['"registration"', '"purchase"']).map((json) => `"event":${json}`),
  scalar(['"2026-11-23T03:05:27.123Z"', '"2026-11-23T00:05-03:00"']).map((json) => `"created_at":${json}`),
  fc.constant('"__proto__":{"customer":{}}'),
);

Deno.test("spans of any JSON give what its values give", () => {
  const counts = { taken: 0, left: 0 };
  const event = fc.array(member, { minLength: 1, maxLength: 4 }).map((members) => `{${members}}`);
  fc.assert(
    fc.property(event, (json) => {
      const columns = spansOf(json, "17");
      if (columns !== undefined) assert.deepEqual(columns, valuesOf(json, "17"));
      counts[columns === undefined ? "left" : "taken"]++;
    }),
    { numRuns: 10_000 },
  );
  assert.ok(counts.taken > 1000 && counts.left > 1000, JSON.stringify(counts));
});
