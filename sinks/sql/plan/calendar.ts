/** Days and times of day in ISO 8601: the Gregorian calendar in all years from 1 on. @module */

const secondsPerHour = 3600;
const microsPerSecond = 1_000_000;
const microsPerDay = 86_400 * microsPerSecond;
const daysPerEra = 146_097; // 400 years
/** Days from 0000-03-01, where the algorithm starts, to 1970. */
const epochDay = 719_468;
const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * Returns days since 1970; NaN for a day that doesn't exist.
 *
 * @example
 * ```ts
 * import { dateText, dayOf } from "./calendar.ts";
 * if (dayOf(1970, 1, 2) !== 1 || dateText(1) !== "1970-01-02") throw new Error("days count from 1970");
 * if (!Number.isNaN(dayOf(2026, 2, 29))) throw new Error("2026 has no 29th of February");
 * ```
 */
export function dayOf(year: number, month: number, day: number): number {
  const last = month === 2 && isLeap(year) ? 29 : daysOfMonth[month - 1] ?? 0;
  if (year < 1 || day < 1 || day > last) return NaN;
  const fromMarch = month <= 2 ? year - 1 : year; // years from March on end with the leap day
  const era = Math.floor(fromMarch / 400);
  const yearOfEra = fromMarch - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return era * daysPerEra + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) +
    dayOfYear - epochDay;
}

/** Returns the day as `YYYY-MM-DD`, with more digits of the year if needed. */
export function dateText(day: number): string {
  const shifted = day + epochDay;
  const era = Math.floor(shifted / daysPerEra);
  const ofEra = shifted - era * daysPerEra;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const dayOfMonth = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return `${String(year).padStart(4, "0")}-${twoDigits(month)}-${twoDigits(dayOfMonth)}`;
}

/** Parses the day at a text's start, `YYYY-MM-DD` with four to six digits of the year, as `dayOf` does. */
export function dayIn(text: string): number {
  const dash = text.indexOf("-");
  return dayOf(
    numberIn(text, 0, dash),
    numberIn(text, dash + 1, dash + 3),
    numberIn(text, dash + 4, dash + 6),
  );
}

/** A time of day in a text. */
export interface ClockTime {
  /** Microseconds since midnight, up to and including 24:00; NaN for a time that doesn't exist. */
  readonly micros: number;
  /** The zone's seconds ahead of UTC; null without a zone, NaN beyond 15:59, PostgreSQL's limit. */
  readonly zone: number | null;
}

/**
 * Parses the time at a text's end, `HH:MM[:SS[.ffffff]][ ][zone]`. Second 60 is the next minute's first, and digits
 * beyond the microsecond are rounded, as in PostgreSQL.
 *
 * @param from index where the time begins; the caller has checked the form
 */
export function clockIn(text: string, from: number): ClockTime {
  let at = from + 5;
  let seconds = 0;
  let fraction = 0;
  if (text.charAt(at) === ":") {
    seconds = numberIn(text, at + 1, at + 3);
    at += 3;
    const digits = at + 1;
    if (text.charAt(at) === "." || text.charAt(at) === ",") {
      at = digits;
      while (isDigit(text.charCodeAt(at))) at += 1;
      fraction = fractionMicros(text, digits, at);
    }
  }
  if (text.charAt(at) === " " || text.charAt(at) === "\t") at += 1;
  const minutes = numberIn(text, from + 3, from + 5);
  const whole = numberIn(text, from, from + 2) * secondsPerHour + minutes * 60 + seconds;
  const micros = whole * microsPerSecond + fraction;
  const isThere = minutes <= 59 && seconds <= 60 && micros <= microsPerDay;
  return { micros: isThere ? micros : NaN, zone: at < text.length ? zoneIn(text, at) : null };
}

/** `Z`, `+02`, `-0330` or `+05:30`. */
function zoneIn(text: string, at: number): number {
  if (text.length - at === 1) return 0;
  const hours = numberIn(text, at + 1, at + 3);
  const minutes = text.length - at === 3 ? 0 : numberIn(text, text.length - 2, text.length);
  if (hours > 15 || minutes > 59) return NaN;
  return (text.charAt(at) === "-" ? -1 : 1) * (hours * secondsPerHour + minutes * 60);
}

function fractionMicros(text: string, from: number, to: number): number {
  if (to - from <= 6) return numberIn(text, from, to) * 10 ** (6 - to + from);
  const micros = Number(`0.${text.slice(from, to)}`) * microsPerSecond;
  return micros % 1 === 0.5 ? 2 * Math.round(micros / 2) : Math.round(micros);
}

/** Parses digits within a text: `Number` of a slice takes ten times as long. */
function numberIn(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + text.charCodeAt(at) - zero;
  return value;
}

const zero = 48;

function isDigit(code: number): boolean {
  return code >= zero && code < zero + 10;
}

/** Returns microseconds since midnight as `HH:MM:SS.sss`, with six digits if needed. */
export function timeText(micros: number): string {
  const seconds = Math.floor(micros / microsPerSecond);
  return `${clockText(seconds)}.${fractionText(micros - seconds * microsPerSecond)}`;
}

/** Returns seconds since midnight as `HH:MM:SS`. */
export function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${twoDigits(hours)}:${twoDigits(minutes - hours * 60)}:${twoDigits(seconds - minutes * 60)}`;
}

/** Returns the microseconds of a second in three digits, or six if needed. */
export function fractionText(micros: number): string {
  return micros % 1000 === 0 ? String(micros / 1000).padStart(3, "0") : String(micros).padStart(6, "0");
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
