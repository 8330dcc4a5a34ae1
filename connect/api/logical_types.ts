/**
 * The logical types Decimal, Date, Time and Timestamp: their schemas, and the way between the logical value
 * and what stands on the wire. (`org.apache.kafka.connect.data.{Decimal,Date,Time,Timestamp}`)
 *
 * @module
 */

import { Decimal } from "./decimal.ts";
import { DataException, JvmException } from "./exceptions.ts";
import { dateOf, millisOf } from "../java/date.ts";
import { LOGICAL_NAME, Schema } from "./schema.ts";

const millisPerDay = 86_400_000n;
const intMax = 2147483647;

/** Required Date: days since 1970 on the wire. */
export const DATE_SCHEMA: Schema = new Schema("int32", { name: LOGICAL_NAME.date, version: 1 });
/** Required Time: milliseconds since midnight on the wire. */
export const TIME_SCHEMA: Schema = new Schema("int32", { name: LOGICAL_NAME.time, version: 1 });
/** Required Timestamp: milliseconds since 1970 on the wire. */
export const TIMESTAMP_SCHEMA: Schema = new Schema("int64", { name: LOGICAL_NAME.timestamp, version: 1 });

/**
 * The schema of a required Decimal. (`Decimal.schema`)
 *
 * @param scale digits behind the point
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

/** The decimal that bytes hold, with the schema's scale. (`Decimal.toLogical`) */
export function decimalToLogical(schema: Schema, bytes: Uint8Array): Decimal {
  const { unscaled } = Decimal.fromBytes(bytes, 0);
  return new Decimal(unscaled, scaleOf(schema));
}

/** The bytes of a decimal; its scale must be the schema's. (`Decimal.fromLogical`) */
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

/** The day that is so many days after 1970-01-01. (`Date.toLogical`) */
export function dateToLogical(days: number): Date {
  return dateOf(BigInt(days) * millisPerDay);
}

/** Days since 1970, wrapped into an int32 as Java does; a time of day is refused. (`Date.fromLogical`) */
export function dateFromLogical(date: Date): number {
  const millis = millisOf(date);
  if (millis % millisPerDay !== 0n) {
    throw new DataException(
      "Kafka Connect Date type should not have any time fields set to non-zero values.",
    );
  }
  return Number(BigInt.asIntN(32, millis / millisPerDay));
}

/** The time so many milliseconds after midnight, a day at most. (`Time.toLogical`) */
export function timeToLogical(millis: number): Date {
  if (millis < 0 || millis > Number(millisPerDay)) {
    throw new DataException(
      "Time values must use number of milliseconds greater than 0 and less than 86400000",
    );
  }
  return new Date(millis);
}

/** Milliseconds since midnight; any other day than 1970-01-01 is refused. (`Time.fromLogical`) */
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
