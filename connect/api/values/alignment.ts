/** Gives inferred lists and maps one element type. (`Values.SchemaMerger`, `alignListEntriesWithSchema`) @module */

import { connectMap } from "../connect_map.ts";
import { Decimal } from "../decimal.ts";
import { DataException } from "../exceptions.ts";
import { dateToLogical, timeToLogical } from "../logical_types.ts";
import { dateOf } from "../../java/date.ts";
import { floatToString } from "../../java/text.ts";
import { type ConnectValue, LOGICAL_NAME, Schema, type SchemaAndValue, type SchemaType } from "../schema.ts";
import { schemasEqual } from "../schema_equality.ts";

/** Number types from the smallest up; two different ones merge to the larger. */
const widening: readonly SchemaType[] = ["int8", "int16", "int32", "int64", "float", "double"];

/**
 * Merges the schemas of all elements seen so far.
 *
 * @example
 * ```ts
 * import { Schema } from "../schema.ts";
 * import { CommonSchema } from "./alignment.ts";
 * const common = new CommonSchema();
 * common.merge(Schema.INT8);
 * common.merge(Schema.FLOAT32);
 * if (common.schema !== Schema.FLOAT32) throw new Error("the larger type holds both");
 * ```
 */
export class CommonSchema {
  #schema: Schema | null = null;
  #compatible = true;

  /** Null if only nulls were seen, or if two schemas had nothing in common. */
  get schema(): Schema | null {
    return this.#schema;
  }

  merge(next: Schema | null): void {
    if (next === null || !this.#compatible) return;
    this.#schema = this.#schema === null ? next : merged(this.#schema, next);
    this.#compatible = this.#schema !== null;
  }
}

/** Returns the list with its elements converted to the common type; without one the schema has no item schema. */
export function alignList(items: readonly SchemaAndValue[], common: CommonSchema): SchemaAndValue {
  const item = common.schema;
  if (item === null) return { schema: new Schema("array"), value: items.map(withoutSchema) };
  return {
    schema: new Schema("array", { values: item }),
    value: items.map((from) => aligned(item, from)),
  };
}

/** Returns the map with keys and values converted to their common types. */
export function alignMap(
  entries: readonly (readonly [SchemaAndValue, SchemaAndValue])[],
  keys: CommonSchema,
  values: CommonSchema,
): SchemaAndValue {
  const key = keys.schema;
  const value = values.schema;
  if (key === null) {
    return {
      schema: new Schema("map"),
      value: connectMap(entries.map(([k, v]) => [withoutSchema(k), withoutSchema(v)])),
    };
  }
  const alignedKey = (from: SchemaAndValue) => aligned(key, from);
  const alignedValue = (from: SchemaAndValue) => value === null ? withoutSchema(from) : aligned(value, from);
  return {
    schema: new Schema("map", { keys: key, values: value }),
    value: connectMap(entries.map(([k, v]) => [alignedKey(k), alignedValue(v)])),
  };
}

/** Converts a number to what schemaless data holds: without a schema it would be a Java Double. */
function withoutSchema({ schema, value }: SchemaAndValue): ConnectValue {
  if (schema === null || value === null) return value;
  if (typeof value === "number") {
    if (schema.type === "float") return Number(floatToString(value));
    return schema.type === "double" || !Number.isInteger(value) ? value : BigInt(value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => withoutSchema({ schema: schema.valueSchema, value: item }));
  }
  if (!(value instanceof Map)) return value;
  return new Map([...value].map(([k, v]) => [
    withoutSchema({ schema: schema.keySchema, value: k }),
    withoutSchema({ schema: schema.valueSchema, value: v }),
  ]));
}

function merged(previous: Schema, next: Schema): Schema | null {
  if (previous.type !== next.type) {
    const [a, b] = [widening.indexOf(previous.type), widening.indexOf(next.type)];
    if (a < 0 || b < 0) return null;
    return a > b ? previous : next;
  }
  if (previous.optional === next.optional) return previous.optional ? previous : next;
  return schemasEqual(previous, next) ? previous : null;
}

/** Nested lists and maps keep their items as they are, whatever the common schema says. */
function aligned(schema: Schema, from: SchemaAndValue): ConnectValue {
  const isContainer = from.value !== null && (schema.type === "array" || schema.type === "map");
  return isContainer && !schemasEqual(schema, from.schema)
    ? withoutSchema(from)
    : convert(schema, from.value);
}

/** If the common type can't hold a value, the whole text stays a string. */
function convert(schema: Schema, value: ConnectValue): ConnectValue {
  if (value === null) {
    throw new DataException("Unable to convert a null value to a schema that requires a value");
  }
  switch (schema.type) {
    case "int8":
    case "int16":
      return Number(integer(value));
    case "int32":
      return int32(schema, value);
    case "int64":
      return int64(schema, value);
    case "float":
      return Math.fround(Number(numeric(value)));
    case "double":
      return Number(numeric(value));
    default:
      return value;
  }
}

function int32(schema: Schema, value: ConnectValue): ConnectValue {
  const isDate = schema.name === LOGICAL_NAME.date;
  const isTime = schema.name === LOGICAL_NAME.time;
  if (!isDate && !isTime) return Number(BigInt.asIntN(32, integer(value)));
  if (value instanceof Date) return value;
  const number = Number(BigInt.asIntN(32, integer(value)));
  return isDate ? dateToLogical(number) : timeToLogical(number);
}

function int64(schema: Schema, value: ConnectValue): ConnectValue {
  if (schema.name !== LOGICAL_NAME.timestamp) return integer(value);
  return value instanceof Date ? value : dateOf(integer(value));
}

function integer(value: ConnectValue): bigint {
  if (value instanceof Decimal) return value.toLong();
  return BigInt(numeric(value));
}

function numeric(value: ConnectValue): number | bigint {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (value instanceof Decimal) return value.toNumber();
  throw new DataException("Unable to convert a value to a number");
}
