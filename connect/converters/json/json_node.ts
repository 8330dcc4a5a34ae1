/** JSON nodes as Connect's JsonConverter sees them: no number loses a digit. @module */

import { Decimal } from "../../api/decimal.ts";

/** A parsed object. Of equal names the last value counts, at the place of the first. */
export type JsonObject = ReadonlyMap<string, JsonNode>;

/** A parsed value: integers are bigint, every other number is the exact Decimal of its text. */
export type JsonNode = null | boolean | string | bigint | Decimal | readonly JsonNode[] | JsonObject;

/** Jackson's names for kinds of nodes, as used in Connect's texts. (`JsonNodeType`) */
type JsonKind = "NULL" | "BOOLEAN" | "STRING" | "NUMBER" | "ARRAY" | "OBJECT" | "MISSING";

/**
 * Returns the kind of a node; undefined means that the text was blank.
 *
 * @example
 * ```ts
 * import { isJsonObject, kindOf, memberOf } from "./json_node.ts";
 * const node = new Map([["id", 5n]]);
 * if (kindOf(node) !== "OBJECT" || !isJsonObject(node)) throw new Error("a Map is an object");
 * if (memberOf(node, "id") !== 5n || memberOf(5n, "id") !== undefined) throw new Error("only objects have members");
 * ```
 */
export function kindOf(node: JsonNode | undefined): JsonKind {
  switch (typeof node) {
    case "undefined":
      return "MISSING";
    case "boolean":
      return "BOOLEAN";
    case "string":
      return "STRING";
    case "bigint":
      return "NUMBER";
    default:
      if (node === null) return "NULL";
      if (node instanceof Decimal) return "NUMBER";
      return Array.isArray(node) ? "ARRAY" : "OBJECT";
  }
}

export function isJsonObject(node: JsonNode | undefined): node is JsonObject {
  return node instanceof Map;
}

/** Returns a member of an object, or undefined if it is missing or the node isn't an object. */
export function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return isJsonObject(node) ? node.get(name) : undefined;
}
