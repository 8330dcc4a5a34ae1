/** Reads JSON into nodes that keep every digit. @module */

import { Decimal } from "../../api/decimal.ts";
import type { JsonNode } from "./json_node.ts";
import { JsonScanner } from "./json_scanner.ts";

export { JsonTextError } from "./json_scanner.ts";

/**
 * The first value of a text; undefined where the text is blank.
 *
 * @throws JsonTextError
 * @example
 * ```ts
 * import { readJson } from "./json_reader.ts";
 * const node = readJson('{"id": 9007199254740993, "id2": 007.50} and the rest');
 * if (!(node instanceof Map) || node.get("id") !== 9007199254740993n) throw new Error("no digit is lost");
 * if (String(node.get("id2")) !== "7.50") throw new Error("nor is a zero behind the point");
 * ```
 */
export function readJson(text: string): JsonNode | undefined {
  return new NodeReader(text).root();
}

/**
 * The first value of a text that breaks off because the bytes behind it are no text. What ends before that
 * place counts, as Jackson never looks at what follows; what reaches it is an error.
 */
export function readBrokenJson(text: string): JsonNode | undefined {
  const reader = new NodeReader(text);
  const value = reader.root();
  reader.refuseEnd();
  return value;
}

/** A node; where it is an object, the member the text has last, and where its value starts. */
export interface ReadObject {
  readonly node: JsonNode | undefined;
  readonly lastMemberName: string;
  readonly lastMemberAt: number;
}

/** Like {@link readJson}, for one who wants to read the last member alone the next time. */
export function readJsonObject(text: string): ReadObject {
  const reader = new NodeReader(text);
  const node = reader.root();
  return { node, lastMemberName: reader.lastMemberName, lastMemberAt: reader.lastMemberAt };
}

/** The last member's value where it starts at that place and nothing else follows in the object; else undefined. */
export function readLastMember(text: string, at: number): JsonNode | undefined {
  const reader = new NodeReader(text, at, 1);
  const value = reader.member();
  return reader.endsObject() ? value : undefined;
}

/** One for all: an empty Map takes 200 bytes, for two of the text. */
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
