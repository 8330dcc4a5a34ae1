import assert from "node:assert/strict";
import type { ConsumerRecord } from "../../../../../connect/api/ports.ts";
import { BatchReader } from "../../../../../connect/kafka/batches/batch_reader.ts";
import { FetchBuffer } from "../../../../../connect/kafka/fetch/fetch_buffer.ts";
import { FramePool } from "../../../../../connect/kafka/wire/frame_pool.ts";
import { LargeBatches } from "../../../../../connect/kafka/batches/large_batches.ts";
import { planFetch } from "../../../../../connect/kafka/fetch/fetch_plan.ts";
import { PartitionState } from "../../../../../connect/kafka/fetch/partition_state.ts";
import { encodeBatch } from "../../../../../connect/kafka/batches/batch_writer.ts";
import { packWith } from "../../../../support/kafka/packed_bytes.ts";
import { rawBatch, rawRecords } from "../../../../support/kafka/raw_batch.ts";

const settings = {
  bytesMin: 1,
  waitMsMax: 500,
  bytesMax: 1_000_000,
  partitionBytesMax: 1_000,
  bufferedBytesMax: 10_000,
  readCommitted: false,
  checkCrcs: true,
};
const room = { askBytes: 5_000, now: 100 };

Deno.test("planFetch() asks for partitions with a position, in one request", () => {
  const states = [stateAt(0, 7n), stateAt(1, 9n), new PartitionState({ topic: "t", partition: 2 })];
  const plan = planFetch(states, settings, room);
  assert.deepEqual(plan?.request, {
    waitMsMax: 500,
    bytesMin: 1,
    bytesMax: 5_000,
    isolation: 0,
    topics: [{
      topic: "t",
      partitions: [
        { topic: "t", partition: 0, offset: 7n, bytesMax: 1_000 },
        { topic: "t", partition: 1, offset: 9n, bytesMax: 1_000 },
      ],
    }],
  });
});

Deno.test("planFetch() leaves out what is paused, under way, failed, or has to wait", () => {
  const paused = stateAt(0, 0n);
  paused.paused = true;
  const fetching = stateAt(1, 0n);
  fetching.fetching = true;
  const failed = stateAt(2, 0n);
  failed.failure = new Error("gone");
  const later = stateAt(3, 0n);
  later.retryAt = room.now + 1;
  assert.equal(planFetch([paused, fetching, failed, later], settings, room), undefined);
});

Deno.test("planFetch() asks for nothing without room", () => {
  assert.equal(planFetch([stateAt(0, 0n)], settings, { ...room, askBytes: 0 }), undefined);
});

Deno.test("planFetch() doesn't let a partition that has enough wait behind one that has nothing", () => {
  const full = stateAt(0, 0n);
  full.bufferedBytes = settings.partitionBytesMax;
  const plan = planFetch([full, stateAt(1, 0n)], settings, room);
  assert.deepEqual(plan?.asked.map(({ state }) => state.at.partition), [1]);
  assert.equal(plan?.request.waitMsMax, 10);
});

Deno.test("FetchBuffer hands out in order of arrival, and lets go of an answer when all of it is handed out", () => {
  const buffer = new FetchBuffer(new FramePool(0));
  const [first, second] = [stateAt(0, 0n), stateAt(1, 0n)];
  buffer.add(1, [part(first, 3), part(second, 2)], new ArrayBuffer(1_000));
  buffer.add(2, [part(second, 1)], new ArrayBuffer(500));
  assert.equal(buffer.bytes, 1_500);
  assert.deepEqual(taken(buffer, 4), [[0, 0n], [0, 1n], [0, 2n], [1, 0n]]);
  assert.equal(buffer.bytesOf(1), 1_000, "half of it is still there");
  assert.deepEqual(taken(buffer, 1), [[1, 1n]]);
  assert.equal(buffer.bytesOf(1), 0);
  assert.equal(buffer.bytesOf(2), 500);
  assert.equal(first.position, 3n);
});

Deno.test("FetchBuffer passes over paused partitions and keeps what they have", () => {
  const buffer = new FetchBuffer(new FramePool(0));
  const [paused, other] = [stateAt(0, 0n), stateAt(1, 0n)];
  paused.paused = true;
  buffer.add(1, [part(paused, 2), part(other, 2)], new ArrayBuffer(1_000));
  assert.deepEqual(taken(buffer, 10), [[1, 0n], [1, 1n]]);
  paused.paused = false;
  assert.deepEqual(taken(buffer, 10), [[0, 0n], [0, 1n]]);
  assert.equal(buffer.bytes, 0);
});

Deno.test("FetchBuffer drops a partition and counts what is left", () => {
  const buffer = new FetchBuffer(new FramePool(0));
  const [gone, other] = [stateAt(0, 0n), stateAt(1, 0n)];
  buffer.add(1, [part(gone, 2)], new ArrayBuffer(700));
  buffer.add(1, [part(other, 1)], new ArrayBuffer(300));
  buffer.drop((state) => state === gone);
  assert.equal(buffer.bytes, 300);
  assert.equal(gone.bufferedBytes, 0);
  assert.deepEqual(taken(buffer, 10), [[1, 0n]]);
});

