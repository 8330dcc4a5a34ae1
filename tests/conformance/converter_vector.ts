/** Runs one vector of a converter, in the form the conformance vectors have. @module */

import type { Converter } from "../../connect/api/plugins.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import {
  envelopeFromJson,
  isJsonObject,
  type JsonNode,
  type JsonObject,
  readJson,
} from "../../connect/converters/connect_json.ts";
import { converterPlugins } from "../../connect/converters/mod.ts";
import { dataOutcome, errorOutcome } from "../../connect/converters/outcome_json.ts";

/** The outcome of a vector, in the form of its `expect`. */
export function runConverterVector(vector: JsonObject): JsonObject {
  return asObject(readJson(outcomeText(vector)));
}

/** A node that must be an object. */
export function asObject(node: JsonNode | undefined): JsonObject {
  if (!isJsonObject(node)) throw new TypeError("Cannot read vector: expected an object");
  return node;
}

function outcomeText(vector: JsonObject): string {
  let converter: Converter;
  try {
    converter = converterOf(vector);
  } catch (error) {
    return errorOutcome("configError", error);
  }
  try {
    return vector.has("data") ? fromConnect(converter, vector) : toConnect(converter, vector);
  } catch (error) {
    return errorOutcome("error", error);
  }
}

function converterOf(vector: JsonObject): Converter {
  const plugin = converterPlugins.find(({ className }) => className === vector.get("converter"));
  if (plugin === undefined) throw new TypeError(`Cannot run vector: no converter ${vector.get("converter")}`);
  const props: Props = Object.fromEntries(
    [...asObject(vector.get("config"))].map(([name, value]) => [name, String(value)]),
  );
  return plugin.create(props, false);
}

function toConnect(converter: Converter, vector: JsonObject): string {
  const base64 = vector.get("bytesBase64");
  const { schema, value } = converter.toConnectData(
    "t",
    typeof base64 === "string" ? Uint8Array.fromBase64(base64) : null,
  );
  return dataOutcome(schema, value);
}

function fromConnect(converter: Converter, vector: JsonObject): string {
  const { schema, value } = envelopeFromJson(vector.get("data") ?? null);
  const bytes = converter.fromConnectData("t", schema, value);
  return JSON.stringify({ bytesBase64: bytes?.toBase64() ?? null });
}
