/** Whether the texts of an error that everybody may see quote the record, its values or the names it brings. @module */

import { ConnectRecord } from "../../connect/api/record.ts";
import {
  envelopeFromJson,
  isJsonObject,
  type JsonNode,
  type JsonObject,
} from "../../connect/converters/json/connect_json.ts";
import { failureOf } from "../../connect/runtime/herder/task_status.ts";
import { createStages, TransformationChain } from "../../connect/runtime/task/transformation_chain.ts";
import { builtInPlugins } from "../support/plugin_registry.ts";
import { asObject } from "./converter_vector.ts";

/** Shorter texts stand in messages by chance. */
const quotedLengthMin = 3;

/** Names of fields in the vectors that are words of the messages, too. */
const wordsOfMessages: ReadonlySet<string> = new Set(["name", "value", "field"]);

/** What reason and trace of the chain's error quote of the record; undefined where they quote nothing. */
export function safeTextOf(vector: JsonObject): string | undefined {
  const record = asObject(vector.get("record"));
  const props = Object.fromEntries(
    [...asObject(vector.get("transforms"))].map(([name, value]) => [name, String(value)]),
  );
  const text = errorText(props, record);
  const configured = Object.values(props).join("\n");
  const parts = [record.get("key"), record.get("value")].map(asObject);
  const values = parts.flatMap((part) => leavesOf(part.get("payload") ?? null))
    .filter((leaf) => text.includes(leaf));
  const names = parts.flatMap((part) => [
    ...namesOf(part.get("payload") ?? null),
    ...schemaNamesOf(part.get("schema") ?? null),
  ]).filter((name) => !wordsOfMessages.has(name) && hasWord(text, name));
  const quoted = [...values, ...names]
    .find((found) => found.length >= quotedLengthMin && !configured.includes(found));
  return quoted === undefined ? undefined : `the safe text quotes the record's ${quoted}: ${text}`;
}

function hasWord(text: string, name: string): boolean {
  return text.split(/[^\w$.:-]+/).some((word) => word === name);
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
    const { reason, trace } = failureOf(error);
    return [reason, ...trace.split("\n").filter((line) => !/^\tat /.test(line))].join("\n");
  }
}

function leavesOf(node: JsonNode): readonly string[] {
  if (node === null || typeof node === "boolean") return [];
  if (isJsonObject(node)) return [...node.values()].flatMap(leavesOf);
  return Array.isArray(node) ? node.flatMap(leavesOf) : [String(node).trim()];
}

/** Names of the objects within. */
function namesOf(node: JsonNode): readonly string[] {
  if (isJsonObject(node)) return [...node.keys(), ...[...node.values()].flatMap(namesOf)];
  return Array.isArray(node) ? node.flatMap(namesOf) : [];
}

/** Names that a schema gives to itself and to its fields. Those of Connect's own types say nothing of a record. */
function schemaNamesOf(node: JsonNode): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(schemaNamesOf);
  if (!isJsonObject(node)) return [];
  const own = [node.get("field"), node.get("name")].filter((name) => typeof name === "string");
  return [
    ...own.filter((name) => !name.startsWith("org.apache.")),
    ...[...node.values()].flatMap(schemaNamesOf),
  ];
}
