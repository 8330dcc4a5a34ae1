/** Equality of schemas and values. (`ConnectSchema.equals`, `Struct.equals`) @module */

import { Decimal } from "./decimal.ts";
import { millisOf } from "../java/date.ts";
import { type ConnectValue, type Schema, Struct } from "./schema.ts";

/**
 * Compares all properties of two schemas, including field order and defaults.
 *
 * @example
 * ```ts
 * import { Schema } from "./schema.ts";
 * import { schemasEqual } from "./schema_equality.ts";
 * if (!schemasEqual(new Schema("int64"), Schema.INT64)) throw new Error("equality looks at the content");
 * if (schemasEqual(Schema.INT64, Schema.OPTIONAL_INT64)) throw new Error("optional makes a difference");
 * ```
 */
export function schemasEqual(a: Schema | null, b: Schema | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  return a.type === b.type && a.optional === b.optional && a.name === b.name && a.version === b.version &&
    a.doc === b.doc && valuesEqual(a.default ?? null, b.default ?? null) &&
    parametersEqual(a.parameters, b.parameters) && fieldsEqual(a, b) &&
    schemasEqual(a.keySchema, b.keySchema) && schemasEqual(a.valueSchema, b.valueSchema);
}

/** Compares two values: bytes, lists, maps and structs by content, decimals with their scale. */
export function valuesEqual(a: ConnectValue, b: ConnectValue): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Decimal) return b instanceof Decimal && a.equals(b);
  if (a instanceof Date) return b instanceof Date && millisOf(a) === millisOf(b);
  if (a instanceof Struct) {
    return b instanceof Struct && schemasEqual(a.schema, b.schema) && listsEqual(a.values, b.values);
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array && listsEqual([...a], [...b]);
  if (Array.isArray(a)) return Array.isArray(b) && listsEqual(a, b);
  if (a instanceof Map) return b instanceof Map && mapsEqual(a, b);
  return plainObject(b) && mapsEqual(new Map(Object.entries(a)), new Map(Object.entries(b)));
}

function plainObject(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null;
}

function listsEqual(a: readonly ConnectValue[], b: readonly ConnectValue[]): boolean {
  return a.length === b.length && a.every((value, index) => valuesEqual(value, b[index] ?? null));
}

function mapsEqual(
  a: ReadonlyMap<ConnectValue, ConnectValue>,
  b: ReadonlyMap<ConnectValue, ConnectValue>,
): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([key, value]) => {
    if (b.has(key)) return valuesEqual(value, b.get(key) ?? null);
    return [...b].some(([other, found]) => valuesEqual(key, other) && valuesEqual(value, found));
  });
}

function parametersEqual(
  a: ReadonlyMap<string, string> | null,
  b: ReadonlyMap<string, string> | null,
): boolean {
  if (a === null || b === null) return a === b;
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}

function fieldsEqual(a: Schema, b: Schema): boolean {
  return a.fields.length === b.fields.length &&
    a.fields.every((field, index) => {
      const other = b.fields[index];
      return field.name === other?.name && schemasEqual(field.schema, other.schema);
    });
}
