/**
 * Dates and times as cells. Each time has one text, so that equal values are equal cells. Times that PostgreSQL would
 * refuse are refused here.
 *
 * @module
 */

import { type ConnectValue, LOGICAL_NAME, type Schema } from "../../../connect/api/schema.ts";
import { clockIn, dateText, dayIn, dayOf, timeText } from "../../sql/plan/calendar.ts";
import type { Cell } from "../../sql/dialect.ts";
import { isoText, momentOf } from "../../sql/plan/instant.ts";
import { CellProblem } from "../../sql/sql_failure.ts";
import type { CellEncoder } from "./cells.ts";
import { kindOf } from "../../sql/plan/record_fields.ts";

// The common texts: a day, a time, and both in UTC, to the second, millisecond or microsecond. February 29 is parsed by
// the general rules.
const plainDay =
  /^(?!0000)\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)/;
const plainTime = /(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3}(?:\d{3})?)?/;
const day = new RegExp(`${plainDay.source}$`);
const time = new RegExp(`^${plainTime.source}$`);
const utc = new RegExp(`${plainDay.source}T${plainTime.source}(?:Z|[+]00:00)$`);
const isoDate = /^\d{4,6}-\d\d-\d\d$/;
const isoTime = /^\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[ \t]?(?:Z|[+-]\d\d(?::?\d\d)?))?$/i;

const secondsPerDay = 86_400;
const millisPerDay = secondsPerDay * 1000;
const microsPerMilli = 1000;
/** From 0001-01-01 to before 294277-01-01, where PostgreSQL's timestamps end. */
const seconds = { min: dayOf(1, 1, 1) * secondsPerDay, end: dayOf(294_277, 1, 1) * secondsPerDay };

/** For `timestamp with time zone`, and for `timestamp`, which is in UTC. Text without a zone is in UTC. */
export const encodeMoment: CellEncoder = (value, schema) => {
  if (typeof value === "string") return utc.test(value) ? utcCell(value) : momentCell(value);
  const millis = dayMillis(value, schema);
  const second = Math.floor(millis / 1000);
  return cellAt(second, (millis - second * 1000) * microsPerMilli);
};

/** For `date`: a day, or the day of a time in UTC. */
export const encodeDate: CellEncoder = (value, schema) => {
  if (typeof value !== "string") return dayCell(Math.floor(dayMillis(value, schema) / millisPerDay));
  if (day.test(value)) return `"${value}"`;
  if (isoDate.test(value)) return dayCell(dayIn(value));
  throw noTime(value);
};

/** For `time`: the time in the text, whatever its zone, as PostgreSQL does. */
export const encodeTime: CellEncoder = (value, schema) => {
  const isPlain = typeof value === "string" && time.test(value);
  return `"${isPlain ? plain(value) : timeText(timeIn(value, schema).micros)}"`;
};

/** For `time with time zone`: a time without a zone is in UTC. */
export const encodeZonedTime: CellEncoder = (value, schema) => {
  const { micros, zone } = timeIn(value, schema);
  const minutes = Math.abs(zone) / 60;
  const offset = timeText(minutes * 60_000_000).slice(0, 5);
  return `"${timeText(micros)}${zone < 0 ? "-" : "+"}${offset}"`;
};

function utcCell(text: string): Cell {
  const { length } = text;
  const isZ = text.charCodeAt(length - 1) === 90;
  if (isZ && length === 24) return `"${text}"`;
  return `"${plain(text.slice(0, isZ ? -1 : -6))}Z"`;
}

/** Adds milliseconds, or cuts zero microseconds. */
function plain(text: string): string {
  if (text.charAt(text.length - 3) === ":") return `${text}.000`;
  return text.charAt(text.length - 7) === "." && text.endsWith("000") ? text.slice(0, -3) : text;
}

function momentCell(text: string): Cell {
  const moment = momentOf(text);
  if (moment === null) throw noTime(text);
  return cellAt(moment.seconds, moment.micros);
}

function cellAt(second: number, micros: number): Cell {
  if (second >= seconds.min && second < seconds.end) return `"${isoText(second, micros)}"`;
  throw beyond("an existing date and time of the years 1 to 294276");
}

function dayCell(day: number): Cell {
  if (day >= seconds.min / secondsPerDay) return `"${dateText(day)}"`;
  throw beyond("an existing day from the year 1 on");
}

/** A time of day, and its zone's seconds ahead of UTC. */
interface ZonedTime {
  readonly micros: number;
  readonly zone: number;
}

function timeIn(value: Exclude<ConnectValue, null>, schema: Schema | null): ZonedTime {
  if (typeof value !== "string") {
    const millis = millisIn(value);
    if (schema?.name === LOGICAL_NAME.date) throw refuse("a time", "a date without one");
    return inDay((millis - Math.floor(millis / millisPerDay) * millisPerDay) * microsPerMilli, 0);
  }
  if (!isoTime.test(value)) throw noTime(value);
  const { micros, zone } = clockIn(value, 0);
  return inDay(micros, zone ?? 0);
}

function inDay(micros: number, zone: number): ZonedTime {
  if (!Number.isNaN(micros + zone)) return { micros, zone };
  throw beyond("an existing time of day");
}

/** Milliseconds of a value that has a day. */
function dayMillis(value: Exclude<ConnectValue, null>, schema: Schema | null): number {
  const millis = millisIn(value);
  if (schema?.name === LOGICAL_NAME.time) throw refuse("a date", "a time without one");
  return millis;
}

/** Returns NaN for dates beyond JavaScript's. */
function millisIn(value: Exclude<ConnectValue, null>): number {
  if (value instanceof Date) return value.getTime();
  throw noTime(value);
}

function noTime(value: ConnectValue): CellProblem {
  return refuse("a date or time as ISO 8601", kindOf(value));
}

function refuse(expected: string, found: string): CellProblem {
  return new CellProblem("wrong_type", expected, found);
}

function beyond(expected: string): CellProblem {
  return new CellProblem("out_of_range", expected, "another one");
}
