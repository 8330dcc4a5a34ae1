import assert from "node:assert/strict";
import { SpanKind } from "../../../../../connect/api/spans.ts";
import { readSpanTime, spanMicros } from "../../../../../sinks/sql/columns/span_time.ts";
import { microsOf } from "../../../../../sinks/sql/plan/instant.ts";
import { Random } from "../../../../support/random.ts";

const encoder = new TextEncoder();

function micros(text: string): number {
  const bytes = encoder.encode(`x${text}y`);
  return readSpanTime(bytes, SpanKind.text, 1, bytes.length - 2) ? spanMicros[0] ?? NaN : NaN;
}

Deno.test("readSpanTime() finds the time that microsOf() finds, or none", () => {
  const random = new Random(5);
  const parts = [
    ["2026", "1970", "2024", "0001", "2255", "9999", "12345", "26"],
    ["-01", "-02", "-12", "-13", "-00"],
    ["-01", "-28", "-29", "-31", "-00", "-3x"],
    ["T", " ", "t", ""],
    ["00:00:00", "23:59:59", "24:00:00", "12:60:00", "12:00:60", "12:00", "1:00:00"],
    ["", ".5", ".123", ".123456", ".1234567", ".", ",5"],
    ["Z", "z", "+00:00", "-03:00", "+05:30", "+0530", "+02", "+16:00", "-15:59", "", " Z"],
  ];
  let plain = 0;
  for (let round = 0; round < 20_000; round++) {
    const text = parts.map((some) => random.chance(0.8) ? some[0] : random.pick(some)).join("");
    const found = micros(text);
    if (Number.isNaN(found)) continue;
    plain += 1;
    assert.equal(found, microsOf(text), text);
  }
  assert.ok(plain > 2000, `${plain} were plain`);
});

Deno.test("readSpanTime() takes the common form", () => {
  for (
    const text of ["2026-11-23T03:05:27Z", "2026-11-23T03:05:27.123Z", "1969-02-28T03:05:27.123456-03:30"]
  ) {
    assert.equal(micros(text), microsOf(text));
  }
});

Deno.test("readSpanTime() takes instants that are exact, and no other kinds", () => {
  const none = new Uint8Array();
  for (const value of [0, -1, 1_764_000_000_123_456, -62_135_596_800_000]) {
    assert.ok(readSpanTime(none, SpanKind.instant, Math.floor(value / 2 ** 32), value | 0));
    assert.equal(spanMicros[0], value);
  }
  assert.equal(readSpanTime(none, SpanKind.instant, 0x7fffffff, 0), false);
  assert.equal(readSpanTime(none, SpanKind.int64, 0, 1), false);
});
