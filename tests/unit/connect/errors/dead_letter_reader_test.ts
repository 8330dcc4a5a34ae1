import assert from "node:assert/strict";
import { DataException } from "../../../../connect/api/exceptions.ts";
import type { ConsumerRecord, ProducerRecord } from "../../../../connect/api/ports.ts";
import { rawDeadLetter, safeDeadLetter } from "../../../../connect/errors/dead_letter_form.ts";
import { readDeadLetter } from "../../../../connect/errors/dead_letter_reader.ts";
import type { FailedRecord } from "../../../../connect/errors/failed_record.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const time = { now: () => 1_000, monotonic: () => 0, sleep: () => Promise.resolve() };
const origin = { topic: "dlq", connector: "people", taskId: 3 };
const failed: FailedRecord = {
  record: {
    ...{ topic: "customers", partition: 2, offset: 9_007_199_254_740_993n, timestamp: 5 },
    ...{ timestampType: "CreateTime", key: bytes("17") },
    value: bytes('{"config_hash":"1","rule":"Ana","field":"Ana"}'),
    headers: [{ key: "__connect.errors.topic", value: bytes("elsewhere") }],
  },
  stage: "TRANSFORMATION",
  className: "Contact",
  error: new DataException("phone is missing", { rule: "phone_missing", field: "phone" }),
};

function consumed({ key, value, headers }: ProducerRecord): ConsumerRecord {
  return {
    topic: "dlq",
    partition: 0,
    offset: 0n,
    timestamp: 77,
    timestampType: "CreateTime",
    key,
    value,
    headers,
  };
}

const about = {
  ...{ connector: "people", at: { topic: "customers", partition: 2 }, offset: 9_007_199_254_740_993n },
  ...{ stage: "TRANSFORMATION", writtenAt: 77 },
};

Deno.test("the default form is read back: coordinates, rule and field", () => {
  const form = safeDeadLetter({ ...origin, keyHash: null, configHash: "ab", time });
  assert.deepEqual(readDeadLetter(consumed(form(failed))), {
    ...about,
    rule: "phone_missing",
    field: "phone",
  });
});

Deno.test("a rejected tombstone of an erasure topic is marked, another one isn't", () => {
  const erasureTopics = new Set(["customers"]);
  const form = safeDeadLetter({ ...origin, keyHash: null, configHash: "ab", time, erasureTopics });
  const isErasure = (changes: Partial<FailedRecord>) =>
    readDeadLetter(consumed(form({ ...failed, ...changes })))?.isErasure;
  const tombstone = { ...failed.record, value: null };
  assert.equal(isErasure({ record: tombstone }), true);
  assert.equal(isErasure({ isTombstone: true }), true, "a transformation made it one");
  assert.equal(isErasure({}), undefined);
  assert.equal(isErasure({ record: { ...tombstone, topic: "purchases" } }), undefined);
  const elsewhere = safeDeadLetter({ ...origin, keyHash: null, configHash: "ab", time });
  assert.equal(readDeadLetter(consumed(elsewhere({ ...failed, record: tombstone })))?.isErasure, undefined);
});

Deno.test("of the raw form only the context headers are read, and never the record's own value or headers", () => {
  const form = rawDeadLetter({ ...origin, contextHeaders: true });
  assert.deepEqual(readDeadLetter(consumed(form(failed))), { ...about, rule: "DataException", field: null });
});

Deno.test("a raw letter without context headers tells no coordinates", () => {
  assert.equal(readDeadLetter(consumed(rawDeadLetter({ ...origin, contextHeaders: false })(failed))), null);
});

Deno.test("what somebody else put into the queue is no dead letter, and nothing that a terminal obeys is shown", () => {
  const form = safeDeadLetter({ ...origin, keyHash: null, configHash: "ab", time })(failed);
  const withHeader = (name: string, text: string) =>
    readDeadLetter(
      consumed({
        ...form,
        headers: [...form.headers, { key: `__connect.errors.${name}`, value: bytes(text) }],
      }),
    );
  for (
    const [name, text] of [
      ["topic", "a b"],
      ["topic", "x\u001b[2J"],
      ["topic", ""],
      ["partition", "-1"],
      ["offset", "1e9"],
      ["offset", "1".repeat(20)],
      ["connector.name", "p\u0007"],
    ] as const
  ) {
    assert.equal(withHeader(name, text), null, `${name} ${text}`);
  }
  assert.equal(withHeader("stage", "\u001b[2J")?.stage, "-");
  const values = [
    '{"config_hash":"1","rule":"a b","field":"\\u001b[2J"}',
    "[]",
    "null",
    "no JSON",
    '{"rule":"x"}',
  ];
  for (const value of values) {
    const letter = readDeadLetter(consumed({ ...form, value: bytes(value) }));
    assert.deepEqual([letter?.rule, letter?.field], ["DataException", null], value);
  }
});
