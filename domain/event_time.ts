declare const brand: unique symbol;

/** Milliseconds since 1970. */
export type EventTime = number & { readonly [brand]: "EventTime" };

/** What is known about the time of an event. */
export interface TimeClues {
  /** The event's own time: ISO 8601 with an offset from UTC. Anything else counts as absent. */
  readonly createdAt: unknown;
  /** The record's timestamp in milliseconds, or null. */
  readonly recordTime: number | null;
  readonly now: number;
}

/**
 * Returns the earliest of the event's own time, the record's timestamp and now. Without the first two it is now.
 *
 * A time in the future, from a clock that runs ahead, would win over all later events until that time.
 *
 * @example
 * ```ts
 * import { eventTime } from "./event_time.ts";
 * const now = Date.UTC(2026, 10, 23);
 * const time = eventTime({ createdAt: "2026-11-22T21:00:00-03:00", recordTime: now + 5, now });
 * if (time !== now) throw new Error("21:00 in São Paulo is midnight in UTC");
 * ```
 */
export function eventTime({ createdAt, recordTime, now }: TimeClues): EventTime {
  const recorded = recordTime === null || recordTime < 0 ? now : recordTime;
  const said = readInstant(createdAt) ?? recorded;
  return Math.min(said, recorded, now) as EventTime;
}

const isoPattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)$/;

/**
 * Parses an ISO 8601 date and time with an offset from UTC, to milliseconds since 1970. Returns null for anything else.
 * Cuts digits beyond the milliseconds.
 */
export function readInstant(value: unknown): number | null {
  if (typeof value !== "string") return null;
  const match = isoPattern.exec(value);
  if (match === null) return null;
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second = "0",
    fraction = "",
    zulu,
    sign,
    offsetHour,
    offsetMinute = "0",
  ] = match;
  const dateMs = utcDay(Number(year), Number(month), Number(day));
  if (dateMs === null || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const timeMs = (Number(hour) * 60 + Number(minute)) * 60_000 + Number(second) * 1000 +
    Number(fraction.slice(0, 3).padEnd(3, "0"));
  if (zulu !== undefined) return dateMs + timeMs;
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return null;
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000;
  return dateMs + timeMs + (sign === "-" ? offsetMs : -offsetMs);
}

/** Midnight in UTC, or null if the day doesn't exist. `Date` itself turns February 30 into March. */
function utcDay(year: number, month: number, day: number): number | null {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC reads year 99 as 1999
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() : null;
}
