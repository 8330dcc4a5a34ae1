/**
 * A decompressed batch in pieces: a few kilobytes can decompress to gigabytes, which are never in memory together.
 * @module
 */

/** Batches up to this size are decompressed whole. */
export const wholeBytesMax = 2 * 1024 * 1024;

/** Larger batches are decompressed this many bytes at a time. */
export const pieceBytes = 1024 * 1024;

export interface PieceSource {
  /** Approximate memory, bytes. */
  readonly bytes: number;
  /**
   * Fills memory from a position on and returns the position after the last byte; less than the end means no more data.
   *
   * @throws RangeError for corrupt data
   */
  fill(into: Uint8Array, at: number): number;
  /** Frees the memory; safe to call twice. */
  close(): void;
}

/** A whole decompressed batch, or its first bytes and the source of the others. */
export interface UnpackedBatch {
  readonly first: Uint8Array;
  readonly rest?: PieceSource;
}

/** Reads from chunks of any size, each used up before the next is created. */
export class ChunkSource implements PieceSource {
  readonly #chunks: Iterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #given = 0;

  constructor(chunks: Iterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.iterator]();
  }

  get bytes(): number {
    return this.#chunk.buffer.byteLength;
  }

  fill(into: Uint8Array, at: number): number {
    let to = at;
    while (to < into.length) {
      if (this.#given === this.#chunk.length && !this.#next()) return to;
      const count = Math.min(into.length - to, this.#chunk.length - this.#given);
      into.set(this.#chunk.subarray(this.#given, this.#given + count), to);
      this.#given += count;
      to += count;
    }
    return to;
  }

  close(): void {
    this.#chunks.return?.();
    this.#chunk = new Uint8Array(0);
    this.#given = 0;
  }

  #next(): boolean {
    const { value, done } = this.#chunks.next();
    if (done === true) return false;
    this.#chunk = value;
    this.#given = 0;
    return true;
  }
}
