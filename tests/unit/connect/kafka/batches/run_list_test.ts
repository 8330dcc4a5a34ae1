import assert from "node:assert/strict";
import type { ConsumerRecord } from "../../../../../connect/api/ports.ts";
import {
  NO_SPANS,
  type RecordRun,
  RUN_NUMBERS,
  RunNumber,
} from "../../../../../connect/api/consumer_record.ts";
import { BatchReader, type BatchSource } from "../../../../../connect/kafka/batches/batch_reader.ts";
import { RunList } from "../../../../../connect/kafka/batches/run_list.ts";
import { FetchBuffer, type FetchedPart } from "../../../../../connect/kafka/fetch/fetch_buffer.ts";
import { PartitionState } from "../../../../../connect/kafka/fetch/partition_state.ts";
import { FramePool } from "../../../../../connect/kafka/wire/frame_pool.ts";
import { packedCodecs, packWith } from "../../../../support/kafka/packed_bytes.ts";
import { joined, rawBatch, type RawRecord, rawRecords } from "../../../../support/kafka/raw_batch.ts";
import { Random } from "../../../../support/random.ts";

const limits = { bytesMax: 100_000, headersMax: 4 };
const bit = { appendTime: 0x08, transactional: 0x10, control: 0x20 } as const;
const partitions = [0, 1, 2] as const;
/** Bases of offsets: the last two are too large for numbers, and so close to it that their batch is read as objects. */
const bases = [0n, 7_000_000_000n, 2n ** 53n - 2n ** 30n, 2n ** 60n] as const;

interface Answer {
  readonly memory: ArrayBuffer;
  readonly sources: readonly (BatchSource & { readonly from: bigint })[];
}

/** A consumer's buffer and positions, to be read one way. */
class Lane {
  readonly pool = new FramePool(0);
  readonly buffer = new FetchBuffer(this.pool);
  readonly states = partitions.map((partition) => new PartitionState({ topic: "t", partition }));
  readonly memories: ArrayBuffer[] = [];

  add({ memory, sources }: Answer): void {
    const own = memory.slice(0);
    this.memories.push(own);
    const parts = sources.map(({ from, batches, ...source }): FetchedPart => {
      const state = this.states[source.at.partition] ?? assert.fail();
      if (state.position === undefined) state.seek(from);
      const bytes = new Uint8Array(own, batches.byteOffset, batches.length);
      return { state, reader: new BatchReader({ ...source, batches: bytes }, from), bytes: bytes.length };
    });
    this.buffer.add(1, parts, own);
  }

  /** What can be seen of it besides the records. */
  shown() {
    return {
      bytes: this.buffer.bytes,
      states: this.states.map((state) => [state.position, state.bufferedBytes, message(state)]),
      detached: this.memories.map(({ detached }) => detached),
    };
  }
}

function message({ spoiled, failure }: PartitionState): string {
  return [spoiled, failure].map((cause) => cause instanceof Error ? cause.message : "").join();
}

function anyRecord(random: Random, offsetDelta: number): RawRecord {
  const bytes = (max: number) =>
    random.chance(0.15)
      ? null
      : Uint8Array.from({ length: random.integer(0, max) }, () => random.integer(0, 255));
  const headers = Array.from({ length: random.chance(0.3) ? random.integer(1, 6) : 0 }, (_, n) => ({
    key: random.pick([`h${n}`, "é", ""]),
    value: bytes(9),
  }));
  const timestampDelta = random.chance(0.1) ? -1_700_000_000_001 : random.integer(-90, 90_000);
  return { key: bytes(12), value: bytes(200), headers, offsetDelta, timestampDelta };
}

