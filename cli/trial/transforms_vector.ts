/** Runs one record through a configured transformation chain and returns the outcome. @module */

import { ConfigDef } from "../../connect/api/config_def.ts";
import { JavaException } from "../../connect/api/exceptions.ts";
import type { PluginRegistry } from "../../connect/config/plugin_registry.ts";
import { ConnectRecord, type Header, type TimestampType } from "../../connect/api/record.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { chainKeys } from "../../connect/config/keys/connector_keys.ts";
import { checkTransforms, validateTransforms } from "../../connect/config/transforms_config.ts";
import {
  envelopeFromJson,
  type JsonNode,
  type JsonObject,
} from "../../connect/converters/json/connect_json.ts";
import { dataOutcome, errorMembers, errorOutcome } from "../../connect/converters/outcome_json.ts";
import { createStages, TransformationChain } from "../../connect/runtime/task/transformation_chain.ts";
import { objectOf, propsOf } from "./vector_parts.ts";

const aliasLists = ConfigDef.of(chainKeys);

/** Returns the transformed record, or the configuration's error, as JSON text. */
export function transformsOutcome(vector: JsonObject, plugins: PluginRegistry): string {
  const props = propsOf(vector.get("transforms"), "transforms");
  const refused = configProblem(props, plugins);
  if (refused !== null) return refused;
  const record = readRecord(objectOf(vector.get("record"), "record"));
  const chain = new TransformationChain(createStages(props, plugins));
  try {
    const result = chain.apply(record);
    return result === null ? '{"dropped":true}' : recordOutcome(result);
  } catch (error) {
    return errorOutcome("error", error);
  } finally {
    chain.close();
  }
}

function configProblem(props: Props, plugins: PluginRegistry): string | null {
  const problem = thrownBy("validate", () => checkTransforms(props, plugins)) ??
    thrownBy("configure", () => createStages(props, plugins));
  if (problem === null) return null;
  const members = errorMembers("configError", problem.error);
  const validate = JSON.stringify(validateMessages(props, plugins));
  return `{${[...members, `"phase":"${problem.phase}"`, `"validate":${validate}`].join(",")}}`;
}

function thrownBy(
  phase: string,
  check: () => void,
): { readonly phase: string; readonly error: unknown } | null {
  try {
    check();
    return null;
  } catch (error) {
    return { phase, error };
  }
}

function validateMessages(
  props: Props,
  plugins: PluginRegistry,
): Readonly<Record<string, readonly string[]>> {
  try {
    const values = [...aliasLists.validate(props), ...validateTransforms(props, plugins)];
    const wrong = values.filter(({ errors }) => errors.length > 0);
    return Object.fromEntries(wrong.map(({ name, errors }) => [name, errors]));
  } catch (error) {
    // Connect's validation itself fails on a few specs and then reports nothing.
    if (!(error instanceof JavaException)) throw error;
    return {};
  }
}

/** Reads the record of a line, whose data is in envelopes. */
export function readRecord(node: JsonObject): ConnectRecord {
  const key = envelopeFromJson(node.get("key") ?? null);
  const value = envelopeFromJson(node.get("value") ?? null);
  const headers = node.get("headers") ?? [];
  const topic = String(node.get("topic"));
  const partition = numberOrNull(node.get("partition"));
  const offset = node.get("offset");
  return new ConnectRecord({
    topic,
    partition,
    keySchema: key.schema,
    key: key.value,
    valueSchema: value.schema,
    value: value.value,
    timestamp: numberOrNull(node.get("timestamp")),
    timestampType: (node.get("timestampType") ?? null) as TimestampType | null,
    headers: (Array.isArray(headers) ? headers : []).map(readHeader),
    offset: typeof offset === "bigint" ? offset : null,
  }, { topic, partition: partition ?? 0 });
}

function readHeader(node: JsonNode): Header {
  const header = objectOf(node, "a header");
  return { key: String(header.get("key")), ...envelopeFromJson(header) };
}

function numberOrNull(node: JsonNode | undefined): number | null {
  return typeof node === "bigint" ? Number(node) : null;
}

/**
 * Returns a record as JSON text, or the reason why it can't be written.
 *
 * @param shown returns the text of a key, value or header
 */
export function recordOutcome(record: ConnectRecord, shown: typeof dataOutcome = dataOutcome): string {
  const key = shown(record.keySchema, record.key, "key");
  if (isRenderError(key)) return key;
  const value = shown(record.valueSchema, record.value, "value");
  if (isRenderError(value)) return value;
  const headers: string[] = [];
  for (const header of record.headers) {
    const text = shown(header.schema, header.value, `header:${header.key}`);
    if (isRenderError(text)) return text;
    headers.push(`{"key":${JSON.stringify(header.key)},${text.slice(1)}`);
  }
  const { topic, partition, offset, timestamp, timestampType } = record;
  const coordinates = `"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset},` +
    `"timestamp":${timestamp},"timestampType":${JSON.stringify(timestampType)}`;
  return `{"record":{${coordinates},"key":${key},"value":${value},"headers":[${headers.join(",")}]}}`;
}

function isRenderError(outcome: string): boolean {
  return outcome.startsWith('{"renderError":');
}
