import assert from "node:assert/strict";
import { ConnectException, DataException } from "../../../../../connect/api/exceptions.ts";
import type { ConsumerRecord } from "../../../../../connect/api/ports.ts";
import { summarize } from "../../../../../connect/kafka/batches/batch_header.ts";
import { BatchReader, type BatchSource } from "../../../../../connect/kafka/batches/batch_reader.ts";
import { encodeBatch, type TimedRecord } from "../../../../../connect/kafka/batches/batch_writer.ts";
import { joined, type RawBatch, rawBatch, rawRecords, zigzag } from "../../../../support/kafka/raw_batch.ts";
import compressed from "./compressed_batches.json" with { type: "json" };

const at = { topic: "t", partition: 3 };
const everything = Number.MAX_SAFE_INTEGER;
const offsetField = 0;
const magicField = 16;
const attributesField = 21;
const lastDeltaField = 23;
const maxTimestampField = 35;

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
  const bytes = joined([whole, batchOf(2, 2n).subarray(0, 70)]);
  assert.equal(summarize(bytes).nextOffset, 2n);
  assert.equal(readAll(source(bytes)).length, 2);
});

Deno.test("BatchReader moves over offsets that compaction took, and over control batches", () => {
  const compacted = batchOf(2, 10n);
  view(compacted).setInt32(lastDeltaField, 9);
  const control = batchOf(1, 20n);
  view(control).setInt16(attributesField, 0x30);
  const reader = new BatchReader(source(joined([compacted, control])), 10n);
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
    /^Cannot read t-3 at offset 5: the record batch is corrupt, its checksum doesn't match its content$/;
  assert.throws(() => readAll({ ...source(flipped), checkCrcs: true }, 5n), (thrown: unknown) => {
    return thrown instanceof ConnectException && text.test(thrown.message) && thrown.rule === "corrupt_batch";
  });
  const old = batchOf(1, 0n);
  view(old).setInt8(magicField, 1);
  assert.throws(() => readAll(source(old)), /its format is 1, expected 2/);
});

Deno.test("BatchReader gives out what stands before a corrupt record, then one bad record for those behind it", () => {
  const good = rawRecords([{ value: text("a") }, { value: text("b") }]);
  const batch = rawBatch({ count: 5, baseOffset: 10n, records: joined([good, Uint8Array.of(7, 7, 7)]) });
  const next = rawBatch({ count: 1, baseOffset: 15n, records: rawRecords([{ value: text("c") }]) });
  for (const from of [0n, 11n, 12n, 13n]) {
    const reader = new BatchReader({ ...source(joined([batch, next])), checkCrcs: true }, from);
    const records: ConsumerRecord[] = [];
    reader.read(records, everything);
    const first = from < 12n ? 12n : from;
    const shown = records.map(({ offset, bad }) => [offset, bad?.lastOffset]);
    const before = [10n, 11n].filter((offset) => offset >= from).map((offset) => [offset, undefined]);
    assert.deepEqual(shown, [...before, [first, 14n], [15n, undefined]]);
    const { bad, value, headers } = records.find((record) => record.bad !== undefined) ?? assert.fail();
    assert.match(
      bad?.error.message ?? "",
      new RegExp(`^Cannot read the records at offsets ${first} to 14: the content`),
    );
    assert.ok(bad?.error instanceof DataException && bad.error.rule === "corrupt_batch");
    assert.deepEqual([value, headers], [null, []]);
    assert.equal(reader.nextOffset, 16n);
  }
});

Deno.test("BatchReader looks at the checksum of a batch that makes no sense, also where it needn't", () => {
  const bytes = rawBatch({ count: 1, records: Uint8Array.of(7, 7, 7) });
  const records = readAll({ ...source(bytes), checkCrcs: false });
  assert.deepEqual(records.map(({ bad }) => bad?.lastOffset), [0n]);
  bytes[62] = 0;
  assert.throws(
    () => readAll({ ...source(bytes), checkCrcs: false }),
    /its checksum doesn't match its content/,
  );
});

Deno.test("BatchReader refuses offsets, lengths and counts that can't be, each as bad records up to the batch's end", () => {
  const value = text("v");
  const many = Array.from({ length: 11 }, () => ({ key: "h", value: null }));
  const cases: Readonly<Record<string, Partial<RawBatch> & { readonly records: Uint8Array }>> = {
    "a negative count": { count: -1, records: rawRecords([{ value }]) },
    "more records than there are": { count: 2, records: rawRecords([{ value }]) },
    "an offset beyond the batch": { records: rawRecords([{ value, offsetDelta: 2 }]) },
    "an offset before the batch": { records: rawRecords([{ value, offsetDelta: -1 }]) },
    "an offset twice": { records: rawRecords([{ value }, { value, offsetDelta: 0 }]) },
    "a negative length": { records: Uint8Array.of(1) },
    "a length beyond the batch": { records: Uint8Array.of(...zigzag(2 ** 30), 0, 0, 0) },
    "a value beyond its record": { records: Uint8Array.of(...zigzag(6), 0, 0, 0, 1, ...zigzag(50), 0, 0) },
    "headers that have no room": {
      records: Uint8Array.of(...zigzag(11), 0, 0, 0, 1, 1, ...zigzag(2 ** 30), 0),
    },
    "a negative number of headers": { records: Uint8Array.of(...zigzag(6), 0, 0, 0, 1, 1, 1) },
  };
  for (const [name, changes] of Object.entries(cases)) {
    const batch = rawBatch({ count: 2, lastOffsetDelta: 1, ...changes });
    const records = readAll({ ...source(batch), checkCrcs: true });
    const last = records.at(-1);
    assert.deepEqual([last?.bad?.lastOffset, last?.value], [1n, null], name);
  }
  const tooMany = rawRecords([{ value }, { value, headers: many }, { value }]);
  const limits = { bytesMax: 1_000, headersMax: 10 };
  const read = readAll({ ...source(rawBatch({ count: 3, records: tooMany })), checkCrcs: true, limits });
  const rules = read.map((
    { offset, bad },
  ) => [offset, bad?.error instanceof DataException ? bad.error.rule : "-"]);
  assert.deepEqual(rules, [[0n, "-"], [1n, "too_many_headers"], [2n, "-"]]);
});

Deno.test("summarize() leaves a batch whose header can't be for the next fetch, which begins with it", () => {
  const broken = batchOf(1, 2n);
  view(broken).setInt32(lastDeltaField, -3);
  const { nextOffset, batches } = summarize(joined([batchOf(2, 0n), broken]));
  assert.deepEqual([nextOffset, batches.length], [2n, batchOf(2, 0n).length]);
  assert.throws(() => summarize(broken), /a batch ends 3 offsets before it begins/);
});

Deno.test("summarize() refuses a batch that is shorter than its own header", () => {
  const bytes = batchOf(1, 0n);
  view(bytes).setInt32(8, -5);
  assert.throws(() => summarize(bytes), RangeError);
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

function text(of: string): Uint8Array {
  return new TextEncoder().encode(of);
}
