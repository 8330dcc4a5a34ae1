/** Parses text by Java's date patterns. (`SimpleDateFormat.parse`) @module */

import { decimalDigits } from "./digits.ts";
import { type CalendarField, LenientCalendar } from "./lenient_calendar.ts";
import { type NamedNumber, names, type PatternElement } from "./simple_date_fields.ts";
import { readZone } from "./simple_date_zone.ts";

/** A two-digit year lies within 80 years before and 20 years after this moment. */
const processStart = new Date(performance.timeOrigin);
const centuryStartYear = processStart.getUTCFullYear() - 80;
const longMax = 2n ** 63n;
const asciiOnly = /^[ -~]*$/;
/** Numbers with this many digits need no bigint. */
const intDigitsSure = 9;

interface Cursor {
  readonly text: string;
  /** The text with the digits of all scripts as 0 to 9. */
  readonly digits: string;
  readonly position: number;
}

/** Where a field ends; null if it can't be parsed. */
type Read = { readonly end: number } | null;

const fieldOf: Readonly<Record<string, CalendarField>> = {
  y: "year",
  Y: "weekYear",
  M: "month",
  L: "month",
  d: "day",
  H: "hourOfDay",
  k: "hourOfDay",
  K: "hour",
  h: "hour",
  m: "minute",
  s: "second",
  S: "millisecond",
  D: "dayOfYear",
  F: "dayOfWeekInMonth",
  w: "weekOfYear",
  W: "weekOfMonth",
  u: "weekday",
};

/** Returns milliseconds since 1970; null if the text doesn't match the pattern. */
export function parseElements(elements: readonly PatternElement[], text: string): bigint | null {
  const calendar = new LenientCalendar();
  const digits = asciiOnly.test(text) ? text : decimalDigits(text);
  let position = 0;
  let ambiguous = false;
  for (const [index, element] of elements.entries()) {
    if (element.letter === null) {
      if (!text.startsWith(element.text, position)) return null;
      position += element.text.length;
      continue;
    }
    const read = readField(element, { text, digits, position }, abuts(elements[index + 1]), calendar);
    if (read === null) return null;
    position = read.end;
    ambiguous = read.ambiguous ?? ambiguous;
  }
  const millis = calendar.millis();
  if (!ambiguous || millis >= BigInt(processStart.getTime()) - eightyYears()) return millis;
  calendar.set("year", calendar.get("year") + 100);
  return calendar.millis();
}

function eightyYears(): bigint {
  const then = new Date(processStart);
  then.setUTCFullYear(centuryStartYear);
  return BigInt(processStart.getTime() - then.getTime());
}

/** Returns whether a number follows directly, so that this one ends after as many digits as letters. */
function abuts(next: PatternElement | undefined): boolean {
  if (next === undefined || next.letter === null) return false;
  return "ML".includes(next.letter) ? next.count <= 2 : next.letter in fieldOf;
}

function readField(
  field: { readonly letter: string; readonly count: number },
  cursor: Cursor,
  obeyCount: boolean,
  calendar: LenientCalendar,
): { readonly end: number; readonly ambiguous?: boolean } | null {
  const from = afterBlanks(cursor.text, cursor.position);
  if (from >= cursor.text.length) return null;
  const { letter, count } = field;
  switch (letter) {
    case "G":
      return readName(names.era, "era", { ...cursor, position: from }, calendar);
    case "a":
      return readName(names.half, "half", { ...cursor, position: from }, calendar);
    case "E":
      return readName(names.weekday, "weekday", { ...cursor, position: from }, calendar);
    case "z":
    case "Z":
    case "X":
      return readZone(field, cursor.text, from, calendar);
  }
  if ("ML".includes(letter) && count > 2) {
    return readName(names.month, "month", { ...cursor, position: from }, calendar);
  }
  // Blanks before the number count as part of its width.
  const limit = obeyCount ? cursor.position + count : cursor.text.length;
  if (limit > cursor.text.length) return null;
  const number = numberAt(cursor.digits, from, limit);
  if (number === "") return null;
  const end = from + number.length;
  if ("yY".includes(letter)) return { end, ...setYear(field, number, calendar) };
  calendar.set(fieldOf[letter] ?? "day", adjusted(letter, javaInt(number)));
  return { end };
}

function afterBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\t") at++;
  return at;
}

/** Returns the digits at a position, with their minus; empty if there are none. */
function numberAt(text: string, from: number, limit: number): string {
  const start = text[from] === "-" ? from + 1 : from;
  let end = start;
  while (end < limit && isDigit(text.charCodeAt(end))) end++;
  return end === start ? "" : text.slice(from, end);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** For one or two letters, two digits are a year of the century around now. */
function setYear(
  { letter, count }: { readonly letter: string; readonly count: number },
  number: string,
  calendar: LenientCalendar,
): { readonly ambiguous?: boolean } {
  let year = javaInt(number);
  const twoDigits = count <= 2 && /^\d\d$/.test(number);
  const pivot = centuryStartYear % 100;
  const ambiguous = twoDigits && year === pivot;
  if (twoDigits) year += Math.floor(centuryStartYear / 100) * 100 + (year < pivot ? 100 : 0);
  calendar.set(letter === "Y" ? "weekYear" : "year", year);
  return twoDigits ? { ambiguous } : {};
}

function adjusted(letter: string, value: number): number {
  if ("ML".includes(letter)) return value - 1;
  if (letter === "k" && value === 24) return 0;
  if (letter === "h" && value === 12) return 0;
  if (letter === "u") return value >= 1 && value <= 7 ? value % 7 + 1 : value;
  return value;
}

/** Returns the longest name at a position, in any case. */
function readName(
  candidates: readonly NamedNumber[],
  field: CalendarField,
  { text, position }: Cursor,
  calendar: LenientCalendar,
): Read {
  const rest = text.slice(position).toLowerCase();
  let best: NamedNumber | undefined;
  for (const candidate of candidates) {
    if (rest.startsWith(candidate[0].toLowerCase()) && candidate[0].length > (best?.[0].length ?? 0)) {
      best = candidate;
    }
  }
  if (best === undefined) return null;
  calendar.set(field, best[1]);
  return { end: position + best[0].length };
}

/** `Number.intValue` of what Java's number parser returns: a long if it fits, else a double. */
function javaInt(number: string): number {
  if (number.length <= intDigitsSure) return Number(number);
  const value = BigInt(number);
  if (value < longMax && value >= -longMax) return Number(BigInt.asIntN(32, value));
  return value > 0n ? 2147483647 : -2147483648;
}
