/**
 * Reads fetched bytes of one partition: batch by batch, each unpacked only when its turn comes.
 *
 * @module
 */

import { ConnectException } from "../api/exceptions.ts";
import type { ConsumerRecord } from "../api/ports.ts";
import type { TopicPartition } from "../api/record.ts";
import { decompress } from "./codecs.ts";
import { crc32c } from "./crc32c.ts";
import type { AbortedTransaction } from "./protocol/fetch_api.ts";
import { RecordReader } from "./record_reader.ts";

// Where the fields of a batch are, from its begin.
const field = {
  baseOffset: 0,
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const;
const lengthEnd = 12;
const magicNow = 2;
const attribute = { compression: 0x07, appendTime: 0x08, transactional: 0x10, control: 0x20 } as const;

/** What the batches are of, and how they're to be read. */
export interface BatchSource {
  readonly at: TopicPartition;
  readonly batches: Uint8Array;
  readonly checkCrcs: boolean;
  /** Transactions to skip, for read_committed; undefined reads everything. */
  readonly aborted: readonly AbortedTransaction[] | undefined;
}

/** What a look at the headers alone tells. */
export interface BatchSummary {
  /** Offset behind the last whole batch; undefined where there is none. */
  readonly nextOffset: bigint | undefined;
  readonly compressions: ReadonlySet<number>;
}

/** Looks at the headers of all whole batches. */
export function summarize(batches: Uint8Array): BatchSummary {
  const view = viewOf(batches);
  const compressions = new Set<number>();
  let nextOffset: bigint | undefined;
  for (let at = 0; wholeBatchAt(view, at); at += batchBytes(view, at)) {
    nextOffset = behindBatch(view, at);
    compressions.add(view.getInt16(at + field.attributes) & attribute.compression);
  }
  return { nextOffset, compressions };
}

/** Gives out records in order; `nextOffset` also moves over what holds none for us (markers, compacted offsets). */
export class BatchReader {
  readonly #source: BatchSource;
  readonly #view: DataView;
  readonly #abortedProducers = new Set<bigint>();
  readonly #abortedLater: AbortedTransaction[];
  #at = 0;
  #records: RecordReader | undefined;
  #unpackedBytes = 0;
  #handedOutViews = false;
  #nextOffset: bigint;

  /** @param from the first offset wanted; batches may begin before it */
  constructor(source: BatchSource, from: bigint) {
    this.#source = source;
    this.#view = viewOf(source.batches);
    this.#nextOffset = from;
    this.#abortedLater = (source.aborted ?? []).toSorted((a, b) => a.firstOffset < b.firstOffset ? -1 : 1);
  }

  /** Offset behind the last record given out. */
  get nextOffset(): bigint {
    return this.#nextOffset;
  }

  /** True when all is given out. */
  get done(): boolean {
    return this.#records === undefined && !wholeBatchAt(this.#view, this.#at);
  }

  /** True once records are views of the fetched bytes themselves; those of packed batches have their own. */
  get handedOutViews(): boolean {
    return this.#handedOutViews;
  }

  /** Bytes of the batch that is unpacked right now, besides the fetched ones. */
  get unpackedBytes(): number {
    return this.#unpackedBytes;
  }

  /** Appends records until `into` has `countMax`, or all are given out. */
  read(into: ConsumerRecord[], countMax: number): void {
    try {
      while (into.length < countMax && !this.done) {
        this.#records ??= this.#openBatch();
        if (this.#records === undefined) continue;
        this.#readBatch(this.#records, into, countMax);
      }
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw this.#corrupt(cause.message, cause);
    }
  }

  #readBatch(records: RecordReader, into: ConsumerRecord[], countMax: number): void {
    const before = into.length;
    try {
      records.read(into, this.#nextOffset, countMax);
    } finally {
      // Also where the batch turns out to be corrupt half-way: what stands before it was given out.
      const last = into.length > before ? into[into.length - 1] : undefined;
      if (last !== undefined) this.#nextOffset = last.offset + 1n;
    }
    if (records.left === 0) this.#closeBatch();
  }

  /** Unpacks the batch at hand; undefined where it holds nothing for us. */
  #openBatch(): RecordReader | undefined {
    const view = this.#view;
    const at = this.#at;
    this.#check(at);
    if (this.#skipped(at)) {
      this.#closeBatch();
      return undefined;
    }
    const count = view.getInt32(at + field.count);
    if (count < 0) throw new RangeError(`it says it has ${count} records`);
    const attributes = view.getInt16(at + field.attributes);
    const compression = attributes & attribute.compression;
    const packed = this.#source.batches.subarray(at + field.records, at + batchBytes(view, at));
    const records = compression === 0 ? packed : this.#unpack(compression, packed);
    this.#unpackedBytes = compression === 0 ? 0 : records.length;
    this.#handedOutViews ||= compression === 0;
    const appended = (attributes & attribute.appendTime) !== 0;
    return new RecordReader({
      ...this.#source.at,
      baseOffset: view.getBigInt64(at + field.baseOffset),
      baseTimestamp: Number(view.getBigInt64(at + field.baseTimestamp)),
      appendTime: appended ? Number(view.getBigInt64(at + field.maxTimestamp)) : undefined,
      count,
    }, records);
  }

  #closeBatch(): void {
    const behind = behindBatch(this.#view, this.#at);
    if (behind > this.#nextOffset) this.#nextOffset = behind;
    this.#at += batchBytes(this.#view, this.#at);
    this.#records = undefined;
    this.#unpackedBytes = 0;
  }

  #unpack(compression: number, packed: Uint8Array): Uint8Array {
    try {
      return decompress(compression, packed);
    } catch (cause) {
      throw this.#corrupt("it can't be unpacked", cause);
    }
  }

  #check(at: number): void {
    const view = this.#view;
    const magic = view.getInt8(at + field.magic);
    if (magic !== magicNow) {
      throw this.#corrupt(`its format is ${magic}, expected ${magicNow} (Kafka 0.11 or later)`);
    }
    if (!this.#source.checkCrcs) return;
    const sum = crc32c(view, at + field.attributes, at + batchBytes(view, at));
    if (sum !== view.getUint32(at + field.crc)) throw this.#corrupt("its checksum isn't that of its bytes");
  }

  /** Control batches never reach a consumer; nor, for read_committed, does what was given up. */
  #skipped(at: number): boolean {
    const view = this.#view;
    const attributes = view.getInt16(at + field.attributes);
    const producer = view.getBigInt64(at + field.producerId);
    while ((this.#abortedLater[0]?.firstOffset ?? behindBatch(view, at)) < behindBatch(view, at)) {
      const begun = this.#abortedLater.shift();
      if (begun !== undefined) this.#abortedProducers.add(begun.producerId);
    }
    if ((attributes & attribute.control) !== 0) {
      this.#abortedProducers.delete(producer); // the marker, of whichever kind, ends the transaction
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

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The last batch of a fetch may be cut off. */
function wholeBatchAt(view: DataView, at: number): boolean {
  return at + field.records <= view.byteLength && at + batchBytes(view, at) <= view.byteLength;
}

function batchBytes(view: DataView, at: number): number {
  const bytes = lengthEnd + view.getInt32(at + field.length);
  if (bytes < field.records) throw new RangeError("a batch is shorter than its header");
  return bytes;
}

function behindBatch(view: DataView, at: number): bigint {
  return view.getBigInt64(at + field.baseOffset) + BigInt(view.getInt32(at + field.lastOffsetDelta)) + 1n;
}
