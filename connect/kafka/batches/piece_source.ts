/**
 * What a batch unpacks to, in pieces: a few kilobytes can unpack to gigabytes, which are never in memory together.
 *
 * @module
 */

/** Batches that unpack to no more than this are unpacked whole, in one go. */
export const wholeBytesMax = 2 * 1024 * 1024;

/** Of those that do, so much is unpacked at a time. */
export const pieceBytes = 1024 * 1024;

/** The bytes of a batch, in order. */
export interface PieceSource {
  /** Memory it holds, bytes, about. */
  readonly bytes: number;
  /**
   * Fills memory from a position on, and gives the position behind: less than all of it means that nothing more comes.
   *
   * @throws RangeError for what is corrupt
   */
  fill(into: Uint8Array, at: number): number;
  /** Frees its memory; safe to call twice. */
  close(): void;
}

/** What a batch unpacks to: all of it, or its first bytes and where the others come from. */
export interface UnpackedBatch {
  readonly first: Uint8Array;
  readonly rest?: PieceSource;
}

/** A source of chunks of any size, each used up before the next is made. */
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
