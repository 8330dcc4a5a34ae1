/** Texts and class names of values in Java, as Connect shows them. @module */

import { Decimal } from "../api/decimal.ts";
import { millisOf, utcPartsOf } from "./date.ts";
import { type ConnectValue, type Schema, Struct } from "../api/schema.ts";

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
/** Most significant digits of a float. */
const floatDigitsMax = 9;
const floatMinNormal = 2 ** -126;
/** Bits of the mantissa, the hidden one included. */
const doubleBits = 53;
const floatBits = 24;

/**
 * Returns the text of a double. (`Double.toString` of JDK 17, which Kafka is built for; later ones drop a digit of a
 * few huge numbers)
 *
 * @example
 * ```ts
 * import { doubleToString } from "./text.ts";
 * if (doubleToString(1e7) !== "1.0E7" || doubleToString(0.001) !== "0.001") throw new Error("Java's own notation");
 * ```
 */
export function doubleToString(value: number): string {
  return special(value) ??
    notation(value, longDigits(Math.abs(value), doubleBits) ?? shortestDouble(Math.abs(value)));
}

/** Returns the text of a float held in a number. (`Float.toString`) */
export function floatToString(value: number): string {
  const float = Math.fround(value);
  return special(float) ??
    notation(float, longDigits(Math.abs(float), floatBits) ?? shortestFloat(Math.abs(float)));
}

/**
 * Returns the text of `String.valueOf`: maps `{a=1}`, lists `[1, 2]`, structs `Struct{a=1}`, dates `Thu Jan 01 00:00:00
 * UTC 1970`. Java prints an identity hash for bytes; here it is the word HASH.
 *
 * @param schema tells float from double and integer from double; null for schemaless data
 */
export function javaToString(value: ConnectValue, schema: Schema | null = null): string {
  if (value === null) return "null";
  if (typeof value === "number") return numberToString(value, schema);
  if (typeof value !== "object") return String(value);
  if (value instanceof Date) return dateToString(value);
  if (value instanceof Uint8Array) return "[B@HASH";
  if (value instanceof Decimal) return value.toString();
  if (value instanceof Struct) return structToString(value);
  if (Array.isArray(value)) {
    return `[${value.map((item) => javaToString(item, schema?.valueSchema ?? null)).join(", ")}]`;
  }
  return mapToString(entriesOf(value), schema);
}

/** Returns the entries of a map with or without a schema. */
export function entriesOf(map: object): readonly (readonly [ConnectValue, ConnectValue])[] {
  return map instanceof Map ? [...map] : Object.entries(map);
}

/**
 * Returns the class of a value in Connect, as `value.getClass()` names it.
 *
 * @param schema the value's own schema; a number without one is a Double, as in schemaless data
 */
export function javaClassName(value: ConnectValue, schema: Schema | null = null): string {
  if (typeof value === "number") return numberClass(schema);
  if (typeof value === "string") return "java.lang.String";
  if (typeof value === "boolean") return "java.lang.Boolean";
  if (typeof value === "bigint") return "java.lang.Long";
  if (value instanceof Date) return "java.util.Date";
  if (value instanceof Uint8Array) return "[B";
  if (value instanceof Decimal) return "java.math.BigDecimal";
  if (value instanceof Struct) return "org.apache.kafka.connect.data.Struct";
  return Array.isArray(value) ? "java.util.ArrayList" : "java.util.HashMap";
}

const numberClasses: Readonly<Record<string, string>> = {
  int8: "java.lang.Byte",
  int16: "java.lang.Short",
  int32: "java.lang.Integer",
  float: "java.lang.Float",
};

function numberClass(schema: Schema | null): string {
  return numberClasses[schema?.type ?? "double"] ?? "java.lang.Double";
}

function numberToString(value: number, schema: Schema | null): string {
  if (schema === null || schema.type === "double") return doubleToString(value);
  return schema.type === "float" ? floatToString(value) : String(value);
}

function mapToString(
  entries: readonly (readonly [ConnectValue, ConnectValue])[],
  schema: Schema | null,
): string {
  const [keys, values] = schema?.type === "map" ? [schema.keySchema, schema.valueSchema] : [null, null];
  return `{${entries.map(([k, v]) => `${javaToString(k, keys)}=${javaToString(v, values)}`).join(", ")}}`;
}

function structToString(struct: Struct): string {
  const fields = struct.schema.fields.flatMap((field) => {
    const value = struct.values[field.index] ?? null;
    return value === null ? [] : [`${field.name}=${javaToString(value, field.schema)}`];
  });
  return `Struct{${fields.join(",")}}`;
}

function dateToString(date: Date): string {
  const at = utcPartsOf(millisOf(date));
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${weekdays[at.weekday]} ${months[at.month - 1]} ${two(at.day)}`;
  return `${day} ${two(at.hour)}:${two(at.minute)}:${two(at.second)} UTC ${at.year}`;
}

function special(value: number): string | null {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  return null;
}

/** Chooses between plain and scientific notation as Java does, for digits like `1.25e+7`. */
function notation(value: number, exponential: string): string {
  const sign = value < 0 ? "-" : "";
  const [mantissa = "", exponentText = ""] = exponential.split("e");
  const digits = mantissa.replace(".", "").replace(/0+$/, "") || "0";
  const exponent = Number(exponentText);
  if (exponent < -3 || exponent >= 7) return `${sign}${digits[0]}.${digits.slice(1) || "0"}E${exponent}`;
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

/**
 * Returns the digits of a whole number below 2^63. Up to JDK 18 Java prints these from the long, and drops only as many
 * digits as the mantissa surely can't hold, so 2^31 as a float is 2.14748365E9.
 */
function longDigits(value: number, mantissaBits: number): string | null {
  if (!Number.isInteger(value) || value < 2 ** mantissaBits || value >= 2 ** 63) return null;
  const whole = BigInt(value);
  const spareBits = whole.toString(2).length - mantissaBits - 2;
  const dropped = spareBits > 1 ? Math.floor(spareBits * Math.LOG10E * Math.LN2) : 0;
  const unit = 10n ** BigInt(dropped);
  const kept = (whole / unit + (whole % unit >= unit / 2n && dropped > 0 ? 1n : 0n)).toString();
  return `${kept[0]}.${kept.slice(1)}e${kept.length - 1 + dropped}`;
}

function shortestDouble(value: number): string {
  const shortest = value.toExponential();
  if (shortest.includes(".")) return shortest;
  // If one digit suffices, Java still takes the best two: 4.9E-324, not 5.0E-324.
  const two = value.toExponential(1);
  return Number(two) === value ? two : shortest;
}

function shortestFloat(value: number): string {
  if (value === floatMinNormal) return "1.17549435e-38"; // one digit more than needed, up to JDK 18
  for (let digits = 1; digits < floatDigitsMax; digits++) {
    const text = roundedToEven(value, digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential(floatDigitsMax);
}

/** As `toExponential`, but rounds a tie to the even digit, as Java does. */
function roundedToEven(value: number, digits: number): string {
  const rounded = value.toExponential(digits);
  const [mantissa = "", exponent = ""] = value.toExponential(100).split("e");
  const kept = mantissa.slice(0, digits + 2);
  const tie = /^50*$/.test(mantissa.slice(digits + 2));
  return tie && Number(kept.at(-1)) % 2 === 0 ? `${kept}e${exponent}` : rounded;
}
