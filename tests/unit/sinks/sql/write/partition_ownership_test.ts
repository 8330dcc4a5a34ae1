import assert from "node:assert/strict";
import { PartitionMap } from "../../../../../connect/api/record.ts";
import { PartitionOwnership } from "../../../../../sinks/sql/write/partition_ownership.ts";
import { sinkRecord } from "../../../../support/fakes/fake_sink_context.ts";

const at = { topic: "people", partition: 0 };
const records = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => sinkRecord(from + index, { value: "x" }));
const locked = (fence: bigint, nextOffset: bigint | null) =>
  new PartitionMap([[at, { fence, nextOffset }] as const]);

function opened(from: bigint): PartitionOwnership {
  const ownership = new PartitionOwnership();
  ownership.opened(new PartitionMap([[at, { fence: 3n, from }]]));
  return ownership;
}

Deno.test("records below the next offset are dropped, those of strangers too", () => {
  const ownership = opened(5n);
  const admitted = ownership.admit([...records(3, 8), sinkRecord(9, { partition: 1, value: "x" })]);
  assert.deepEqual(admitted.map(({ offset }) => offset), [5n, 6n, 7n]);
});

Deno.test("a commit whose answer was lost shows in the locked row", () => {
  const ownership = opened(5n);
  const verdict = ownership.check([at], locked(3n, 8n), 0);
  assert.deepEqual(verdict, { isAsExpected: false, lost: [] });
  assert.deepEqual(ownership.admit(records(5, 10)).map(({ offset }) => offset), [8n, 9n]);
});

Deno.test("another fence, or no row, loses the partition until it's opened again", () => {
  for (const rows of [locked(4n, 5n), new PartitionMap<never>()]) {
    const ownership = opened(5n);
    assert.deepEqual(ownership.check([at], rows, 100).lost, [at]);
    assert.deepEqual(ownership.admit(records(5, 8)), []);
    assert.equal(ownership.durable(new PartitionMap([[at, 5n]])).size, 0);
    assert.deepEqual(ownership.lostBefore(99), []);
    assert.deepEqual(ownership.lostBefore(100), [at]);
    ownership.opened(new PartitionMap([[at, { fence: 5n, from: 6n }]]));
    assert.deepEqual(ownership.admit(records(5, 8)).map(({ offset }) => offset), [6n, 7n]);
  }
});

Deno.test("a row that went back loses the partition, so that nothing between is left out", () => {
  const written = [{ at, nextOffset: 8n, lastTimestamp: null, fence: 3n }];
  for (const row of [5n, null]) {
    const ownership = opened(5n);
    ownership.advanced(written);
    const verdict = ownership.check([at], new PartitionMap([[at, { fence: 3n, nextOffset: row }]]), 100);
    assert.deepEqual(verdict, { isAsExpected: false, lost: [at] });
    assert.deepEqual(ownership.admit(records(8, 9)), []);
    assert.equal(ownership.durable(new PartitionMap([[at, 8n]])).size, 0);
  }
});

Deno.test("what is in hand when a partition is opened again waits until reading has gone back", () => {
  const ownership = opened(5n);
  ownership.check([at], locked(4n, 5n), 100);
  ownership.reopened(new PartitionMap([[at, { fence: 5n, from: 5n }]]));
  assert.deepEqual(ownership.admit(records(7, 9)), []);
  assert.deepEqual(ownership.progressTo(new PartitionMap([[at, 9n]])), []);
  assert.equal(ownership.durable(new PartitionMap([[at, 9n]])).size, 0);
  ownership.readFromNext();
  assert.deepEqual(ownership.admit(records(5, 7)).map(({ offset }) => offset), [5n, 6n]);
});

Deno.test("Kafka is told of a place only once the database has it", () => {
  const ownership = opened(5n);
  const current = new PartitionMap([[at, 5n] as const]);
  assert.equal(ownership.durable(current).size, 0); // the row is there, its offset isn't
  const progress = ownership.progressTo(current);
  assert.deepEqual(progress.map(({ nextOffset }) => nextOffset), [5n]);
  ownership.advanced(progress);
  assert.equal(ownership.durable(current).get(at), 5n);
  assert.deepEqual(ownership.progressTo(current), []);
  assert.equal(ownership.durable(new PartitionMap([[at, 9n]])).get(at), 5n);
});

Deno.test("progress stands behind the last record of each partition, with its timestamp", () => {
  const ownership = opened(0n);
  const one = { topic: "people", partition: 1 };
  ownership.opened(new PartitionMap([[one, { fence: 7n, from: 0n }]]));
  const mixed = [
    sinkRecord(0, { value: "x" }),
    sinkRecord(4, { value: "x", partition: 1, timestamp: 44 }),
    sinkRecord(2, { value: "x", timestamp: 22 }),
  ];
  assert.deepEqual(ownership.progressOf(mixed).toSorted((a, b) => a.at.partition - b.at.partition), [
    { at, nextOffset: 3n, lastTimestamp: 22, fence: 3n },
    { at: one, nextOffset: 5n, lastTimestamp: 44, fence: 7n },
  ]);
});
