import { DataException } from "../../api/exceptions.ts";
import type { Converter, HeaderConverter } from "../../api/plugins.ts";
import type { ConsumerRecord } from "../../api/ports.ts";
import { ConnectRecord, type Header, type SinkRecord, type TopicPartition } from "../../api/record.ts";
import { type ConnectValue, type SchemaAndValue, Struct } from "../../api/schema.ts";
import type { FailedRecord, Stage } from "../../errors/failed_record.ts";

/** A plugin with the class name for error messages. */
export interface Named<T> {
  readonly className: string;
  readonly of: T;
}

/** A transformation with its predicate. (`TransformationStage`) */
export interface PipelineStage {
  readonly className: string;
  apply(record: ConnectRecord): ConnectRecord | null;
}

export interface RecordPipelineOptions {
  readonly key: Named<Converter>;
  readonly value: Named<Converter>;
  readonly header: Named<HeaderConverter>;
  readonly stages: readonly PipelineStage[];
  readonly recordBytesMax: number;
  /** Absent = no limit. */
  readonly recordHeadersMax?: number;
  /** Absent = no limit. */
  readonly recordValuesMax?: number;
}

const noHeaders: readonly Header[] = [];

/**
 * Converts and transforms records, one at a time. If `apply` throws, `failedAt` says where.
 * (`WorkerSinkTask.convertAndTransformRecord`)
 */
export class RecordPipeline {
  #stage: Stage = "KEY_CONVERTER";
  #className = "";
  #isTombstone = false;
  #origin: TopicPartition = { topic: "", partition: -1 };
  #values = 0;

  constructor(private readonly options: RecordPipelineOptions) {}

  /** Values in the last record given to `apply`; 0 if it couldn't be converted. */
  get values(): number {
    return this.#values;
  }

  /** Returns the record for the sink, or null if a transformation dropped it. */
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

  /** Describes the record that `apply` failed on. */
  failedAt(record: ConsumerRecord, error: unknown): FailedRecord {
    const [stage, className, isTombstone] = [this.#stage, this.#className, this.#isTombstone];
    return { record, stage, className, error, isTombstone };
  }

  #at(stage: Stage, className: string): void {
    this.#stage = stage;
    this.#className = className;
  }

  /**
   * A record that the consumer couldn't read looks like a tombstone, so it must never reach a converter.
   *
   * @returns bytes of the record
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

  /** Only null bytes are a tombstone: other bytes that convert to null must not delete anything. */
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

  /** One object for all neighboring records of a partition. */
  #originOf({ topic, partition }: ConsumerRecord): TopicPartition {
    const last = this.#origin;
    if (last.partition === partition && last.topic === topic) return last;
    return this.#origin = { topic, partition };
  }
}

/** Estimates values from the bytes; only for records with enough bytes to exceed the limit. */
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

/** Copies bytes that a converter passes through: the consumer reuses their memory. */
function owned(data: SchemaAndValue, raw: Uint8Array | null): SchemaAndValue {
  if (raw === null || !(data.value instanceof Uint8Array) || data.value.buffer !== raw.buffer) return data;
  return { schema: data.schema, value: data.value.slice() };
}

/** Least bytes that a value weighs; common events have more per value. */
const bytesPerValue = 16;

export function contentBytes({ key, value, headers }: ConsumerRecord): number {
  let bytes = (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const header of headers) bytes += header.key.length + (header.value?.byteLength ?? 0);
  return bytes;
}

/**
 * Returns a record's bytes, or more if it has very many values: a list of 300,000 empty objects has 1 MB in
 * Kafka and 20 MB in memory.
 */
export function weightOf(bytes: number, values: number): number {
  return Math.max(bytes, values * bytesPerValue);
}

/**
 * Counts values: the value itself, and everything in lists, objects, maps and structs.
 * @param enough stops counting at this number
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

/** Deeper than any converter reads; it bounds the memory of counting. */
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

/** Bytes, dates and decimals are single values. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
