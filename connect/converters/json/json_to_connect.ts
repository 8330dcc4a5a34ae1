/** Converts JSON to Connect data under a schema. (`JsonConverter.convertToConnect`) @module */

import { connectMap } from "../../api/connect_map.ts";
import { Decimal } from "../../api/decimal.ts";
import { DataException } from "../../api/exceptions.ts";
import { dateOf } from "../../java/date.ts";
import { floatOfDecimal } from "../../java/float.ts";
import { dateToLogical, decimalToLogical, timeToLogical } from "../../api/logical_types.ts";
import { type ConnectValue, LOGICAL_NAME, type Schema, Struct } from "../../api/schema.ts";
import { typeName, validateValue } from "../../api/validate.ts";
import { readBase64 } from "./base64_reader.ts";
import { isJsonObject, type JsonNode, type JsonObject, kindOf } from "./json_node.ts";

export interface NullHandling {
  /** Whether null becomes the default of its schema. (`replace.null.with.default`) */
  readonly replaceNullWithDefault: boolean;
}

/**
 * Returns a JSON value's Connect data. Like Connect it coerces scalars silently: a text becomes 0 as a
 * number, a number null as a string, 300 becomes 44 as int8. Unlike Connect it refuses integers beyond int64.
 *
 * @param schema null for schemaless data: objects become plain objects, integers bigint, other numbers number
 * @param node undefined only for text that is blank
 * @throws DataException
 * @example
 * ```ts
 * import { Schema } from "../../api/schema.ts";
 * import { jsonToConnect } from "./json_to_connect.ts";
 * if (jsonToConnect(Schema.INT8, 300n, { replaceNullWithDefault: true }) !== 44) throw new Error("wraps like Java");
 * ```
 */
export function jsonToConnect(
  schema: Schema | null,
  node: JsonNode | undefined,
  nulls: NullHandling,
): ConnectValue {
  if (schema === null) return schemalessToConnect(node);
  if (node === null) return nullOf(schema, nulls);
  switch (schema.name) {
    case LOGICAL_NAME.decimal:
      return decimalOf(schema, node);
    case LOGICAL_NAME.date:
      return dateToLogical(int32Of(node, "Date"));
    case LOGICAL_NAME.time:
      return timeToLogical(int32Of(node, "Time"));
    case LOGICAL_NAME.timestamp:
      return dateOf(timestampOf(node));
    default:
      return ofType(schema, node, nulls);
  }
}

/** Returns the data of JSON without a schema. */
export function schemalessToConnect(node: JsonNode | undefined): ConnectValue {
  if (node === undefined || node === null) return null;
  if (typeof node === "bigint") return withinInt64(node);
  if (typeof node !== "object") return node;
  if (node instanceof Decimal) return node.toNumber();
  if (isJsonObject(node)) {
    return Object.fromEntries(mapped(node, schemalessToConnect));
  }
  return (node as readonly JsonNode[]).map(schemalessToConnect);
}

/** Refuses what a Java long can't hold. Connect keeps the lowest 64 bits, which is another number. */
export function withinInt64(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw integerTooLarge();
  return value;
}

function integerTooLarge(): DataException {
  return new DataException("Cannot read an integer beyond int64", { rule: "integer_too_large" });
}

function nullOf(schema: Schema, nulls: NullHandling): ConnectValue {
  if (schema.default != null && nulls.replaceNullWithDefault) return schema.default;
  if (schema.optional) return null;
  throw new DataException(`Invalid null value for required ${typeName(schema.type)} field`, {
    rule: "required_null",
  });
}

function ofType(schema: Schema, node: JsonNode | undefined, nulls: NullHandling): ConnectValue {
  switch (schema.type) {
    case "boolean":
      return node === true;
    case "int8":
      return Number(BigInt.asIntN(8, longOf(node)));
    case "int16":
      return Number(BigInt.asIntN(16, longOf(node)));
    case "int32":
      return Number(BigInt.asIntN(32, longOf(node)));
    case "int64":
      return longOf(node);
    case "float":
      return floatOf(node);
    case "double":
      return node instanceof Decimal ? node.toNumber() : typeof node === "bigint" ? Number(node) : 0;
    case "string":
      return typeof node === "string" ? node : null;
    case "bytes":
      return typeof node === "string" ? bytesOf(node) : null;
    case "array":
      return elementsOf(node).map((item) => jsonToConnect(schema.valueSchema, item, nulls));
    case "map":
      return mapOf(schema, node, nulls);
    case "struct":
      return structOf(schema, node, nulls);
  }
}

