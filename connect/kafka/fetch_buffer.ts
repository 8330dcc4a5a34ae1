/**
 * What was fetched and not handed out yet, in the order it came.
 *
 * @module
 */

import type { ConsumerRecord } from "../api/ports.ts";
import type { BatchReader } from "./batch_reader.ts";
import type { PartitionState } from "./partition_state.ts";

/** A partition's share of an answer. */
export interface FetchedPart {
  readonly state: PartitionState;
  readonly reader: BatchReader;
  readonly bytes: number;
}

interface BufferedPart extends FetchedPart {
  /** The whole answer stays in memory until the last of its parts is done. */
  readonly answer: { readonly node: number; readonly bytes: number; parts: number };
}

/** Buffered answers, and how much memory they hold. */
export class FetchBuffer {
  #parts: BufferedPart[] = [];
  readonly #answerBytes = new Map<number, number>();

  /** Memory held: whole answers, and batches that are unpacked at the moment. */
  get bytes(): number {
    const answers = [...this.#answerBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    return this.#parts.reduce((sum, { reader }) => sum + reader.unpackedBytes, answers);
  }

  /** Bytes of one broker's answers. */
  bytesOf(node: number): number {
    return this.#answerBytes.get(node) ?? 0;
  }

  /** Takes an answer of so many bytes in. */
  add(node: number, parts: readonly FetchedPart[], bytes: number): void {
    if (parts.length === 0) return;
    const answer = { node, bytes, parts: parts.length };
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

  #read({ state, reader }: BufferedPart, into: ConsumerRecord[], countMax: number): void {
    try {
      reader.read(into, countMax);
    } catch (cause) {
      state.failure = cause; // poll throws it once the records before it are handed out
    }
    state.handedOut(reader.nextOffset);
  }

  #remove(index: number): void {
    for (const { state, bytes, answer } of this.#parts.splice(index, 1)) {
      state.bufferedBytes -= bytes;
      if (--answer.parts === 0) this.#answerBytes.set(answer.node, this.bytesOf(answer.node) - answer.bytes);
    }
  }
}
