/** Converts timestamps of each form to milliseconds and back. @module */

import { ConnectException, DataException, JvmException } from "../../api/exceptions.ts";
import { dateOf, millisOf } from "../../java/date.ts";
import { javaClassName } from "../../java/text.ts";
import { DATE_SCHEMA, TIME_SCHEMA, TIMESTAMP_SCHEMA } from "../../api/logical_types.ts";
import { type ConnectValue, LOGICAL_NAME, Schema } from "../../api/schema.ts";
import type { SimpleDateFormat } from "../../java/simple_date_format.ts";
import { schemaText } from "../parts/struct_schema.ts";
import { typeName } from "../../api/validate.ts";

/** The forms, with their names in `target.type`. */
export const timestampForms = ["string", "unix", "Date", "Time", "Timestamp"] as const;
export type TimestampForm = typeof timestampForms[number];

export const unixPrecisions = ["nanoseconds", "microseconds", "milliseconds", "seconds"] as const;
export type UnixPrecision = typeof unixPrecisions[number];

export interface TimestampSettings {
  readonly precision: UnixPrecision;
  /** Null if no format is configured. */
  readonly format: SimpleDateFormat | null;
  /** The converted field, for errors; empty for the whole key or value. */
  readonly field: string;
}

const millisPerDay = 86_400_000n;
const longMax = 2n ** 63n - 1n;
const longMin = -(2n ** 63n);

/** Units per millisecond; for seconds, milliseconds per unit. */
const factors: Readonly<Record<UnixPrecision, bigint>> = {
  nanoseconds: 1_000_000n,
  microseconds: 1000n,
  milliseconds: 1n,
  seconds: 1000n,
};

/**
 * Returns the form that a schema declares.
 *
 * @example
 * ```ts
 * import { Schema } from "../../api/schema.ts";
 * import { formOfSchema } from "./timestamp_forms.ts";
 * if (formOfSchema(Schema.INT64) !== "unix") throw new Error("a plain integer is a Unix time");
 * ```
 */
export function formOfSchema(schema: Schema): TimestampForm {
  if (schema.name === LOGICAL_NAME.timestamp) return "Timestamp";
  if (schema.name === LOGICAL_NAME.date) return "Date";
  if (schema.name === LOGICAL_NAME.time) return "Time";
  if (schema.type === "string") return "string";
  if (schema.type === "int64") return "unix";
  const text = (shown: string) => `Schema ${shown} does not correspond to a known timestamp type format`;
  throw new ConnectException(text(`Schema{${typeName(schema.type)}}`), {
    connectText: text(schemaText(schema)),
  });
}

/** Returns the form of a value without a schema. */
export function formOfValue(value: ConnectValue): TimestampForm {
  if (value instanceof Date) return "Timestamp";
  if (typeof value === "bigint") return "unix";
  if (typeof value === "string") return "string";
  throw new DataException(
    `TimestampConverter does not support class ${javaClassName(value)} objects as timestamps`,
    { rule: "timestamp_wrong_type" },
  );
}

/** Returns a value of that form as milliseconds since 1970. */
export function toMillis(value: ConnectValue, form: TimestampForm, settings: TimestampSettings): bigint {
  if (form === "string") return parse(value, settings);
  if (form === "unix") {
    if (typeof value === "bigint") return unixToMillis(value, settings.precision);
    throw new DataException(`Expected Unix timestamp to be a Long, but found class ${javaClassName(value)}`, {
      rule: "timestamp_wrong_type",
    });
  }
  if (value instanceof Date) return millisOf(value);
  throw new DataException(
    `Expected ${form} to be a java.util.Date, but found class ${javaClassName(value)}`,
    { rule: "timestamp_wrong_type" },
  );
}

interface Target {
  readonly schema: Schema;
  value(millis: bigint, settings: TimestampSettings): ConnectValue;
}

/** Converts milliseconds to each form. */
export const fromMillis: Readonly<Record<TimestampForm, Target>> = {
  string: { schema: Schema.STRING, value: (millis, { format }) => format?.format(millis) ?? null },
  unix: { schema: Schema.INT64, value: (millis, { precision }) => millisToUnix(millis, precision) },
  Date: { schema: DATE_SCHEMA, value: (millis) => dateOf(BigInt.asIntN(64, millis - timeOfDay(millis))) },
  Time: { schema: TIME_SCHEMA, value: (millis) => dateOf(timeOfDay(millis)) },
  Timestamp: { schema: TIMESTAMP_SCHEMA, value: (millis) => dateOf(millis) },
};

function parse(value: ConnectValue, { format, field }: TimestampSettings): bigint {
  if (typeof value !== "string") {
    throw new DataException(
      `Expected string timestamp to be a String, but found class ${javaClassName(value)}`,
      { rule: "timestamp_wrong_type" },
    );
  }
  if (format === null) throw missingFormat(field);
  const millis = format.parse(value);
  if (millis !== null) return millis;
  const place = field === "" ? "value" : `value of field ${field}`;
  throw new DataException(`Could not parse timestamp: ${place} does not match pattern (${format.pattern})`, {
    rule: "timestamp_unparseable",
    ...(field === "" ? {} : { field }),
    connectText: `Could not parse timestamp: value (${value}) does not match pattern (${format.pattern})`,
    cause: new JvmException("java.text.ParseException", "Unparseable date", {
      connectText: `Unparseable date: "${value}"`,
    }),
  });
}

/** Connect throws a NullPointerException without explanation. */
function missingFormat(field: string): JvmException {
  const place = field === "" ? "the value" : `field ${field}`;
  return new JvmException(
    "java.lang.NullPointerException",
    `Cannot convert ${place}: it holds text, and the transformation has no pattern to read it by: set its option ` +
      "format, for example to yyyy-MM-dd'T'HH:mm:ssX",
    {
      rule: "timestamp_format_missing",
      ...(field === "" ? {} : { field }),
      connectText: 'Cannot invoke "java.text.SimpleDateFormat.parse(String)" because "config.format" is null',
      jvmMessage: true,
    },
  );
}

/** Like `TimeUnit.toMillis`: rounds toward zero and saturates at the range of a long. */
function unixToMillis(value: bigint, precision: UnixPrecision): bigint {
  return precision === "seconds" ? saturated(value * factors.seconds) : value / factors[precision];
}

function millisToUnix(millis: bigint, precision: UnixPrecision): bigint {
  return precision === "seconds" ? millis / factors.seconds : saturated(millis * factors[precision]);
}

function saturated(value: bigint): bigint {
  return value > longMax ? longMax : value < longMin ? longMin : value;
}

/** Returns milliseconds since midnight, also before 1970. */
function timeOfDay(millis: bigint): bigint {
  const rest = millis % millisPerDay;
  return rest < 0n ? rest + millisPerDay : rest;
}
