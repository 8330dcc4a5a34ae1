/**
 * Records as places in memory, for tasks whose chain can work without values: a field is a span, which is three numbers,
 * and a batch is columns of spans. Framework and sinks only: connectors needn't know of it.
 *
 * A span is `kind | source << 8`, `at`, `length`. The source is an index into a batch's memories; 0 is its arena.
 *
 * @module
 */

import { type SinkRecord, type TopicPartition } from "./record.ts";

/** What a span's bytes are. From `int64` to `instant` there are none: `at` and `length` are the value's upper and lower half. */
export const SpanKind = {
  /** There is no such field. */
  absent: 0,
  null: 1,
  false: 2,
  true: 3,
  /** A JSON integer within int64, as in the text; at most 18 digits, no minus zero. */
  integer: 4,
  /** Any other JSON number, as in the text: a double. */
  number: 5,
  /** Well-formed UTF-8. */
  text: 6,
  bytes: 7,
  /** Two's complement. */
  int64: 8,
  /** IEEE 754. */
  double: 9,
  /** Microseconds since 1970. */
  instant: 10,
  /**
   * An object, without bytes: of a path that other paths of the same reader begin with. For any other object, and for
   * lists, a reader returns false.
   */
  object: 11,
} as const;

/** The numbers of one span. */
export const SPAN_NUMBERS: number = 3;
/** Set in a kind whose bytes are in the arena, until the batch replaces it by the source. */
export const IN_ARENA: number = 0x80;

/** Memory for bytes that no record has as they are: unescaped text, computed fields. */
export class SpanArena {
  #bytes: Uint8Array;
  #length = 0;

  /** Makes an empty arena with so many bytes; it grows. */
  constructor(bytes: number = 4096) {
    this.#bytes = new Uint8Array(bytes);
  }

  /** The memory; another one after it has grown. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }
  /** Bytes in use. */
  get length(): number {
    return this.#length;
  }

  /** Reserves so many bytes and returns where they begin. */
  take(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }

  /** Adds a text's UTF-8 and returns its length; it begins at the former `length`. */
  addText(text: string): number {
    const at = this.take(3 * text.length);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(at));
    this.#length = at + written;
    return written;
  }

  /** Forgets everything from a length on. */
  cut(length: number = 0): void {
    this.#length = length;
  }
}

const encoder = new TextEncoder();

/**
 * Writes milliseconds since 1970 as a span of kind `instant`. A fraction is cut, as `Date` does.
 *
 * @example
 * ```ts
 * import { SpanKind, writeInstant } from "./spans.ts";
 * const spans = new Int32Array(3);
 * writeInstant(spans, 0, -1);
 * if (spans.join() !== [SpanKind.instant, -1, -1000].join()) throw new Error("-1000 µs, as upper and lower half");
 * ```
 */
export function writeInstant(spans: Int32Array, to: number, ms: number): void {
  const whole = Math.trunc(ms);
  const upper = Math.floor(whole / 2 ** 32);
  // Below 2^42, so exact: the product of all milliseconds needs more than a double's 53 bits.
  const lower = (whole - upper * 2 ** 32) * 1000;
  spans[to] = SpanKind.instant;
  spans[to + 1] = upper * 1000 + Math.floor(lower / 2 ** 32);
  spans[to + 2] = lower; // an Int32Array keeps the lower 32 bits
}

/** Reads some fields of a value, without making values. */
export interface SpanReader {
  /**
   * Writes a span for each field to `spans`, from index `to` on. Returns false if the converter itself must read the
   * record; true only if it would give the same fields with the same values.
   */
  read(
    bytes: Uint8Array,
    at: number,
    length: number,
    spans: Int32Array,
    to: number,
    arena: SpanArena,
  ): boolean;
}

/** A column that a batch has: a field of the key or value, or the key itself. */
export interface SpanColumn {
  /** The part of the record. */
  readonly part: "key" | "value";
  /** Null = the key itself; of the value: a field that is read only because a transformation would refuse some of them. */
  readonly name: string | null;
}

/** One record, as a {@link SpanTransformation} sees it. The same object is used for all records. */
export interface SpanRecord {
  /** The topic as consumed. */
  readonly topic: string;
  /** The partition. */
  readonly partition: number;
  /** The offset. */
  readonly offset: number;
  /** Milliseconds since 1970; negative = none. */
  readonly timestamp: number;
  /** Memory of the key, and of fields whose kind isn't marked {@link IN_ARENA}. */
  readonly bytes: Uint8Array;
  /** The key is text as UTF-8: with keys of another kind there are no span transformations. */
  readonly keyAt: number;
  /** -1 = null. */
  readonly keyLength: number;
  /** Spans of the fields that the transformation reads, from 0 on. */
  readonly fields: Int32Array;
  /** Memory for what it computes. */
  readonly arena: SpanArena;
}

/** A transformation that computes columns from spans. */
export interface SpanTransformation {
  /** The fields that it reads of the value. */
  readonly reads: readonly (readonly string[])[];
  /** The columns that it gives, and no others. */
  readonly gives: readonly SpanColumn[];
  /**
   * Writes a span for each column to `spans`, from index `to` on. Returns false if `Transformation.apply` must decide;
   * true only if it would give the same columns with the same values.
   */
  apply(record: SpanRecord, spans: Int32Array, to: number): boolean;
}

/** A column of a transformation that only chooses and renames fields. */
export interface MappedField {
  /** The incoming field, from the outermost in; null = there is never one. */
  readonly path: readonly string[] | null;
  /** The field's name behind the transformation. */
  readonly name: string;
  /** Whether a missing field becomes null. */
  readonly isNullIfAbsent: boolean;
  /** Whether the transformation refuses some values of the field. */
  readonly isChecked: boolean;
}

/** A batch in columns. Records are in order within each partition. */
export interface ColumnBatch {
  /** The columns, in the order of the spans. */
  readonly columns: readonly SpanColumn[];
  /** How many records it has. */
  readonly count: number;
  /** The span of column `c` of record `r` begins at `(r * columns.length + c) * 3`. */
  readonly spans: Int32Array;
  /** Memory of the spans, by source. */
  readonly sources: readonly Uint8Array[];
  /** Whether a record has no spans: only `record` gives it, also if its value is null. */
  isObject(index: number): boolean;
  /** Topic and partition: the same object for all of a partition's neighbors. */
  originOf(index: number): TopicPartition;
  /** The record's offset. */
  offsetOf(index: number): number;
  /** Milliseconds since 1970; negative = none. */
  timestampOf(index: number): number;
  /** Returns the record as converted and transformed: the same object for each call. */
  record(index: number): SinkRecord;
}

/** The part of a sink task that takes columns. */
export interface ColumnSink {
  /** Whether it would take a batch with these columns now. Asked before each batch; must be cheap. */
  takes(columns: readonly SpanColumn[]): boolean;
  /**
   * As `SinkTask.put`, if it resolves with true. False: nothing is written, and the same batch comes to `put`. Records
   * that it has reported by then have come from `batch.record`, as those of `put` do.
   */
  put(batch: ColumnBatch): Promise<boolean>;
}

/** Which columns a sink wants. */
export interface WantedColumns {
  /** Fields of the value; undefined = all that the chain can give. */
  readonly values: readonly string[] | undefined;
  /** Whether it reads the key: not at all, or as a whole or by these fields. */
  readonly key: "unused" | "whole" | readonly string[];
}
