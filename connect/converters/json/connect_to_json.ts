/** Writes Connect data as JSON text. (`JsonConverter.convertToJson` and Jackson's writer) @module */

import { Decimal } from "../../api/decimal.ts";
import { DataException, JvmException, SerializationException } from "../../api/exceptions.ts";
import { millisOf } from "../../java/date.ts";
import { doubleToString, entriesOf, floatToString, javaClassName } from "../../java/text.ts";
import { dateFromLogical, decimalFromLogical, timeFromLogical } from "../../api/logical_types.ts";
import { type ConnectValue, LOGICAL_NAME, type Schema, type SchemaType, Struct } from "../../api/schema.ts";
import { schemasEqual } from "../../api/schema_equality.ts";
import { typeName } from "../../api/validate.ts";
import type { NullHandling } from "./json_to_connect.ts";

/** Jackson's limit. (`StreamWriteConstraints`) */
const nestingMax = 1000;
// deno-lint-ignore no-control-regex
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/g;

export interface JsonWriting extends NullHandling {
  /** (`decimal.format`) */
  readonly decimalFormat: "BASE64" | "NUMERIC";
}

/**
 * Returns the JSON text of a value, with numbers as Java prints them: `1.0`, `1.0E10`.
 *
 * @throws DataException if the value doesn't match its schema
 * @example
 * ```ts
 * import { Schema } from "../../api/schema.ts";
 * import { connectToJson } from "./connect_to_json.ts";
 * const writing = { decimalFormat: "BASE64", replaceNullWithDefault: true } as const;
 * if (connectToJson(Schema.FLOAT64, 1, writing) !== "1.0") throw new Error("a double has a fraction");
 * ```
 */
export function connectToJson(schema: Schema | null, value: ConnectValue, writing: JsonWriting): string {
  return new JsonWriter(writing).text(schema, value, 0);
}

/** Returns the value's text inside an envelope, one level deeper. */
export function payloadToJson(schema: Schema | null, value: ConnectValue, writing: JsonWriting): string {
  return new JsonWriter(writing).text(schema, value, 1);
}

/** Quotes a string. Characters above U+FFFF are escaped, as in Jackson's writer of bytes. */
export function jsonString(text: string): string {
  return text.search(needsEscape) < 0 ? `"${text}"` : `"${text.replace(needsEscape, escaped)}"`;
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function escaped(char: string): string {
  const hex = () => char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return shortEscapes.get(char) ?? `\\u${hex()}`;
}

class JsonWriter {
  constructor(readonly writing: JsonWriting) {}

  text(schema: Schema | null, value: ConnectValue, depth: number): string {
    if (value === null) return this.#nullText(schema, depth);
    return logicalText(schema, value, this.writing) ?? this.#typedText(schema, value, depth);
  }

  #nullText(schema: Schema | null, depth: number): string {
    if (schema === null) return "null";
    if (schema.default != null && this.writing.replaceNullWithDefault) {
      return this.text(schema, schema.default, depth);
    }
    if (schema.optional) return "null";
    throw new DataException(
      "Conversion error: null value for field that is required and has no default value",
    );
  }

  #typedText(schema: Schema | null, value: ConnectValue, depth: number): string {
    const type = schema?.type ?? schemalessType(value);
    if (type === "array" && Array.isArray(value)) return this.#arrayText(schema, value, depth);
    if (type === "map" && isMap(value)) return this.#mapText(schema, entriesOf(value), depth);
    if (type === "struct" && value instanceof Struct) return this.#structText(schema, value, depth);
    return scalarText(type, value) ?? misfit(schema, value);
  }

  #arrayText(schema: Schema | null, items: readonly ConnectValue[], depth: number): string {
    limitDepth(depth);
    return `[${items.map((item) => this.text(schema?.valueSchema ?? null, item, depth + 1)).join(",")}]`;
  }

  #mapText(
    schema: Schema | null,
    entries: readonly (readonly [ConnectValue, ConnectValue])[],
    depth: number,
  ): string {
    limitDepth(depth);
    const asObject = writtenAsObject(schema, entries);
    const valueSchema = schema?.valueSchema ?? null;
    const texts = entries.map(([key, value]) =>
      [
        key,
        this.text(schema?.keySchema ?? null, key, depth + 2),
        this.text(valueSchema, value, depth + 2),
      ] as const
    );
    if (!asObject) {
      return `[${texts.map(([, key, value]) => `[${key},${value}]`).join(",")}]`;
    }
    const members = new Map(
      texts.map(([key, text, value]) => [key === null ? jsonString(text) : text, value]),
    );
    return `{${[...members].map(([name, value]) => `${name}:${value}`).join(",")}}`;
  }

  #structText(schema: Schema | null, struct: Struct, depth: number): string {
    limitDepth(depth);
    if (!schemasEqual(struct.schema, schema)) throw new DataException("Mismatching schema.");
    const members = struct.schema.fields.map((field) =>
      `${jsonString(field.name)}:${this.text(field.schema, struct.values[field.index] ?? null, depth + 1)}`
    );
    return `{${members.join(",")}}`;
  }
}

