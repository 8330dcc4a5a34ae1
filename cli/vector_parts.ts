/** The parts of a line that is run. @module */

import { ConnectException } from "../connect/api/exceptions.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { isJsonObject, type JsonNode, type JsonObject } from "../connect/converters/connect_json.ts";

/** A node that must be an object. */
export function objectOf(node: JsonNode | undefined, what: string): JsonObject {
  if (isJsonObject(node)) return node;
  throw new ConnectException(`Cannot run the line: ${what} must be a JSON object`);
}

/** An object of texts. */
export function propsOf(node: JsonNode | undefined, what: string): Props {
  return Object.fromEntries([...objectOf(node, what)].map(([name, value]) => [name, String(value)]));
}
