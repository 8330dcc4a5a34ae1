/**
 * Dates and times in bytes as PostgreSQL stores them: days or microseconds since 2000. Reads the common ISO 8601 texts,
 * as `time_cells.ts` does.
 *
 * @module
 */

import { dayOf } from "../../sql/plan/calendar.ts";
import { int64, millions, setMillions } from "./byte_numbers.ts";

const secondsPerDay = 86_400;
/** A day's microseconds are this times 2^13. */
const partsPerDay = 10_546_875;
/** From 1970 to 2000. */
const epochDays = 10_957;
const epochSeconds = epochDays * secondsPerDay;
const epochMicros = BigInt(epochSeconds) * 1_000_000n;
const epochHigh = Number(epochMicros >> 32n);
const epochLow = Number(BigInt.asUintN(32, epochMicros));
const firstDay = dayOf(1, 1, 1);
/** From 0001-01-01 to before 294277-01-01, where PostgreSQL's timestamps end. */
const seconds = { min: firstDay * secondsPerDay, end: dayOf(294_277, 1, 1) * secondsPerDay };
/** Where JavaScript's dates end. */
const dateEndDay = 100_000_000;
/** From this second on, microseconds since 1970 may exceed int64. */
const instantEnd = 9_223_372_036_854;
const zoneHoursMax = 15;
const fractionDigitsMax = 6;

const Byte = { space: 32, plus: 43, minus: 45, point: 46, zero: 48, colon: 58, T: 84, Z: 90 } as const;

/** The last text's day since 1970, seconds of the day, microseconds, its zone's seconds ahead of UTC, and its date. */
const parts = new Int32Array(5);
/** The last moment's whole seconds since 1970. */
const moment = new Float64Array(1);
const Part = { day: 0, second: 1, micros: 2, zone: 3, date: 4 } as const;

/**
 * Reads a day, or a day and a time with or without a zone, `YYYY-MM-DD[THH:MM:SS[.ffffff][Z]]`. Returns false for
 * other texts and for times that PostgreSQL doesn't have.
 *
 * @example
 * ```ts
 * import { int64 } from "./byte_numbers.ts";
 * import { momentIn, setMomentMicros } from "./byte_times.ts";
 * const text = "2000-01-01T01:00:00.000002+01:00";
 * if (!momentIn(new TextEncoder().encode(text), 0, text.length)) throw new Error("a common form");
 * setMomentMicros();
 * if (int64.join() !== "0,2") throw new Error("microseconds since 2000");
 * ```
 */
export function momentIn(bytes: Uint8Array, at: number, length: number): boolean {
  const end = at + length;
  const dayEnd = dayBefore(bytes, at, end);
  if (dayEnd < 0) return false;
  parts[Part.second] = parts[Part.micros] = parts[Part.zone] = 0;
  if (dayEnd < end) {
    const separator = bytes[dayEnd];
    if (separator !== Byte.T && separator !== Byte.space) return false;
    const clockEnd = clockBefore(bytes, dayEnd + 1, end);
    if (clockEnd < 0 || !isZone(bytes, clockEnd, end)) return false;
  }
  const second = parts[Part.day]! * secondsPerDay + parts[Part.second]! - parts[Part.zone]!;
  moment[0] = second;
  return second >= seconds.min && second < seconds.end;
}

/** Sets `int64` to the microseconds since 2000 of the text that {@link momentIn} has read. */
export function setMomentMicros(): void {
  millions[0] = moment[0]! - epochSeconds;
  setMillions(parts[Part.micros]!);
}

/** Sets `int64` to the microseconds since 1970 of the same text; returns false if they may not fit. */
export function setMomentInstant(): boolean {
  millions[0] = moment[0]!;
  setMillions(parts[Part.micros]!);
  return moment[0]! < instantEnd;
}

/** Reads a time of day without a zone, `HH:MM:SS[.ffffff]`, and sets `int64` to its microseconds. */
export function timeIn(bytes: Uint8Array, at: number, length: number): boolean {
  if (clockBefore(bytes, at, at + length) !== at + length) return false;
  millions[0] = parts[Part.second]!;
  setMillions(parts[Part.micros]!);
  return true;
}

