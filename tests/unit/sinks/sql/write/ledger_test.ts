import assert from "node:assert/strict";
import type { SinkRecord } from "../../../../../connect/api/record.ts";
import { LedgerInterval } from "../../../../../sinks/sql/write/ledger.ts";
import { sinkRecord } from "../../../../support/fakes/fake_sink_context.ts";

const at = (topic: string, ...offsets: readonly number[]): readonly SinkRecord[] =>
  offsets.map((offset) => sinkRecord(offset, { topic }));

const shown = ({ ranges, counts }: ReturnType<LedgerInterval["take"]>) => ({
  ranges: ranges.map((range) => `${range.at.topic}:${range.from}..${range.next}`),
  counts,
});

Deno.test("batches one behind the other are one range a partition, filtered records among them", () => {
  const interval = new LedgerInterval();
  interval.add([...at("a", 0, 1, 5), ...at("b", 7)], { written: 4, erased: 0 });
  interval.add(at("a", 9), { written: 0, suppressed: 1 });
  assert.deepEqual(shown(interval.take()), {
    ranges: ["a:0..10", "b:7..8"],
    counts: { records: 5, written: 4, suppressed: 1 },
  });
});

Deno.test("offsets that were set back begin another range", () => {
  const interval = new LedgerInterval();
  interval.add(at("a", 100, 101), {});
  interval.add(at("a", 0, 1, 2), {});
  assert.deepEqual(shown(interval.take()).ranges, ["a:100..102", "a:0..3"]);
});

Deno.test("what is taken begins the next interval, and what couldn't be written comes back into it", () => {
  const interval = new LedgerInterval();
  interval.add(at("a", 0), { written: 1 });
  const { ranges, counts } = interval.take();
  assert.ok(interval.isEmpty);
  assert.deepEqual(shown(interval.take()), { ranges: [], counts: {} });
  interval.restore(ranges, counts);
  interval.add(at("a", 1), { written: 1 });
  assert.deepEqual(shown(interval.take()), { ranges: ["a:0..2"], counts: { records: 2, written: 2 } });
});

Deno.test("an interval with rejected records alone is a row too", () => {
  const interval = new LedgerInterval();
  interval.count({ rejected: 1 });
  assert.ok(!interval.isEmpty);
});

Deno.test("a thousand ranges are the most: beyond that those of a partition become one", () => {
  const interval = new LedgerInterval();
  for (let offset = 5_000; offset > 0; offset--) interval.add(at("a", offset), {});
  const { ranges } = interval.take();
  assert.equal(ranges.length, 1_000);
  assert.deepEqual([ranges.at(-1)?.from, ranges.at(-1)?.next], [1n, 4_002n]);
});
