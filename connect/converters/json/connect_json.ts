/**
 * Reads and writes data with its schema as one JSON text, without loss: `{"schema": S | null, "payload": P}`,
 * the form that JsonConverter writes with `schemas.enable=true`. Dry-run and the conformance tests use it for
 * keys, values and headers.
 *
 * @module
 */

import { DataException } from "../../api/exceptions.ts";
import type { ConnectValue, Schema, SchemaAndValue } from "../../api/schema.ts";
import { type JsonWriting, payloadToJson } from "./connect_to_json.ts";
import { isJsonObject, type JsonNode } from "./json_node.ts";
import { schemaFromJson, schemaToJson } from "./json_schema.ts";
import { jsonToConnect } from "./json_to_connect.ts";

/** Keeps nulls and every digit. */
const lossless: JsonWriting = { replaceNullWithDefault: false, decimalFormat: "BASE64" };

/**
 * Returns the data of an envelope that {@link readJson} read.
 *
 * @throws DataException with Connect's text if the payload doesn't match the schema
 * @example
 * ```ts
 * import { envelopeFromJson, envelopeToJson } from "./connect_json.ts";
 * import { readJson } from "./json_reader.ts";
 * const text = '{"schema":{"type":"int64","optional":false},"payload":9007199254740993}';
 * const { schema, value } = envelopeFromJson(readJson(text) ?? null);
 * if (value !== 9007199254740993n || envelopeToJson(schema, value) !== text) throw new Error("no digit is lost");
 * ```
 */
export function envelopeFromJson(node: JsonNode): SchemaAndValue {
  const [schemaNode, payload] = isJsonObject(node) ? [node.get("schema"), node.get("payload")] : [];
  if (schemaNode === undefined || payload === undefined) {
    throw new DataException('Cannot read data: expected an object with "schema" and "payload"');
  }
  const schema = schemaFromJson(schemaNode, lossless);
  return { schema, value: jsonToConnect(schema, payload, lossless) };
}

/**
 * Returns the envelope's text.
 *
 * @throws DataException with Connect's text if JsonConverter can't write the data either
 */
export function envelopeToJson(schema: Schema | null, value: ConnectValue): string {
  return `{"schema":${schemaToJson(schema, lossless)},"payload":${payloadToJson(schema, value, lossless)}}`;
}

export { readJson } from "./json_reader.ts";
export { isJsonObject, type JsonNode, type JsonObject, memberOf } from "./json_node.ts";
