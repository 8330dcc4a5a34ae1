/**
 * Reads the records of one batch. This is the hottest code of a sink: no promises, no copies, and per record only the
 * objects the record consists of. (Kafka's message format, record version 2) @module
 */

import type { ConsumerRecord, RawHeader } from "../../api/ports.ts";
import type { TimestampType } from "../../api/record.ts";
import { manyHeadersRecord, type RecordPlace } from "./bad_record.ts";

/** The properties that all records of a batch share. */
export interface BatchFrame {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: bigint;
  readonly baseTimestamp: number;
  /** The broker's timestamp of all records; undefined if each has its own. */
  readonly appendTime: number | undefined;
  readonly count: number;
  /** Offset deltas of records are above the first of these and not above the second. */
  readonly deltaBefore: number;
  readonly lastDelta: number;
  /** Limit of headers per record. */
  readonly headersMax: number;
}

/** Approximate memory of a header besides its bytes. */
const headerBytes = 256;
/** Headers to create before `read` returns. */
const headersPerRead = 10_000;

const noHeaders: readonly RawHeader[] = [];
const text = new TextDecoder();
const offsetDeltaMax = 2 ** 31;

export class RecordReader {
  readonly #frame: BatchFrame;
  readonly #view: DataView;
  readonly #buffer: ArrayBufferLike;
  readonly #start: number;
  // Below 2^53 offsets are added as numbers, which is much faster than adding bigints.
  readonly #baseNumber: number | undefined;
  #at = 0;
  #left: number;
  #delta: number;

  /** @param records the batch's decompressed records */
  constructor(frame: BatchFrame, records: Uint8Array) {
    this.#frame = frame;
    this.#view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    this.#buffer = records.buffer;
    this.#start = records.byteOffset;
    this.#left = frame.count;
    this.#delta = frame.deltaBefore;
    const safe = frame.baseOffset < BigInt(Number.MAX_SAFE_INTEGER - offsetDeltaMax);
    this.#baseNumber = safe ? Number(frame.baseOffset) : undefined;
  }

  get left(): number {
    return this.#left;
  }

  /** The offset delta of the last record read. */
  get delta(): number {
    return this.#delta;
  }

  /**
   * Appends records from the offset `from` on, until `into` has `countMax`.
   *
   * @returns approximate memory of their headers; with many headers it stops before `countMax`
   * @throws RangeError for corrupt data
   */
  read(into: ConsumerRecord[], from: bigint, countMax: number): number {
    let headers = 0;
    while (this.#left > 0 && into.length < countMax && headers < headersPerRead) {
      const length = this.#varint();
      const end = this.#at + length;
      if (length < 0 || end > this.#view.byteLength) {
        throw new RangeError("a record is longer than its batch");
      }
      const record = this.#record(from, end);
      if (this.#at !== end) throw new RangeError("a record's length isn't that of its parts");
      this.#left--;
      if (record === undefined) continue;
      into.push(record);
      headers += record.headers.length;
    }
    return headers * headerBytes;
  }

  /** Returns the place of the next record, of which only the start must be present. */
  place(): RecordPlace {
    this.#at++;
    const timestamp = this.#frame.baseTimestamp + this.#varlong();
    const offset = this.#offset();
    return this.#placeOf(offset, timestamp);
  }

  #record(from: bigint, end: number): ConsumerRecord | undefined {
    const frame = this.#frame;
    this.#at++; // attributes, unused so far
    const timestamp = frame.baseTimestamp + this.#varlong();
    const offset = this.#offset();
    if (offset < from) { // batches are fetched whole
      this.#at = end;
      return undefined;
    }
    const key = this.#bytes();
    const value = this.#bytes();
    const count = this.#varint();
    if (count < 0 || count * 2 > end - this.#at) throw new RangeError("a record has no room for its headers");
    if (count > frame.headersMax) {
      this.#at = end;
      return manyHeadersRecord(this.#placeOf(offset, timestamp), count, frame.headersMax);
    }
    const shown = frame.appendTime ?? timestamp;
    return {
      topic: frame.topic,
      partition: frame.partition,
      offset,
      timestamp: shown,
      timestampType: timestampType(frame.appendTime !== undefined, shown),
      key,
      value,
      headers: count === 0 ? noHeaders : this.#headers(count),
    };
  }

  /** Checks that offsets only grow: otherwise the position would skip records or move back. */
  #offset(): bigint {
    const delta = this.#varint();
    if (delta <= this.#delta || delta > this.#frame.lastDelta) {
      throw new RangeError("a record's offset isn't between those of its neighbours");
    }
    this.#delta = delta;
    return this.#baseNumber === undefined
      ? this.#frame.baseOffset + BigInt(delta)
      : BigInt(this.#baseNumber + delta);
  }

  #placeOf(offset: bigint, timestamp: number): RecordPlace {
    const { topic, partition, appendTime } = this.#frame;
    const shown = appendTime ?? timestamp;
    return {
      ...{ topic, partition, offset, timestamp: shown },
      timestampType: timestampType(appendTime !== undefined, shown),
    };
  }

  #headers(count: number): readonly RawHeader[] {
    const headers: RawHeader[] = [];
    for (let index = 0; index < count; index++) {
      const key = this.#bytes();
      headers.push({ key: key === null ? "" : text.decode(key), value: this.#bytes() });
    }
    return headers;
  }

  #bytes(): Uint8Array | null {
    const length = this.#varint();
    if (length < 0) return null;
    const at = this.#at;
    this.#at = at + length;
    if (this.#at > this.#view.byteLength) throw new RangeError("a record is longer than its batch");
    return new Uint8Array(this.#buffer, this.#start + at, length);
  }

  /** Reads a zigzag number of up to 32 bits. */
  #varint(): number {
    const view = this.#view;
    let byte = view.getUint8(this.#at++);
    let value = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      if (shift > 28) throw new RangeError("a number of more than 32 bits");
      byte = view.getUint8(this.#at++);
      value |= (byte & 0x7f) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** Reads a zigzag number of up to 64 bits, exact up to 53 bits, which suffices for milliseconds. */
  #varlong(): number {
    const view = this.#view;
    let byte = view.getUint8(this.#at++);
    let value = byte & 0x7f;
    for (let scale = 128; byte > 0x7f; scale *= 128) {
      if (scale > 2 ** 63) throw new RangeError("a number of more than 64 bits");
      byte = view.getUint8(this.#at++);
      value += (byte & 0x7f) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

function timestampType(appended: boolean, timestamp: number): TimestampType {
  if (appended) return "LogAppendTime";
  return timestamp < 0 ? "NoTimestampType" : "CreateTime";
}
