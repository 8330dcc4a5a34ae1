/**
 * What was fetched and not handed out yet, in the order it came.
 *
 * @module
 */

import type { ConsumerRecord } from "../api/ports.ts";
import type { BatchReader } from "./batch_reader.ts";
import type { FramePool } from "./frame_pool.ts";
import type { PartitionState } from "./partition_state.ts";

/** A partition's share of an answer. */
export interface FetchedPart {
  readonly state: PartitionState;
  readonly reader: BatchReader;
  readonly bytes: number;
}

interface BufferedPart extends FetchedPart {
  /** The whole answer stays in memory until the last of its parts is done. */
  readonly answer: BufferedAnswer;
}

interface BufferedAnswer {
  readonly node: number;
  readonly bytes: number;
  readonly memory: ArrayBuffer;
  parts: number;
  handedOutViews: boolean;
}

/** An answer whose records are all handed out. */
interface DrainedAnswer {
  readonly memory: ArrayBuffer;
  /** Records handed out by then, of all answers. */
  readonly handedOut: number;
}

/**
 * Answers that are handed out wait here for `release`; those beyond are left to the runtime. Where nobody ever
 * calls it, hardly any wait.
 */
const waitingBytesMax = { whereReleased: 32 * 1024 * 1024, elsewhere: 4 * 1024 * 1024 } as const;

/** Buffered answers, and how much memory they hold. */
export class FetchBuffer {
  #parts: BufferedPart[] = [];
  readonly #answerBytes = new Map<number, number>();
  readonly #pool: FramePool;
  #drained: DrainedAnswer[] = [];
  #drainedBytes = 0;
  #handedOut = 0;
  #isReleased = false;

  /** @param pool where the memory of answers goes when nothing of them is in use any more */
  constructor(pool: FramePool) {
    this.#pool = pool;
  }

  /** Memory held: whole answers, and batches that are unpacked at the moment. */
  get bytes(): number {
    const answers = [...this.#answerBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    return this.#parts.reduce((sum, { reader }) => sum + reader.unpackedBytes, answers);
  }

  /** Bytes of one broker's answers. */
  bytesOf(node: number): number {
    return this.#answerBytes.get(node) ?? 0;
  }

  /** Takes an answer in, which keeps `memory` until all of its parts are handed out. */
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

  /** Appends records of partitions that aren't paused until `into` has `countMax`. */
  take(into: ConsumerRecord[], countMax: number): void {
    for (let index = 0; index < this.#parts.length && into.length < countMax;) {
      const part = this.#parts[index];
      if (part === undefined) return;
      if (part.state.paused || part.state.failure !== undefined) {
        index++;
        continue;
      }
      this.#read(part, into, countMax);
      if (part.reader.done) this.#remove(index);
    }
  }

  /** Drops what is buffered of these partitions. */
  drop(drops: (state: PartitionState) => boolean): void {
    for (let index = this.#parts.length - 1; index >= 0; index--) {
      const part = this.#parts[index];
      if (part !== undefined && drops(part.state)) this.#remove(index);
    }
  }

  /** Nothing of the first so many records handed out is used any more. */
  release(handedOut: number): void {
    this.#isReleased = true;
    const inUse = this.#drained.findIndex((answer) => answer.handedOut > handedOut);
    const done = this.#drained.splice(0, inUse < 0 ? this.#drained.length : inUse);
    for (const { memory } of done) {
      this.#drainedBytes -= memory.byteLength;
      this.#pool.give(memory);
    }
  }

  #read({ state, reader }: BufferedPart, into: ConsumerRecord[], countMax: number): void {
    const before = into.length;
    try {
      reader.read(into, countMax);
    } catch (cause) {
      state.failure = cause; // poll throws it once the records before it are handed out
    }
    this.#handedOut += into.length - before;
    state.handedOut(reader.nextOffset);
  }

  #remove(index: number): void {
    for (const { state, bytes, answer, reader } of this.#parts.splice(index, 1)) {
      state.bufferedBytes -= bytes;
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
