import assert from "node:assert/strict";
import { SpanKind, writeInstant } from "../../../../connect/api/spans.ts";

function microsOf(ms: number): bigint {
  const spans = new Int32Array(4);
  writeInstant(spans, 1, ms);
  assert.equal(spans[1], SpanKind.instant);
  return (BigInt(spans[2]!) << 32n) | BigInt(spans[3]! >>> 0);
}

Deno.test("writeInstant() is exact over all that a Date holds", () => {
  const times = [
    0,
    1,
    -1,
    999,
    2 ** 31,
    2 ** 32,
    -(2 ** 32),
    2 ** 32 - 1,
    Date.UTC(2026, 10, 23),
    8.64e15,
    -8.64e15,
  ];
  for (let power = 0; power < 53; power++) {
    times.push(2 ** power, 2 ** power - 1, -(2 ** power), 1 - 2 ** power);
  }
  for (let at = 0, time = -8.64e15; at < 10_000; at++, time += 1_728_000_000_123) times.push(time);
  for (const time of times.filter((ms) => Math.abs(ms) <= 8.64e15)) {
    assert.equal(microsOf(time), BigInt(time) * 1000n);
  }
});

Deno.test("writeInstant() cuts a fraction as Date does", () => {
  for (const time of [1.9, -1.9, 0.5, -0.5]) {
    assert.equal(microsOf(time), BigInt(new Date(time).getTime()) * 1000n);
  }
});
