/** Bytes for the server, in memory that is used again for each batch. @module */

/** Up to here a loop is faster than a view of the bytes. */
const shortBytes = 24;
/** Larger memory is given back after use. */
const keptBytesMax = 4 * 1024 * 1024;
/** Most bytes of UTF-8 for one UTF-16 unit. */
const bytesOfUnitMax = 3;

const encoder = new TextEncoder();

/**
 * A growing buffer. Numbers are in network order.
 *
 * @example
 * ```ts
 * import { OutBuffer } from "./out_buffer.ts";
 * const out = new OutBuffer();
 * const length = out.beginLength();
 * out.text("né");
 * out.endLength(length);
 * if (out.written().join() !== "0,0,0,3,110,195,169") throw new Error("four bytes of length, then UTF-8");
 * ```
 */
export class OutBuffer {
  readonly #firstBytes: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length = 0;

  /** @param firstBytes size to begin with */
  constructor(firstBytes: number = 64 * 1024) {
    this.#firstBytes = firstBytes;
    this.#bytes = new Uint8Array(firstBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Returns what has been written; the same memory is written again after `clear`. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets everything. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > keptBytesMax) this.#use(new Uint8Array(this.#firstBytes));
  }

  uint8(value: number): void {
    const at = this.#take(1);
    this.#bytes[at] = value;
  }

  int16(value: number): void {
    const at = this.#take(2);
    this.#view.setInt16(at, value);
  }

  int32(value: number): void {
    const at = this.#take(4);
    this.#view.setInt32(at, value);
  }

  float64(value: number): void {
    const at = this.#take(8);
    this.#view.setFloat64(at, value);
  }

  bytes(source: Uint8Array, from: number, length: number): void {
    const at = this.#take(length);
    const bytes = this.#bytes;
    if (length < shortBytes) {
      for (let index = 0; index < length; index++) bytes[at + index] = source[from + index] as number;
    } else {
      bytes.set(source.subarray(from, from + length), at);
    }
  }

  /** Writes a text that has only ASCII. */
  ascii(text: string): void {
    const { length } = text;
    const at = this.#take(length);
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index);
  }

  /** Writes a text as UTF-8. */
  text(text: string): void {
    const at = this.#take(bytesOfUnitMax * text.length);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(at));
    this.#length = at + written;
  }

  /** Writes a text and a zero byte. */
  cstring(text: string): void {
    this.text(text);
    this.uint8(0);
  }

  /** Keeps four bytes for a length, and returns their place. */
  beginLength(): number {
    return this.#take(4);
  }

  /** Sets a length to the number of bytes behind it. */
  endLength(at: number): void {
    this.setInt32(at, this.#length - at - 4);
  }

  /** Writes over four bytes. */
  setInt32(at: number, value: number): void {
    this.#view.setInt32(at, value);
  }

  #take(count: number): number {
    const at = this.#length;
    const end = at + count;
    if (end > this.#bytes.length) this.#grow(end);
    this.#length = end;
    return at;
  }

  #grow(wanted: number): void {
    const larger = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length));
    larger.set(this.written());
    this.#use(larger);
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