function longOf(node: JsonNode | undefined): bigint {
  if (typeof node === "bigint") return withinInt64(node);
  if (!(node instanceof Decimal)) return 0n;
  if (!node.fitsLong()) throw integerTooLarge();
  return node.toLong();
}

function floatOf(node: JsonNode | undefined): number {
  if (typeof node === "bigint") return floatOfDecimal(new Decimal(node, 0));
  return node instanceof Decimal ? floatOfDecimal(node) : 0;
}

function bytesOf(text: string): Uint8Array {
  try {
    return readBase64(text);
  } catch (cause) {
    throw new DataException("Invalid bytes field", { cause, jvmMessage: true });
  }
}

/** Returns the children of an array or, like Jackson's iteration over nodes, of an object. */
function elementsOf(node: JsonNode | undefined): readonly JsonNode[] {
  if (isJsonObject(node)) return [...node.values()];
  return Array.isArray(node) ? node : [];
}

/** Shared, since data is immutable: an empty Map takes 200 bytes. */
const emptyMap: ReadonlyMap<ConnectValue, ConnectValue> = new Map();

function* mapped<T>(node: JsonObject, valueOf: (member: JsonNode) => T): Iterable<readonly [string, T]> {
  for (const [name, member] of node) yield [name, valueOf(member)];
}

function mapOf(schema: Schema, node: JsonNode | undefined, nulls: NullHandling): ConnectValue {
  const valueOf = (member: JsonNode) => jsonToConnect(schema.valueSchema, member, nulls);
  if (schema.keySchema?.type === "string") {
    if (isJsonObject(node)) return node.size === 0 ? emptyMap : new Map(mapped(node, valueOf));
    throw new DataException(
      `Maps with string fields should be encoded as JSON objects, but found ${kindOf(node)}`,
    );
  }
  if (!Array.isArray(node)) {
    throw new DataException(
      `Maps with non-string fields should be encoded as JSON array of tuples, but found ${kindOf(node)}`,
    );
  }
  return connectMap(node.map((entry: JsonNode) => {
    const [key, value] = pairOf(entry);
    return [jsonToConnect(schema.keySchema, key, nulls), valueOf(value)];
  }));
}

function pairOf(entry: JsonNode): readonly [JsonNode, JsonNode] {
  if (!Array.isArray(entry)) {
    throw new DataException(`Found invalid map entry instead of array tuple: ${kindOf(entry)}`);
  }
  const [key = null, value = null] = entry as readonly JsonNode[];
  if (entry.length === 2) return [key, value];
  throw new DataException(`Found invalid map entry, expected length 2 but found :${entry.length}`);
}

function structOf(schema: Schema, node: JsonNode | undefined, nulls: NullHandling): Struct {
  if (!isJsonObject(node)) {
    throw new DataException(`Structs should be encoded as JSON objects, but found ${kindOf(node)}`);
  }
  const { fields } = schema;
  const values = new Array<ConnectValue>(fields.length); // a growing array reserves room for sixteen more
  for (const { index, name, schema: of } of fields) {
    const value = jsonToConnect(of, node.get(name) ?? null, nulls);
    if (needsCheck(of, value)) validateValue(of, value, name);
    values[index] = value;
  }
  return new Struct(schema, values);
}

/** Values read under a schema need a check only for null, and in lists and maps. */
function needsCheck(schema: Schema, value: ConnectValue): boolean {
  return value === null || schema.type === "array" || schema.type === "map";
}

function decimalOf(schema: Schema, node: JsonNode | undefined): Decimal {
  if (typeof node === "bigint") return new Decimal(node, 0);
  if (node instanceof Decimal) return node;
  if (typeof node !== "string") {
    throw new DataException(
      `Invalid type for Decimal, underlying representation should be numeric or bytes but was ${
        kindOf(node)
      }`,
    );
  }
  try {
    return decimalToLogical(schema, readBase64(node));
  } catch (cause) {
    const jvmMessage = !(cause instanceof DataException);
    throw new DataException("Invalid bytes for Decimal field", { cause, jvmMessage });
  }
}

function int32Of(node: JsonNode | undefined, type: string): number {
  if (typeof node === "bigint" && BigInt.asIntN(32, node) === node) return Number(node);
  throw new DataException(
    `Invalid type for ${type}, underlying representation should be integer but was ${kindOf(node)}`,
  );
}

function timestampOf(node: JsonNode | undefined): bigint {
  if (typeof node === "bigint") return withinInt64(node);
  throw new DataException(
    `Invalid type for Timestamp, underlying representation should be integral but was ${kindOf(node)}`,
  );
}
