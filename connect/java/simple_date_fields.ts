/** Formats single fields of Java's date patterns. @module */

import { dayOf, type UtcParts } from "./date.ts";

/** A field, as its repeated letter, or literal text. */
export type PatternElement =
  | { readonly letter: string; readonly count: number }
  | { readonly letter: null; readonly text: string };

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;
const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const shortLength = 3;

/** A name and its number. */
export type NamedNumber = readonly [name: string, value: number];

/** Names that are accepted, long and short: months from 0, weekdays from Sunday = 1, as in Java's calendar. */
export const names: Readonly<Record<"month" | "weekday" | "half" | "era", readonly NamedNumber[]>> = {
  month: months.flatMap((name, index) => longAndShort(name, index)),
  weekday: weekdays.flatMap((name, index) => longAndShort(name, index + 1)),
  half: [["AM", 0], ["PM", 1]],
  era: [["BC", 0], ["AD", 1], ["Before Christ", 0], ["Anno Domini", 1]],
};

type Moment = UtcParts & { readonly era: "AD" | "BC" };

/**
 * Returns the text of one field.
 *
 * @example
 * ```ts
 * import { utcPartsOf } from "./date.ts";
 * import { formatField } from "./simple_date_fields.ts";
 * const at = { ...utcPartsOf(1700000000123n), era: "AD" as const };
 * if (formatField({ letter: "E", count: 4 }, at) !== "Tuesday") throw new Error("four letters are the long name");
 * ```
 */
export function formatField(field: { readonly letter: string; readonly count: number }, at: Moment): string {
  const { letter, count } = field;
  switch (letter) {
    case "G":
      return at.era;
    case "y":
      return year(at.year, count);
    case "Y":
      return year(weekYear(at), count);
    case "M":
    case "L":
      return count < shortLength ? padded(at.month, count) : name(months, at.month - 1, count);
    case "E":
      return name(weekdays, at.weekday, count);
    case "a":
      return at.hour < 12 ? "AM" : "PM";
    case "z":
      return count > shortLength ? "Coordinated Universal Time" : "UTC";
    case "Z":
      return "+0000";
    case "X":
      return "Z";
    default:
      return padded(numberOf(letter, at), count);
  }
}

function numberOf(letter: string, at: Moment): number {
  switch (letter) {
    case "d":
      return at.day;
    case "H":
      return at.hour;
    case "k":
      return at.hour === 0 ? 24 : at.hour;
    case "K":
      return at.hour % 12;
    case "h":
      return at.hour % 12 === 0 ? 12 : at.hour % 12;
    case "m":
      return at.minute;
    case "s":
      return at.second;
    case "S":
      return at.millisecond;
    case "D":
      return dayOfYear(at);
    case "F":
      return Math.floor((at.day - 1) / 7) + 1;
    case "W":
      return weekFrom(at.day, at.weekday);
    case "w":
      return weekOfYear(at);
    default:
      return at.weekday === 0 ? 7 : at.weekday; // u
  }
}

function longAndShort(name: string, value: number): NamedNumber[] {
  return [[name, value], [name.slice(0, shortLength), value]];
}

function name(all: readonly string[], index: number, count: number): string {
  const long = all[index] ?? "";
  return count > shortLength ? long : long.slice(0, shortLength);
}

function padded(value: number, count: number): string {
  return String(value).padStart(count, "0");
}

function year(value: bigint, count: number): string {
  const text = String(value).padStart(count, "0");
  return count === 2 ? text.slice(-2) : text;
}

function dayOfYear(at: Moment): number {
  const inEra = countedYear(at);
  return Number(dayOf(inEra, BigInt(at.month), BigInt(at.day)) - dayOf(inEra, 1n, 1n)) + 1;
}

/** Returns the week of a day; weeks begin on Sunday, and the first day of the span is in week 1. */
function weekFrom(day: number, weekday: number): number {
  const firstWeekday = (((weekday - (day - 1)) % 7) + 7) % 7;
  return Math.floor((day - 1 + firstWeekday) / 7) + 1;
}

/** The last days of December are in week 1 if the next 1 January is in their week. */
function weekOfYear(at: Moment): number {
  return inNextYearsFirstWeek(at) ? 1 : weekFrom(dayOfYear(at), at.weekday);
}

function weekYear(at: Moment): bigint {
  return inNextYearsFirstWeek(at) ? countedYear(at) + 1n : countedYear(at);
}

/** Returns the year without an era: 1 BC is 0. */
function countedYear(at: Moment): bigint {
  return at.era === "AD" ? at.year : 1n - at.year;
}

function inNextYearsFirstWeek(at: Moment): boolean {
  return at.month === 12 && at.day + (6 - at.weekday) > 31;
}
