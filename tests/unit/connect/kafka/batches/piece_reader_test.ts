import assert from "node:assert/strict";
import type { ConsumerRecord } from "../../../../../connect/api/ports.ts";
import { BatchReader } from "../../../../../connect/kafka/batches/batch_reader.ts";
import { LargeBatches } from "../../../../../connect/kafka/batches/large_batches.ts";
import { PieceReader } from "../../../../../connect/kafka/batches/piece_reader.ts";
import { ChunkSource } from "../../../../../connect/kafka/batches/piece_source.ts";
import { RecordMemory } from "../../../../../connect/kafka/batches/record_memory.ts";
import { type BatchFrame, RecordReader } from "../../../../../connect/kafka/batches/record_reader.ts";
import { type PackedCodec, packedCodecs, packWith } from "../../../../support/kafka/packed_bytes.ts";
import { Random } from "../../../../support/random.ts";
import { joined, rawBatch, type RawRecord, rawRecords } from "../../../../support/kafka/raw_batch.ts";

const mebibyte = 1024 * 1024;
const limits = { bytesMax: 2_000, headersMax: 5 };
const packing: readonly PackedCodec[] = ["gzip", "zstd", "snappy"];

/** A record as it can be compared; bytes by their length and sum. */
function shown({ offset, key, value, headers, bad }: ConsumerRecord): string {
  if (bad !== undefined) return `${offset} ${bad.error.message.replaceAll(/\d+ bytes,/g, "N bytes,")}`;
  const parts = [key, value, ...headers.flatMap((header) => [header.value])];
  const sums = parts.map((bytes) =>
    bytes === null ? "null" : `${bytes.length}/${bytes.reduce((sum, byte) => sum + byte, 0)}`
  );
  return `${offset} ${sums.join(" ")} ${headers.map((header) => header.key).join()}`;
}

function outcomeOf(read: (into: ConsumerRecord[]) => void): readonly string[] {
  const records: ConsumerRecord[] = [];
  try {
    read(records);
    return records.map(shown);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [...records.map(shown), "corrupt"];
  }
}

function anyRecord(random: Random): RawRecord {
  const bytes = (max: number) => {
    const length = random.chance(0.1) ? random.integer(0, max * 20) : random.integer(0, max);
    return random.chance(0.1) ? null : new Uint8Array(length).fill(random.integer(0, 255));
  };
  const headers = Array.from({ length: random.integer(0, random.chance(0.1) ? 9 : 3) }, (_, n) => ({
    key: `h${n}`,
    value: bytes(20),
  }));
  return { key: bytes(30), value: bytes(150), headers };
}

Deno.test("records in pieces of any size are those of the whole batch, but for those that are too large", () => {
  const random = new Random(20261130);
  for (let round = 0; round < 200; round++) {
    const records = Array.from({ length: random.integer(1, 30) }, () => anyRecord(random));
    const bytes = rawRecords(records);
    if (random.chance(0.3)) bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
    const count = records.length + (random.chance(0.1) ? 1 : 0);
    const frame: BatchFrame = {
      ...{ topic: "t", partition: 0, baseOffset: 100n, baseTimestamp: 5, appendTime: undefined },
      ...{ count, deltaBefore: -1, lastDelta: count - 1, headersMax: limits.headersMax },
    };
    const from = 100n + BigInt(random.integer(0, count));
    const readIn = (reader: PieceReader, into: ConsumerRecord[]) => {
      while (reader.left > 0) {
        reader.read(into, from, into.length + random.integer(1, 5), random.integer(1, 5_000));
      }
    };
    const large = { ...limits, bytesMax: 1_000_000 };
    const chunks = cut(bytes, random);
    const whole = outcomeOf((into) =>
      void new RecordReader(frame, new RecordMemory(frame, bytes)).read(into, from, Infinity)
    );
    const inPieces = outcomeOf((into) =>
      readIn(new PieceReader(frame, chunks[0] ?? bytes, rest(chunks), large), into)
    );
    assert.deepEqual(inPieces, whole, `round ${round}`);
    const limited = outcomeOf((into) =>
      readIn(new PieceReader(frame, chunks[0] ?? bytes, rest(chunks), limits), into)
    );
    if (whole.at(-1) !== "corrupt") {
      assert.deepEqual(limited.map((line) => line.split(" ")[0]), whole.map((line) => line.split(" ")[0]));
    }
  }
});

function rest(chunks: readonly Uint8Array[]): ChunkSource {
  return new ChunkSource(chunks.slice(1));
}

function cut(bytes: Uint8Array, random: Random): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const max = random.pick([1, 3, 20, 400, 3_000]);
  for (let at = 0; at < bytes.length;) {
    const length = random.integer(1, max);
    chunks.push(bytes.slice(at, at + length));
    at += length;
  }
  return chunks;
}

