/** Days and times of day as ISO 8601 writes them: the Gregorian calendar in all years from 1 on. @module */

const secondsPerHour = 3600;
const microsPerSecond = 1_000_000;
const microsPerDay = 86_400 * microsPerSecond;
const daysPerEra = 146_097; // 400 years
/** Days from 0000-03-01, where the algorithm counts from, to 1970. */
const epochDay = 719_468;
const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * Days since 1970; NaN for a day that no calendar has.
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
  const fromMarch = month <= 2 ? year - 1 : year; // years that begin in March end with the leap day
  const era = Math.floor(fromMarch / 400);
  const yearOfEra = fromMarch - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return era * daysPerEra + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) +
    dayOfYear - epochDay;
}

/** The day as `YYYY-MM-DD`, with more digits of the year where it takes them. */
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

/** A time of day in its parts, as text has them. */
export interface TimeParts {
  readonly hour: string;
  readonly minute: string;
  readonly second: string | undefined;
  /** Digits behind the point. */
  readonly fraction: string | undefined;
}

/**
 * Microseconds since midnight, up to and with 24:00; NaN for a time that no day has. The second 60 is the next minute's
 * first, and digits beyond the microsecond are rounded, as PostgreSQL does.
 */
export function timeMicros({ hour, minute, second = "0", fraction }: TimeParts): number {
  const minutes = digitsOf(minute);
  const seconds = digitsOf(second);
  if (minutes > 59 || seconds > 60) return NaN;
  const whole = digitsOf(hour) * secondsPerHour + minutes * 60 + seconds;
  const micros = whole * microsPerSecond + (fraction === undefined ? 0 : fractionMicros(fraction));
  return micros <= microsPerDay ? micros : NaN;
}

function fractionMicros(digits: string): number {
  if (digits.length <= 6) return digitsOf(digits) * 10 ** (6 - digits.length);
  const micros = Number(`0.${digits}`) * microsPerSecond;
  return micros % 1 === 0.5 ? 2 * Math.round(micros / 2) : Math.round(micros);
}

/** Microseconds since midnight as `HH:MM:SS.sss`, with six digits where it takes them. */
export function timeText(micros: number): string {
  const seconds = Math.floor(micros / microsPerSecond);
  return `${clockText(seconds)}.${fractionText(micros - seconds * microsPerSecond)}`;
}

/** Seconds since midnight as `HH:MM:SS`. */
export function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${twoDigits(hours)}:${twoDigits(minutes - hours * 60)}:${twoDigits(seconds - minutes * 60)}`;
}

/** Microseconds of a second in three digits, in six where it takes them. */
export function fractionText(micros: number): string {
  return micros % 1000 === 0 ? String(micros / 1000).padStart(3, "0") : String(micros).padStart(6, "0");
}

/** Seconds that a zone (`Z`, `+02`, `-0330`, `+05:30`) is ahead of UTC; NaN beyond 15:59, where PostgreSQL ends. */
export function zoneSeconds(zone: string): number {
  if (zone.length === 1) return 0;
  const hours = digitsOf(zone.slice(1, 3));
  const minutes = zone.length === 3 ? 0 : digitsOf(zone.slice(-2));
  if (hours > 15 || minutes > 59) return NaN;
  return (zone.startsWith("-") ? -1 : 1) * (hours * secondsPerHour + minutes * 60);
}

/** The number that up to 15 digits are: `Number` takes ten times as long for short texts. */
export function digitsOf(digits: string): number {
  let value = 0;
  for (let index = 0; index < digits.length; index++) value = value * 10 + digits.charCodeAt(index) - zero;
  return value;
}

const zero = 48;

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
