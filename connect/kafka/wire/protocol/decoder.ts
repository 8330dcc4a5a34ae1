import type { Buffer } from "node:buffer";

/** Reads primitive types of Kafka's protocol in order; throws RangeError if the bytes end early. */
export class Decoder {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  readInt8(): number {
    return this.#view.getInt8(this.#skip(1));
  }

  readInt16(): number {
    return this.#view.getInt16(this.#skip(2));
  }

  readInt32(): number {
    return this.#view.getInt32(this.#skip(4));
  }

  readInt64(): bigint {
    return this.#view.getBigInt64(this.#skip(8));
  }

  readBoolean(): boolean {
    return this.readInt8() === 1;
  }

  readString(): string | null {
    return this.#next(this.readInt16())?.toString("utf8") ?? null;
  }

  /** Returns a view, not a copy. */
  readBytes(): Buffer | null {
    return this.#next(this.readInt32());
  }

  /** Refuses a list with more entries than bytes left. */
  readArray<T>(read: (from: Decoder) => T): T[] {
    const count = this.readInt32();
    const left = this.#bytes.length - this.#at;
    if (count > left) throw new RangeError(`a list of ${count} entries in ${left} bytes`);
    const entries: T[] = [];
    for (let entry = 0; entry < count; entry++) entries.push(read(this));
    return entries;
  }

  /** Returns the bytes left. */
  readAll(): Buffer {
    return this.#bytes.subarray(this.#skip(this.#bytes.length - this.#at));
  }

  #next(length: number): Buffer | null {
    if (length < 0) return null;
    const left = this.#bytes.length - this.#at;
    if (length > left) throw new RangeError(`a text or value of ${length} bytes in ${left} bytes`);
    return this.#bytes.subarray(this.#skip(length), this.#at);
  }

  #skip(bytes: number): number {
    const from = this.#at;
    this.#at += bytes;
    return from;
  }
}
