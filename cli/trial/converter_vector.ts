/** Runs a converter on one value and returns the outcome. @module */

import { invalidValue } from "../../connect/api/config_def.ts";
import type { PluginRegistry } from "../../connect/config/plugin_registry.ts";
import type { Converter } from "../../connect/api/plugins.ts";
import { envelopeFromJson, type JsonObject } from "../../connect/converters/json/connect_json.ts";
import { dataOutcome, errorOutcome } from "../../connect/converters/outcome_json.ts";
import { propsOf } from "./vector_parts.ts";

/** Topic for converters that depend on it. */
const topic = "t";

/** Returns the result of `toConnectData` (`bytesBase64`) or `fromConnectData` (`data`) as JSON text. */
export function converterOutcome(vector: JsonObject, plugins: PluginRegistry): string {
  let converter: Converter;
  try {
    converter = createConverter(vector, plugins);
  } catch (error) {
    return errorOutcome("configError", error);
  }
  try {
    return vector.has("data") ? written(converter, vector) : read(converter, vector);
  } catch (error) {
    return errorOutcome("error", error);
  }
}

function createConverter(vector: JsonObject, plugins: PluginRegistry): Converter {
  const className = String(vector.get("converter"));
  const plugin = plugins.find("converter", className);
  if (plugin === undefined) {
    throw invalidValue("converter", className, `Class ${className} could not be found.`);
  }
  return plugin.create(propsOf(vector.get("config") ?? new Map(), "config"), false);
}

function read(converter: Converter, vector: JsonObject): string {
  const base64 = vector.get("bytesBase64");
  const bytes = typeof base64 === "string" ? Uint8Array.fromBase64(base64) : null;
  const { schema, value } = converter.toConnectData(topic, bytes);
  return dataOutcome(schema, value);
}

function written(converter: Converter, vector: JsonObject): string {
  const { schema, value } = envelopeFromJson(vector.get("data") ?? null);
  const bytes = converter.fromConnectData(topic, schema, value);
  if (bytes === null) return '{"bytesBase64":null}';
  return JSON.stringify({ bytesBase64: bytes.toBase64(), utf8: new TextDecoder().decode(bytes) });
}
