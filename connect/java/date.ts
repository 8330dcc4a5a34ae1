/** Java's Date beyond the range of JavaScript's, and Java's calendar. @module */

const millisPerDay = 86_400_000n;
/** JavaScript's Date ends 100 million days from 1970; Java's holds any int64 of milliseconds. */
const javascriptMillisMax = 8_640_000_000_000_000n;
/** 1582-10-15, where `java.util.GregorianCalendar` switches to the Gregorian calendar. */
const gregorianSinceDay = -141427n;

/** A Date beyond JavaScript's range, so that Connect's Timestamp keeps every int64. */
class FarDate extends Date {
  constructor(readonly millis: bigint) {
    super(NaN);
  }
}

/**
 * Returns a Date of that many milliseconds since 1970, any int64. Read it with {@link millisOf}: `getTime()` is NaN
 * beyond the year 275760.
 *
 * @example
 * ```ts
 * import { dateOf, millisOf } from "./date.ts";
 * if (millisOf(dateOf(2n ** 63n - 1n)) !== 2n ** 63n - 1n) throw new Error("every int64 is kept");
 * ```
 */
export function dateOf(millis: bigint): Date {
  const far = millis > javascriptMillisMax || millis < -javascriptMillisMax;
  return far ? new FarDate(millis) : new Date(Number(millis));
}

/** Returns milliseconds since 1970 of a Date, also of one that {@link dateOf} made beyond JavaScript's range. */
export function millisOf(date: Date): bigint {
  return date instanceof FarDate ? date.millis : BigInt(date.getTime());
}

/** A moment in UTC by Java's calendar: Julian before 1582-10-15. */
export interface UtcParts {
  /** Year of the era: 1 BC is 1. */
  readonly year: bigint;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** Returns the UTC date and time that Java's calendar shows for milliseconds since 1970. */
export function utcPartsOf(millis: bigint): UtcParts {
  const day = floorDivide(millis, millisPerDay);
  const rest = Number(millis - day * millisPerDay);
  const date = day >= gregorianSinceDay ? gregorianDate(day) : julianDate(day);
  return {
    ...date,
    year: date.year > 0n ? date.year : 1n - date.year,
    weekday: Number((((day + 4n) % 7n) + 7n) % 7n),
    hour: Math.floor(rest / 3_600_000),
    minute: Math.floor(rest / 60_000) % 60,
    second: Math.floor(rest / 1000) % 60,
    millisecond: rest % 1000,
  };
}

/**
 * Returns days since 1970 of a date by Java's lenient calendar: months and days beyond their range roll over.
 *
 * @param month 1 is January
 */
export function dayOf(year: bigint, month: bigint, day: bigint): bigint {
  const months = year * 12n + month - 1n;
  const [y, m] = [floorDivide(months, 12n), months - floorDivide(months, 12n) * 12n];
  const gregorian = firstOfMonth(y, m, true) + day - 1n;
  return gregorian >= gregorianSinceDay ? gregorian : firstOfMonth(y, m, false) + day - 1n;
}

/**
 * Returns days since 1970 of the first of a month (0 is January), counting years from March so that leap days come
 * last.
 */
function firstOfMonth(year: bigint, month: bigint, gregorian: boolean): bigint {
  const y = month < 2n ? year - 1n : year;
  const fromMarch = (month + 10n) % 12n;
  const days = 365n * y + floorDivide(y, 4n) + (153n * fromMarch + 2n) / 5n;
  if (!gregorian) return days - 719470n;
  return days - floorDivide(y, 100n) + floorDivide(y, 400n) - 719468n;
}

function gregorianDate(day: bigint): { year: bigint; month: number; day: number } {
  const shifted = day + 719468n;
  const era = floorDivide(shifted, 146097n);
  const ofEra = shifted - era * 146097n;
  const yearOfEra = (ofEra - ofEra / 1460n + ofEra / 36524n - ofEra / 146096n) / 365n;
  const ofYear = ofEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n);
  return monthAndDay(yearOfEra + era * 400n, ofYear);
}

function julianDate(day: bigint): { year: bigint; month: number; day: number } {
  const shifted = day + 719470n;
  const era = floorDivide(shifted, 1461n);
  const ofEra = shifted - era * 1461n;
  const yearOfEra = (ofEra - ofEra / 1460n) / 365n;
  return monthAndDay(yearOfEra + era * 4n, ofEra - 365n * yearOfEra);
}

function monthAndDay(yearFromMarch: bigint, ofYear: bigint): { year: bigint; month: number; day: number } {
  const fromMarch = (5n * ofYear + 2n) / 153n;
  const month = Number((fromMarch + 2n) % 12n) + 1;
  return {
    year: month <= 2 ? yearFromMarch + 1n : yearFromMarch,
    month,
    day: Number(ofYear - (153n * fromMarch + 2n) / 5n) + 1,
  };
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