/** A batch as a client or an attacker wrote it, and the offset behind it. */
function anyBatch(random: Random, baseOffset: bigint): readonly [batch: Uint8Array, next: bigint] {
  const records: RawRecord[] = [];
  let delta = -1;
  for (let left = random.integer(1, 20); left > 0; left--) {
    delta += random.chance(0.1) ? random.integer(1, 5) : 1; // compaction took some
    records.push(anyRecord(random, delta));
  }
  if (random.chance(0.02)) records.push({ value: new Uint8Array(3_000_000), offsetDelta: ++delta });
  if (random.chance(0.02)) {
    for (let left = 300; left > 0; left--) {
      records.push({ value: new Uint8Array(9_000), offsetDelta: ++delta });
    }
  }
  const codec = random.integer(0, packedCodecs.length - 1);
  const bytes = rawRecords(records);
  if (random.chance(0.15)) bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
  const packed = packWith(packedCodecs[codec] ?? "none", bytes);
  if (random.chance(0.03)) packed[random.integer(0, packed.length - 1)] = random.integer(0, 255);
  const attributes = codec | (random.chance(0.1) ? bit.appendTime : 0) |
    (random.chance(0.2) ? bit.transactional : 0) | (random.chance(0.05) ? bit.control : 0);
  const lastOffsetDelta = delta + (random.chance(0.1) ? 3 : 0);
  const count = records.length + (random.chance(0.05) ? random.pick([-1, 1, -100]) : 0);
  const batch = rawBatch({ compression: attributes, baseOffset, count, lastOffsetDelta, records: packed });
  if (random.chance(0.02)) batch[random.integer(61, batch.length - 1)] = 7; // its checksum may be wrong
  return [batch, baseOffset + BigInt(lastOffsetDelta) + 1n];
}

/** Answers like those of a broker, with batches for some partitions. */
function anyAnswers(random: Random): readonly Answer[] {
  const next = partitions.map(() => random.chance(0.8) ? bases[0] : random.pick(bases));
  return Array.from({ length: random.integer(1, 4) }, () => {
    const parts = partitions.filter(() => random.chance(0.7)).map((partition) => {
      const from = (next[partition] ?? 0n) + BigInt(random.chance(0.2) ? random.integer(0, 9) : 0);
      const batches: Uint8Array[] = [];
      const firstOffset = next[partition] ?? 0n;
      for (let left = random.integer(1, 5); left > 0; left--) {
        const [batch, behind] = anyBatch(random, next[partition] ?? 0n);
        batches.push(batch);
        next[partition] = behind;
      }
      const aborted = random.chance(0.3) ? [{ producerId: -1n, firstOffset }] : undefined;
      return { partition, from, aborted, bytes: joined(batches) };
    });
    const memory = joined([new Uint8Array(70_000), ...parts.map(({ bytes }) => bytes)]).buffer;
    let at = 70_000;
    const sources = parts.map(({ partition, from, aborted, bytes }) => {
      const batches = new Uint8Array(memory, at, bytes.length);
      at += bytes.length;
      return { at: { topic: "t", partition }, batches, checkCrcs: true, aborted, limits, from };
    });
    return { memory, sources };
  });
}

/** Checks that a run's numbers say what its records have, and returns the records. */
function recordsOf(run: RecordRun): readonly ConsumerRecord[] {
  assert.equal(run.numbers.length, run.count * RUN_NUMBERS);
  return Array.from({ length: run.count }, (_, index) => {
    const record = run.record(index);
    const number = (which: number) => run.numbers[index * RUN_NUMBERS + which] ?? assert.fail();
    const part = (at: number, length: number) => length === -1 ? null : run.bytes.subarray(at, at + length);
    assert.deepEqual([record.topic, record.partition], [run.at.topic, run.at.partition]);
    assert.equal(run.offsets[index], Number(record.offset));
    assert.equal(run.timestamps[index], record.timestamp);
    assert.equal(number(RunNumber.headers), record.headers.length);
    const sizes = [record.key, record.value, ...record.headers.map(({ value }) => value)];
    const content = sizes.reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0);
    assert.ok(number(RunNumber.contentBytes) >= content);
    if (number(RunNumber.valueLength) === NO_SPANS) {
      assert.ok(record.bad !== undefined || record.offset >= 2n ** 53n - 2n ** 31n);
    } else {
      assert.deepEqual(part(number(RunNumber.keyAt), number(RunNumber.keyLength)), record.key);
      assert.deepEqual(part(number(RunNumber.valueAt), number(RunNumber.valueLength)), record.value);
      assert.equal(record.value?.buffer ?? run.bytes.buffer, run.bytes.buffer, "a view, no copy");
    }
    return record;
  });
}

