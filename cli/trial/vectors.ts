/**
 * Runs single cases of transformations and converters, each with its own configuration, to compare Sluice
 * with Connect line by line. Outcomes contain Connect's exact texts with values, so they must never be
 * logged.
 *
 * @module
 */

import { DataException } from "../../connect/api/exceptions.ts";
import type { PluginRegistry } from "../../connect/config/plugin_registry.ts";
import type { JsonObject } from "../../connect/converters/json/connect_json.ts";
import { errorOutcome } from "../../connect/converters/outcome_json.ts";
import { converterOutcome } from "./converter_vector.ts";
import { objectOf, readLine } from "./vector_parts.ts";
import { transformsOutcome } from "./transforms_vector.ts";

/**
 * Returns the outcome of a line as one line: `{"id":…,"outcome":…}`. An invalid line's outcome is its error.
 *
 * A line is `{"id","transforms","record"}`, `{"id","converter","config","bytesBase64"}` or
 * `{"id","converter","config","data"}`.
 *
 * @param plugins registry of the classes that the line names
 * @example
 * ```ts
 * import type { PluginRegistry } from "../../connect/config/plugin_registry.ts";
 * import { runVector } from "./vectors.ts";
 * const none: PluginRegistry = { find: () => undefined, list: () => [], all: () => [] };
 * const outcome = runVector('{"id":"a","converter":"com.example.Nope","config":{},"bytesBase64":null}', none);
 * if (!outcome.startsWith('{"id":"a","outcome":{"configError":')) throw new Error("an error is an outcome");
 * ```
 */
export function runVector(line: string, plugins: PluginRegistry): string {
  const { id, outcome } = readAndRun(line, plugins);
  return `{"id":${id},"outcome":${outcome}}`;
}

function readAndRun(
  line: string,
  plugins: PluginRegistry,
): { readonly id: string; readonly outcome: string } {
  let id = "null";
  try {
    const vector = objectOf(readLine(line), "the line");
    const given = vector.get("id") ?? null;
    id = typeof given === "bigint" ? String(given) : JSON.stringify(typeof given === "string" ? given : null);
    return { id, outcome: outcomeOf(vector, plugins) };
  } catch (error) {
    return { id, outcome: errorOutcome("error", error) };
  }
}

function outcomeOf(vector: JsonObject, plugins: PluginRegistry): string {
  if (vector.has("transforms")) return transformsOutcome(vector, plugins);
  if (vector.has("converter")) return converterOutcome(vector, plugins);
  throw new DataException('Cannot run a line that has neither "transforms" nor "converter"');
}
