/** Compares outcomes of vectors by the rules the vectors come with. @module */

import { Decimal } from "../../connect/api/decimal.ts";
import {
  isJsonObject,
  type JsonNode,
  type JsonObject,
  memberOf,
} from "../../connect/converters/json/connect_json.ts";

const errorKinds = ["error", "configError", "renderError"] as const;

/**
 * What differs between two outcomes, or undefined. Of errors the class counts always, and the text, where it is
 * not the JVM's own; of data everything but the order of names in objects and of entries in maps.
 */
export function outcomeDifference(expected: JsonObject, actual: JsonObject): string | undefined {
  const kind = errorKinds.find((name) => expected.has(name));
  if (kind !== undefined) return errorDifference(kind, expected, actual);
  const [want, got] = [canonicalEnvelope(expected), canonicalEnvelope(actual)];
  return want === got ? undefined : `expected ${want}, got ${got}`;
}

/** A text that is equal for equal data: names sorted, numbers as what they are, maps sorted by entry. */
export function canonicalEnvelope(outcome: JsonObject): string {
  const members = [...outcome].map(([name, node]) => {
    const schema = name === "payload" || name === "java" ? outcome.get("schema") ?? null : null;
    return `${JSON.stringify(name)}:${canonical(node, schema)}`;
  });
  return `{${members.sort().join(",")}}`;
}

function errorDifference(kind: string, expected: JsonObject, actual: JsonObject): string | undefined {
  const got = actual.get(kind);
  if (got === undefined) return `expected ${kind}, got ${canonicalEnvelope(actual)}`;
  const ofJvm = expected.get("jvmMessage") === true;
  const parts: readonly (readonly [string, JsonNode | undefined, JsonNode | undefined])[] = [
    ["class", expected.get("class"), actual.get("class")],
    ["cause class", memberOf(expected.get("cause"), "class"), memberOf(actual.get("cause"), "class")],
    ...(ofJvm ? [] : [
      ["text", expected.get(kind), got] as const,
      [
        "cause text",
        memberOf(expected.get("cause"), "message"),
        memberOf(actual.get("cause"), "message"),
      ] as const,
    ]),
    ...["schema", "java"].filter((name) => expected.has(name)).map((name) =>
      [name, canonicalMember(expected, name), canonicalMember(actual, name)] as const
    ),
  ];
  const wrong = parts.find(([, want, found]) => want !== found);
  return wrong === undefined ? undefined : `expected ${wrong[0]} ${wrong[1]}, got ${wrong[2]}`;
}

function canonicalMember(outcome: JsonObject, name: string): string {
  return canonical(outcome.get(name) ?? null, name === "java" ? outcome.get("schema") ?? null : null);
}

function canonical(node: JsonNode, schema: JsonNode): string {
  if (isJsonObject(node)) {
    return `{${
      [...node].map(([name, member]) => `${JSON.stringify(name)}:${canonicalMemberOf(name, member, schema)}`)
        .sort()
    }}`;
  }
  if (Array.isArray(node)) return canonicalArray(node, schema);
  if (node instanceof Decimal) {
    const double = node.toNumber();
    return `decimal ${memberOf(schema, "type") === "float" ? Math.fround(double) : double}`;
  }
  return typeof node === "string" ? JSON.stringify(node) : String(node);
}

function canonicalArray(items: readonly JsonNode[], schema: JsonNode): string {
  if (memberOf(schema, "type") === "map") {
    const [keys, values] = [memberOf(schema, "keys") ?? null, memberOf(schema, "values") ?? null];
    const entries = items.map((pair) => {
      const [key = null, value = null] = Array.isArray(pair) ? pair as readonly JsonNode[] : [];
      return `${canonical(key, keys)}=>${canonical(value, values)}`;
    });
    return `{${entries.sort().join(",")}}`;
  }
  return `[${items.map((item) => canonical(item, memberOf(schema, "items") ?? null)).join(",")}]`;
}

/** A member of a struct or map, under its own schema; `$struct` is the tag around a struct's fields. */
function canonicalMemberOf(name: string, member: JsonNode, schema: JsonNode): string {
  if (name === "$struct") return canonical(member, schema);
  const fields = memberOf(schema, "fields");
  const field = Array.isArray(fields)
    ? fields.find((each: JsonNode) => memberOf(each, "field") === name)
    : undefined;
  return canonical(member, field ?? memberOf(schema, "values") ?? null);
}
