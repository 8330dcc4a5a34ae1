/** Runs one line of a dry run: accepts a record in any of its forms and returns its outcome. @module */

import { DataException } from "../../connect/api/exceptions.ts";
import type { Converter, HeaderConverter } from "../../connect/api/plugins.ts";
import type { ConsumerRecord } from "../../connect/api/ports.ts";
import type { SinkRecord, TimestampType } from "../../connect/api/record.ts";
import type { SchemaAndValue } from "../../connect/api/schema.ts";
import {
  envelopeFromJson,
  isJsonObject,
  type JsonNode,
  type JsonObject,
} from "../../connect/converters/json/connect_json.ts";
import { connectToJson } from "../../connect/converters/json/connect_to_json.ts";
import { errorOutcome, shownData } from "../../connect/converters/outcome_json.ts";
import {
  type Named,
  RecordPipeline,
  type RecordPipelineOptions,
} from "../../connect/runtime/task/record_pipeline.ts";
import { recordOutcome } from "./transforms_vector.ts";
import { readLine } from "./vector_parts.ts";

const encoder = new TextEncoder();
const plainJson = { decimalFormat: "NUMERIC", replaceNullWithDefault: false } as const;

/** The record for the sink, null for a dropped record, or the exception. */
type DryRun =
  | { readonly record: SinkRecord | null; readonly error?: never }
  | { readonly error: unknown; readonly record?: never };

/** An outcome's text, and whether it is complete. */
interface DryRunText {
  readonly text: string;
  readonly isRendered: boolean;
}

/**
 * Runs a record through the connector's converters and transformations.
 *
 * A line is a record whose key and value are envelopes (`{"schema","payload"}`) or raw: a text, or JSON that
 * stands for its own text. Raw parts pass through the connector's converters. An unreadable line's outcome is
 * its error.
 *
 * @param lineNumber used as the offset if the line has none
 */
export function dryRunLine(line: string, lineNumber: number, pipeline: RecordPipelineOptions): DryRun {
  try {
    const read = readLine(line);
    const whole = isJsonObject(read) ? read : undefined;
    const inner = whole?.get("record");
    const record = isJsonObject(inner) ? inner : whole;
    if (record === undefined || typeof record.get("topic") !== "string") {
      throw new DataException(
        'Cannot read the line: a JSON object with "topic", "key" and "value" is expected',
      );
    }
    return { record: applied(record, lineNumber, pipeline) };
  } catch (error) {
    return { error };
  }
}

/**
 * Returns the outcome as JSON text, in the `expect` form of the vectors. It can show every value, even those
 * that JsonConverter can't write.
 *
 * @param further members of the object, written after the record
 */
export function dryRunText(run: DryRun, further: readonly string[] = []): DryRunText {
  try {
    return { text: textOf(run, further), isRendered: true };
  } catch (error) {
    return { text: errorOutcome("renderError", error), isRendered: false };
  }
}

function textOf({ record, error }: DryRun, further: readonly string[]): string {
  if (record === undefined) return errorOutcome("error", error);
  if (record === null) return '{"dropped":true}';
  const text = recordOutcome(record, shownData);
  return further.length === 0 ? text : `${text.slice(0, -1)},${further.join(",")}}`;
}

function applied(record: JsonObject, lineNumber: number, pipeline: RecordPipelineOptions): SinkRecord | null {
  const key = partOf(record.get("key"));
  const value = partOf(record.get("value"));
  const given = record.get("headers");
  const headers = (Array.isArray(given) ? given : []).map(headerOf);
  const own = new RecordPipeline({
    ...pipeline,
    key: asGiven(key, pipeline.key),
    value: asGiven(value, pipeline.value),
    header: { className: pipeline.header.className, of: headerConverter(headers, pipeline.header.of) },
  });
  return own.apply(consumed(record, { key, value, headers, lineNumber }));
}

/** A key or value: bytes for a converter, or data that needs none. */
interface Part {
  readonly bytes: Uint8Array | null;
  readonly data: SchemaAndValue | undefined;
}

function partOf(node: JsonNode | undefined): Part {
  if (node === undefined || node === null) return { bytes: null, data: undefined };
  if (isEnvelope(node)) {
    const data = envelopeFromJson(node);
    return { bytes: data.value === null ? null : new Uint8Array(), data };
  }
  return { bytes: encoder.encode(typeof node === "string" ? node : jsonTextOf(node)), data: undefined };
}

function isEnvelope(node: JsonNode): boolean {
  return isJsonObject(node) && node.size === 2 && node.has("schema") && node.has("payload");
}

function jsonTextOf(node: JsonNode): string {
  const { value } = envelopeFromJson(new Map<string, JsonNode>([["schema", null], ["payload", node]]));
  return connectToJson(null, value, plainJson);
}

function asGiven({ data }: Part, configured: Named<Converter>): Named<Converter> {
  if (data === undefined) return configured;
  const { className, of } = configured;
  return {
    className,
    of: {
      toConnectData: () => data,
      fromConnectData: (topic, schema, value) => of.fromConnectData(topic, schema, value),
    },
  };
}

interface GivenHeader extends Part {
  readonly name: string;
}

function headerOf(node: JsonNode): GivenHeader {
  if (!isJsonObject(node)) throw new DataException("Cannot read the line: each header must be a JSON object");
  const name = String(node.get("key"));
  if (!node.has("schema")) return { name, ...partOf(node.get("value")) };
  const data = envelopeFromJson(node);
  return { name, bytes: null, data };
}

/** Headers are converted in order, so the next one is the one requested. */
function headerConverter(headers: readonly GivenHeader[], configured: HeaderConverter): HeaderConverter {
  let next = 0;
  return {
    toConnectHeader: (topic, name, bytes) =>
      headers[next++]?.data ?? configured.toConnectHeader(topic, name, bytes),
    fromConnectHeader: (topic, name, schema, value) =>
      configured.fromConnectHeader(topic, name, schema, value),
  };
}

interface Given {
  readonly key: Part;
  readonly value: Part;
  readonly headers: readonly GivenHeader[];
  readonly lineNumber: number;
}

function consumed(record: JsonObject, { key, value, headers, lineNumber }: Given): ConsumerRecord {
  const timestamp = integerOf(record.get("timestamp"));
  const type = record.get("timestampType");
  return {
    topic: String(record.get("topic")),
    partition: Number(integerOf(record.get("partition")) ?? 0n),
    offset: integerOf(record.get("offset")) ?? BigInt(lineNumber),
    timestamp: Number(timestamp ?? -1n),
    timestampType: isTimestampType(type) ? type : timestamp === undefined ? "NoTimestampType" : "CreateTime",
    key: key.bytes,
    value: value.bytes,
    headers: headers.map(({ name, bytes }) => ({ key: name, value: bytes })),
  };
}

function isTimestampType(node: JsonNode | undefined): node is TimestampType {
  return node === "CreateTime" || node === "LogAppendTime" || node === "NoTimestampType";
}

function integerOf(node: JsonNode | undefined): bigint | undefined {
  return typeof node === "bigint" ? node : undefined;
}
