/** The transformation by spans against the same by values. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { DataException } from "../../../../connect/api/exceptions.ts";
import { ConnectRecord } from "../../../../connect/api/record.ts";
import { type ConnectValue, Struct } from "../../../../connect/api/schema.ts";
import { IN_ARENA, SPAN_NUMBERS, SpanKind, type SpanRecord } from "../../../../connect/api/spans.ts";
import { shopEventFields } from "../../../../connectors/telesales/event_shapes.ts";
import { connector } from "../../../../connectors/telesales/mod.ts";
import { EventSpans } from "../../../support/event_spans.ts";

const secret = "a secret of telesales with at least 32 bytes";
const now = Date.UTC(2027, 0, 1);
const time = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
const [plugin] = connector.plugins;
assert.ok(plugin?.type === "transformation");
const pluginOf = plugin;

function bothOf(props: Record<string, string> = {}) {
  const all = { "key.secret": secret, ...props };
  const byValues = pluginOf.create(all, { time });
  const bySpans = pluginOf.createForSpans?.(all, { time });
  assert.ok(bySpans !== undefined);
  return { byValues, bySpans };
}
const text = bothOf();
const integer = bothOf({ "customer.id.form": "integer" });

interface Parts {
  readonly event: unknown;
  readonly key: string | null;
  readonly topic: string;
  readonly timestamp: number;
}

/** The columns that values give, by name; undefined = refused. */
function expected({ byValues }: typeof text, { event, key, topic, timestamp }: Parts) {
  const recorded = timestamp < 0 ? null : timestamp;
  try {
    const record = byValues.apply(
      ConnectRecord.of({ topic, key, value: event as ConnectValue, timestamp: recorded, offset: 7n }),
    );
    assert.ok(record?.value instanceof Struct);
    const row = record.value;
    return {
      ...record.key as object,
      ...Object.fromEntries(row.schema.fields.map(({ name }) => [name, row.get(name)])),
    };
  } catch (error) {
    assert.ok(error instanceof DataException, String(error));
    return undefined;
  }
}

/** The columns that spans give, by name; undefined = the domain has to decide. */
function found({ bySpans }: typeof text, parts: Parts, isInArena?: () => boolean) {
  const spans = new EventSpans(bySpans.reads, parts, isInArena);
  if (!spans.read(parts.event)) return undefined;
  const { arena } = spans.record;
  const before = arena.length;
  const written = new Int32Array((bySpans.gives.length + 2) * SPAN_NUMBERS).fill(-7);
  const isTaken = bySpans.apply(spans.record, written, SPAN_NUMBERS);
  assert.ok(written.subarray(0, SPAN_NUMBERS).every((number) => number === -7));
  assert.ok(written.subarray(-SPAN_NUMBERS).every((number) => number === -7));
  if (!isTaken) {
    assert.equal(arena.length, before);
    return undefined;
  }
  return Object.fromEntries(bySpans.gives.map(({ name }, index) => [
    name,
    valueOf(spans.record, written.subarray((index + 1) * SPAN_NUMBERS)),
  ]));
}

function valueOf({ bytes, arena }: SpanRecord, [kind = 0, at = 0, length = 0]: Int32Array): unknown {
  if (kind === SpanKind.null) return null;
  if (kind === SpanKind.instant) {
    const micros = (BigInt(at) << 32n) | BigInt(length >>> 0);
    assert.equal(micros % 1000n, 0n);
    return new Date(Number(micros / 1000n));
  }
  const memory = (kind & IN_ARENA) === 0 ? bytes : arena.bytes;
  const content = memory.slice(at, at + length);
  if ((kind & ~IN_ARENA) === SpanKind.bytes) return content;
  assert.equal(kind & ~IN_ARENA, SpanKind.text);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
}

const plain = {
  flat: {
    event: "registration",
    customer_id: 17n,
    name: "Ana Lima",
    phone: "(11) 98765-4321",
    region: "SP",
    email: "canary-email",
    created_at: "2026-11-23T03:05:27.123Z",
  },
  purchase: {
    event: "purchase",
    customer: {
      id: "17",
      name: "João Conceição",
      phone: "+55 21 3333-4444",
      region: null,
      cpf: "canary-cpf",
    },
    lead: null,
    created_at: "2026-11-23T00:05:27-03:00",
  },
  campaign: {
    event: "campaign",
    customer: null,
    lead: {
      customer_id: 17n,
      full_name: "Ana",
      phone_number: "11987654321",
      state: "São Paulo",
      cpf: "canary-cpf",
    },
  },
};
const parts = { key: "17", topic: "customers.registrations", timestamp: Date.UTC(2026, 10, 24) };

