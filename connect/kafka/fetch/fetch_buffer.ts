/** Fetched records that weren't returned yet, in the order they arrived. @module */

import type { BatchReader } from "../batches/batch_reader.ts";
import { type RecordTarget, RunList } from "../batches/run_list.ts";
import type { FramePool } from "../wire/frame_pool.ts";
import { isCorrupt } from "../wire/kafka_error.ts";
import type { PartitionState } from "./partition_state.ts";

/** One partition's part of an answer. */
export interface FetchedPart {
  readonly state: PartitionState;
  readonly reader: BatchReader;
  readonly bytes: number;
}

interface BufferedPart extends FetchedPart {
  /** The whole answer stays in memory until its last part is returned. */
  readonly answer: BufferedAnswer;
}

interface BufferedAnswer {
  readonly node: number;
  readonly bytes: number;
  readonly memory: ArrayBuffer;
  parts: number;
  handedOutViews: boolean;
}

/** An answer whose records were all returned. */
interface DrainedAnswer {
  readonly memory: ArrayBuffer;
  /** Records of all answers returned by then. */
  readonly handedOut: number;
}

/**
 * Returned answers wait here for `release`, up to this many bytes; the runtime frees the others. Without any `release`,
 * few wait.
 */
const waitingBytesMax = { whereReleased: 32 * 1024 * 1024, elsewhere: 4 * 1024 * 1024 } as const;

/** Limits of what one `take` decompresses: of one partition, so that others have their turn, and of all. */
const unpackedBytesMax = { ofPartition: 1024 * 1024, ofAll: 4 * 1024 * 1024 } as const;

export class FetchBuffer {
  #parts: BufferedPart[] = [];
  readonly #answerBytes = new Map<number, number>();
  readonly #pool: FramePool;
  #drained: DrainedAnswer[] = [];
  #drainedBytes = 0;
  #handedOut = 0;
  #isReleased = false;

  /** @param pool receives the memory of answers that are no longer used */
  constructor(pool: FramePool) {
    this.#pool = pool;
  }

  /** Memory held: whole answers and the batches being decompressed. */
  get bytes(): number {
    const answers = [...this.#answerBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    return this.#parts.reduce((sum, { reader }) => sum + reader.unpackedBytes, answers);
  }

  bytesOf(node: number): number {
    return this.#answerBytes.get(node) ?? 0;
  }

  /** Adds an answer, whose `memory` stays until all its parts are returned. */
  add(node: number, parts: readonly FetchedPart[], memory: ArrayBuffer): void {
    if (parts.length === 0) return this.#pool.give(memory);
    const bytes = memory.byteLength;
    const answer = { node, bytes, memory, parts: parts.length, handedOutViews: false };
    this.#answerBytes.set(node, this.bytesOf(node) + bytes);
    for (const part of parts) {
      part.state.bufferedBytes += part.bytes;
      this.#parts.push({ ...part, answer });
    }
  }

  /**
   * Appends records of partitions that aren't paused, until `into` has `countMax` or enough was decompressed.
   *
   * @returns true if more can be returned right now
   */
  take(into: RecordTarget, countMax: number): boolean {
    this.#isReleased ||= into instanceof RunList; // its caller releases, but only after a batch or two
    let bytesLeft: number = unpackedBytesMax.ofAll;
    const unfinished: PartitionState[] = [];
    for (let index = 0; index < this.#parts.length && into.length < countMax && bytesLeft > 0;) {
      const part = this.#parts[index];
      if (part === undefined) break;
      if (!isReadable(part.state) || unfinished.includes(part.state)) {
        index++;
        continue;
      }
      bytesLeft -= this.#read(part, into, countMax);
      if (part.reader.done) this.#remove(index);
      else unfinished.push(part.state);
    }
    return this.#hasMore();
  }

  /** Only the first part of each partition counts: later ones wait for it. */
  #hasMore(): boolean {
    const seen = new Set<PartitionState>();
    for (const { state, reader } of this.#parts) {
      if (!seen.has(state) && isReadable(state) && !reader.isWaiting) return true;
      seen.add(state);
    }
    return false;
  }

  /** Drops the buffered records of these partitions. */
  drop(drops: (state: PartitionState) => boolean): void {
    for (let index = this.#parts.length - 1; index >= 0; index--) {
      const part = this.#parts[index];
      if (part !== undefined && drops(part.state)) this.#remove(index);
    }
  }

  /** Declares the first `handedOut` returned records unused. */
  release(handedOut: number): void {
    this.#isReleased = true;
    const inUse = this.#drained.findIndex((answer) => answer.handedOut > handedOut);
    const done = this.#drained.splice(0, inUse < 0 ? this.#drained.length : inUse);
    for (const { memory } of done) {
      this.#drainedBytes -= memory.byteLength;
      this.#pool.give(memory);
    }
  }

  #read({ state, reader }: BufferedPart, into: RecordTarget, countMax: number): number {
    const before = into.length;
    try {
      return reader.read(into, countMax, unpackedBytesMax.ofPartition);
    } catch (cause) {
      if (isCorrupt(cause)) state.spoiled = cause; // fetched again once the records before it are returned
      else state.failure = cause; // poll throws it once the records before it are returned
      return 0;
    } finally {
      this.#handedOut += into.length - before;
      state.handedOut(reader.nextOffset);
    }
  }

  #remove(index: number): void {
    for (const { state, bytes, answer, reader } of this.#parts.splice(index, 1)) {
      state.bufferedBytes -= bytes;
      reader.close();
      answer.handedOutViews ||= reader.handedOutViews;
      if (--answer.parts === 0) this.#drain(answer);
    }
  }

  #drain({ node, bytes, memory, handedOutViews }: BufferedAnswer): void {
    this.#answerBytes.set(node, this.bytesOf(node) - bytes);
    if (!handedOutViews) return this.#pool.give(memory);
    this.#drained.push({ memory, handedOut: this.#handedOut });
    this.#drainedBytes += bytes;
    const bytesMax = this.#isReleased ? waitingBytesMax.whereReleased : waitingBytesMax.elsewhere;
    while (this.#drainedBytes > bytesMax) {
      this.#drainedBytes -= this.#drained.shift()?.memory.byteLength ?? this.#drainedBytes;
    }
  }
}

function isReadable({ paused, failure, spoiled }: PartitionState): boolean {
  return !paused && failure === undefined && spoiled === undefined;
}