Deno.test("runs hold the records that objects would, in the same polls, at the same positions", () => {
  let [placed, objects] = [0, 0];
  for (let seed = 0; seed < 120; seed++) {
    const random = new Random(seed);
    const [byObjects, byRuns] = [new Lane(), new Lane()];
    const list = new RunList();
    const answers = [...anyAnswers(random)];
    let handedOut = 0;
    for (let poll = 0; poll < 60; poll++) {
      const answer = answers.shift();
      if (answer !== undefined) { for (const lane of [byObjects, byRuns]) lane.add(answer); }
      const paused = random.pick([...partitions, -1, -1]);
      for (const lane of [byObjects, byRuns]) {
        lane.states.forEach((state, at) => state.paused = at === paused);
      }
      const countMax = random.pick([1, 7, 30, 500]);
      const records: ConsumerRecord[] = [];
      const hasMore = byObjects.buffer.take(records, countMax);
      assert.equal(byRuns.buffer.take(list, countMax), hasMore);
      assert.equal(list.length, records.length);
      const runs = list.take();
      assert.equal(list.length, 0);
      assert.deepEqual(runs.flatMap(recordsOf), records, `seed ${seed}, poll ${poll}`);
      placed += runs.reduce((sum, run) => sum + run.numbers.filter(isPlaced).length, 0);
      objects += records.length;
      handedOut += records.length;
      if (random.chance(0.3)) { for (const { buffer } of [byObjects, byRuns]) buffer.release(handedOut); }
      assert.deepEqual(byRuns.shown(), byObjects.shown(), `seed ${seed}, poll ${poll}`);
    }
  }
  assert.ok(placed > 0.8 * objects && placed < objects, `${placed} of ${objects} records have places`);
});

function isPlaced(number: number, index: number): boolean {
  return index % RUN_NUMBERS === RunNumber.valueLength && number !== NO_SPANS;
}

function batchesOf(counts: readonly number[], attributes: readonly number[] = []): BatchSource {
  let baseOffset = 0n;
  const batches = counts.map((count, index) => {
    const attribute = attributes[index] ?? 0;
    const values = Array.from({ length: count }, () => ({ value: new Uint8Array(30) }));
    const records = packWith(packedCodecs[attribute & 7] ?? "none", rawRecords(values));
    const batch = rawBatch({ count, baseOffset, compression: attribute, records });
    baseOffset += BigInt(count);
    return batch;
  });
  return { at: { topic: "t", partition: 0 }, batches: joined(batches), checkCrcs: true, aborted: undefined };
}

function runsOf(source: BatchSource): readonly RecordRun[] {
  const list = new RunList();
  new BatchReader(source, 0n).read(list, Infinity);
  return list.take();
}

Deno.test("batches of one answer are one run, however many; those of another memory or clock are another", () => {
  assert.deepEqual(runsOf(batchesOf([20, 300, 1, 900])).map(({ count }) => count), [1_221]);
  const gzip = 1;
  assert.deepEqual(runsOf(batchesOf([2, 3, 4, 5], [0, gzip, gzip, 0])).map(({ count }) => count), [
    2,
    3,
    4,
    5,
  ]);
  assert.deepEqual(runsOf(batchesOf([2, 3], [0, bit.appendTime])).map(({ count }) => count), [2, 3]);
  const source = batchesOf([3]);
  assert.equal(runsOf(source)[0]?.bytes, source.batches);
  assert.equal(runsOf(source)[0]?.at, source.at);
});

Deno.test("the numbers of a run stay as they are when the next poll is read", () => {
  const reader = new BatchReader(batchesOf([300]), 0n);
  const list = new RunList();
  reader.read(list, 200);
  const first = list.take()[0] ?? assert.fail();
  const before = Array.from(first.numbers);
  reader.read(list, 200);
  assert.deepEqual(list.take().map(({ offsets }) => [offsets[0], offsets.length]), [[200, 100]]);
  assert.deepEqual(Array.from(first.numbers), before);
  assert.throws(() => first.record(200), /Cannot make record 200 of a run: it has 200 records/);
});
