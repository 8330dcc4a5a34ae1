/** Whether the text of an error that everybody may see quotes the record. @module */

import { safeText } from "../../connect/api/exceptions.ts";
import { ConnectRecord } from "../../connect/api/record.ts";
import {
  envelopeFromJson,
  isJsonObject,
  type JsonNode,
  type JsonObject,
} from "../../connect/converters/connect_json.ts";
import { createStages, TransformationChain } from "../../connect/runtime/transformation_chain.ts";
import { builtInPlugins } from "../support/plugin_registry.ts";
import { asObject } from "./converter_vector.ts";

/** Shorter texts stand in messages by chance. */
const quotedLengthMin = 3;

/** What the safe text of the chain's error quotes of the record's values; undefined where it quotes nothing. */
export function safeTextOf(vector: JsonObject): string | undefined {
  const record = asObject(vector.get("record"));
  const props = Object.fromEntries(
    [...asObject(vector.get("transforms"))].map(([name, value]) => [name, String(value)]),
  );
  const text = errorText(props, record);
  const configured = Object.values(props).join("\n");
  const quoted = [record.get("key"), record.get("value")]
    .flatMap((part) => leavesOf(asObject(part).get("payload") ?? null))
    .find((leaf) => leaf.length >= quotedLengthMin && text.includes(leaf) && !configured.includes(leaf));
  return quoted === undefined ? undefined : `the safe text quotes a value: ${text}`;
}

function errorText(props: Readonly<Record<string, string>>, record: JsonObject): string {
  const [key, value] = [record.get("key"), record.get("value")].map((part) => envelopeFromJson(part ?? null));
  const timestamp = record.get("timestamp");
  const offset = record.get("offset");
  const chain = new TransformationChain(createStages(props, builtInPlugins));
  try {
    chain.apply(ConnectRecord.of({
      topic: String(record.get("topic")),
      keySchema: key?.schema ?? null,
      key: key?.value ?? null,
      valueSchema: value?.schema ?? null,
      value: value?.value ?? null,
      timestamp: typeof timestamp === "bigint" ? Number(timestamp) : null,
      offset: typeof offset === "bigint" ? offset : null,
    }));
    return "";
  } catch (error) {
    return safeText(error);
  }
}

function leavesOf(node: JsonNode): readonly string[] {
  if (node === null || typeof node === "boolean") return [];
  if (isJsonObject(node)) return [...node.values()].flatMap(leavesOf);
  return Array.isArray(node) ? node.flatMap(leavesOf) : [String(node).trim()];
}
