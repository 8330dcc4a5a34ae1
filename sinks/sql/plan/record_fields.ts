/** Fields of keys and values, with and without a schema, and how messages name a value without showing it. @module */

import { Decimal } from "../../../connect/api/decimal.ts";
import { type ConnectValue, type SchemalessMap, Struct } from "../../../connect/api/schema.ts";

/** A key or value that has fields. */
export type Fields = Struct | SchemalessMap;

/**
 * The value as something with fields: a struct, or an object of schemaless data; null for anything else.
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

/** The field's value, a struct's default where it isn't set; null where there is no such field. */
export function fieldOf(fields: Fields, name: string): ConnectValue {
  if (fields instanceof Struct) {
    return fields.schema.field(name) === undefined ? null : fields.get(name);
  }
  return Object.hasOwn(fields, name) ? fields[name] ?? null : null;
}

/** Names of all fields. */
export function namesOf(fields: Fields): readonly string[] {
  return fields instanceof Struct ? fields.schema.fields.map(({ name }) => name) : Object.keys(fields);
}

function isSchemalessMap(value: Exclude<ConnectValue, null> & object): value is SchemalessMap {
  return !(Array.isArray(value) || value instanceof Uint8Array || value instanceof Date ||
    value instanceof Map || value instanceof Decimal);
}

/**
 * What kind of value it is; never the value.
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
