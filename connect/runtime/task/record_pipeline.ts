/** The way of one record: key, value and header converter, then the transformations. @module */

import { DataException } from "../../api/exceptions.ts";
import type { Converter, HeaderConverter } from "../../api/plugins.ts";
import type { ConsumerRecord } from "../../api/ports.ts";
import { ConnectRecord, type Header, type SinkRecord, type TopicPartition } from "../../api/record.ts";
import { type ConnectValue, type SchemaAndValue, Struct } from "../../api/schema.ts";
import type { FailedRecord, Stage } from "../../errors/failed_record.ts";

/** A plugin and the class name by which errors name it. */
export interface Named<T> {
  readonly className: string;
  readonly of: T;
}

/** One transformation with its predicate. (`TransformationStage`) */
export interface PipelineStage {
  readonly className: string;
  apply(record: ConnectRecord): ConnectRecord | null;
}

/** What a record passes. */
export interface RecordPipelineOptions {
  readonly key: Named<Converter>;
  readonly value: Named<Converter>;
  readonly header: Named<HeaderConverter>;
  readonly stages: readonly PipelineStage[];
  /** `record.bytes.max`. */
  readonly recordBytesMax: number;
  /** `record.headers.max`; no limit when absent. */
  readonly recordHeadersMax?: number;
  /** `record.values.max`; no limit when absent. */
  readonly recordValuesMax?: number;
}

const noHeaders: readonly Header[] = [];

/**
 * Converts and transforms records, one at a time and without waiting. Where a record fails `apply` throws and
 * `failedAt` says where that was. (`WorkerSinkTask.convertAndTransformRecord`)
 */
export class RecordPipeline {
  #stage: Stage = "KEY_CONVERTER";
  #className = "";
  #isTombstone = false;
  #origin: TopicPartition = { topic: "", partition: -1 };
  #values = 0;

  constructor(private readonly options: RecordPipelineOptions) {}

  /** Values in the record that `apply` was given last; 0 if it couldn't be converted. */
  get values(): number {
    return this.#values;
  }

  /** The record for the sink; null where a transformation dropped it. */
  apply(raw: ConsumerRecord): SinkRecord | null {
    const { key, value, header, stages } = this.options;
    const { topic, headers } = raw;
    this.#isTombstone = raw.value === null;
    this.#values = 0;
    this.#at("VALUE_CONVERTER", value.className);
    const bytes = this.#refuseBad(raw);
    if (bytes > (this.options.recordValuesMax ?? Infinity)) {
      this.#refuseManyValues(surveyed(raw, this.options));
    }
    this.#at("KEY_CONVERTER", key.className);
    const keyData = owned(key.of.toConnectData(topic, raw.key, headers), raw.key);
    this.#at("VALUE_CONVERTER", value.className);
    const valueData = this.#convertValue(raw);
    this.#at("HEADER_CONVERTER", header.className);
    const headerData = headers.length === 0 ? noHeaders : convertHeaders(raw, header.of);
    this.#at("VALUE_CONVERTER", value.className);
    this.#values = this.#countValues([keyData, valueData, ...headerData]);
    let record: ConnectRecord | null = this.#record(raw, [keyData, valueData], headerData);
    for (const stage of stages) {
      this.#at("TRANSFORMATION", stage.className);
      record = stage.apply(record);
      if (record === null) return null;
      this.#isTombstone = record.value === null;
    }
    return record as SinkRecord; // a transformation cannot change the offset
  }

  /** What reporters are told about the record that just failed. */
  failedAt(record: ConsumerRecord, error: unknown): FailedRecord {
    const [stage, className, isTombstone] = [this.#stage, this.#className, this.#isTombstone];
    return { record, stage, className, error, isTombstone };
  }

  #at(stage: Stage, className: string): void {
    this.#stage = stage;
    this.#className = className;
  }