Deno.test("plain events of all shapes go by spans, and give what values give", () => {
  for (const event of Object.values(plain)) {
    for (const topic of ["customers.registrations", "customers.purchases"]) {
      for (const timestamp of [-1, 0, parts.timestamp, now + 1]) {
        const all = { ...parts, topic, timestamp, event };
        for (const both of [text, integer]) {
          const columns = expected(both, all);
          assert.ok(columns !== undefined);
          for (const isInArena of [() => false, () => true]) {
            assert.deepEqual(found(both, all, isInArena), columns);
          }
        }
      }
    }
  }
});

Deno.test("an object around the customer's data tells the shape, whatever is in it", () => {
  const { flat, campaign } = plain;
  const { lead } = campaign;
  for (const event of [{ customer: {}, lead }, { ...flat, customer: { other: 1n } }, { ...flat, lead: {} }]) {
    assert.equal(expected(text, { ...parts, event }), undefined);
    assert.equal(found(text, { ...parts, event }), undefined);
  }
  for (const customer of [null, "x", 5n, true]) {
    const all = { ...parts, event: { ...flat, customer, lead: customer } };
    assert.deepEqual(found(text, all), expected(text, all));
    assert.ok(found(text, all) !== undefined);
  }
});

const blank = fc.oneof({ weight: 12, arbitrary: fc.constant("") }, fc.constantFrom(" ", "\t", "\u00a0"));
const odd = fc.constantFrom<unknown>(
  null,
  undefined,
  "",
  "  ",
  5n,
  1.5,
  true,
  [],
  {},
  "a\u0000b",
  "\ud800",
  "é".repeat(201),
);
const digits = fc.stringMatching(/^[0-9+() -]{0,18}$/);
const id = fc.oneof(
  { weight: 24, arbitrary: fc.constantFrom<unknown>(17n, "17", "017", "a b", "é", -5n) },
  odd,
  fc.constantFrom<unknown>(10n ** 18n, "1".repeat(19), 2n ** 63n, "x".repeat(60), "-0"),
);
const name = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.tuple(
      blank,
      fc.constantFrom("Ana", "João Lima", "Zoë", "João  Lima", "Conceic\u0327ão", "Ana Ĳ ɏ"),
      blank,
    )
      .map((all) => all.join("")),
  },
  {
    weight: 2,
    arbitrary: fc.string({
      unit: fc.constantFrom("a", " ", "é", "ɏ", "ɐ", "界", "😀", "\u007f"),
      maxLength: 12,
    }),
  },
  fc.string({ unit: "grapheme", maxLength: 210 }),
  odd,
);
const phone = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("+55 11 98765-4321", "(11) 98765-4321", "2133334444", "0 11 3333 4444"),
  },
  digits,
  odd,
);
const region = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom<unknown>(
      "SP",
      " RJ ",
      "São Paulo",
      "x".repeat(64),
      "x".repeat(65),
      null,
      undefined,
    ),
  },
  fc.string({ unit: "binary", maxLength: 4 }),
  odd,
);
const createdAt = fc.oneof(
  { weight: 4, arbitrary: fc.constant("2026-11-23T00:05:27.5+05:45") },
  fc.constantFrom<unknown>(
    "2026-11-23T03:05:27.123Z",
    "2026-11-23t03:05Z",
    "2026-11-23T00:05:27-03:00",
    "soon",
    undefined,
  ),
  fc.date({ min: new Date("0000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }).map((date) =>
    date.toISOString()
  ),
  odd,
);
const kind = fc.oneof(
  fc.constantFrom<unknown>("registration", "purchase", "registratioN", undefined, null),
  odd,
);
const said = fc.record({ id, name, phone, region });
const within = fc.oneof(
  { weight: 3, arbitrary: fc.constant<unknown>(undefined) },
  fc.constantFrom<unknown>(null, {}, "x", 5n, [], { id: 17n }),
);

const event = fc.tuple(fc.constantFrom("flat", "customer", "lead", "all"), said, kind, createdAt, within).map(
  ([shape, { id, name, phone, region }, event, created_at, other]): Record<string, unknown> => {
    const flat = { customer_id: id, name, phone, region };
    const customer = { id, name, phone, region, more: "canary" };
    const lead = { customer_id: id, full_name: name, phone_number: phone, state: region };
    if (shape === "flat") return { event, ...flat, customer: other, lead: other, created_at };
    if (shape === "customer") return { event, customer, lead: other, name: "not this", created_at };
    if (shape === "lead") return { event, customer: other, lead, ...flat, created_at };
    return { event, ...flat, customer, lead, created_at };
  },
).map(withoutUndefined);

/** JSON has no undefined. */
function withoutUndefined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => field === undefined ? [] : [[name, field]]),
  );
}

