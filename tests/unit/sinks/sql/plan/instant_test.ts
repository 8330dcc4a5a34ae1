import assert from "node:assert/strict";
import fc from "fast-check";
import { isoOf, microsOf } from "../../../../../sinks/sql/plan/instant.ts";

Deno.test("microsOf() reads ISO 8601 with a zone to the microsecond", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["2026-11-23T03:05:27.123456Z", "2026-11-23T03:05:27.123456Z"],
    ["2026-11-23T03:05:27.1234569Z", "2026-11-23T03:05:27.123457Z"],
    ["2026-12-31T23:59:59.9999999Z", "2027-01-01T00:00:00.000Z"],
    ["2026-11-23T24:00:00Z", "2026-11-24T00:00:00.000Z"],
    ["2026-11-23T03:05:60Z", "2026-11-23T03:06:00.000Z"],
    ["2000-02-29t03:05:27,5z", "2000-02-29T03:05:27.500Z"],
    ["2026-11-23 03:05:27-03:00", "2026-11-23T06:05:27.000Z"],
    ["2026-11-23T03:05+0530", "2026-11-22T21:35:00.000Z"],
    ["2026-11-23T03:05:27.5+01", "2026-11-23T02:05:27.500Z"],
    ["1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"],
  ];
  for (const [text, expected] of cases) {
    const micros = microsOf(text);
    assert.ok(micros !== null, text);
    assert.equal(isoOf(micros), expected);
  }
});

Deno.test("microsOf() refuses what is no point in time", () => {
  const wrong = [
    "",
    "now",
    "2026-11-23",
    "2026-11-23T03:05:27",
    "2026-13-01T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-11-23T24:00:01Z",
    "2026-11-23T00:00:00+16",
    "9999-12-31T00:00:00Z",
    "1700000000000",
    "infinity",
  ];
  for (const text of wrong) assert.equal(microsOf(text), null, text);
  for (const value of [1_700_000_000_000n, 1.7e12, null, true, ["2026-11-23T03:05:27Z"]]) {
    assert.equal(microsOf(value), null);
  }
});

Deno.test("isoOf() and microsOf() are each other's inverse", () => {
  fc.assert(fc.property(fc.integer({ min: -6e13, max: 8e15 }), (micros) => {
    assert.equal(microsOf(isoOf(micros)), micros);
  }));
});