/** Returns the day of a text `YYYY-MM-DD`, counted from 2000; NaN for another text. */
export function dayIn(bytes: Uint8Array, at: number, length: number): number {
  return dayBefore(bytes, at, at + length) === at + length ? parts[Part.day]! - epochDays : NaN;
}

/** Whether PostgreSQL and JavaScript's Date both have the instant. */
export function isInstant(high: number, low: number): boolean {
  const day = Math.floor((high * 2 ** 19 + (low >>> 13)) / partsPerDay);
  return day >= firstDay && day < dateEndDay;
}

/** Sets `int64` to an instant's microseconds since 2000. */
export function setInstantMicros(high: number, low: number): void {
  const borrowed = (low >>> 0) < epochLow ? 1 : 0;
  int64[0] = high - epochHigh - borrowed;
  int64[1] = low - epochLow;
}

/** Reads a day and returns where it ends; -1 for none. */
function dayBefore(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 10) return -1;
  let index = at;
  let year = 0;
  for (; index < at + 6; index++) {
    const digit = bytes[index]! - Byte.zero;
    if (digit < 0 || digit > 9) break;
    year = year * 10 + digit;
  }
  if (index < at + 4 || end - index < 6 || bytes[index] !== Byte.minus || bytes[index + 3] !== Byte.minus) {
    return -1;
  }
  return setDay(year, pairAt(bytes, index + 1), pairAt(bytes, index + 4)) ? index + 6 : -1;
}

/** Records come ordered by time: most have the day of the one before. */
function setDay(year: number, month: number, day: number): boolean {
  if (month > 12 || day > 31) return false;
  const date = year << 9 | month << 5 | day;
  if (date !== parts[Part.date]) {
    const found = dayOf(year, month, day);
    if (Number.isNaN(found)) return false;
    parts[Part.date] = date;
    parts[Part.day] = found;
  }
  return true;
}

/** Reads a time of day and returns where it ends; -1 for none. */
function clockBefore(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 8 || bytes[at + 2] !== Byte.colon || bytes[at + 5] !== Byte.colon) return -1;
  const hours = pairAt(bytes, at);
  const minutes = pairAt(bytes, at + 3);
  const second = pairAt(bytes, at + 6);
  if (hours > 24 || minutes > 59 || second > 59) return -1;
  let index = at + 8;
  let micros = 0;
  if (index < end && bytes[index] === Byte.point) {
    const first = ++index;
    for (; index < end; index++) {
      const digit = bytes[index]! - Byte.zero;
      if (digit < 0 || digit > 9) break;
      if (index - first === fractionDigitsMax) return -1;
      micros = micros * 10 + digit;
    }
    if (index === first) return -1;
    for (let digits = index - first; digits < fractionDigitsMax; digits++) micros *= 10;
  }
  if (hours === 24 && (minutes > 0 || second > 0 || micros > 0)) return -1;
  parts[Part.second] = (hours * 60 + minutes) * 60 + second;
  parts[Part.micros] = micros;
  return index;
}

/** Whether the text ends with `Z`, `+HH`, `+HH:MM` or nothing, and sets the zone. */
function isZone(bytes: Uint8Array, at: number, end: number): boolean {
  const length = end - at;
  if (length === 0 || (length === 1 && bytes[at] === Byte.Z)) return true;
  const sign = bytes[at];
  if (sign !== Byte.plus && sign !== Byte.minus) return false;
  if (length !== 3 && (length !== 6 || bytes[at + 3] !== Byte.colon)) return false;
  const hours = pairAt(bytes, at + 1);
  const minutes = length === 3 ? 0 : pairAt(bytes, at + 4);
  if (hours > zoneHoursMax || minutes > 59) return false;
  parts[Part.zone] = (hours * 60 + minutes) * (sign === Byte.minus ? -60 : 60);
  return true;
}

/** Returns the number of two digits; more than any two if they aren't. */
function pairAt(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - Byte.zero;
  const ones = bytes[at + 1]! - Byte.zero;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 100;
}
