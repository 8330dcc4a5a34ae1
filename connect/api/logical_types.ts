/**
 * The logical types Decimal, Date, Time and Timestamp: their schemas, and conversions between the logical value and the
 * stored one. (`org.apache.kafka.connect.data.{Decimal,Date,Time,Timestamp}`) @module
 */

import { Decimal } from "./decimal.ts";
import { DataException, JvmException } from "./exceptions.ts";
import { dateOf, millisOf } from "../java/date.ts";
import { LOGICAL_NAME, Schema } from "./schema.ts";

const millisPerDay = 86_400_000n;
const intMax = 2147483647;

/** Required Date, stored as days since 1970. */
export const DATE_SCHEMA: Schema = new Schema("int32", { name: LOGICAL_NAME.date, version: 1 });
/** Required Time, stored as milliseconds since midnight. */
export const TIME_SCHEMA: Schema = new Schema("int32", { name: LOGICAL_NAME.time, version: 1 });
/** Required Timestamp, stored as milliseconds since 1970. */
export const TIMESTAMP_SCHEMA: Schema = new Schema("int64", { name: LOGICAL_NAME.timestamp, version: 1 });

/**
 * Returns the schema of a required Decimal. (`Decimal.schema`)
 *
 * @param scale digits after the decimal point
 * @example
 * ```ts
 * import { decimalSchema, decimalToLogical } from "./logical_types.ts";
 * const price = decimalToLogical(decimalSchema(2), new Uint8Array([0x4e, 0x20]));
 * if (price.toString() !== "200.00") throw new Error("0x4e20 hundredths are 200.00");
 * ```
 */
export function decimalSchema(scale: number): Schema {
  const parameters = new Map([["scale", String(scale)]]);
  return new Schema("bytes", { name: LOGICAL_NAME.decimal, version: 1, parameters });
}

/** Reads a decimal from bytes, with the schema's scale. (`Decimal.toLogical`) */
export function decimalToLogical(schema: Schema, bytes: Uint8Array): Decimal {
  const { unscaled } = Decimal.fromBytes(bytes, 0);
  return new Decimal(unscaled, scaleOf(schema));
}

/** Returns the bytes of a decimal; throws DataException if its scale isn't the schema's. (`Decimal.fromLogical`) */
export function decimalFromLogical(schema: Schema, decimal: Decimal): Uint8Array {
  const scale = scaleOf(schema);
  if (decimal.scale !== scale) {
    throw new DataException(
      "Decimal value has mismatching scale for given Decimal schema. " +
        `Schema has scale ${scale}, value has scale ${decimal.scale}.`,
    );
  }
  return decimal.toBytes();
}

/** Returns the date that many days after 1970-01-01. (`Date.toLogical`) */
export function dateToLogical(days: number): Date {
  return dateOf(BigInt(days) * millisPerDay);
}

/** Returns days since 1970, wrapped to int32 as in Java; refuses a time of day. (`Date.fromLogical`) */
export function dateFromLogical(date: Date): number {
  const millis = millisOf(date);
  if (millis % millisPerDay !== 0n) {
    throw new DataException(
      "Kafka Connect Date type should not have any time fields set to non-zero values.",
    );
  }
  return Number(BigInt.asIntN(32, millis / millisPerDay));
}

/** Returns the time that many milliseconds after midnight, at most one day. (`Time.toLogical`) */
export function timeToLogical(millis: number): Date {
  if (millis < 0 || millis > Number(millisPerDay)) {
    throw new DataException(
      "Time values must use number of milliseconds greater than 0 and less than 86400000",
    );
  }
  return new Date(millis);
}

/** Returns milliseconds since midnight; refuses any day but 1970-01-01. (`Time.fromLogical`) */
export function timeFromLogical(time: Date): number {
  const millis = millisOf(time);
  if (millis < 0n || millis > millisPerDay) {
    throw new DataException(
      "Kafka Connect Time type should not have any date fields set to non-zero values.",
    );
  }
  return Number(millis);
}

function scaleOf(schema: Schema): number {
  if (schema.parameters === null) {
    throw new JvmException("java.lang.NullPointerException", "The Decimal schema has no parameters", {
      rule: "decimal_without_scale",
      jvmMessage: true,
    });
  }
  const text = schema.parameters.get("scale");
  if (text === undefined) throw new DataException("Invalid Decimal schema: scale parameter not found.");
  const scale = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  if (scale <= intMax && scale >= -intMax - 1) return scale === 0 ? 0 : scale;
  const cause = new JvmException("java.lang.NumberFormatException", "The scale is no int32", {
    jvmMessage: true,
  });
  throw new DataException("Invalid scale parameter found in Decimal schema: ", { cause });
}
