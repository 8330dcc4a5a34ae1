/** Casts one value like Java. @module */

import { Decimal } from "../../api/decimal.ts";
import { DataException, JvmException } from "../../api/exceptions.ts";
import { millisOf } from "../../java/date.ts";
import { floatOfDecimal } from "../../java/float.ts";
import { floatToString, javaClassName, javaToString } from "../../java/text.ts";
import { dateFromLogical, timeFromLogical } from "../../api/logical_types.ts";
import { type ConnectValue, LOGICAL_NAME, type Schema, type SchemaType } from "../../api/schema.ts";
import { typeName } from "../../api/validate.ts";
import type { CastTarget } from "./cast_spec.ts";
import { parseJavaFloat, parseJavaInteger } from "../../java/numbers.ts";
import { isSchemalessMap } from "../parts/requirements.ts";
import { SimpleDateFormat } from "../../java/simple_date_format.ts";

const millisPerDay = 86_400_000n;
const longMax = 2n ** 63n - 1n;
const intMax = 2147483647;
const bitsOf: Readonly<Partial<Record<CastTarget, number>>> = { INT8: 8, INT16: 16, INT32: 32, INT64: 64 };
const uncastable: ReadonlySet<SchemaType> = new Set(["array", "map", "struct"]);
const formats = {
  date: new SimpleDateFormat("yyyy-MM-dd"),
  time: new SimpleDateFormat("HH:mm:ss.SSS'Z'"),
  timestamp: new SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"),
} as const;

/**
 * Returns the value as the target type.
 *
 * @param schema the value's schema; null for schemaless data, whose integers stay bigint
 * @example
 * ```ts
 * import { Schema } from "../../api/schema.ts";
 * import { castValue } from "./cast_value.ts";
 * if (castValue(300, Schema.INT32, "INT8") !== 44) throw new Error("integers wrap");
 * if (castValue("yes", Schema.STRING, "BOOLEAN") !== false) throw new Error("only \"true\" is true");
 * ```
 */
export function castValue(value: ConnectValue, schema: Schema | null, target: CastTarget): ConnectValue {
  if (value === null) return null;
  refuseUncastable(value, schema);
  const plain = target === "STRING" ? value : encoded(value, schema);
  switch (target) {
    case "STRING":
      return toText(value, schema);
    case "BOOLEAN":
      return toBoolean(plain, schema);
    case "FLOAT64":
      return toDouble(plain, schema);
    case "FLOAT32":
      return toFloat(plain, schema);
  }
  const integer = toInteger(plain, target, schema);
  return target === "INT64" || schema === null ? integer : Number(integer);
}

function refuseUncastable(value: ConnectValue, schema: Schema | null): void {
  if (schema === null && (value instanceof Date)) {
    throw new DataException(
      `Cast transformation was passed a value of type class ${javaClassName(value)} ` +
        "which is not supported by Connect's data API",
    );
  }
  const type = schema?.type ?? (Array.isArray(value) ? "array" : isSchemalessMap(value) ? "map" : "string");
  if (!uncastable.has(type)) return;
  throw new DataException(
    `Cast transformation does not support casting from ${typeName(type)}; supported types are ` +
      "[INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES]",
  );
}

/** Does the same as {@link castValue} for a field and names it in errors. */
export function castField(
  name: string,
  value: ConnectValue,
  schema: Schema | null,
  target: CastTarget,
): ConnectValue {
  try {
    return castValue(value, schema, target);
  } catch (error) {
    if (!(error instanceof DataException)) throw error;
    const { connectText, rule = "cast_unsupported", cause } = error;
    throw new DataException(`Cannot cast field ${name}: ${error.message}`, {
      connectText,
      rule,
      field: name,
      cause,
    });
  }
}

/** Replaces dates with their number. */
function encoded(value: ConnectValue, schema: Schema | null): ConnectValue {
  if (!(value instanceof Date)) return value;
  switch (schema?.name) {
    case LOGICAL_NAME.date:
      return dateFromLogical(value);
    case LOGICAL_NAME.time:
      return timeFromLogical(value);
    case LOGICAL_NAME.timestamp:
      return millisOf(value);
    default:
      return value;
  }
}

