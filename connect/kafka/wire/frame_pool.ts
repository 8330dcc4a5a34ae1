/**
 * Reuses memory for large answers.
 *
 * The runtime frees such memory only after tens of megabytes have piled up, so a fast consumer would hold all that.
 * Returned memory moves to a new buffer at once: remaining views of the old one become empty and never show other data.
 * @module
 */

/** The runtime handles smaller answers. */
const pooledBytesMin = 64 * 1024;
/** Answers differ in size: buffers grow in steps, so that the next answer fits too. */
const stepBytes = 256 * 1024;

export class FramePool {
  readonly #keptBytesMax: number;
  /** Those unused for the longest time come first, and are the first to go. */
  readonly #kept: ArrayBuffer[] = [];

  /** @param keptBytesMax bytes to keep at most */
  constructor(keptBytesMax: number) {
    this.#keptBytesMax = keptBytesMax;
  }

  /** Returns exactly so many bytes with arbitrary content. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes < pooledBytesMin) return new Uint8Array(bytes);
    const kept = this.#takeKept(bytes);
    return new Uint8Array(kept ?? new ArrayBuffer(Math.ceil(bytes / stepBytes) * stepBytes), 0, bytes);
  }

  /** Takes a buffer back: every view of it becomes empty. */
  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength < pooledBytesMin || buffer.detached) return;
    if (buffer.byteLength > this.#keptBytesMax) return void buffer.transfer(0);
    this.#kept.push(buffer.transfer());
    let bytes = this.#kept.reduce((sum, { byteLength }) => sum + byteLength, 0);
    while (bytes > this.#keptBytesMax) {
      const unused = this.#kept.shift();
      bytes -= unused?.byteLength ?? bytes;
      unused?.transfer(0);
    }
  }

  /** Takes the smallest that fits, so that the large ones are there for large answers. */
  #takeKept(bytes: number): ArrayBuffer | undefined {
    let best: ArrayBuffer | undefined;
    for (const buffer of this.#kept) {
      const fits = buffer.byteLength >= bytes && buffer.byteLength <= 2 * bytes + stepBytes;
      if (fits && buffer.byteLength < (best?.byteLength ?? Infinity)) best = buffer;
    }
    if (best !== undefined) this.#kept.splice(this.#kept.indexOf(best), 1);
    return best;
  }
}
