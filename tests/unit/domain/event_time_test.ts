import assert from "node:assert/strict";
import { eventTime, readInstant } from "../../../domain/event_time.ts";

const at = Date.UTC(2026, 10, 23, 3, 5, 27, 123);

Deno.test("readInstant() reads ISO 8601 with an offset", () => {
  const same = [
    ...["2026-11-23T03:05:27.123Z", "2026-11-23T03:05:27.123000Z", "2026-11-23T03:05:27,123Z"],
    ...["2026-11-23T00:05:27.123-03:00", "2026-11-23t08:35:27.123+0530", "2026-11-23 04:05:27.123+01"],
    "2026-11-23T03:05:27.123999999Z",
  ];
  for (const text of same) assert.equal(readInstant(text), at, text);
  assert.equal(readInstant("2026-11-23T03:05Z"), Date.UTC(2026, 10, 23, 3, 5));
  assert.equal(readInstant("2024-02-29T00:00:00.5Z"), Date.UTC(2024, 1, 29) + 500);
  assert.equal(readInstant("0001-01-01T00:00:00Z"), -62_135_596_800_000);
});

Deno.test("readInstant() takes nothing else for a time", () => {
  const none = [
    ...["", "yesterday", "23/11/2026", "2026-11-23", "2026-11-23T03:05:27.123", "2026-02-30T00:00:00Z"],
    ...["2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T03:60:00Z", "2026-11-23T03:05:60Z"],
    ...["2025-02-29T00:00:00Z", "2026-00-10T00:00:00Z", "2026-11-23T03:05:27Z ", "2026-11-23T03:05:27+24:00"],
    ...["1e12", "Mon, 23 Nov 2026 03:05:27 GMT"],
  ];
  for (const text of none) assert.equal(readInstant(text), null, text);
  for (const value of [null, undefined, 1_700_000_000_000n, at, {}, true]) {
    assert.equal(readInstant(value), null);
  }
});

const said = new Date(at).toISOString();

Deno.test("an event's time is the earlier of what it says and of the record's timestamp", () => {
  assert.equal(eventTime({ createdAt: said, recordTime: at + 9, now: at + 10 }), at);
  assert.equal(eventTime({ createdAt: said, recordTime: at - 9, now: at + 10 }), at - 9);
});

Deno.test("without a readable time of its own it is the record's timestamp", () => {
  for (const createdAt of [undefined, null, "soon", 5n]) {
    assert.equal(eventTime({ createdAt, recordTime: at, now: at + 10 }), at);
  }
});

Deno.test("without either it is the time of processing", () => {
  for (const recordTime of [null, -1]) {
    assert.equal(eventTime({ createdAt: undefined, recordTime, now: at }), at);
    assert.equal(eventTime({ createdAt: said, recordTime, now: at + 5 }), at);
  }
});

Deno.test("it is never later than now", () => {
  assert.equal(eventTime({ createdAt: said, recordTime: at + 1, now: at - 1000 }), at - 1000);
  assert.equal(eventTime({ createdAt: undefined, recordTime: at + 1, now: at }), at);
});
