/** Records as transformations and sinks see them, and the partitions they come from. @module */

import type { ConnectValue, Schema, SchemaAndValue } from "./schema.ts";

/** One partition of a topic. */
export interface TopicPartition {
  /** The topic. */
  readonly topic: string;
  /** The partition. */
  readonly partition: number;
}

/** Where a record's timestamp comes from. (`org.apache.kafka.common.record.TimestampType`) */
export type TimestampType = "CreateTime" | "LogAppendTime" | "NoTimestampType";

/** A header of a record; several may share a name. */
export interface Header extends SchemaAndValue {
  /** The header's name. */
  readonly key: string;
}

/** The properties of a {@link ConnectRecord}. */
export interface RecordParts {
  /** The topic. */
  readonly topic: string;
  /** The partition; null if a source record leaves it to the producer. */
  readonly partition: number | null;
  /** Schema of the key; null if there is none. */
  readonly keySchema: Schema | null;
  /** The key. */
  readonly key: ConnectValue;
  /** Schema of the value; null if there is none. */
  readonly valueSchema: Schema | null;
  /** The value; null for a tombstone. */
  readonly value: ConnectValue;
  /** Milliseconds since 1970; null if the record has none. */
  readonly timestamp: number | null;
  /** The source of the timestamp. */
  readonly timestampType: TimestampType | null;
  /** Headers in order. */
  readonly headers: readonly Header[];
  /** Offset in the consumed topic; null on a source record. */
  readonly offset: bigint | null;
}

/** The properties that a transformation may change. */
export type RecordChanges = Partial<Omit<RecordParts, "offset" | "timestampType">>;

/**
 * An immutable record between converter and sink. A router may rename `topic` and `partition`; `origin` and `offset`
 * stay where the record was consumed (KIP-793), and offsets are always kept by `origin`.
 * (`org.apache.kafka.connect.connector.ConnectRecord`, `org.apache.kafka.connect.sink.SinkRecord`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "./record.ts";
 * const record = ConnectRecord.of({ topic: "customers", partition: 0, offset: 7n, value: "x" });
 * const routed = record.with({ topic: "people" });
 * if (routed.origin.topic !== "customers") throw new Error("the origin never changes");
 * ```
 */
export class ConnectRecord implements RecordParts {
  /** The topic. */
  readonly topic: string;
  readonly partition: number | null;
  /** Schema of the key; null if there is none. */
  readonly keySchema: Schema | null;
  /** The key. */
  readonly key: ConnectValue;
  /** Schema of the value; null if there is none. */
  readonly valueSchema: Schema | null;
  /** The value; null for a tombstone. */
  readonly value: ConnectValue;
  readonly timestamp: number | null;
  /** The source of the timestamp. */
  readonly timestampType: TimestampType | null;
  /** Headers in order. */
  readonly headers: readonly Header[];
  readonly offset: bigint | null;

  /**
   * Creates a record.
   *
   * @param origin where the record was consumed; a source record's own topic
   * @param originTimestamp the timestamp it was consumed with; transformations don't change it
   */
  constructor(
    parts: RecordParts,
    readonly origin: TopicPartition,
    readonly originTimestamp: number | null = parts.timestamp,
  ) {
    this.topic = parts.topic;
    this.partition = parts.partition;
    this.keySchema = parts.keySchema;
    this.key = parts.key;
    this.valueSchema = parts.valueSchema;
    this.value = parts.value;
    this.timestamp = parts.timestamp;
    this.timestampType = parts.timestampType;
    this.headers = parts.headers;
    this.offset = parts.offset;
  }

  /** Creates a record from some properties, the others null or empty; for tests and tools. */
  static of(parts: Partial<RecordParts> & { readonly topic: string }): ConnectRecord {
    const full: RecordParts = {
      partition: 0,
      keySchema: null,
      key: null,
      valueSchema: null,
      value: null,
      timestamp: null,
      timestampType: parts.timestamp == null ? "NoTimestampType" : "CreateTime",
      headers: [],
      offset: 0n,
      ...parts,
    };
    return new ConnectRecord(full, { topic: full.topic, partition: full.partition ?? 0 });
  }

  /** Returns the same record with some properties changed. (`ConnectRecord.newRecord`) */
  with(changes: RecordChanges): ConnectRecord {
    return new ConnectRecord(
      {
        topic: changes.topic ?? this.topic,
        partition: changes.partition !== undefined ? changes.partition : this.partition,
        keySchema: changes.keySchema !== undefined ? changes.keySchema : this.keySchema,
        key: changes.key !== undefined ? changes.key : this.key,
        valueSchema: changes.valueSchema !== undefined ? changes.valueSchema : this.valueSchema,
        value: changes.value !== undefined ? changes.value : this.value,
        timestamp: changes.timestamp !== undefined ? changes.timestamp : this.timestamp,
        timestampType: this.timestampType,
        headers: changes.headers ?? this.headers,
        offset: this.offset,
      },
      this.origin,
      this.originTimestamp,
    );
  }
}

/** A record on its way to a sink, whose offset and partition are known. */
export type SinkRecord = ConnectRecord & { readonly offset: bigint };

/**
 * A map keyed by topic and partition.
 *
 * @example
 * ```ts
 * import { PartitionMap } from "./record.ts";
 * const next = new PartitionMap<bigint>();
 * next.set({ topic: "customers", partition: 1 }, 8n);
 * if (next.get({ topic: "customers", partition: 1 }) !== 8n) throw new Error("equal coordinates are one key");
 * ```
 */
export class PartitionMap<V> implements Iterable<readonly [TopicPartition, V]> {
  readonly #entries = new Map<string, readonly [TopicPartition, V]>();

  /** Starts with these entries; a later one wins. */
  constructor(entries: Iterable<readonly [TopicPartition, V]> = []) {
    for (const [at, value] of entries) this.set(at, value);
  }

  /** The number of partitions. */
  get size(): number {
    return this.#entries.size;
  }
  /** Returns the value of a partition. */
  get(at: TopicPartition): V | undefined {
    return this.#entries.get(partitionKey(at))?.[1];
  }
  /** Returns whether the map has the partition. */
  has(at: TopicPartition): boolean {
    return this.#entries.has(partitionKey(at));
  }
  /** Sets a partition's value. */
  set(at: TopicPartition, value: V): this {
    this.#entries.set(partitionKey(at), [{ topic: at.topic, partition: at.partition }, value]);
    return this;
  }
  /** Removes a partition; returns false if it had none. */
  delete(at: TopicPartition): boolean {
    return this.#entries.delete(partitionKey(at));
  }
  /** Removes all partitions. */
  clear(): void {
    this.#entries.clear();
  }
  /** Returns all partitions. */
  keys(): TopicPartition[] {
    return [...this.#entries.values()].map(([at]) => at);
  }
  /** Iterates over partitions and values in insertion order. */
  [Symbol.iterator](): Iterator<readonly [TopicPartition, V]> {
    return this.#entries.values();
  }
}

/** Returns the text that names a partition in maps and messages, as Java prints it: `topic-3`. */
export function partitionKey(at: TopicPartition): string {
  return `${at.topic}-${at.partition}`;
}

/** Next offsets to read, by original topic-partition. */
export type OffsetMap = PartitionMap<bigint>;