Deno.test("FetchBuffer keeps what is wrong with a partition's bytes and reads the others", () => {
  const buffer = new FetchBuffer(new FramePool(0));
  const [broken, other] = [stateAt(0, 0n), stateAt(1, 0n)];
  const bytes = batch(1);
  bytes[70] = (bytes[70] ?? 0) ^ 1;
  buffer.add(1, [partOf(broken, bytes), part(other, 1)], new ArrayBuffer(1_000));
  assert.deepEqual(taken(buffer, 10), [[1, 0n]]);
  assert.match(String(broken.spoiled), /t-0 at offset 0/);
  assert.equal(broken.position, 0n);
});

Deno.test("FetchBuffer unpacks so much of one partition at a time, and lets the others have their turn", () => {
  const buffer = new FetchBuffer(new FramePool(0));
  const [large, other] = [stateAt(0, 0n), stateAt(1, 0n)];
  const bomb = rawBatch({
    compression: 1,
    count: 2,
    records: packWith(
      "gzip",
      rawRecords([{ value: new Uint8Array(20_000_000) }, { value: new Uint8Array(1) }]),
    ),
  });
  buffer.add(1, [partOf(large, bomb), part(other, 1)], new ArrayBuffer(1_000));
  const records: ConsumerRecord[] = [];
  assert.ok(buffer.take(records, 10), "there is more");
  assert.deepEqual(records.map(({ partition, bad }) => [partition, bad?.lastOffset]), [[0, 0n], [
    1,
    undefined,
  ]]);
  assert.ok(buffer.bytes < 8_000_000, `${buffer.bytes} bytes`);
  let turns = 0;
  for (; buffer.take(records, 10); turns++) assert.ok(turns < 100);
  assert.deepEqual(records.map(({ partition, offset, bad }) => [partition, offset, bad?.lastOffset]), [
    [0, 0n, 0n],
    [1, 0n, undefined],
    [0, 1n, undefined],
  ]);
  assert.ok(turns > 10, `${turns} turns`);
});

Deno.test("FetchBuffer has nothing more right now where a large batch waits, and what is behind it waits too", () => {
  const largeBatches = new LargeBatches({ monotonic: () => 0 });
  const others = Array.from({ length: 4 }, () => ({ suspend: () => {} }));
  for (const other of others) largeBatches.hold(other);
  const state = stateAt(0, 0n);
  const records = packWith(
    "gzip",
    rawRecords([{ value: new Uint8Array(900_000) }, { value: new Uint8Array(3_000_000) }]),
  );
  const source = {
    at: state.at,
    batches: rawBatch({ compression: 1, count: 2, records }),
    checkCrcs: true,
    aborted: undefined,
  };
  const reader = new BatchReader({ ...source, largeBatches }, 0n);
  const buffer = new FetchBuffer(new FramePool(0));
  buffer.add(1, [{ state, reader, bytes: records.length }, part(state, 1)], new ArrayBuffer(1_000));
  assert.equal(buffer.take([], 10), false);
  assert.deepEqual(taken(buffer, 10), []);
  for (const other of others) largeBatches.release(other);
  assert.deepEqual(taken(buffer, 1), [[0, 0n]]);
});

Deno.test("FetchBuffer gives memory back only when nobody uses its records any more", () => {
  const pool = new FramePool(1_000_000);
  const buffer = new FetchBuffer(pool);
  const state = stateAt(0, 0n);
  const bytes = batch(2);
  const memory = new ArrayBuffer(100_000);
  new Uint8Array(memory).set(bytes);
  buffer.add(1, [partOf(state, new Uint8Array(memory, 0, bytes.length))], memory);
  const records: ConsumerRecord[] = [];
  buffer.take(records, 10);
  const [first] = records;
  assert.equal(first?.value?.length, 20);
  assert.ok(!memory.detached);
  buffer.release(1);
  assert.ok(!memory.detached, "a record of it is in use");
  buffer.release(2);
  assert.ok(memory.detached);
  assert.equal(first?.value?.length, 0, "a view that was kept is empty, and never shows other records");
  assert.equal(pool.take(90_000).buffer.byteLength, 100_000, "the next answer uses it");
});

Deno.test("FetchBuffer gives memory back at once where no record is a view of it", () => {
  const pool = new FramePool(1_000_000);
  const buffer = new FetchBuffer(pool);
  const state = stateAt(0, 0n);
  const bytes = Uint8Array.from(
    encodeBatch([{ topic: "t", key: null, value: null, timestamp: 1, headers: [] }], "gzip"),
  );
  const memory = new ArrayBuffer(100_000);
  new Uint8Array(memory).set(bytes);
  buffer.add(1, [partOf(state, new Uint8Array(memory, 0, bytes.length))], memory);
  assert.equal(taken(buffer, 10).length, 1);
  assert.ok(memory.detached);
});

function stateAt(partition: number, offset: bigint): PartitionState {
  const state = new PartitionState({ topic: "t", partition });
  state.seek(offset);
  return state;
}

function batch(count: number): Uint8Array {
  const record = { topic: "t", key: null, value: new Uint8Array(20), timestamp: 1, headers: [] };
  return Uint8Array.from(encodeBatch(Array.from({ length: count }, () => record), "none"));
}

function part(state: PartitionState, count: number) {
  return partOf(state, batch(count));
}

function partOf(state: PartitionState, batches: Uint8Array) {
  const reader = new BatchReader({ at: state.at, batches, checkCrcs: true, aborted: undefined }, 0n);
  return { state, reader, bytes: batches.length };
}

function taken(buffer: FetchBuffer, countMax: number) {
  const records: ConsumerRecord[] = [];
  buffer.take(records, countMax);
  return records.map(({ partition, offset }) => [partition, offset]);
}
