/** The transformation against the plain model, over random events. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { DataException } from "../../../../connect/api/exceptions.ts";
import { ConnectRecord } from "../../../../connect/api/record.ts";
import { type ConnectValue, Struct } from "../../../../connect/api/schema.ts";
import { connector } from "../../../../connectors/telesales/mod.ts";
import { TelesalesModel } from "../../../../sandbox/telesales_model.ts";

const secret = "a secret of telesales with at least 32 bytes";
const now = Date.UTC(2027, 0, 1);
const plugin = connector.plugins[0];
assert.ok(plugin?.type === "transformation");
const time = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
const transform = plugin.create({ "key.secret": secret }, { time });

const blank = fc.constantFrom("", " ", "\t", "\u00a0", "\n");
const odd = fc.constantFrom<unknown>(null, undefined, "", "  ", 5, 1.5, true, [], {}, "a\u0000b", "\ud800");
const id = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<unknown>(17, "17") },
  odd,
  fc.constantFrom<unknown>("017", 1e300, -17),
);
const name = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(blank, fc.constantFrom("Ana", "João  Lima", "Conceic\u0327ão"), blank).map((parts) =>
      parts.join("")
    ),
  },
  fc.string({ unit: "grapheme", maxLength: 210 }),
  odd,
);
const phone = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("+55 11 98765-4321", "(11) 98765-4321", "0 11 3333 4444", "+351912345678"),
  },
  fc.stringMatching(/^[0-9+() -]{0,18}$/),
  odd,
);
const region = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>("SP", " RJ ", null, undefined) },
  odd,
);
const createdAt = fc.oneof(
  fc.constantFrom<unknown>("2026-11-23T03:05:27.123Z", "2026-11-23T00:05:27-03:00", "soon", undefined, 5),
  fc.date({ min: new Date(0), max: new Date(now), noInvalidDate: true }).map((date) => date.toISOString()),
);
const kind = fc.constantFrom<unknown>("registration", "purchase", undefined, null);
const said = fc.record({ id, name, phone, region });

const event = fc.tuple(fc.constantFrom("flat", "customer", "lead"), said, kind, createdAt).map(
  ([shape, { id, name, phone, region }, event, created_at]): unknown => {
    const flat = { customer_id: id, name, phone, region };
    if (shape === "flat") return { event, ...flat, created_at };
    if (shape === "customer") {
      return { event, customer: { id, name, phone, region }, name: "not this", created_at };
    }
    return {
      event,
      lead: { customer_id: id, full_name: name, phone_number: phone, state: region },
      created_at,
    };
  },
);
const value = fc.oneof({ weight: 9, arbitrary: event }, odd);
const topic = fc.constantFrom("customers.registrations", "customers.purchases");

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The value from the JSON converter: integers are bigint. */
function converted(json: string): ConnectValue {
  return JSON.parse(
    json,
    (_name, found: unknown, context?: { source?: string }) =>
      typeof found === "number" && /^-?\d+$/.test(context?.source ?? "")
        ? BigInt(context?.source ?? "")
        : found,
  );
}

function transformed(record: ConnectRecord) {
  try {
    const { key, value } = transform.apply(record) ?? {};
    assert.ok(value instanceof Struct);
    const { contact_key } = key as { readonly contact_key: Uint8Array };
    return {
      key: Array.from(contact_key, (byte) => byte.toString(16).padStart(2, "0")).join(""),
      name: value.get("name"),
      phone: value.get("phone"),
      region: value.get("region"),
      updatedAt: (value.get("updated_at") as Date).getTime(),
      registeredAt: (value.get("registered_at") as Date | null)?.getTime() ?? null,
    };
  } catch (error) {
    assert.ok(error instanceof DataException, String(error));
    assert.ok(error.rule !== undefined);
    return undefined;
  }
}

Deno.test("the transformation and the model make the same row of every event, or both refuse it", () => {
  let [kept, refused] = [0, 0];
  fc.assert(
    fc.property(value, topic, fc.integer({ min: 0, max: now }), (content, topic, timestamp) => {
      const json = JSON.stringify(content) ?? "null";
      if (json === "null") return; // the pipeline itself refuses it, before any transformation
      const model = new TelesalesModel({ secret });
      model.add({ topic, partition: 0, offset: 0n, timestamp, key: bytes("17"), value: bytes(json) });
      const [[key, [person] = []] = []] = [...model.expected()];
      const row = transformed(
        ConnectRecord.of({ topic, key: "17", value: converted(json), timestamp, offset: 0n }),
      );
      row === undefined ? refused++ : kept++;
      if (person === undefined) return assert.equal(row, undefined);
      const { name, phone, region, updatedAt, registeredAt } = person;
      assert.deepEqual(row, { key, name, phone, region, updatedAt, registeredAt });
    }),
    { numRuns: 3000 },
  );
  assert.ok(kept > 500 && refused > 500, `${kept} kept, ${refused} refused: both sides have to be tried`);
});
