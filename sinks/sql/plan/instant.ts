/** Times to the microsecond, as databases store them and JavaScript's Date doesn't. @module */

import { millisOf } from "../../../connect/java/date.ts";
import type { ConnectValue } from "../../../connect/api/schema.ts";
import { clockIn, clockText, type ClockTime, dateText, dayIn, fractionText } from "./calendar.ts";

/** Microseconds since 1970; exact up to the year 2255. */
export type Micros = number;

interface Moment {
  /** Whole seconds since 1970 in UTC; NaN for a day or time that doesn't exist. */
  readonly seconds: number;
  readonly micros: number;
  /** Whether the text has a zone; without one it is UTC. */
  readonly hasZone: boolean;
}

const iso =
  /^\d{4,6}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:[ \t]?(?:Z|[+-]\d\d(?::?\d\d)?))?)?$/i;
const microsPerMilli = 1000;
const microsPerSecond = 1_000_000;
const secondsPerDay = 86_400;

/**
 * Returns the time of a Date, or of ISO 8601 text with a zone; null for anything else. Rounds digits beyond the
 * microsecond, as PostgreSQL does.
 *
 * @example
 * ```ts
 * import { isoOf, microsOf } from "./instant.ts";
 * const micros = microsOf("2026-11-23T03:05:27.123456+02:00");
 * if (micros === null || isoOf(micros) !== "2026-11-23T01:05:27.123456Z") throw new Error("to the microsecond");
 * if (microsOf("2026-11-23") !== null) throw new Error("a day is no moment");
 * ```
 */
export function microsOf(value: ConnectValue): Micros | null {
  if (value instanceof Date) return exactly(Number(millisOf(value)) * microsPerMilli);
  const moment = typeof value === "string" ? momentOf(value) : null;
  return moment?.hasZone === true ? exactly(moment.seconds * microsPerSecond + moment.micros) : null;
}

/** Parses an ISO 8601 date, or date and time; null for other text. */
export function momentOf(text: string): Moment | null {
  if (!iso.test(text)) return null;
  const clockFrom = text.indexOf("-") + dayLength;
  const { micros, zone } = clockFrom < text.length ? clockIn(text, clockFrom) : midnight;
  const seconds = Math.floor(micros / microsPerSecond);
  return {
    seconds: dayIn(text) * secondsPerDay + seconds - (zone ?? 0),
    micros: micros - seconds * microsPerSecond,
    hasZone: zone !== null,
  };
}

/** Of `-MM-DDT`. */
const dayLength = 7;
const midnight: ClockTime = { micros: 0, zone: null };

/** Returns ISO 8601 text in UTC, with as many digits as needed. */
export function isoOf(micros: Micros): string {
  const seconds = Math.floor(micros / microsPerSecond);
  return isoText(seconds, micros - seconds * microsPerSecond);
}

/**
 * The same for any year.
 *
 * @param seconds whole ones since 1970
 * @param micros of the second
 */
export function isoText(seconds: number, micros: number): string {
  if (seconds !== lastSecond) {
    const day = Math.floor(seconds / secondsPerDay);
    lastPrefix = `${dateText(day)}T${clockText(seconds - day * secondsPerDay)}.`;
    lastSecond = seconds;
  }
  return `${lastPrefix}${fractionText(micros)}Z`;
}

// Records come ordered by time, and formatting the date takes longer than all the rest.
let lastSecond = NaN;
let lastPrefix = "";

function exactly(micros: number): Micros | null {
  return Number.isSafeInteger(micros) ? micros : null;
}
