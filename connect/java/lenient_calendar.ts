/** Computes the moment that date fields mean. (`java.util.GregorianCalendar`, lenient, US weeks) @module */

import { dayOf } from "./date.ts";

const millisPerDay = 86_400_000n;
const epochYear = 1970;
const sunday = 1;

const fields = [
  "era",
  "year",
  "weekYear",
  "month",
  "day",
  "weekday",
  "dayOfYear",
  "dayOfWeekInMonth",
  "weekOfYear",
  "weekOfMonth",
  "half",
  "hour",
  "hourOfDay",
  "minute",
  "second",
  "millisecond",
  "zone",
] as const;

/** Fields that can be set. Weekdays count from Sunday = 1, months from 0, zones in milliseconds. */
export type CalendarField = typeof fields[number];

const indexOf = Object.fromEntries(fields.map((field, index) => [field, index])) as Record<
  CalendarField,
  number
>;

/**
 * Date fields in the order they were set. If fields contradict each other, the group set last wins: `Tue` before a full
 * date changes nothing.
 *
 * @example
 * ```ts
 * import { LenientCalendar } from "./lenient_calendar.ts";
 * const calendar = new LenientCalendar();
 * calendar.set("year", 2023);
 * calendar.set("month", 12); // one beyond December
 * calendar.set("day", 45);
 * if (calendar.millis() !== BigInt(Date.UTC(2024, 1, 14))) throw new Error("fields roll over");
 * ```
 */
export class LenientCalendar {
  readonly #values: number[] = fields.map((field) => field === "year" ? epochYear : 0);
  /** When each field was set; 0 = not set. */
  readonly #stamps: number[] = fields.map(() => 0);
  #stamp = 0;

  set(field: CalendarField, value: number): void {
    this.#values[indexOf[field]] = value;
    this.#stamps[indexOf[field]] = ++this.#stamp;
  }

  /** Returns the value that was set, else that of 1970-01-01. */
  get(field: CalendarField): number {
    return this.#values[indexOf[field]] ?? 0;
  }

  /** Returns milliseconds since 1970. */
  millis(): bigint {
    const time = ((this.#hours() * 60n + this.#big("minute")) * 60n + this.#big("second")) * 1000n;
    const millis = this.#days() * millisPerDay + time + this.#big("millisecond") - this.#big("zone");
    return BigInt.asIntN(64, millis);
  }

  #hours(): bigint {
    const half = pairStamp(this.#at("hour"), this.#at("half"));
    const clock = this.#at("hourOfDay");
    if (clock > 0 && clock >= half) return this.#big("hourOfDay");
    return this.#big("hour") + 12n * this.#big("half");
  }

  #days(): bigint {
    if (this.#at("weekYear") > this.#at("year")) return this.#weekDate();
    const year = this.#year();
    switch (this.#dayGroup()) {
      case "dayOfYear":
        return dayOf(year, 1n, 1n) + this.#big("dayOfYear") - 1n;
      case "weekOfYear":
        return this.#inWeek(dayOf(year, 1n, 1n), this.get("weekOfYear"));
      case "weekOfMonth":
        return this.#inWeek(this.#firstOfMonth(year), this.get("weekOfMonth"));
      case "dayOfWeekInMonth":
        return this.#nthWeekday(year);
      default:
        return dayOf(year, this.#big("month") + 1n, this.#at("day") > 0 ? this.#big("day") : 1n);
    }
  }

  /** Years BC count backwards. */
  #year(): bigint {
    const year = BigInt(this.get("year"));
    return this.#at("era") > 0 && this.get("era") === 0 ? 1n - year : year;
  }

  /** Returns the complete group of fields that was set last; if none is complete, the field that says most. */
  #dayGroup(): CalendarField {
    const weekday = this.#at("weekday");
    const groups: (readonly [CalendarField, number])[] = [
      ["day", this.#at("day")],
      ["weekOfMonth", pairStamp(this.#at("weekOfMonth"), weekday)],
      ["dayOfWeekInMonth", pairStamp(this.#at("dayOfWeekInMonth"), weekday)],
      ["dayOfYear", this.#at("dayOfYear")],
      ["weekOfYear", pairStamp(this.#at("weekOfYear"), weekday)],
    ];
    const complete = latest(groups);
    if (complete !== undefined) return complete;
    return latest([
      ["weekOfMonth", this.#at("weekOfMonth")],
      ["dayOfWeekInMonth", Math.max(this.#at("dayOfWeekInMonth"), weekday)],
      ["weekOfYear", this.#at("weekOfYear")],
    ]) ?? "day";
  }

  #firstOfMonth(year: bigint): bigint {
    return dayOf(year, this.#big("month") + 1n, 1n);
  }

  /** Returns the weekday (Sunday if none is set) of a week counted from that of the first day. */
  #inWeek(first: bigint, week: number): bigint {
    const weekday = this.#at("weekday") > 0 ? this.get("weekday") : sunday;
    const firstSunday = onOrBefore(first + 6n, sunday);
    const start = firstSunday > first ? firstSunday - 7n : firstSunday;
    return onOrBefore(start + 6n, weekday) + 7n * BigInt(week - 1);
  }

  /** Returns for example the second Tuesday of a month; negative numbers count from its end. */
  #nthWeekday(year: bigint): bigint {
    const weekday = this.#at("weekday") > 0 ? this.get("weekday") : sunday;
    const nth = BigInt(this.#at("dayOfWeekInMonth") > 0 ? this.get("dayOfWeekInMonth") : 1);
    const first = this.#firstOfMonth(year);
    if (nth >= 0n) return onOrBefore(first + 7n * nth - 1n, weekday);
    const next = dayOf(year, this.#big("month") + 2n, 1n);
    return onOrBefore(next - 1n + 7n * (nth + 1n), weekday);
  }

  #weekDate(): bigint {
    const week = this.#at("weekOfYear") > 0 ? this.get("weekOfYear") : 1;
    return this.#inWeek(dayOf(this.#big("weekYear"), 1n, 1n), week);
  }

  #at(field: CalendarField): number {
    return this.#stamps[indexOf[field]] ?? 0;
  }

  #big(field: CalendarField): bigint {
    return BigInt(this.get(field));
  }
}

/** A pair of fields counts only if both are set, from when the later one was. */
function pairStamp(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : Math.max(a, b);
}

function latest(groups: readonly (readonly [CalendarField, number])[]): CalendarField | undefined {
  let best: readonly [CalendarField, number] | undefined;
  for (const group of groups) {
    if (group[1] > (best?.[1] ?? 0)) best = group;
  }
  return best?.[0];
}

/** Returns the last day on or before `day` with that weekday. */
function onOrBefore(day: bigint, weekday: number): bigint {
  const offset = (day + 4n - BigInt(weekday - 1)) % 7n;
  return day - (offset < 0n ? offset + 7n : offset);
}