function limitDepth(depth: number): void {
  if (depth < nestingMax) return;
  const cause = new SerializationException("Error serializing JSON message", { jvmMessage: true });
  throw new DataException("Converting Kafka Connect data to byte[] failed due to serialization error: ", {
    cause,
    jvmMessage: true,
  });
}

function isMap(
  value: ConnectValue,
): value is Exclude<ConnectValue, null | string | number | bigint | boolean> {
  return javaClassName(value) === "java.util.HashMap";
}

/** With a schema the type of its keys decides; without one every key must be a string. */
function writtenAsObject(
  schema: Schema | null,
  entries: readonly (readonly [ConnectValue, ConnectValue])[],
): boolean {
  if (schema === null) return entries.every(([key]) => typeof key === "string");
  if (schema.keySchema !== null) return schema.keySchema.type === "string";
  throw new JvmException("java.lang.NullPointerException", "The map schema has no key schema", {
    rule: "map_without_key_schema",
    jvmMessage: true,
  });
}

function logicalText(schema: Schema | null, value: ConnectValue, writing: JsonWriting): string | null {
  switch (schema?.name) {
    case LOGICAL_NAME.decimal:
      if (!(value instanceof Decimal)) throw notLogical("Decimal", "BigDecimal", value, schema);
      if (writing.decimalFormat === "NUMERIC") return value.toString();
      return `"${decimalFromLogical(schema, value).toBase64()}"`;
    case LOGICAL_NAME.date:
      if (!(value instanceof Date)) throw notLogical("Date", "Date", value, schema);
      return String(dateFromLogical(value));
    case LOGICAL_NAME.time:
      if (!(value instanceof Date)) throw notLogical("Time", "Date", value, schema);
      return String(timeFromLogical(value));
    case LOGICAL_NAME.timestamp:
      if (!(value instanceof Date)) throw notLogical("Timestamp", "Date", value, schema);
      return String(millisOf(value));
    default:
      return null;
  }
}

function notLogical(type: string, expected: string, value: ConnectValue, schema: Schema): DataException {
  return new DataException(
    `Invalid type for ${type}, expected ${expected} but was class ${javaClassName(value, schema)}`,
  );
}

function schemalessType(value: ConnectValue): SchemaType {
  switch (typeof value) {
    case "boolean":
      return "boolean";
    case "string":
      return "string";
    case "bigint":
      return "int64";
    case "number":
      return "double";
    default:
      if (value instanceof Uint8Array) return "bytes";
      if (value instanceof Struct) return "struct";
      if (Array.isArray(value)) return "array";
      if (isMap(value)) return "map";
      throw new DataException(
        `Java class class ${javaClassName(value)} does not have corresponding schema type.`,
      );
  }
}

function scalarText(type: SchemaType, value: ConnectValue): string | null {
  switch (type) {
    case "boolean":
      return typeof value === "boolean" ? String(value) : null;
    case "string":
      return typeof value === "string" ? jsonString(value) : null;
    case "bytes":
      return value instanceof Uint8Array ? `"${value.toBase64()}"` : null;
    case "int64":
      return typeof value === "bigint" ? value.toString() : null;
    case "float":
    case "double":
      return typeof value === "number" ? floatingText(type, value) : null;
    case "int8":
    case "int16":
    case "int32":
      return typeof value === "number" ? String(value) : null;
    default:
      return null;
  }
}

function floatingText(type: "float" | "double", value: number): string {
  const text = type === "float" ? floatToString(value) : doubleToString(value);
  return Number.isFinite(Number(text)) ? text : `"${text}"`; // a float may be Infinity if the double isn't
}

function misfit(schema: Schema | null, value: ConnectValue): never {
  const found = `class ${javaClassName(value)}`;
  if (schema?.type === "bytes") throw new DataException(`Invalid type for bytes type: ${found}`);
  const type = schema === null ? "unknown schema" : typeName(schema.type);
  throw new DataException(`Invalid type for ${type}: ${found}`);
}
