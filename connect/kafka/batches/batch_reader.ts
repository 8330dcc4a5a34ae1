/** Reads one partition's fetched batches; each is decompressed only when its turn comes. @module */

import { ConnectException } from "../../api/exceptions.ts";
import type { RecordLimits } from "../../api/ports.ts";
import type { TopicPartition } from "../../api/record.ts";
import { attribute, batchBytes, behindBatch, field, magicNow, viewOf, wholeBatchAt } from "./batch_header.ts";
import { corruptRecords, recordLimitsDefault } from "./bad_record.ts";
import { unpack } from "./codecs.ts";
import { crc32c } from "./crc32c.ts";
import type { LargeBatches, LargeBatchHolder } from "./large_batches.ts";
import { PieceReader } from "./piece_reader.ts";
import type { AbortedTransaction } from "../wire/protocol/fetch_api.ts";
import { RecordMemory } from "./record_memory.ts";
import { type BatchFrame, RecordReader } from "./record_reader.ts";
import { type RecordTarget, RunList } from "./run_list.ts";

export interface BatchSource {
  readonly at: TopicPartition;
  readonly batches: Uint8Array;
  readonly checkCrcs: boolean;
  /** Transactions to skip, for read_committed; undefined reads everything. */
  readonly aborted: readonly AbortedTransaction[] | undefined;
  /** Limits of a record; absent = a connector's defaults. */
  readonly limits?: RecordLimits;
  /** Limits how many large batches are open at a time; absent = no limit. */
  readonly largeBatches?: LargeBatches;
}

interface BatchRecords {
  readonly left: number;
  read(into: RecordTarget, from: bigint, countMax: number, bytesMax: number): number;
}

/** Returns records in order; `nextOffset` also moves past control batches and compacted offsets. */
export class BatchReader implements LargeBatchHolder {
  readonly #source: BatchSource;
  readonly #view: DataView;
  readonly #abortedProducers = new Set<bigint>();
  readonly #abortedLater: AbortedTransaction[];
  #at = 0;
  #records: BatchRecords | undefined;
  #shared: RecordMemory | undefined;
  #unpackedBytes = 0;
  /** The current batch is decompressed piece by piece. */
  #isLarge = false;
  #handedOutViews = false;
  #nextOffset: bigint;

  /** @param from the first offset wanted; batches may start before it */
  constructor(source: BatchSource, from: bigint) {
    this.#source = source;
    this.#view = viewOf(source.batches);
    this.#nextOffset = from;
    this.#abortedLater = (source.aborted ?? []).toSorted((a, b) => a.firstOffset < b.firstOffset ? -1 : 1);
  }

  get nextOffset(): bigint {
    return this.#nextOffset;
  }

  get done(): boolean {
    return this.#records === undefined && !wholeBatchAt(this.#view, this.#at);
  }

  /** True if the current batch waits for {@link LargeBatches}. */
  get isWaiting(): boolean {
    return this.#isLarge && this.#records === undefined;
  }

  /** True once returned records are views of the fetched bytes; those of compressed batches have their own memory. */
  get handedOutViews(): boolean {
    return this.#handedOutViews;
  }

  /** Memory of the decompressed batch, besides the fetched bytes. */
  get unpackedBytes(): number {
    return this.#records instanceof PieceReader ? this.#records.bytes : this.#unpackedBytes;
  }