function toInteger(value: ConnectValue, target: CastTarget, schema: Schema | null): bigint {
  const bits = bitsOf[target] ?? 64;
  switch (typeof value) {
    case "bigint":
      return BigInt.asIntN(bits, value);
    case "boolean":
      return value ? 1n : 0n;
    case "number":
      return Number.isInteger(value) && Math.abs(value) <= intMax
        ? BigInt.asIntN(bits, BigInt(value))
        : truncated(value, bits);
    case "string":
      return parseJavaInteger(value, bits) ?? outOfRange(value, bits);
  }
  return value instanceof Decimal ? BigInt.asIntN(bits, value.toLong()) : unexpected(value, schema);
}

/** Like Java: to a long directly, to anything smaller through an int; both saturate. */
function truncated(value: number, bits: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (bits < 64) {
    const int = Math.max(-intMax - 1, Math.min(intMax, Math.trunc(value)));
    return BigInt.asIntN(bits, BigInt(int));
  }
  if (value >= Number(longMax)) return longMax;
  return value <= -Number(longMax) ? -longMax - 1n : BigInt(Math.trunc(value));
}

function toDouble(value: ConnectValue, schema: Schema | null): number {
  switch (typeof value) {
    case "number":
      return value;
    case "bigint":
      return Number(value);
    case "boolean":
      return value ? 1 : 0;
    case "string":
      return parseJavaFloat(value)?.double ?? outOfRange(value);
  }
  return value instanceof Decimal ? value.toNumber() : unexpected(value, schema);
}

function toFloat(value: ConnectValue, schema: Schema | null): number {
  const float = typeof value === "string"
    ? parseJavaFloat(value)?.float ?? outOfRange(value)
    : value instanceof Decimal
    ? floatOfDecimal(value)
    : typeof value === "bigint"
    ? floatOfDecimal(new Decimal(value, 0))
    : Math.fround(toDouble(value, schema));
  // Without a schema a float looks like a double, so it becomes the double with the same text.
  return schema === null ? Number(floatToString(float)) : float;
}

function toBoolean(value: ConnectValue, schema: Schema | null): boolean {
  switch (typeof value) {
    case "boolean":
      return value;
    case "bigint":
      return value !== 0n;
    case "number":
      return Math.trunc(value) !== 0 && !Number.isNaN(value);
    case "string":
      return value.toLowerCase() === "true";
  }
  return value instanceof Decimal ? value.toLong() !== 0n : unexpected(value, schema);
}

function toText(value: ConnectValue, schema: Schema | null): string {
  if (value instanceof Date) return dateText(millisOf(value));
  return value instanceof Uint8Array ? value.toBase64() : javaToString(value, schema);
}

/** The value alone decides the format, whatever its logical type. (`Values.dateFormatFor`) */
function dateText(millis: bigint): string {
  if (millis < millisPerDay) return formats.time.format(millis);
  return (millis % millisPerDay === 0n ? formats.date : formats.timestamp).format(millis);
}

function outOfRange(text: string, bits?: number): never {
  throw new DataException("Value was out of range for requested data type", {
    rule: "cast_out_of_range",
    connectText: `Value (${text}) was out of range for requested data type`,
    cause: new JvmException("java.lang.NumberFormatException", "Not a number of that type", {
      connectText: numberProblem(text, bits),
    }),
  });
}

/** The JVM's texts: for an int beyond byte or short, for blank text, and for everything else. */
function numberProblem(text: string, bits: number | undefined): string {
  if (bits === undefined) return text.trim() === "" ? "empty String" : `For input string: "${text.trim()}"`;
  const narrow = bits < 32 && parseJavaInteger(text, 32) !== null;
  return narrow ? `Value out of range. Value:"${text}" Radix:10` : `For input string: "${text}"`;
}

function unexpected(value: ConnectValue, schema: Schema | null): never {
  throw new DataException(`Unexpected type in Cast transformation: class ${javaClassName(value, schema)}`);
}
