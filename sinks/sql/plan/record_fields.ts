/** Fields of keys and values, with and without a schema, and texts for values that don't show them. @module */

import { Decimal } from "../../../connect/api/decimal.ts";
import { type ConnectValue, type SchemalessMap, Struct } from "../../../connect/api/schema.ts";

export type Fields = Struct | SchemalessMap;

/**
 * Returns the value if it has fields, as a struct or a schemaless object; null for anything else.
 *
 * @example
 * ```ts
 * import { asFields, fieldOf } from "./record_fields.ts";
 * const fields = asFields({ name: "Ana" });
 * if (fields === null || fieldOf(fields, "name") !== "Ana") throw new Error("an object has fields");
 * if (fieldOf(fields, "constructor") !== null || asFields("Ana") !== null) throw new Error("a text has none");
 * ```
 */
export function asFields(value: ConnectValue): Fields | null {
  if (typeof value !== "object" || value === null) return null;
  if (value instanceof Struct) return value;
  return isSchemalessMap(value) ? value : null;
}

/** Returns the field's value, or a struct's default; null if there is no such field. */
export function fieldOf(fields: Fields, name: string): ConnectValue {
  if (fields instanceof Struct) {
    return fields.schema.field(name) === undefined ? null : fields.get(name);
  }
  return Object.hasOwn(fields, name) ? fields[name] ?? null : null;
}

export function namesOf(fields: Fields): readonly string[] {
  return fields instanceof Struct ? fields.schema.fields.map(({ name }) => name) : Object.keys(fields);
}

function isSchemalessMap(value: Exclude<ConnectValue, null> & object): value is SchemalessMap {
  return !(Array.isArray(value) || value instanceof Uint8Array || value instanceof Date ||
    value instanceof Map || value instanceof Decimal);
}

/**
 * Describes the kind of a value, never the value.
 *
 * @example
 * ```ts
 * import { kindOf } from "./record_fields.ts";
 * if (kindOf("+55 11 91234-5678") !== "text") throw new Error("a phone is never shown");
 * ```
 */
export function kindOf(value: ConnectValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Date) return "a date";
  if (value instanceof Decimal) return "a decimal";
  switch (typeof value) {
    case "bigint":
      return "an integer";
    case "number":
      return "a number";
    case "string":
      return "text";
    case "boolean":
      return "a boolean";
    default:
      return "an object";
  }
}
