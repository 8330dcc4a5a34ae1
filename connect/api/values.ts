/**
 * Infers data from text and writes data as text, for header converters and InsertHeader.
 * (`org.apache.kafka.connect.data.Values`, KIP-145) @module
 */

import { Decimal } from "./decimal.ts";
import { millisOf, utcPartsOf } from "../java/date.ts";
import { entriesOf, javaToString } from "../java/text.ts";
import { type ConnectValue, Schema, type SchemaAndValue, Struct } from "./schema.ts";
import { ValueParser } from "./values/parser.ts";

const millisPerDay = 86_400_000n;

/**
 * Infers the data that a text holds: `true`, numbers in the smallest type that holds them, ISO dates and times in UTC,
 * lists and maps of these. `null` is null without a schema; any other text is a string. (`Values.parseString`)
 *
 * @example
 * ```ts
 * import { parseString } from "./values.ts";
 * const { schema, value } = parseString("[1, 300]");
 * if (schema?.valueSchema?.type !== "int16") throw new Error("the smallest type that holds both");
 * if (JSON.stringify(value) !== "[1,300]") throw new Error("a list");
 * ```
 */
export function parseString(text: string): SchemaAndValue {
  return text === "" ? { schema: Schema.STRING, value: text } : new ValueParser(text).parse();
}

/**
 * Returns the text of a value: like JSON, but with quotes only around strings inside lists, maps and structs, bytes as
 * base64, and dates as ISO text: a time below one day, a date at midnight, else both. (`Values.convertToString`)
 *
 * @param schema the value's schema, which tells float from double
 * @example
 * ```ts
 * import { convertToString } from "./values.ts";
 * if (convertToString(null, { name: "Ana", points: 5n }) !== '{"name":"Ana","points":5}') throw new Error("like JSON");
 * if (convertToString(null, new Date(0)) !== "00:00:00.000Z") throw new Error("below one day it is a time");
 * ```
 */
export function convertToString(schema: Schema | null, value: Exclude<ConnectValue, null>): string;
/** Returns null for null. */
export function convertToString(schema: Schema | null, value: ConnectValue): string | null;
export function convertToString(schema: Schema | null, value: ConnectValue): string | null {
  return value === null ? null : textOf(schema, value, false);
}

function textOf(schema: Schema | null, value: ConnectValue, embedded: boolean): string {
  if (value === null) return "null";
  if (typeof value === "string") return embedded ? quoted(value) : value;
  if (value instanceof Uint8Array) return embedded ? `"${value.toBase64()}"` : value.toBase64();
  if (typeof value !== "object" || value instanceof Decimal) return javaToString(value, schema);
  if (value instanceof Date) return dateText(value);
  if (value instanceof Struct) return structText(value);
  if (Array.isArray(value)) {
    return `[${value.map((item) => textOf(schema?.valueSchema ?? null, item, true))}]`;
  }
  const entries = entriesOf(value).map(([key, item]) =>
    `${textOf(schema?.keySchema ?? null, key, true)}:${textOf(schema?.valueSchema ?? null, item, true)}`
  );
  return `{${entries}}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function structText(struct: Struct): string {
  const fields = struct.schema.fields.map((field) =>
    `${quoted(field.name)}:${textOf(field.schema, struct.get(field.name), true)}`
  );
  return `{${fields}}`;
}

/** Formats a date by its value, whatever its schema: a moment before 1970-01-02 shows only its time of day. */
function dateText(date: Date): string {
  const millis = millisOf(date);
  const at = utcPartsOf(millis);
  const day = `${padded(at.year, 4)}-${padded(at.month, 2)}-${padded(at.day, 2)}`;
  const clock = [at.hour, at.minute, at.second].map((part) => padded(part, 2)).join(":");
  const time = `${clock}.${padded(at.millisecond, 3)}Z`;
  if (millis < millisPerDay) return time;
  return millis % millisPerDay === 0n ? day : `${day}T${time}`;
}

function padded(part: number | bigint, width: number): string {
  return String(part).padStart(width, "0");
}
