/** Parses time zones of Java's date patterns. @module */

import type { LenientCalendar } from "./lenient_calendar.ts";

const millisPerMinute = 60_000;
const minutesPerHour = 60;

/** Java's English zone abbreviations, with their offsets in minutes. */
const abbreviations: Readonly<Record<string, number>> = {
  "UTC": 0,
  "UT": 0,
  "Coordinated Universal Time": 0,
  "Greenwich Mean Time": 0,
  "WET": 0,
  "WEST": 60,
  "BST": 60,
  "CET": 60,
  "CEST": 120,
  "EET": 120,
  "EEST": 180,
  "MSK": 180,
  "IST": 330,
  "JST": 540,
  "BRT": -180,
  "BRST": -120,
  "ART": -180,
  "EST": -300,
  "EDT": -240,
  "CST": -360,
  "CDT": -300,
  "MST": -420,
  "MDT": -360,
  "PST": -480,
  "PDT": -420,
};

/**
 * Parses a zone: `Z` or an offset for X; `+0300`, `GMT+3:00` or a name for z and Z.
 *
 * @example
 * ```ts
 * import { LenientCalendar } from "./lenient_calendar.ts";
 * import { readZone } from "./simple_date_zone.ts";
 * const calendar = new LenientCalendar();
 * if (readZone({ letter: "Z", count: 1 }, "-0300", 0, calendar)?.end !== 5) throw new Error("five characters");
 * if (calendar.millis() !== 10_800_000n) throw new Error("midnight there is three hours later here");
 * ```
 */
export function readZone(
  { letter, count }: { readonly letter: string; readonly count: number },
  text: string,
  from: number,
  calendar: LenientCalendar,
): { readonly end: number } | null {
  if (letter === "X") return readIsoZone(count, text, from, calendar);
  const gmt = /^gmt/i.test(text.slice(from));
  const at = gmt ? from + 3 : from;
  const sign = signOf(text[at]);
  if (sign !== 0) {
    return readOffset(text, at + 1, { sign, colon: gmt, hoursOnly: false, strict: !gmt }, calendar);
  }
  if (!gmt) return readZoneName(text, from, calendar);
  calendar.set("zone", 0);
  return { end: at };
}

function readIsoZone(
  count: number,
  text: string,
  from: number,
  calendar: LenientCalendar,
): { readonly end: number } | null {
  if (text[from] === "Z") {
    calendar.set("zone", 0);
    return { end: from + 1 };
  }
  const sign = signOf(text[from]);
  if (sign === 0) return null;
  return readOffset(
    text,
    from + 1,
    { sign, colon: count === 3, hoursOnly: count === 1, strict: true },
    calendar,
  );
}

function readZoneName(
  text: string,
  from: number,
  calendar: LenientCalendar,
): { readonly end: number } | null {
  const rest = text.slice(from).toLowerCase();
  const name = Object.keys(abbreviations)
    .filter((candidate) => rest.startsWith(candidate.toLowerCase()))
    .sort((a, b) => b.length - a.length)[0];
  if (name === undefined) return null;
  calendar.set("zone", (abbreviations[name] ?? 0) * millisPerMinute);
  return { end: from + name.length };
}

function signOf(char: string | undefined): number {
  return char === "+" ? 1 : char === "-" ? -1 : 0;
}

interface OffsetForm {
  readonly sign: number;
  readonly colon: boolean;
  readonly hoursOnly: boolean;
  /** The hour needs two digits. */
  readonly strict: boolean;
}

function readOffset(
  text: string,
  from: number,
  { sign, colon, hoursOnly, strict }: OffsetForm,
  calendar: LenientCalendar,
): { readonly end: number } | null {
  const hour = strict ? "(\\d\\d)" : "(\\d\\d?)";
  const minute = hoursOnly ? "" : colon ? ":(\\d\\d)" : "(\\d\\d)";
  const found = new RegExp(`^${hour}${minute}`).exec(text.slice(from));
  const [whole = "", hours = "", minutes = "0"] = found ?? [];
  if (found === null || Number(hours) > 23 || Number(minutes) > 59) return null;
  calendar.set("zone", sign * (Number(hours) * minutesPerHour + Number(minutes)) * millisPerMinute);
  return { end: from + whole.length };
}
