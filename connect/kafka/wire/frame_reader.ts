/** Splits a socket's bytes into answers: four bytes of length, then so many bytes. @module */

import type { FramePool } from "./frame_pool.ts";

/** Longer answers come from servers that aren't Kafka. */
const frameBytesMax = 256 * 1024 * 1024;
/** Memory for longer answers grows as their bytes arrive. */
const takenAtOnceBytesMax = 8 * 1024 * 1024;
const lengthBytes = 4;

/** Assembles answers, copying each byte once. */
export class FrameReader {
  readonly #pool: FramePool;
  readonly #onFrame: (frame: Uint8Array<ArrayBuffer>) => void;
  readonly #length = new DataView(new ArrayBuffer(lengthBytes));
  #lengthRead = 0;
  #frame: Uint8Array<ArrayBuffer> | undefined;
  #frameRead = 0;
  #frameBytes = 0;

  constructor(pool: FramePool, onFrame: (frame: Uint8Array<ArrayBuffer>) => void) {
    this.#pool = pool;
    this.#onFrame = onFrame;
  }

  /**
   * Takes received bytes; the caller may overwrite them afterwards.
   *
   * @throws RangeError for a length that no answer of Kafka has
   */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#frame === undefined) {
        this.#length.setUint8(this.#lengthRead++, bytes[at++] ?? 0);
        if (this.#lengthRead < lengthBytes) continue;
        this.#begin(this.#length.getInt32(0));
      }
      at += this.#fill(bytes, at);
    }
  }

  #begin(length: number): void {
    if (length < 0 || length > frameBytesMax) {
      throw new RangeError(
        `an answer of ${length} bytes, expected at most ${frameBytesMax}: what listens there isn't Kafka, or speaks TLS`,
      );
    }
    this.#lengthRead = 0;
    this.#frameRead = 0;
    this.#frameBytes = length;
    this.#frame = this.#pool.take(Math.min(length, takenAtOnceBytesMax));
  }

  #fill(bytes: Uint8Array, at: number): number {
    const frame = this.#frame;
    if (frame === undefined) return 0;
    const count = Math.min(bytes.length - at, frame.length - this.#frameRead);
    frame.set(bytes.subarray(at, at + count), this.#frameRead);
    this.#frameRead += count;
    if (this.#frameRead < frame.length) return count;
    this.#frame = frame.length < this.#frameBytes ? this.#larger(frame) : undefined;
    if (this.#frame === undefined) this.#onFrame(frame);
    return count;
  }

  #larger(frame: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const larger = this.#pool.take(Math.min(this.#frameBytes, 2 * frame.length));
    larger.set(frame);
    this.#pool.give(frame.buffer);
    return larger;
  }
}