  /**
   * What the consumer couldn't read looks like a tombstone: it must never get to a converter.
   *
   * @returns bytes of the record's content
   */
  #refuseBad(raw: ConsumerRecord): number {
    if (raw.bad !== undefined) throw raw.bad.error;
    const { recordBytesMax, recordHeadersMax = Infinity } = this.options;
    const size = contentBytes(raw);
    if (size > recordBytesMax) {
      throw new DataException(
        `Record has ${size} bytes in key, value and headers, record.bytes.max allows ${recordBytesMax}`,
        { rule: "value_too_large" },
      );
    }
    const { length } = raw.headers;
    if (length <= recordHeadersMax) return size;
    throw new DataException(`Record has ${length} headers, record.headers.max allows ${recordHeadersMax}`, {
      rule: "too_many_headers",
    });
  }

  #countValues(parts: readonly SchemaAndValue[]): number {
    const { recordValuesMax = Infinity } = this.options;
    const values = parts.reduce((sum, part) => sum + valuesIn(part, recordValuesMax), 0);
    this.#refuseManyValues(values);
    return values;
  }

  #refuseManyValues(values: number): void {
    const { recordValuesMax = Infinity } = this.options;
    if (values <= recordValuesMax) return;
    throw new DataException(
      `Record has more than ${recordValuesMax} values in key, value and headers, as record.values.max allows`,
      { rule: "too_many_values" },
    );
  }

  /** Only null bytes are a tombstone: a value that merely reads as null must never delete anything. */
  #convertValue(raw: ConsumerRecord): SchemaAndValue {
    const { value } = this.options;
    const data = owned(value.of.toConnectData(raw.topic, raw.value, raw.headers), raw.value);
    if (data.value === null && raw.value !== null) {
      throw new DataException(
        "Value is there but empty or null: only a record without a value is a tombstone",
        {
          rule: "empty_value",
        },
      );
    }
    return data;
  }

  #record(
    raw: ConsumerRecord,
    [key, value]: readonly [SchemaAndValue, SchemaAndValue],
    headers: readonly Header[],
  ): ConnectRecord {
    return new ConnectRecord({
      topic: raw.topic,
      partition: raw.partition,
      keySchema: key.schema,
      key: key.value,
      valueSchema: value.schema,
      value: value.value,
      timestamp: raw.timestamp < 0 ? null : raw.timestamp,
      timestampType: raw.timestampType,
      headers,
      offset: raw.offset,
    }, this.#originOf(raw));
  }

  /** One object for all records of a run. */
  #originOf({ topic, partition }: ConsumerRecord): TopicPartition {
    const last = this.#origin;
    if (last.partition === partition && last.topic === topic) return last;
    return this.#origin = { topic, partition };
  }
}

/** Values that a record would have, told from its bytes; only worth it if it has bytes enough for too many. */
function surveyed(raw: ConsumerRecord, { key, value, header }: RecordPipelineOptions): number {
  let values = countOf(key.of, raw.key) + countOf(value.of, raw.value);
  for (const { value: bytes } of raw.headers) values += countOf(header.of, bytes);
  return values;
}

function countOf(converter: Converter | HeaderConverter, bytes: Uint8Array | null): number {
  return bytes === null ? 1 : converter.valuesIn?.(bytes) ?? 1;
}

function convertHeaders(raw: ConsumerRecord, converter: HeaderConverter): readonly Header[] {
  return raw.headers.map(({ key, value }) => ({
    key,
    ...owned(converter.toConnectHeader(raw.topic, key, value), value),
  }));
}

/** Bytes that a converter hands through are copied: the consumer uses their memory again. */
function owned(data: SchemaAndValue, raw: Uint8Array | null): SchemaAndValue {
  if (raw === null || !(data.value instanceof Uint8Array) || data.value.buffer !== raw.buffer) return data;
  return { schema: data.schema, value: data.value.slice() };
}

/** Bytes that a value counts as, at least; those of common events have more. */
const bytesPerValue = 16;

export function contentBytes({ key, value, headers }: ConsumerRecord): number {
  let bytes = (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const header of headers) bytes += header.key.length + (header.value?.byteLength ?? 0);
  return bytes;
}

/**
 * A record's bytes, and more if it holds a great many values for them: a list of 300,000 empty objects is 1 MB in
 * Kafka and 20 MB in memory.
 *
 * @param bytes of its content
 * @param values in it
 */
export function weightOf(bytes: number, values: number): number {
  return Math.max(bytes, values * bytesPerValue);
}

/**
 * The values that data holds: itself, and everything in lists, objects, maps and structs.
 *
 * @param enough counting ends there
 * @example
 * ```ts
 * import { valuesIn } from "./record_pipeline.ts";
 * const value = { id: 7n, tags: ["a", "b"], none: {} };
 * if (valuesIn({ schema: null, value }, 100) !== 6) throw new Error("the object, 7, the list, a, b and the empty object");
 * ```
 */
export function valuesIn({ value }: SchemaAndValue, enough: number): number {
  return countIn(value, enough, 0);
}

/** Deeper than any converter reads; counting takes no memory of its own. */
const depthMax = 2_000;

function countIn(value: ConnectValue, enough: number, depth: number): number {
  if (typeof value !== "object" || value === null || depth > depthMax) return 1;
  if (Array.isArray(value)) return countAll(value, enough, depth);
  if (value instanceof Struct) return countAll(value.values, enough, depth);
  if (value instanceof Map) return countAll(value.entries().flatMap((entry) => entry), enough, depth);
  if (!isPlain(value)) return 1;
  const members = value as Readonly<Record<string, ConnectValue>>;
  let count = 1;
  for (const name in members) {
    const item = members[name];
    count += typeof item === "object" && item !== null ? countIn(item, enough - count, depth + 1) : 1;
    if (count > enough) break;
  }
  return count;
}

function countAll(items: Iterable<ConnectValue>, enough: number, depth: number): number {
  let count = 1;
  for (const item of items) {
    count += typeof item === "object" && item !== null ? countIn(item, enough - count, depth + 1) : 1;
    if (count > enough) break;
  }
  return count;
}

/** Bytes, dates and decimals are values of their own. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