/** Reads as a consumer does, some at a time; what is held at once must stay small. */
function readAll(batches: Uint8Array, heldMax: number, from = 0n): readonly ConsumerRecord[] {
  const source = { at: { topic: "t", partition: 0 }, batches, checkCrcs: true, aborted: undefined };
  const reader = new BatchReader(source, from);
  const all: ConsumerRecord[] = [];
  while (!reader.done) {
    const records: ConsumerRecord[] = [];
    const unpacked = reader.read(records, 500, mebibyte);
    assert.ok(unpacked <= 3 * mebibyte, `${unpacked} bytes in one go`);
    assert.ok(reader.unpackedBytes <= heldMax, `${reader.unpackedBytes} bytes held`);
    all.push(...records);
  }
  return all;
}

for (const codec of packing) {
  Deno.test(`good records of ${codec} that unpack to 12 MiB are all read, some MiB at a time`, () => {
    const values = Array.from({ length: 12 * 64 }, (_, n) => new Uint8Array(16_384).fill(n % 251));
    const records = packWith(codec, rawRecords(values.map((value) => ({ value }))));
    const compression = packedCodecs.indexOf(codec);
    const batch = rawBatch({ compression, count: values.length, records });
    const read = readAll(batch, 13 * mebibyte);
    assert.equal(read.length, values.length);
    for (const { offset, value } of read) {
      const expected = Number(offset) % 251;
      assert.ok(value?.length === 16_384 && value.every((byte) => byte === expected), `record ${offset}`);
    }
    assert.equal(readAll(batch, 13 * mebibyte, 700n).length, 68);
  });

  Deno.test(`a record of ${codec} that is too large is stepped over, as key, value or header, and those around it are read`, () => {
    const large = new Uint8Array(9 * mebibyte).fill(0x61);
    const small = Uint8Array.of(1);
    for (
      const bomb of [{ value: large }, { key: large, value: small }, {
        value: small,
        headers: [{ key: "h", value: large }],
      }]
    ) {
      const records = packWith(
        codec,
        rawRecords([{ value: small }, bomb, { value: small }, bomb, { key: small, value: null }]),
      );
      const batch = rawBatch({ compression: packedCodecs.indexOf(codec), count: 5, records });
      const read = readAll(batch, 13 * mebibyte);
      assert.deepEqual(read.map(({ offset, bad }) => [offset, bad?.lastOffset]), [
        [0n, undefined],
        [1n, 1n],
        [2n, undefined],
        [3n, 3n],
        [4n, undefined],
      ]);
      assert.match(
        read[1]?.bad?.error.message ?? "",
        /^Record has about 94371\d\d bytes, record.bytes.max allows 1048576/,
      );
      assert.equal(readAll(batch, 13 * mebibyte, 2n).length, 3);
    }
  });
}

Deno.test("a batch that ends within a record, or says more than it has, is corrupt from there on", () => {
  const value = new Uint8Array(mebibyte / 2);
  const records = rawRecords(Array.from({ length: 8 }, () => ({ value })));
  const truncated = packWith("gzip", records.subarray(0, records.length - 1_000));
  const read = readAll(rawBatch({ compression: 1, count: 8, records: truncated }), 13 * mebibyte);
  assert.deepEqual(read.map(({ offset, bad }) => [offset, bad?.lastOffset]).slice(-2), [[6n, undefined], [
    7n,
    7n,
  ]]);
  const lying = joined([records, Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0, 16)]);
  const more = readAll(
    rawBatch({ compression: 1, count: 9, records: packWith("gzip", lying) }),
    13 * mebibyte,
  );
  assert.deepEqual(more.map(({ bad }) => bad?.lastOffset).slice(-2), [undefined, 8n]);
});

Deno.test("few large batches are unpacked at a time: others wait, and one that isn't read makes room", () => {
  let now = 0;
  const largeBatches = new LargeBatches({ monotonic: () => now });
  const values = Array.from({ length: 8 }, (_, n) => new Uint8Array(mebibyte / 2).fill(n));
  const batches = rawBatch({
    compression: 1,
    count: 8,
    records: packWith("gzip", rawRecords(values.map((value) => ({ value })))),
  });
  const readers = [0, 1, 2, 3, 4].map((partition) =>
    new BatchReader({
      at: { topic: "t", partition },
      batches,
      checkCrcs: true,
      aborted: undefined,
      largeBatches,
    }, 0n)
  );
  const into = readers.map((): ConsumerRecord[] => []);
  const read = (index: number) =>
    readers[index]?.read(into[index] ?? [], (into[index]?.length ?? 0) + 2, mebibyte);
  for (const index of [0, 1, 2, 3, 4, 4]) read(index);
  assert.deepEqual(into.map(({ length }) => length > 0), [true, true, true, true, false]);
  assert.deepEqual(readers.map(({ isWaiting }) => isWaiting), [false, false, false, false, true]);
  now = 5_000;
  for (const index of [1, 2, 3]) read(index);
  read(4);
  assert.equal(readers[0]?.isWaiting, true, "it wasn't read for seconds");
  assert.equal(readers[0]?.unpackedBytes, 0);
  for (let turn = 0; turn < 100; turn++) for (const index of readers.keys()) read(index);
  for (const records of into) {
    assert.deepEqual(
      records.map(({ offset, value }) => [offset, value?.[9]]),
      values.map((_, n) => [BigInt(n), n]),
    );
  }
  assert.ok(readers.every(({ done }) => done));
});
