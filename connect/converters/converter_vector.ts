/**
 * Runs one converter on one line of the form that conformance vectors have:
 * `{"converter", "config", "bytesBase64"}` reads, `{"converter", "config", "data"}` writes.
 *
 * @module
 */

import { ConfigException } from "../api/exceptions.ts";
import type { Converter } from "../api/plugins.ts";
import { envelopeFromJson, isJsonObject, type JsonObject } from "./connect_json.ts";
import { converterPlugins } from "./mod.ts";
import { dataOutcome, errorOutcome } from "./outcome_json.ts";

/**
 * The outcome as JSON text, with Connect's own texts in it: data, bytes, or the error. A line that can't be run is
 * an error too.
 *
 * @example
 * ```ts
 * import { readJson } from "./connect_json.ts";
 * import { runConverterVector } from "./converter_vector.ts";
 * const line = '{"converter":"org.apache.kafka.connect.converters.ByteArrayConverter","config":{},"bytesBase64":"AAE="}';
 * const outcome = runConverterVector(readJson(line) as Map<string, never>);
 * if (outcome !== '{"schema":{"type":"bytes","optional":true},"payload":"AAE="}') throw new Error(outcome);
 * ```
 */
export function runConverterVector(vector: JsonObject): string {
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
  const className = vector.get("converter");
  const plugin = converterPlugins.find((known) => known.className === className);
  if (plugin === undefined) {
    const why = `Class ${className} could not be found.`;
    throw new ConfigException(`Invalid value ${className} for configuration value.converter: ${why}`);
  }
  const config = vector.get("config");
  const options = isJsonObject(config) ? [...config] : [];
  return plugin.create(Object.fromEntries(options.map(([name, value]) => [name, String(value)])), false);
}

function toConnect(converter: Converter, vector: JsonObject): string {
  const base64 = vector.get("bytesBase64");
  const bytes = typeof base64 === "string" ? Uint8Array.fromBase64(base64) : null;
  const { schema, value } = converter.toConnectData("t", bytes);
  return dataOutcome(schema, value);
}

function fromConnect(converter: Converter, vector: JsonObject): string {
  const { schema, value } = envelopeFromJson(vector.get("data") ?? null);
  const bytes = converter.fromConnectData("t", schema, value);
  return JSON.stringify({ bytesBase64: bytes?.toBase64() ?? null });
}
