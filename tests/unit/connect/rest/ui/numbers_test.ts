import assert from "node:assert/strict";
import {
  linePoints,
  perSecond,
  quantileBetween,
  shownRate,
  shownSeconds,
} from "../../../../../connect/rest/ui/numbers.js";

const none = { count: 0, buckets: [{ bound: 1, count: 0 }, { bound: 2, count: 0 }] };

Deno.test("a rate is the growth by the time between two looks", () => {
  assert.equal(perSecond(100, 600, 5), 100);
});

Deno.test("a counter that began anew has no rate, and neither has a single look", () => {
  assert.equal(perSecond(600, 10, 5), undefined);
  assert.equal(perSecond(600, 600, 0), undefined);
});

Deno.test("a quantile lies between the bounds of its bucket", () => {
  const now = { count: 4, buckets: [{ bound: 1, count: 2 }, { bound: 2, count: 4 }] };
  assert.equal(quantileBetween(none, now, 0.5), 1);
  assert.equal(quantileBetween(none, now, 0.75), 1.5);
});

Deno.test("a quantile counts only what came between the looks", () => {
  const before = { count: 100, buckets: [{ bound: 1, count: 100 }, { bound: 2, count: 100 }] };
  const now = { count: 101, buckets: [{ bound: 1, count: 100 }, { bound: 2, count: 101 }] };
  assert.equal(quantileBetween(before, now, 1), 2);
  assert.equal(quantileBetween(now, now, 0.5), undefined);
});

Deno.test("a quantile beyond the last bound is that bound", () => {
  assert.equal(quantileBetween(none, { count: 1, buckets: none.buckets }, 0.5), 2);
});

Deno.test("rates and durations are shown as a person says them", () => {
  assert.deepEqual([undefined, 0, 0.25, 12_345].map(shownRate), ["–", "0", "0.3", "12,345"]);
  assert.deepEqual([undefined, 0.0401, 12, 600, 86_400].map(shownSeconds), [
    "–",
    "40 ms",
    "12.0 s",
    "10 min",
    "24 h",
  ]);
});

Deno.test("a line ends at the right edge with the latest value", () => {
  assert.equal(linePoints([0, 10, 5], { width: 100, height: 10, count: 5 }), "50.0,10.0 75.0,0.0 100.0,5.0");
});
