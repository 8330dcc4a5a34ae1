/**
 * Reads the records of one batch. This is the hottest code of a sink: no promises, no copies, and per record only the
 * objects the record consists of, or none for a run. (Kafka's message format, record version 2) @module
 */

import { RUN_NUMBERS, RunNumber } from "../../api/consumer_record.ts";
import { manyHeadersRecord, type RecordPlace } from "./bad_record.ts";
import type { RecordCursor } from "./record_cursor.ts";
import { type RecordMemory, timestampType } from "./record_memory.ts";
import { type RecordTarget, RunList } from "./run_list.ts";

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

const offsetDeltaMax = 2 ** 31;
/** The record that was read last, in arrays: fields and arguments that are doubles may cost an allocation each. */
const numbers = new Int32Array(RUN_NUMBERS);
const offset = new Float64Array(1);
const timestamp = new Float64Array(1);

export class RecordReader {
  readonly #frame: BatchFrame;
  readonly #memory: RecordMemory;
  readonly #cursor: RecordCursor;
  // Below 2^53 offsets are added as numbers, which is much faster than adding bigints.
  readonly #baseNumber: number | undefined;
  #left: number;
  #delta: number;

  /**
   * @param memory of the batch's decompressed records, and maybe of others
   * @param start where its records begin, and `end` where they end
   */
  constructor(frame: BatchFrame, memory: RecordMemory, start = 0, end = memory.bytes.length) {
    this.#frame = frame;
    this.#memory = memory;
    this.#cursor = memory.cursor(start, end);
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
  read(into: RecordTarget, from: bigint, countMax: number): number {
    const cursor = this.#cursor;
    const fromDelta = Number(from - this.#frame.baseOffset);
    let headers = 0;
    while (this.#left > 0 && into.length < countMax && headers < headersPerRead) {
      const length = cursor.varint();
      const end = cursor.at + length;
      if (length < 0 || end > cursor.end) throw new RangeError("a record is longer than its batch");
      numbers[RunNumber.contentBytes] = length;
      const isWanted = this.#readNumbers(fromDelta, end);
      if (cursor.at !== end) throw new RangeError("a record's length isn't that of its parts");
      this.#left--;
      if (isWanted) headers += this.#give(into);
    }
    return headers * headerBytes;
  }

  /** Returns the place of the next record, of which only the start must be present. */
  place(): RecordPlace {
    this.#readStart();
    return this.#placeNow();
  }

  /** Reads the next record up to its end; returns false if it is before the first one wanted. */
  #readNumbers(fromDelta: number, end: number): boolean {
    const cursor = this.#cursor;
    this.#readStart();
    if (this.#delta < fromDelta) { // batches are fetched whole
      cursor.at = end;
      return false;
    }
    const keyLength = cursor.skip();
    numbers[RunNumber.keyAt] = cursor.at - Math.max(0, keyLength);
    numbers[RunNumber.keyLength] = keyLength < 0 ? -1 : keyLength;
    const valueLength = cursor.skip();
    numbers[RunNumber.valueAt] = cursor.at - Math.max(0, valueLength);
    numbers[RunNumber.valueLength] = valueLength < 0 ? -1 : valueLength;
    const headers = cursor.varint();
    numbers[RunNumber.headers] = headers;
    if (headers < 0 || headers * 2 > end - cursor.at) {
      throw new RangeError("a record has no room for its headers");
    }
    if (headers > this.#frame.headersMax) cursor.at = end;
    else for (let parts = 2 * headers; parts > 0; parts--) cursor.skip();
    return true;
  }

  /** Checks that offsets only grow: otherwise the position would skip records or move back. */
  #readStart(): void {
    const cursor = this.#cursor;
    cursor.at++; // attributes, unused so far
    const { baseTimestamp, appendTime } = this.#frame;
    timestamp[0] = baseTimestamp + cursor.varlong();
    if (appendTime !== undefined) timestamp[0] = appendTime;
    const delta = cursor.varint();
    if (delta <= this.#delta || delta > this.#frame.lastDelta) {
      throw new RangeError("a record's offset isn't between those of its neighbours");
    }
    this.#delta = delta;
  }

  /** Appends the record that was read last, and returns how many headers it has. */
  #give(into: RecordTarget): number {
    const headers = numbers[RunNumber.headers] ?? 0;
    const { headersMax } = this.#frame;
    if (headers > headersMax) {
      into.push(manyHeadersRecord(this.#placeNow(), headers, headersMax));
      return 0;
    }
    if (into instanceof RunList && this.#baseNumber !== undefined) {
      offset[0] = this.#baseNumber + this.#delta;
      into.add(this.#memory, numbers, offset, timestamp);
    } else {
      into.push(this.#memory.record(numbers, 0, this.#offset(), timestamp[0] ?? 0));
    }
    return headers;
  }

  #offset(): bigint {
    return this.#baseNumber === undefined
      ? this.#frame.baseOffset + BigInt(this.#delta)
      : BigInt(this.#baseNumber + this.#delta);
  }

  #placeNow(): RecordPlace {
    const { topic, partition, appendTime } = this.#frame;
    const [shown = 0] = timestamp;
    return {
      ...{ topic, partition, offset: this.#offset(), timestamp: shown },
      timestampType: timestampType(appendTime !== undefined, shown),
    };
  }
}
