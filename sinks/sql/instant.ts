/** Points in time to the microsecond, which is what databases keep and JavaScript's Date doesn't. @module */

import { millisOf } from "../../connect/api/java_date.ts";
import type { ConnectValue } from "../../connect/api/schema.ts";

/** Microseconds since 1970; exact up to the year 2255. */
export type Micros = number;

const iso = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d(?::?\d\d)?)$/i;
const microsPerMilli = 1000;
const microsPerSecond = 1_000_000;

/**
 * The moment a value stands for: a Date, or ISO 8601 text with a zone; null for anything else. Digits beyond
 * the microsecond are cut.
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
  if (typeof value !== "string") return null;
  const parts = iso.exec(value);
  if (parts === null) return null;
  const [, day = "", minute = "", second = "00", fraction = "", zone = "Z"] = parts;
  const digits = fraction.padEnd(6, "0").slice(0, 6);
  const seconds = Date.parse(`${day}T${minute}:${second}Z`);
  if (Number.isNaN(seconds)) return null;
  return exactly((seconds - offsetMs(zone)) * microsPerMilli + Number(digits));
}

/** ISO 8601 in UTC with as many digits as it takes. */
export function isoOf(micros: Micros): string {
  const second = Math.floor(micros / microsPerSecond);
  if (second !== lastSecond) {
    lastPrefix = new Date(second * 1000).toISOString().slice(0, -4); // up to the point
    lastSecond = second;
  }
  const rest = micros - second * microsPerSecond;
  const isWhole = rest % microsPerMilli === 0;
  const digits = isWhole ? rest / microsPerMilli : rest;
  return `${lastPrefix}${String(digits).padStart(isWhole ? 3 : 6, "0")}Z`;
}

// Records come in the order of time, and toISOString takes longer than all the rest.
let lastSecond = NaN;
let lastPrefix = "";

function offsetMs(zone: string): number {
  if (zone.length === 1) return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(":", "") || "0")];
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function exactly(micros: number): Micros | null {
  return Number.isSafeInteger(micros) ? micros : null;
}
