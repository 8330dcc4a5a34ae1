/** Parses ISO dates and times as leniently as Java's SimpleDateFormat. @module */

import { dateOf, dayOf } from "../../java/date.ts";
import { decimalDigits } from "../../java/digits.ts";
import { DATE_SCHEMA, TIME_SCHEMA, TIMESTAMP_SCHEMA } from "../logical_types.ts";
import type { Schema, SchemaAndValue } from "../schema.ts";

const millisPerDay = 86_400_000n;
/** A number as Java's lenient parser accepts it: leading blanks, any length, a sign. */
const number = "[ \\t]*(-?\\d+)";
const datePattern = `${number}-${number}-${number}`;
const timePattern = `${number}:${number}:${number}\\.${number}Z`;

interface Form {
  readonly schema: Schema;
  readonly pattern: RegExp;
  readonly hasDate: boolean;
}

/** Java chooses among the three forms by the text's length alone. */
const formsByLength: ReadonlyMap<number, Form> = new Map([
  ["yyyy-MM-dd".length, { schema: DATE_SCHEMA, pattern: new RegExp(`^${datePattern}`), hasDate: true }],
  ["HH:mm:ss.SSSZ".length, { schema: TIME_SCHEMA, pattern: new RegExp(`^${timePattern}`), hasDate: false }],
  ["yyyy-MM-ddTHH:mm:ss.SSSZ".length, {
    schema: TIMESTAMP_SCHEMA,
    pattern: new RegExp(`^${datePattern}T${timePattern}`),
    hasDate: true,
  }],
]);

/**
 * Parses a date, time or timestamp; returns null for other text. Escaped colons count as colons, values out of range
 * roll over, and trailing text is ignored, as in Java.
 *
 * @example
 * ```ts
 * import { parseTemporal } from "./temporal.ts";
 * const parsed = parseTemporal("2023-11-14")?.value;
 * if (!(parsed instanceof Date) || parsed.getTime() !== Date.UTC(2023, 10, 14)) throw new Error("a date in UTC");
 * if (parseTemporal("14/11/2023") !== null) throw new Error("only ISO forms");
 * ```
 */
export function parseTemporal(token: string): SchemaAndValue | null {
  const text = token.replaceAll("\\:", ":");
  const form = formsByLength.get(text.length);
  const found = form?.pattern.exec(decimalDigits(text));
  if (form === undefined || found === null || found === undefined) return null;
  const numbers = found.slice(1).map(javaInt);
  const [year, month, day] = form.hasDate ? numbers : [1970n, 1n, 1n];
  const [hour = 0n, minute = 0n, second = 0n, millisecond = 0n] = form.hasDate ? numbers.slice(3) : numbers;
  const days = dayOf(year ?? 0n, month ?? 0n, day ?? 0n);
  const millis = days * millisPerDay + ((hour * 60n + minute) * 60n + second) * 1000n + millisecond;
  return { schema: form.schema, value: dateOf(BigInt.asIntN(64, millis)) };
}

/** Returns the lowest 32 bits. (`Number.intValue` of a long) */
function javaInt(text: string): bigint {
  return BigInt.asIntN(32, BigInt(text));
}
