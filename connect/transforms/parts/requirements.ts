/**
 * Checks values' shapes, as Connect does. (`org.apache.kafka.connect.transforms.util.Requirements`)
 *
 * @module
 */

import { DataException } from "../../api/exceptions.ts";
import { javaClassName } from "../../java/text.ts";
import { type ConnectValue, type Schema, type SchemalessMap, Struct } from "../../api/schema.ts";

export function isSchemalessMap(value: ConnectValue): value is SchemalessMap {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Returns the value as a schemaless map.
 *
 * @param purpose Connect's text for what needs the map
 * @example
 * ```ts
 * import { requireMap } from "./requirements.ts";
 * let text = "";
 * try {
 *   requireMap(5n, "field replacement");
 * } catch (error) {
 *   text = String(error);
 * }
 * if (!text.endsWith("for [field replacement], found: java.lang.Long")) throw new Error("the class is named");
 * ```
 */
export function requireMap(value: ConnectValue, purpose: string): SchemalessMap {
  if (isSchemalessMap(value)) return value;
  throw new DataException(
    `Only Map objects supported in absence of schema for [${purpose}], found: ${classOrNull(value, null)}`,
    { rule: "not_a_map" },
  );
}

/** Returns the value as a schemaless map, or null for null. */
export function requireMapOrNull(value: ConnectValue, purpose: string): SchemalessMap | null {
  return value === null ? null : requireMap(value, purpose);
}

/** Returns the value as a struct. */
export function requireStruct(value: ConnectValue, purpose: string, schema: Schema | null): Struct {
  if (value instanceof Struct) return value;
  throw new DataException(
    `Only Struct objects supported for [${purpose}], found: ${classOrNull(value, schema)}`,
    { rule: "not_a_struct" },
  );
}

/** Returns the value as a struct, or null for null. */
export function requireStructOrNull(
  value: ConnectValue,
  purpose: string,
  schema: Schema | null,
): Struct | null {
  return value === null ? null : requireStruct(value, purpose, schema);
}

function classOrNull(value: ConnectValue, schema: Schema | null): string {
  return value === null ? "null" : javaClassName(value, schema);
}
