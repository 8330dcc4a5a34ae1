import assert from "node:assert/strict";
import type { ConsumerRecord } from "../../../../connect/api/ports.ts";
import { BatchReader } from "../../../../connect/kafka/batch_reader.ts";
import { FetchBuffer } from "../../../../connect/kafka/fetch_buffer.ts";
import { planFetch } from "../../../../connect/kafka/fetch_plan.ts";
import { PartitionState } from "../../../../connect/kafka/partition_state.ts";
import { encodeBatch } from "../../../../connect/kafka/record_batch.ts";

const settings = {
  bytesMin: 1,
  waitMsMax: 500,
  bytesMax: 1_000_000,
  partitionBytesMax: 1_000,
  bufferedBytesMax: 10_000,
  readCommitted: false,
  checkCrcs: true,
  rack: "",
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
    rack: "",
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
  const buffer = new FetchBuffer();
  const [first, second] = [stateAt(0, 0n), stateAt(1, 0n)];
  buffer.add(1, [part(first, 3), part(second, 2)], 1_000);
  buffer.add(2, [part(second, 1)], 500);
  assert.equal(buffer.bytes, 1_500);
  assert.deepEqual(taken(buffer, 4), [[0, 0n], [0, 1n], [0, 2n], [1, 0n]]);
  assert.equal(buffer.bytesOf(1), 1_000, "half of it is still there");
  assert.deepEqual(taken(buffer, 1), [[1, 1n]]);
  assert.equal(buffer.bytesOf(1), 0);
  assert.equal(buffer.bytesOf(2), 500);
  assert.equal(first.position, 3n);
});

Deno.test("FetchBuffer passes over paused partitions and keeps what they have", () => {
  const buffer = new FetchBuffer();
  const [paused, other] = [stateAt(0, 0n), stateAt(1, 0n)];
  paused.paused = true;
  buffer.add(1, [part(paused, 2), part(other, 2)], 1_000);
  assert.deepEqual(taken(buffer, 10), [[1, 0n], [1, 1n]]);
  paused.paused = false;
  assert.deepEqual(taken(buffer, 10), [[0, 0n], [0, 1n]]);
  assert.equal(buffer.bytes, 0);
});

Deno.test("FetchBuffer drops a partition and counts what is left", () => {
  const buffer = new FetchBuffer();
  const [gone, other] = [stateAt(0, 0n), stateAt(1, 0n)];
  buffer.add(1, [part(gone, 2)], 700);
  buffer.add(1, [part(other, 1)], 300);
  buffer.drop((state) => state === gone);
  assert.equal(buffer.bytes, 300);
  assert.equal(gone.bufferedBytes, 0);
  assert.deepEqual(taken(buffer, 10), [[1, 0n]]);
});

Deno.test("FetchBuffer keeps a partition's failure for poll and reads the others", () => {
  const buffer = new FetchBuffer();
  const [broken, other] = [stateAt(0, 0n), stateAt(1, 0n)];
  const bytes = batch(1);
  bytes[70] = (bytes[70] ?? 0) ^ 1;
  buffer.add(1, [partOf(broken, bytes), part(other, 1)], 1_000);
  assert.deepEqual(taken(buffer, 10), [[1, 0n]]);
  assert.match(String(broken.failure), /t-0 at offset 0/);
  assert.equal(broken.position, 0n);
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
