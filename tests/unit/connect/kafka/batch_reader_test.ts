import assert from "node:assert/strict";
import { ConnectException } from "../../../../connect/api/exceptions.ts";
import type { ConsumerRecord } from "../../../../connect/api/ports.ts";
import { BatchReader, type BatchSource, summarize } from "../../../../connect/kafka/batch_reader.ts";
import { encodeBatch, type TimedRecord } from "../../../../connect/kafka/record_batch.ts";
import compressed from "./compressed_batches.json" with { type: "json" };

const at = { topic: "t", partition: 3 };
const everything = Number.MAX_SAFE_INTEGER;
const offsetField = 0;
const magicField = 16;
const attributesField = 21;
const lastDeltaField = 23;
const maxTimestampField = 35;
const countField = 57;

Deno.test("BatchReader reads what Java and librdkafka compressed", () => {
  const expected = Array.from(
    { length: 200 },
    (_, n) => `${n}:` + `line ${n % 7} of a text that repeats itself, é, `.repeat(12),
  );
  assert.equal(compressed.length, 8);
  for (const { batches } of compressed) {
    const bytes = Uint8Array.fromBase64(batches);
    const records = readAll(source(bytes));
    assert.deepEqual(records.map(({ value }) => new TextDecoder().decode(value ?? undefined)), expected);
    assert.deepEqual(records.map(({ offset }) => offset), expected.map((_, n) => BigInt(n)));
  }
});

Deno.test("BatchReader gives out no more than asked for, and goes on where it stopped", () => {
  const reader = new BatchReader(source(batchOf(5, 10n)), 12n);
  const records: ConsumerRecord[] = [];
  reader.read(records, 2);
  assert.deepEqual(records.map(({ offset }) => offset), [12n, 13n]);
  assert.equal(reader.nextOffset, 14n);
  assert.ok(!reader.done);
  reader.read(records, 10);
  assert.deepEqual(records.map(({ offset }) => offset), [12n, 13n, 14n]);
  assert.equal(reader.nextOffset, 15n);
  assert.ok(reader.done);
});

Deno.test("BatchReader knows offsets beyond what a number holds", () => {
  const base = 2n ** 60n;
  assert.deepEqual(readAll(source(batchOf(2, base))).map(({ offset }) => offset), [base, base + 1n]);
});

Deno.test("BatchReader stops before a batch that was cut off", () => {
  const whole = batchOf(2, 0n);
  const bytes = joined(whole, batchOf(2, 2n).subarray(0, 70));
  assert.equal(summarize(bytes).nextOffset, 2n);
  assert.equal(readAll(source(bytes)).length, 2);
});

Deno.test("BatchReader moves over offsets that compaction took, and over control batches", () => {
  const compacted = batchOf(2, 10n);
  view(compacted).setInt32(lastDeltaField, 9);
  const control = batchOf(1, 20n);
  view(control).setInt16(attributesField, 0x30);
  const reader = new BatchReader(source(joined(compacted, control)), 10n);
  const records: ConsumerRecord[] = [];
  reader.read(records, everything);
  assert.deepEqual(records.map(({ offset }) => offset), [10n, 11n]);
  assert.equal(reader.nextOffset, 21n);
});

Deno.test("BatchReader gives all records of a batch the broker's time where the topic says so", () => {
  const bytes = batchOf(2, 0n);
  view(bytes).setInt16(attributesField, 0x08);
  view(bytes).setBigInt64(maxTimestampField, 777n);
  const times = readAll(source(bytes)).map(({ timestamp, timestampType }) => [timestamp, timestampType]);
  assert.deepEqual(times, [[777, "LogAppendTime"], [777, "LogAppendTime"]]);
});

Deno.test("BatchReader says where a batch is corrupt, and shows nothing of it", () => {
  const flipped = batchOf(3, 5n);
  flipped[80] = (flipped[80] ?? 0) ^ 1;
  const text =
    /^Cannot read t-3 at offset 5: the record batch is corrupt, its checksum isn't that of its bytes$/;
  assert.throws(() => readAll({ ...source(flipped), checkCrcs: true }, 5n), (thrown: unknown) => {
    return thrown instanceof ConnectException && text.test(thrown.message) && thrown.rule === "corrupt_batch";
  });
  const old = batchOf(1, 0n);
  view(old).setInt8(magicField, 1);
  assert.throws(() => readAll(source(old)), /its format is 1, expected 2/);
});

Deno.test("BatchReader gives out what stands before a corrupt record, then fails there", () => {
  const bytes = batchOf(3, 0n);
  const lengthOfLast = bytes.length - 11;
  bytes[lengthOfLast] = 2;
  const records: ConsumerRecord[] = [];
  const reader = new BatchReader(source(bytes), 0n);
  assert.throws(
    () => reader.read(records, everything),
    /Cannot read t-3 at offset 2: the record batch is corrupt/,
  );
  assert.deepEqual(records.map(({ offset }) => offset), [0n, 1n]);
  assert.equal(reader.nextOffset, 2n);
});

Deno.test("summarize() refuses a batch that is shorter than its own header", () => {
  const bytes = batchOf(1, 0n);
  view(bytes).setInt32(8, -5);
  assert.throws(() => summarize(bytes), RangeError);
});

Deno.test("BatchReader refuses a batch that says it has less than no records", () => {
  const bytes = batchOf(1, 0n);
  view(bytes).setInt32(countField, -1);
  assert.throws(() => readAll(source(bytes)), /the record batch is corrupt, it says it has -1 records/);
});

function batchOf(count: number, base: bigint): Uint8Array {
  const records = Array.from({ length: count }, (_, n): TimedRecord => ({
    topic: at.topic,
    key: new TextEncoder().encode(`k${n}`),
    value: new TextEncoder().encode(`v${n}`),
    timestamp: 1_700_000_000_000 - n,
    headers: [],
  }));
  const bytes = Uint8Array.from(encodeBatch(records, "none"));
  view(bytes).setBigInt64(offsetField, base);
  return bytes;
}

// Tests that change a batch's bytes read it without its checksum.
function source(batches: Uint8Array): BatchSource {
  return { at, batches, checkCrcs: false, aborted: undefined };
}

function readAll(from: BatchSource, offset = 0n): ConsumerRecord[] {
  const records: ConsumerRecord[] = [];
  new BatchReader(from, offset).read(records, everything);
  return records;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
