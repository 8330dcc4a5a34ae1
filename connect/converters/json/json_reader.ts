/** Reads JSON into nodes that keep every digit. @module */

import { Decimal } from "../../api/decimal.ts";
import type { JsonNode } from "./json_node.ts";
import { JsonScanner } from "./json_scanner.ts";

export { JsonTextError } from "./json_scanner.ts";

/**
 * Returns the first value of a text, or undefined if the text is blank.
 *
 * @throws JsonTextError
 * @example
 * ```ts
 * import { readJson } from "./json_reader.ts";
 * const node = readJson('{"id": 9007199254740993, "id2": 007.50} and the rest');
 * if (!(node instanceof Map) || node.get("id") !== 9007199254740993n) throw new Error("no digit is lost");
 * if (String(node.get("id2")) !== "7.50") throw new Error("trailing zeros stay");
 * ```
 */
export function readJson(text: string): JsonNode | undefined {
  return new NodeReader(text).root();
}

/**
 * Returns the first value of a text that is followed by undecodable bytes. Like Jackson it accepts a value
 * that ends before them and refuses one that reaches them.
 */
export function readBrokenJson(text: string): JsonNode | undefined {
  const reader = new NodeReader(text);
  const value = reader.root();
  reader.refuseEnd();
  return value;
}

/** A node, and for an object its last member and where that member's value starts. */
interface ReadObject {
  readonly node: JsonNode | undefined;
  readonly lastMemberName: string;
  readonly lastMemberAt: number;
}

/** Reads like {@link readJson} and returns what {@link readLastMember} needs for the next text. */
export function readJsonObject(text: string): ReadObject {
  const reader = new NodeReader(text);
  const node = reader.root();
  return { node, lastMemberName: reader.lastMemberName, lastMemberAt: reader.lastMemberAt };
}

/** Returns the last member's value if it starts at `at` and ends the object; otherwise undefined. */
export function readLastMember(text: string, at: number): JsonNode | undefined {
  const reader = new NodeReader(text, at, 1);
  const value = reader.member();
  return reader.endsObject() ? value : undefined;
}

/** Shared: an empty Map takes 200 bytes. */
const emptyObject: JsonNode = new Map<string, JsonNode>();

class NodeReader extends JsonScanner<JsonNode, Map<string, JsonNode>> {
  protected override newObject(): Map<string, JsonNode> {
    return new Map();
  }
  protected override setMember(object: Map<string, JsonNode>, name: string, value: JsonNode): void {
    object.set(name, value);
  }
  protected override closeObject(object: Map<string, JsonNode>): JsonNode {
    return object.size === 0 ? emptyObject : object;
  }
  protected override closeArray(items: readonly JsonNode[]): JsonNode {
    return items;
  }
  protected override literal(value: string | boolean | null): JsonNode {
    return value;
  }
  protected override integer(text: string): bigint {
    return BigInt(text);
  }
  protected override fraction(text: string): Decimal | undefined {
    return Decimal.parse(text) ?? undefined;
  }
}