Deno.test("what spans give for random events, values give too", () => {
  const counts = { taken: 0, left: 0, refused: 0 };
  const topic = fc.constantFrom("customers.registrations", "customers.purchases");
  const timestamp = fc.oneof(fc.constantFrom(-1, 0), fc.integer({ min: 0, max: now + 5 }));
  const key = fc.oneof({ weight: 12, arbitrary: fc.constant("same") }, fc.constantFrom("17", "x", null));
  fc.assert(
    fc.property(
      event,
      topic,
      timestamp,
      key,
      fc.infiniteStream(fc.boolean()),
      (event, topic, timestamp, key, coins) => {
        const all = { event, topic, timestamp, key: key === "same" ? String(idIn(event)) : key };
        for (const both of [text, integer]) {
          const columns = expected(both, all);
          const bySpans = found(both, all, () => coins.next().value as boolean);
          if (bySpans !== undefined) assert.deepEqual(bySpans, columns);
          counts[bySpans !== undefined ? "taken" : columns === undefined ? "refused" : "left"]++;
        }
      },
    ),
    { numRuns: 10_000 },
  );
  assert.ok(Object.values(counts).every((count) => count > 300), JSON.stringify(counts));
});

/** The id that the event's shape has. */
function idIn(event: Record<string, unknown>): unknown {
  const { customer, lead, customer_id } = event as Record<
    string,
    { id?: unknown; customer_id?: unknown } | null
  >;
  return customer?.id ?? lead?.customer_id ?? customer_id;
}

Deno.test("no other field is read, and the arena gets a phone and a hash of each event", () => {
  assert.deepEqual(text.bySpans.reads, [["customer"], ["lead"], ...shopEventFields]);
  for (const event of Object.values(plain)) {
    const spans = new EventSpans(text.bySpans.reads, parts);
    assert.ok(spans.read(event));
    assert.ok(text.bySpans.apply(spans.record, new Int32Array(100), 0));
    const { arena, bytes } = spans.record;
    assert.ok(arena.length <= 32 + 14);
    for (const memory of [bytes, arena.bytes]) {
      assert.ok(!new TextDecoder("latin1").decode(memory).includes("canary"));
    }
  }
});

Deno.test("a long id takes no more of the arena than a short one", () => {
  const key = "canary".repeat(20);
  const spans = new EventSpans(text.bySpans.reads, { ...parts, key });
  assert.ok(spans.read({ ...plain.flat, customer_id: key }));
  assert.ok(text.bySpans.apply(spans.record, new Int32Array(100), 0));
  assert.equal(spans.record.arena.length, 32 + 14);
});

Deno.test("there are no spans with former secrets, for other countries, or without a clock", () => {
  const props = { "key.secret": secret };
  for (
    const [name, value] of [["key.secret.previous", `${secret}!`], ["phone.default.region", "PT"]] as const
  ) {
    assert.equal(pluginOf.createForSpans?.({ ...props, [name]: value }, { time }), undefined);
  }
  assert.equal(pluginOf.createForSpans?.(props), undefined);
  assert.ok(pluginOf.createForSpans?.({ ...props, "key.secret.previous": " " }, { time }) !== undefined);
});

Deno.test("an event by spans makes no objects", () => {
  const spans = new EventSpans(text.bySpans.reads, parts);
  assert.ok(spans.read(plain.purchase));
  const columns = new Int32Array(text.bySpans.gives.length * SPAN_NUMBERS);
  const { arena } = spans.record;
  let least = Infinity;
  for (let round = 0; round < 20; round++) {
    const before = Deno.memoryUsage().heapUsed;
    for (let event = 0; event < 10_000; event++) {
      text.bySpans.apply(spans.record, columns, 0);
      arena.cut();
    }
    const bytes = (Deno.memoryUsage().heapUsed - before) / 10_000;
    if (bytes >= 0) least = Math.min(least, bytes);
  }
  // V8 may box a number (16 bytes); the smallest array has 32, a view of bytes more than 100.
  assert.ok(least < 32, `${least} bytes an event`);
});
