/** Records as the consumer gives them: each as an object, or neighbors as one run. @module */

import type { TimestampType, TopicPartition } from "./record.ts";

/** A header as Kafka stores it. */
export interface RawHeader {
  /** The header's name. */
  readonly key: string;
  /** The value's bytes; null for a null value. */
  readonly value: Uint8Array | null;
}

/** A fetched record. (`org.apache.kafka.clients.consumer.ConsumerRecord`) */
export interface ConsumerRecord {
  /** The topic. */
  readonly topic: string;
  /** The partition. */
  readonly partition: number;
  /** The offset. */
  readonly offset: bigint;
  /** Milliseconds since 1970; -1 if the record has none. */
  readonly timestamp: number;
  /** The source of the timestamp. */
  readonly timestampType: TimestampType;
  /** The key's bytes; null for a null key. */
  readonly key: Uint8Array | null;
  /** The value's bytes; null for a tombstone. */
  readonly value: Uint8Array | null;
  /** Headers in order; a name may occur twice. */
  readonly headers: readonly RawHeader[];
  /** Set if the record can't be processed: its key, value and headers are then empty. */
  readonly bad?: BadRecord;
}

/** Why a record is bad: the consumer couldn't read it, or it is larger than allowed. */
export interface BadRecord {
  /** Names the rule and the limit. */
  readonly error: Error;
  /** The last of the offsets that the record stands for. */
  readonly lastOffset: bigint;
}

/**
 * Neighboring records of one partition, as they lie in memory.
 *
 * Each record has six numbers ({@link RunNumber}): where its key begins, the key's length (-1 = null), the same of
 * the value, the number of headers, and at least the bytes of key, value and headers. A record whose value length is
 * `NO_SPANS` has no places: only `record` gives it, for example a bad one, or one of an offset near 2^53 or above, which
 * `offsets` then has rounded.
 */
export interface RecordRun {
  /** Topic and partition. */
  readonly at: TopicPartition;
  /** Number of records. */
  readonly count: number;
  /** Memory of keys and values. */
  readonly bytes: Uint8Array;
  /** Six numbers a record. */
  readonly numbers: Int32Array;
  /** Offsets, below 2^53. */
  readonly offsets: Float64Array;
  /** Milliseconds since 1970; negative = none. */
  readonly timestamps: Float64Array;
  /** Makes the record; its bytes are views of the run's memory. */
  record(index: number): ConsumerRecord;
}

/** A record that only `record` gives. */
export const NO_SPANS: number = -2;

/** The numbers of a record in a run: see {@link RecordRun}. */
export const RunNumber = {
  keyAt: 0,
  keyLength: 1,
  valueAt: 2,
  valueLength: 3,
  headers: 4,
  contentBytes: 5,
} as const;
/** How many numbers a record has in a run. */
export const RUN_NUMBERS: number = 6;
