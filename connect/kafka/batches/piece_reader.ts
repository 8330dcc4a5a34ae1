/**
 * Reads the records of a batch that is decompressed piece by piece. A record above the limit is skipped while it is
 * decompressed, so it is never whole in memory. @module
 */

import type { RecordLimits } from "../../api/ports.ts";
import { tooLargeRecord } from "./bad_record.ts";
import { pieceBytes, type PieceSource } from "./piece_source.ts";
import { RecordMemory } from "./record_memory.ts";
import { type BatchFrame, RecordReader } from "./record_reader.ts";
import type { RecordTarget } from "./run_list.ts";

/** Longest start of a record, up to its offset. */
const placeBytesMax = 1 + 10 + 5;
/** Overhead of a record besides key, value and headers: once, and per header. */
const framingBytes = { record: 32, header: 10 } as const;
const lengthBytesMax = 5;
/** Skipped bytes are decompressed into this. */
const trash = new Uint8Array(256 * 1024);

/** The whole records of a piece, their number, and the start of the record after them. */
interface Scan {
  readonly count: number;
  readonly end: number;
  /** Length and start of the record after them; undefined if even its length is cut off. */
  readonly next: { readonly bytes: number; readonly begin: number } | undefined;
}

export class PieceReader {
  readonly #frame: BatchFrame;
  readonly #source: PieceSource;
  readonly #limits: RecordLimits;
  readonly #recordBytesMax: number;
  #memory: Uint8Array;
  /** The same memory, for its records. */
  #records: RecordMemory;
  #at = 0;
  #filled: number;
  #left: number;
  #whole: RecordReader | undefined;
  #delta: number;
  /** Bytes left of the record that is skipped. */
  #toSkip = 0;

  /** @param first the batch's first bytes, in memory of their own */
  constructor(frame: BatchFrame, first: Uint8Array, source: PieceSource, limits: RecordLimits) {
    this.#frame = frame;
    this.#memory = first;
    this.#records = new RecordMemory(frame, first);
    this.#filled = first.length;
    this.#source = source;
    this.#limits = limits;
    this.#left = frame.count;
    this.#delta = frame.deltaBefore;
    this.#recordBytesMax = limits.bytesMax + framingBytes.record + framingBytes.header * limits.headersMax;
  }

  get left(): number {
    return this.#left;
  }

  get bytes(): number {
    return this.#memory.length + this.#source.bytes;
  }

  /**
   * Appends records from the offset `from` on, until `into` has `countMax` or so many bytes were decompressed.
   *
   * @returns bytes decompressed plus the bytes of headers
   * @throws RangeError for corrupt data
   */
  read(into: RecordTarget, from: bigint, countMax: number, bytesMax: number): number {
    let bytes = 0;
    while (this.#left > 0 && into.length < countMax && bytes < bytesMax) {
      bytes += this.#whole === undefined ? this.#advance(into, from) : this.#readWhole(into, from, countMax);
    }
    return bytes;
  }

  close(): void {
    this.#source.close();
  }

  #readWhole(into: RecordTarget, from: bigint, countMax: number): number {
    const reader = this.#whole;
    if (reader === undefined) return 0;
    const before = reader.left;
    try {
      return reader.read(into, from, countMax);
    } finally {
      this.#delta = reader.delta;
      this.#left -= before - reader.left;
      if (reader.left === 0) this.#whole = undefined;
    }
  }

  /** Takes the complete records, skips one above the limit, or decompresses more. */
  #advance(into: RecordTarget, from: bigint): number {
    if (this.#toSkip > 0) return this.#skip();
    const { count, end, next } = this.#scan();
    if (count > 0) {
      const frame = { ...this.#frame, count, deltaBefore: this.#delta };
      this.#whole = new RecordReader(frame, this.#records, this.#at, end);
      this.#at = end;
      return 0;
    }
    if (next === undefined) return this.#unpack(this.#filled - this.#at + lengthBytesMax);
    if (next.bytes <= this.#recordBytesMax) return this.#unpack(next.begin - this.#at + next.bytes);
    if (this.#filled - next.begin < placeBytesMax) {
      return this.#unpack(next.begin - this.#at + placeBytesMax);
    }
    this.#stepOver(next, into, from);
    return 0;
  }

  /** Finds complete records by their lengths alone. */
  #scan(): Scan {
    let end = this.#at;
    for (let count = 0; count < this.#left; count++) {
      const next = this.#lengthAt(end);
      if (next === undefined || next.begin + next.bytes > this.#filled) return { count, end, next };
      end = next.begin + next.bytes;
    }
    return { count: this.#left, end, next: undefined };
  }

  #lengthAt(position: number): Scan["next"] {
    let value = 0;
    for (let begin = position, scale = 1; begin < this.#filled; scale *= 128) {
      if (begin - position >= lengthBytesMax) throw new RangeError("a number of more than 32 bits");
      const byte = this.#memory[begin++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte > 0x7f) continue;
      if (value % 2 === 1) throw new RangeError("a record of less than no bytes");
      return { bytes: value / 2, begin };
    }
    return undefined;
  }

  #stepOver({ bytes, begin }: NonNullable<Scan["next"]>, into: RecordTarget, from: bigint): void {
    const frame = { ...this.#frame, count: 1, deltaBefore: this.#delta };
    const reader = new RecordReader(
      frame,
      this.#records,
      begin,
      Math.min(begin + placeBytesMax, this.#filled),
    );
    const place = reader.place();
    this.#delta = reader.delta;
    this.#left -= 1;
    if (place.offset >= from) into.push(tooLargeRecord(place, bytes, this.#limits));
    const there = Math.min(bytes, this.#filled - begin);
    this.#at = begin + there;
    this.#toSkip = bytes - there;
  }

  #skip(): number {
    const filled = this.#source.fill(trash.subarray(0, Math.min(trash.length, this.#toSkip)), 0);
    if (filled === 0) throw new RangeError("a record is longer than its batch");
    this.#toSkip -= filled;
    return filled;
  }

  /**
   * Decompresses into new memory, after a copy of the unread bytes: returned records are views of the old memory.
   *
   * @param wanted bytes that the next record needs; memory grows only as the bytes arrive
   */
  #unpack(wanted: number): number {
    const rest = this.#filled - this.#at;
    const memory = new Uint8Array(Math.max(pieceBytes, Math.min(wanted, 2 * rest + pieceBytes)));
    memory.set(this.#memory.subarray(this.#at, this.#filled));
    const filled = this.#source.fill(memory, rest);
    if (filled === rest) throw new RangeError("a record is longer than its batch");
    this.#memory = memory;
    this.#records = new RecordMemory(this.#frame, memory);
    this.#at = 0;
    this.#filled = filled;
    return filled - rest;
  }
}