  /**
   * Appends records until `into` has `countMax`, so many bytes were decompressed, or none are left. The unreadable part
   * of a batch with the right checksum becomes one bad record.
   *
   * @returns bytes decompressed
   * @throws ConnectException with rule `corrupt_batch` if a checksum or header is wrong
   */
  read(into: RecordTarget, countMax: number, bytesMax = Infinity): number {
    let bytes = 0;
    if (into instanceof RunList) into.begin(this.#source.at);
    while (into.length < countMax && bytes < bytesMax && !this.done && this.#mayHold()) {
      try {
        if (this.#records === undefined) bytes += this.#openBatch();
        if (this.#records === undefined) continue;
        bytes += this.#readBatch(this.#records, into, { countMax, bytesMax: Math.max(1, bytesMax - bytes) });
      } catch (cause) {
        if (!(cause instanceof RangeError)) throw cause;
        this.#giveUpBatch(cause, into);
      }
    }
    return bytes;
  }

  /** Frees the memory of a batch that isn't read to its end. */
  close(): void {
    this.suspend();
    this.#source.largeBatches?.release(this);
  }

  /** Frees the memory; the next read decompresses the batch again. */
  suspend(): void {
    if (!(this.#records instanceof PieceReader)) return;
    this.#records.close();
    this.#records = undefined;
  }

  #mayHold(): boolean {
    return !this.#isLarge || (this.#source.largeBatches?.hold(this) ?? true);
  }

  #readBatch(
    records: BatchRecords,
    into: RecordTarget,
    { countMax, bytesMax }: { readonly countMax: number; readonly bytesMax: number },
  ): number {
    const before = into.length;
    try {
      return records.read(into, this.#nextOffset, countMax, bytesMax);
    } finally {
      // Also if the batch turns out to be corrupt half-way: the records before that were returned.
      if (into.length > before) this.#nextOffset = lastOffset(into, this.#nextOffset) + 1n;
      if (records.left === 0) this.#closeBatch();
    }
  }

  /** Decompresses the current batch and returns the bytes; skips a batch without records to return. */
  #openBatch(): number {
    const view = this.#view;
    const at = this.#at;
    this.#check(at);
    const count = view.getInt32(at + field.count);
    if (this.#skipped(at) || count === 0) {
      this.#closeBatch();
      return 0;
    }
    if (count < 0) throw new RangeError(`it says it has ${count} records`);
    const compression = view.getInt16(at + field.attributes) & attribute.compression;
    const packed = this.#source.batches.subarray(at + field.records, at + batchBytes(view, at));
    const { first, rest } = unpack(compression, packed);
    this.#isLarge = rest !== undefined;
    if (!this.#mayHold()) {
      rest?.close();
      return first.length;
    }
    this.#unpackedBytes = compression === 0 || rest !== undefined ? 0 : first.length;
    this.#handedOutViews ||= compression === 0;
    const { limits = recordLimitsDefault } = this.#source;
    const frame = this.#frame(count, limits);
    if (rest !== undefined) this.#records = new PieceReader(frame, first, rest, limits);
    else if (compression !== 0) this.#records = new RecordReader(frame, new RecordMemory(frame, first));
    else {
      const end = at + batchBytes(view, at);
      this.#records = new RecordReader(frame, this.#sharedMemory(frame), at + field.records, end);
    }
    return first.length;
  }

  /** Batches that aren't compressed have the same memory, so they are one run. */
  #sharedMemory(frame: BatchFrame): RecordMemory {
    const isAppended = frame.appendTime !== undefined;
    if (this.#shared?.isAppended === isAppended) return this.#shared;
    return this.#shared = new RecordMemory(frame, this.#source.batches);
  }

  #frame(count: number, { headersMax }: RecordLimits): BatchFrame {
    const view = this.#view;
    const at = this.#at;
    const appended = (view.getInt16(at + field.attributes) & attribute.appendTime) !== 0;
    return {
      ...this.#source.at,
      baseOffset: view.getBigInt64(at + field.baseOffset),
      baseTimestamp: Number(view.getBigInt64(at + field.baseTimestamp)),
      appendTime: appended ? Number(view.getBigInt64(at + field.maxTimestamp)) : undefined,
      ...{ count, headersMax },
      deltaBefore: -1,
      lastDelta: view.getInt32(at + field.lastOffsetDelta),
    };
  }

  #closeBatch(): void {
    this.close();
    this.#isLarge = false;
    const behind = behindBatch(this.#view, this.#at);
    if (behind > this.#nextOffset) this.#nextOffset = behind;
    this.#at += batchBytes(this.#view, this.#at);
    this.#records = undefined;
    this.#unpackedBytes = 0;
  }

  /** Returns the rest of a corrupt batch as one bad record. */
  #giveUpBatch(cause: RangeError, into: RecordTarget): void {
    if (!this.#source.checkCrcs) this.#checkBytes(this.#at);
    const base = this.#view.getBigInt64(this.#at + field.baseOffset);
    const offset = base > this.#nextOffset ? base : this.#nextOffset;
    const last = behindBatch(this.#view, this.#at) - 1n;
    const place = { ...this.#source.at, offset, timestamp: -1, timestampType: "NoTimestampType" } as const;
    if (offset <= last) into.push(corruptRecords(place, last, cause));
    this.#closeBatch();
  }

  #check(at: number): void {
    const view = this.#view;
    const magic = view.getInt8(at + field.magic);
    if (magic !== magicNow) {
      throw this.#corrupt(`its format is ${magic}, expected ${magicNow} (Kafka 0.11 or later)`);
    }
    if (this.#source.checkCrcs) this.#checkBytes(at);
  }

  #checkBytes(at: number): void {
    const view = this.#view;
    const sum = crc32c(view, at + field.attributes, at + batchBytes(view, at));
    if (sum !== view.getUint32(at + field.crc)) throw this.#corrupt("its checksum doesn't match its content");
  }

  /** Skips control batches and, for read_committed, aborted transactions. */
  #skipped(at: number): boolean {
    const view = this.#view;
    const attributes = view.getInt16(at + field.attributes);
    const producer = view.getBigInt64(at + field.producerId);
    while ((this.#abortedLater[0]?.firstOffset ?? behindBatch(view, at)) < behindBatch(view, at)) {
      const begun = this.#abortedLater.shift();
      if (begun !== undefined) this.#abortedProducers.add(begun.producerId);
    }
    if ((attributes & attribute.control) !== 0) {
      this.#abortedProducers.delete(producer); // either marker ends the transaction
      return true;
    }
    return (attributes & attribute.transactional) !== 0 && this.#abortedProducers.has(producer);
  }

  #corrupt(reason: string, cause?: unknown): ConnectException {
    const { topic, partition } = this.#source.at;
    return new ConnectException(
      `Cannot read ${topic}-${partition} at offset ${this.#nextOffset}: the record batch is corrupt, ${reason}`,
      { cause, rule: "corrupt_batch" },
    );
  }
}

function lastOffset(records: RecordTarget, otherwise: bigint): bigint {
  const last = records instanceof RunList ? records.lastOffset : records[records.length - 1]?.offset;
  return last ?? otherwise;
}
