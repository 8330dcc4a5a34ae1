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
  readonly #kept: ArrayBuffer[] = [];

  /** @param keptBytesMax bytes to keep at most */
  constructor(keptBytesMax: number) {
    this.#keptBytesMax = keptBytesMax;
  }

  /** Returns exactly so many bytes with arbitrary content. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes < pooledBytesMin) return new Uint8Array(bytes);
    const fits = ({ byteLength }: ArrayBuffer) => byteLength >= bytes && byteLength <= 2 * bytes + stepBytes;
    const found = this.#kept.findIndex(fits);
    const [kept] = found < 0 ? [] : this.#kept.splice(found, 1);
    return new Uint8Array(kept ?? new ArrayBuffer(Math.ceil(bytes / stepBytes) * stepBytes), 0, bytes);
  }

  /** Takes a buffer back: every view of it becomes empty. */
  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength < pooledBytesMin || buffer.detached) return;
    const kept = this.#kept.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (kept + buffer.byteLength <= this.#keptBytesMax) this.#kept.push(buffer.transfer());
    else buffer.transfer(0);
  }
}
