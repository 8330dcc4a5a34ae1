/**
 * Measures telesales' transformation of one event, by values and by spans, and its keyed hash.
 *
 *     deno bench -A --config sandbox/dev.json bench/micro/telesales_bench.ts
 *
 * @module
 */

import { KeyedHash } from "../../connect/api/keyed_hash.ts";
import { ConnectRecord } from "../../connect/api/record.ts";
import { SPAN_NUMBERS } from "../../connect/api/spans.ts";
import { keepContact } from "../../connectors/telesales/keep_contact.ts";
import { EventSpans } from "../../tests/support/event_spans.ts";

const secret = "a secret of telesales with at least 32 bytes";
const props = { "key.secret": secret };
const time = { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() };
const topic = "customers.purchases";
const timestamp = Date.UTC(2026, 10, 23, 3, 5, 28);

/** Events of many people: caches must not help. */
const people = Array.from({ length: 4096 }, (_value, person) => {
  const key = String(1_048_576_000 + person);
  const phone = `+55 11 9${String(10_000_000 + 977 * person).replace(/(....)$/, "-$1")}`;
  const customer = { id: BigInt(key), name: `Ana Clara Nóbrega ${person}`, phone, region: "SP" };
  return { key, event: { event: "purchase", customer, created_at: "2026-11-23T03:05:27.123Z" } };
});

const byValues = keepContact.create(props, { time });
const bySpans = keepContact.createForSpans?.(props, { time });
if (bySpans === undefined) throw new Error("Cannot measure spans: the transformation has none");
const columns = new Int32Array(bySpans.gives.length * SPAN_NUMBERS);
const records = people.map(({ key, event }) =>
  ConnectRecord.of({ topic, key, value: event, timestamp, offset: 7n })
);
const spanRecords = people.map(({ key, event }) => {
  const spans = new EventSpans(bySpans.reads, { topic, key, timestamp });
  spans.read(event);
  return spans.record;
});
for (const record of spanRecords) {
  if (!bySpans.apply(record, columns, 0)) throw new Error("Cannot measure spans: the event isn't plain");
}

let next = 0;
const nextOf = <T>(all: readonly T[]): T => all[next++ % all.length]!;

Deno.bench("by values", { group: "KeepContact, an event", baseline: true }, () => {
  byValues.apply(nextOf(records));
});
Deno.bench("by spans", { group: "KeepContact, an event" }, () => {
  const record = nextOf(spanRecords);
  bySpans.apply(record, columns, 0);
  record.arena.cut();
});

const hash = new KeyedHash(secret, "key.secret");
const bytes = new Uint8Array(64);
new TextEncoder().encodeInto("v1:1048576000", bytes);
Deno.bench("of a text", { group: "KeyedHash" }, () => {
  hash.of("v1:1048576000");
});
Deno.bench("in place", { group: "KeyedHash" }, () => {
  hash.replace(bytes, 0, 13);
});
