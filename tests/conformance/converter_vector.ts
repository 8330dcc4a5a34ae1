/** Runs a vector of a converter the way dry-run does. @module */

import { converterOutcome } from "../../cli/trial/converter_vector.ts";
import type { PluginRegistry, PluginsByType } from "../../connect/config/plugin_registry.ts";
import type { Plugin } from "../../connect/api/plugins.ts";
import {
  isJsonObject,
  type JsonNode,
  type JsonObject,
  readJson,
} from "../../connect/converters/json/connect_json.ts";
import { converterPlugins, headerConverterPlugins } from "../../connect/converters/mod.ts";

const all: readonly Plugin[] = [...converterPlugins, ...headerConverterPlugins];
const plugins: PluginRegistry = {
  find: <T extends keyof PluginsByType>(type: T, name: string) =>
    plugins.list(type).find(({ className }) => className === name),
  list: <T extends keyof PluginsByType>(type: T) =>
    all.filter((plugin): plugin is PluginsByType[T] => plugin.type === type),
  all: () => all,
};

/** The outcome of a vector, in the form of its `expect`. */
export function runConverterVector(vector: JsonObject): JsonObject {
  return asObject(readJson(converterOutcome(vector, plugins)));
}

/** A node that must be an object. */
export function asObject(node: JsonNode | undefined): JsonObject {
  if (!isJsonObject(node)) throw new TypeError("Cannot read vector: expected an object");
  return node;
}
