/** JSON as Connect's JsonConverter sees it: no number loses a digit. @module */

import { Decimal } from "../../api/decimal.ts";

/** A parsed object; the last of equal names wins, the first one's place in the order stays. */
export type JsonObject = ReadonlyMap<string, JsonNode>;

/** A parsed value: integers are bigint, every other number is the exact Decimal of its text. */
export type JsonNode = null | boolean | string | bigint | Decimal | readonly JsonNode[] | JsonObject;

/** Jackson's names of the kinds of nodes, as Connect's texts show them. (`JsonNodeType`) */
export type JsonKind = "NULL" | "BOOLEAN" | "STRING" | "NUMBER" | "ARRAY" | "OBJECT" | "MISSING";

/**
 * The kind of a node; undefined is what reading nothing but blanks gives.
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

/** Whether a node is an object. */
export function isJsonObject(node: JsonNode | undefined): node is JsonObject {
  return node instanceof Map;
}

/** The member of an object; undefined where there is none, or where the node is no object. */
export function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return isJsonObject(node) ? node.get(name) : undefined;
}
