import { SpanKind } from "../../../connect/api/spans.ts";
import { dayOf } from "../plan/calendar.ts";

const upper = 2 ** 32;
const microsPerSecond = 1_000_000;
/** Of `YYYY-MM-DDTHH:MM:SS`. */
const secondsEnd = 19;

/** The last time, microseconds since 1970. Not a result: a number that a function returns could be an object. */
export const spanMicros = new Float64Array(1);

/**
 * Sets {@link spanMicros} to the time that `microsOf` finds in a span's value, if the span has the common form: with a
 * date, `T`, seconds, at most six digits after a point, and a zone as `Z` or `+HH:MM`. Returns false for all others.
 *
 * @example
 * ```ts
 * import { SpanKind } from "../../../connect/api/spans.ts";
 * import { readSpanTime, spanMicros } from "./span_time.ts";
 * const bytes = new TextEncoder().encode("2026-11-23T03:05:27.5+02:00");
 * const isTime = readSpanTime(bytes, SpanKind.text, 0, bytes.length);
 * const expected = Date.parse("2026-11-23T01:05:27.500Z") * 1000;
 * if (!isTime || spanMicros[0] !== expected) throw new Error("microseconds since 1970");
 * if (readSpanTime(bytes, SpanKind.text, 0, 10)) throw new Error("a day is no moment");
 * ```
 */
export function readSpanTime(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
  if (kind === SpanKind.instant) {
    spanMicros[0] = at * upper + (length >>> 0);
    return Number.isSafeInteger(spanMicros[0]);
  }
  if (kind !== SpanKind.text || length <= secondsEnd || !hasMarks(bytes, at)) return false;
  const day = dayOf(digits(bytes, at, 4), digits(bytes, at + 5, 2), digits(bytes, at + 8, 2));
  const [hours, minutes] = [digits(bytes, at + 11, 2), digits(bytes, at + 14, 2)];
  const seconds = digits(bytes, at + 17, 2);
  if (!(hours < 24 && minutes < 60 && seconds < 60)) return false;
  let end = at + secondsEnd;
  let fraction = 0;
  if (bytes[end] === point) {
    const from = ++end;
    while (end < at + length && end - from < 7 && isDigit(bytes[end]!)) end++;
    if (end === from || end - from > 6) return false;
    fraction = digits(bytes, from, end - from) * tens[6 - (end - from)]!;
  }
  const zone = zoneSeconds(bytes, end, at + length - end);
  const whole = day * 86_400 + hours * 3600 + minutes * 60 + seconds - zone;
  spanMicros[0] = whole * microsPerSecond + fraction;
  return Number.isSafeInteger(spanMicros[0]);
}

const [plus, hyphen, point, zero, colon, markOfTime, utc] = [43, 45, 46, 48, 58, 84, 90] as const;
const tens = [1, 10, 100, 1000, 10_000, 100_000];

function hasMarks(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 4] === hyphen && bytes[at + 7] === hyphen && bytes[at + 10] === markOfTime &&
    bytes[at + 13] === colon && bytes[at + 16] === colon;
}

/** Of the zone at a text's end; NaN for another form. */
function zoneSeconds(bytes: Uint8Array, at: number, length: number): number {
  const sign = bytes[at];
  if (length === 1 && sign === utc) return 0;
  if (length !== 6 || (sign !== plus && sign !== hyphen) || bytes[at + 3] !== colon) return NaN;
  const [hours, minutes] = [digits(bytes, at + 1, 2), digits(bytes, at + 4, 2)];
  if (!(hours < 15 && minutes < 60)) return NaN;
  return (sign === plus ? 1 : -1) * (hours * 3600 + minutes * 60);
}

/** NaN if one of them is no digit. */
function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index++) {
    const byte = bytes[index]!;
    if (!isDigit(byte)) return NaN;
    value = value * 10 + byte - zero;
  }
  return value;
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte < zero + 10;
}
