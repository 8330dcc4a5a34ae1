/**
 * Memory for large answers, used again and again.
 *
 * The runtime frees such memory only when tens of megabytes of it have piled up, so a consumer at full speed would
 * hold all that. Memory that comes back here is moved to a new buffer at once: whoever still holds a view of the
 * old one sees it empty, never somebody else's bytes.
 *
 * @module
 */

/** Smaller answers are left to the runtime. */
const pooledBytesMin = 64 * 1024;
/** Answers differ in size: each gets room in steps, so that the next one fits too. */
const stepBytes = 256 * 1024;

/** Buffers that wait for the next answer. */
export class FramePool {
  readonly #keptBytesMax: number;
  readonly #kept: ArrayBuffer[] = [];

  /** @param keptBytesMax more than this isn't kept */
  constructor(keptBytesMax: number) {
    this.#keptBytesMax = keptBytesMax;
  }

  /** Room for exactly so many bytes. Its content is whatever it was. */
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
