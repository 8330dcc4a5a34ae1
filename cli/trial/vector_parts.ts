/** Parses the parts of a vector's line. @module */

import { ConnectException } from "../../connect/api/exceptions.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import {
  isJsonObject,
  type JsonNode,
  type JsonObject,
  readJson,
} from "../../connect/converters/json/connect_json.ts";
import { JsonTextError } from "../../connect/converters/json/json_scanner.ts";

/** Parses a line as JSON. The error names the line, since a record's own text can be invalid too. */
export function readLine(line: string): JsonNode | undefined {
  try {
    return readJson(line);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw new ConnectException(`Cannot read the line as JSON: ${error.message}`);
  }
}

/** Returns the node as an object, or refuses it. */
export function objectOf(node: JsonNode | undefined, what: string): JsonObject {
  if (isJsonObject(node)) return node;
  throw new ConnectException(`Cannot run the line: ${what} must be a JSON object`);
}

export function propsOf(node: JsonNode | undefined, what: string): Props {
  return Object.fromEntries([...objectOf(node, what)].map(([name, value]) => [name, String(value)]));
}
