/** Makes records of their numbers: see `RunNumber`. @module */

import type { ConsumerRecord, RawHeader } from "../../api/ports.ts";
import type { TimestampType, TopicPartition } from "../../api/record.ts";
import { RunNumber } from "../../api/consumer_record.ts";
import { RecordCursor } from "./record_cursor.ts";

const noHeaders: readonly RawHeader[] = [];
const text = new TextDecoder();

/** What all records of a memory share. */
interface RecordOrigin extends TopicPartition {
  /** The broker's timestamp; undefined if records have their own. */
  readonly appendTime: number | undefined;
}

/** Memory of some records of one partition. */
export class RecordMemory {
  readonly bytes: Uint8Array;
  readonly isAppended: boolean;
  readonly #topic: string;
  readonly #partition: number;
  // Asking a view for them takes as long as making another view.
  readonly #buffer: ArrayBufferLike;
  readonly #start: number;
  #cursor: RecordCursor | undefined;

  constructor({ topic, partition, appendTime }: RecordOrigin, bytes: Uint8Array) {
    this.bytes = bytes;
    this.isAppended = appendTime !== undefined;
    this.#topic = topic;
    this.#partition = partition;
    this.#buffer = bytes.buffer;
    this.#start = bytes.byteOffset;
  }

  /** Returns a cursor that begins at one place and may not read beyond another. */
  cursor(at: number, end: number): RecordCursor {
    return new RecordCursor(new DataView(this.#buffer, this.#start, end), at);
  }

  /** Makes the record whose numbers begin at `from`. */
  record(numbers: Int32Array, from: number, offset: bigint, timestamp: number): ConsumerRecord {
    return {
      topic: this.#topic,
      partition: this.#partition,
      offset,
      timestamp,
      timestampType: timestampType(this.isAppended, timestamp),
      key: this.#part(numbers[from + RunNumber.keyAt], numbers[from + RunNumber.keyLength]),
      value: this.#part(numbers[from + RunNumber.valueAt], numbers[from + RunNumber.valueLength]),
      headers: numbers[from + RunNumber.headers] === 0 ? noHeaders : this.#headers(numbers, from),
    };
  }

  /** The headers are behind the value. */
  #headers(numbers: Int32Array, from: number): readonly RawHeader[] {
    const valueAt = numbers[from + RunNumber.valueAt] ?? 0;
    const cursor = this.#cursor ??= this.cursor(0, this.bytes.length);
    cursor.at = valueAt + Math.max(0, numbers[from + RunNumber.valueLength] ?? 0);
    const headers: RawHeader[] = [];
    for (let left = cursor.varint(); left > 0; left--) {
      const key = this.#next(cursor);
      headers.push({ key: key === null ? "" : text.decode(key), value: this.#next(cursor) });
    }
    return headers;
  }

  #next(cursor: RecordCursor): Uint8Array | null {
    const length = cursor.skip();
    return this.#part(cursor.at - Math.max(0, length), length);
  }

  #part(at: number = 0, length: number = -1): Uint8Array | null {
    return length < 0 ? null : new Uint8Array(this.#buffer, this.#start + at, length);
  }
}

/** Returns the source of a timestamp; a negative one is none. */
export function timestampType(isAppended: boolean, timestamp: number): TimestampType {
  if (isAppended) return "LogAppendTime";
  return timestamp < 0 ? "NoTimestampType" : "CreateTime";
}
