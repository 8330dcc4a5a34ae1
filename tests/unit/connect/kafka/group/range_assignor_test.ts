import assert from "node:assert/strict";
import { assignRanges } from "../../../../../connect/kafka/group/range_assignor.ts";
import { partitionKey } from "../../../../../connect/api/record.ts";
import javaRanges from "./java_ranges.json" with { type: "json" };

Deno.test("assignRanges() hands out what Java's RangeAssignor hands out", () => {
  assert.ok(javaRanges.length >= 60);
  for (const { counts, members, assignment } of javaRanges) {
    const ours = assignRanges(members, new Map(Object.entries(counts)));
    const sorted = [...ours].map(([id, partitions]) => [id, partitions.map(partitionKey).toSorted()]);
    assert.deepEqual(Object.fromEntries(sorted), assignment);
  }
});

Deno.test("assignRanges() lets topics of equal counts meet in one member", () => {
  const members = ["b", "a"].map((memberId) => ({ memberId, instanceId: null, topics: ["x", "y"] }));
  const ours = assignRanges(members, new Map([["x", 3], ["y", 3]]));
  assert.deepEqual(ours.get("a")?.map(partitionKey), ["x-0", "x-1", "y-0", "y-1"]);
  assert.deepEqual(ours.get("b")?.map(partitionKey), ["x-2", "y-2"]);
});

Deno.test("assignRanges() gives nobody a topic that nobody wants, and a member without topics nothing", () => {
  const ours = assignRanges([{ memberId: "a", instanceId: null, topics: [] }], new Map([["x", 3]]));
  assert.deepEqual([...ours], [["a", []]]);
});
