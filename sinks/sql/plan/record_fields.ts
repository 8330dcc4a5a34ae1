/** Fields of keys and values, with and without a schema. @module */

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
