import assert from "node:assert/strict";
import { PartitionMap } from "../../../../../connect/api/record.ts";
import { SinkOffsets } from "../../../../../connect/runtime/task/sink_offsets.ts";

const p0 = { topic: "t", partition: 0 };
const p1 = { topic: "t", partition: 1 };

function assigned(position: bigint | undefined): SinkOffsets {
  const offsets = new SinkOffsets();
  offsets.assigned(p0, position);
  return offsets;
}

Deno.test("what was assigned and not read isn't worth a commit", () => {
  const offsets = assigned(5n);
  assert.equal(offsets.committable(offsets.current([p0])).offsets.size, 0);
});

Deno.test("committed is the last delivered offset and one, and is committed once", () => {
  const offsets = assigned(5n);
  offsets.delivered(new PartitionMap([[p0, 9n]]));
  const { offsets: toCommit } = offsets.committable(offsets.current([p0]));
  assert.equal(toCommit.get(p0), 9n);
  offsets.committed(toCommit);
  assert.equal(offsets.committable(offsets.current([p0])).offsets.size, 0);
});

Deno.test("a task may offer less than was delivered, never more, and only of its partitions", () => {
  const offsets = assigned(0n);
  offsets.delivered(new PartitionMap([[p0, 9n]]));
  assert.equal(offsets.committable(new PartitionMap([[p0, 4n]])).offsets.get(p0), 4n);
  assert.deepEqual(offsets.committable(new PartitionMap([[p0, 10n], [p1, 1n]])).refused, [
    { at: p0, offset: 10n, why: "not yet consumed" },
    { at: p1, offset: 1n, why: "partition not assigned" },
  ]);
});

Deno.test("a rewind goes back to the last commit, and to the first record where there was none", () => {
  const offsets = assigned(undefined);
  offsets.started(p0, 3n);
  offsets.delivered(new PartitionMap([[p0, 9n]]));
  assert.equal(offsets.rewind([p0]).get(p0), 3n);
  assert.equal(offsets.current([p0]).get(p0), 3n);
  offsets.delivered(new PartitionMap([[p0, 9n]]));
  offsets.committed(new PartitionMap([[p0, 7n]]));
  assert.equal(offsets.rewind([p0]).get(p0), 7n);
});

Deno.test("the first record doesn't move a start that is known", () => {
  const offsets = assigned(2n);
  offsets.started(p0, 8n);
  offsets.delivered(new PartitionMap([[p0, 9n]]));
  assert.equal(offsets.rewind([p0]).get(p0), 2n);
});

Deno.test("where the task sought to is committed, forwards and backwards", () => {
  const offsets = assigned(5n);
  offsets.sought(p0, 3n);
  assert.equal(offsets.committable(offsets.current([p0])).offsets.get(p0), 3n);
  offsets.sought(p0, 50n);
  assert.equal(offsets.committable(offsets.current([p0])).offsets.get(p0), 50n);
  assert.equal(offsets.rewind([p0]).get(p0), 50n);
});

Deno.test("what is delivered of a partition that has gone changes nothing", () => {
  const offsets = assigned(5n);
  offsets.released([p0]);
  offsets.delivered(new PartitionMap([[p0, 9n]]));
  assert.equal(offsets.current([p0]).size, 0);
  assert.equal(offsets.assignedOf(new PartitionMap([[p0, 1n]])).size, 0);
});

Deno.test("uncommitted are records, and offsets without one are none", () => {
  const offsets = assigned(5n);
  // Two records, then a transaction that was given up, then one more.
  offsets.delivered(new PartitionMap([[p0, 1_000n]]), new PartitionMap([[p0, 3]]));
  assert.equal(offsets.uncommitted, 3);
  offsets.committed(new PartitionMap([[p0, 999n]]));
  assert.equal(offsets.uncommitted, 1);
  offsets.committed(new PartitionMap([[p0, 1_000n]]));
  assert.equal(offsets.uncommitted, 0);
});
