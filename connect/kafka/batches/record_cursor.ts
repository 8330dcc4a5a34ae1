/** Reads the numbers of records in order. (Kafka's message format, record version 2) @module */

/** A place in memory; reading beyond its end throws RangeError. */
export class RecordCursor {
  at: number;
  readonly #view: DataView;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.at = at;
  }

  get end(): number {
    return this.#view.byteLength;
  }

  /** Reads a length, passes over so many bytes and returns the length; negative = null. */
  skip(): number {
    const length = this.varint();
    if (length <= 0) return length;
    this.at += length;
    if (this.at > this.#view.byteLength) throw new RangeError("a record is longer than its batch");
    return length;
  }

  /** Reads a zigzag number of up to 32 bits. */
  varint(): number {
    const byte = this.#view.getUint8(this.at++);
    const value = byte > 0x7f ? this.#longVarint(byte) : byte;
    return (value >>> 1) ^ -(value & 1);
  }

  /** Reads a zigzag number of up to 64 bits, exact up to 53 bits, which suffices for milliseconds. */
  varlong(): number {
    const byte = this.#view.getUint8(this.at++);
    return byte > 0x7f ? this.#longVarlong(byte) : (byte >>> 1) ^ -(byte & 1);
  }

  // Apart, so that the common number of one byte is compiled into the code that reads it.
  #longVarint(first: number): number {
    const view = this.#view;
    let value = first & 0x7f;
    for (let byte = first, shift = 7; byte > 0x7f; shift += 7) {
      if (shift > 28) throw new RangeError("a number of more than 32 bits");
      byte = view.getUint8(this.at++);
      value |= (byte & 0x7f) << shift;
    }
    return value;
  }

  #longVarlong(first: number): number {
    const view = this.#view;
    let value = first & 0x7f;
    for (let byte = first, scale = 128; byte > 0x7f; scale *= 128) {
      if (scale > 2 ** 63) throw new RangeError("a number of more than 64 bits");
      byte = view.getUint8(this.at++);
      value += (byte & 0x7f) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
