/** Checks values against schemas. (`ConnectSchema.validateValue`, `SchemaBuilder`, `Struct.put`) @module */

import { Decimal } from "./decimal.ts";
import { DataException, SchemaBuilderException } from "./exceptions.ts";
import { javaClassName } from "../java/text.ts";
import { type ConnectValue, LOGICAL_NAME, type Schema, type SchemaType, Struct } from "./schema.ts";
import { schemasEqual } from "./schema_equality.ts";

/** Returns a type's name in Connect's texts: `float` is FLOAT32, `double` FLOAT64. */
export function typeName(type: SchemaType): string {
  if (type === "float") return "FLOAT32";
  return type === "double" ? "FLOAT64" : type.toUpperCase();
}

/**
 * Throws DataException if a value doesn't fit its schema. (`ConnectSchema.validateValue`)
 *
 * @param field name for the text, if the value is a field's
 * @example
 * ```ts
 * import { Schema } from "./schema.ts";
 * import { validateValue } from "./validate.ts";
 * validateValue(Schema.OPTIONAL_STRING, null);
 * let refused = false;
 * try {
 *   validateValue(Schema.STRING, 5n);
 * } catch {
 *   refused = true;
 * }
 * if (!refused) throw new Error("an integer is no string");
 * ```
 */
export function validateValue(schema: Schema, value: ConnectValue, field?: string): void {
  check(schema, value, field === undefined ? aValue : { exact: `field: "${field}"`, safe: "field" });
}

/**
 * Returns a struct after checking each value, which stand by field index. (`org.apache.kafka.connect.data.Struct.put`)
 */
export function checkedStruct(schema: Schema, values: readonly ConnectValue[]): Struct {
  for (const field of schema.fields) validateValue(field.schema, values[field.index] ?? null, field.name);
  return new Struct(schema, values);
}

/** Returns the schema with a default, after checking that it fits. (`SchemaBuilder.defaultValue`) */
export function withDefault(schema: Schema, value: ConnectValue): Schema {
  try {
    validateValue(schema, value);
  } catch (cause) {
    if (!(cause instanceof DataException)) throw cause;
    throw new SchemaBuilderException("Invalid default value", { cause });
  }
  return value === null ? schema : schema.with({ default: value });
}

/** Throws SchemaBuilderException if a struct schema can't have this as its next field. (`SchemaBuilder.field`) */
export function checkNewField(taken: ReadonlySet<string>, name: string, schema: Schema | null): void {
  if (name === "") throw new SchemaBuilderException("fieldName cannot be null.");
  if (schema === null) {
    throw new SchemaBuilderException("fieldSchema for a field cannot be null.", {
      connectText: `fieldSchema for field ${name} cannot be null.`,
    });
  }
  if (taken.has(name)) {
    const text = "Cannot create field because of field name duplication";
    throw new SchemaBuilderException(text, { connectText: `${text} ${name}` });
  }
}

/** The place of a value. If the schema comes with the data, so do its names: only Connect's own text shows them. */
interface Location {
  readonly exact: string;
  readonly safe: string;
}

const aValue: Location = { exact: "value", safe: "value" };

function within(what: string, { exact, safe }: Location): Location {
  return { exact: `${what} ${exact}`, safe: `${what} ${safe}` };
}

/** Schema names that reveal nothing about a record. */
const logicalNames: ReadonlySet<string> = new Set(Object.values(LOGICAL_NAME));

function check(schema: Schema, value: ConnectValue, location: Location): void {
  if (value === null) {
    if (schema.optional) return;
    const text = (place: string) =>
      `Invalid value: null used for required ${place}, schema type: ${typeName(schema.type)}`;
    throw new DataException(text(location.safe), { connectText: text(location.exact) });
  }
  if (!fits(schema, value)) throw misfit(schema, value, location);
  if (value instanceof Struct) checkStruct(schema, value);
  else if (schema.type === "array") checkItems(schema, value as readonly ConnectValue[], location);
  else if (schema.type === "map") {
    checkEntries(schema, value as ReadonlyMap<ConnectValue, ConnectValue>, location);
  }
}

function misfit(schema: Schema, value: ConnectValue, location: Location): DataException {
  const text = (name: string | null, place: string) =>
    `Invalid Java object for schema${name === null ? "" : ` "${name}"`} with type ${
      typeName(schema.type)
    }: ` +
    `class ${javaClassName(value)} for ${place}`;
  const known = schema.name !== null && logicalNames.has(schema.name) ? schema.name : null;
  return new DataException(text(known, location.safe), { connectText: text(schema.name, location.exact) });
}

function fits(schema: Schema, value: ConnectValue): boolean {
  switch (schema.name) {
    case LOGICAL_NAME.decimal:
      return value instanceof Decimal;
    case LOGICAL_NAME.date:
    case LOGICAL_NAME.time:
    case LOGICAL_NAME.timestamp:
      return value instanceof Date;
    default:
      return fitsType(schema.type, value);
  }
}

function fitsType(type: SchemaType, value: ConnectValue): boolean {
  switch (type) {
    case "int64":
      return typeof value === "bigint";
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string";
    case "bytes":
      return value instanceof Uint8Array;
    case "array":
      return Array.isArray(value);
    case "map":
      return value instanceof Map;
    case "struct":
      return value instanceof Struct;
    default:
      return typeof value === "number";
  }
}

function checkStruct(schema: Schema, struct: Struct): void {
  if (!schemasEqual(struct.schema, schema)) throw new DataException("Struct schemas do not match.");
  for (const field of schema.fields) {
    validateValue(field.schema, struct.values[field.index] ?? null, field.name);
  }
}

function checkItems(schema: Schema, items: readonly ConnectValue[], location: Location): void {
  const where = within("element of array", location);
  const item = schema.valueSchema ?? noSchema(where);
  for (const value of items) check(item, value, where);
}

function checkEntries(
  schema: Schema,
  map: ReadonlyMap<ConnectValue, ConnectValue>,
  location: Location,
): void {
  const [keyWhere, valueWhere] = [within("key of map", location), within("value of map", location)];
  const keys = schema.keySchema ?? noSchema(keyWhere);
  const values = schema.valueSchema ?? noSchema(valueWhere);
  for (const [key, value] of map) {
    check(keys, key, keyWhere);
    check(values, value, valueWhere);
  }
}

function noSchema({ exact, safe }: Location): never {
  throw new DataException(`No schema defined for ${safe}`, { connectText: `No schema defined for ${exact}` });
}
