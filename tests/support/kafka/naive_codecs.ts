/**
 * Naive readers of LZ4 and snappy to compare with: each byte is checked, nothing is fast. They return undefined for a
 * corrupt block.
 *
 * @module
 */

/** Bytes of a block with a position; reading past the end makes the block corrupt. */
class Cursor {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  next(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Corrupt();
    return byte;
  }

  number(bytes: number): number {
    let number = 0;
    for (let index = 0; index < bytes; index++) number += this.next() * 256 ** index;
    return number;
  }
}

class Corrupt extends Error {}

/** Unpacks an LZ4 block without a frame. */
export function naiveLz4(block: Uint8Array, bytesMax: number): Uint8Array | undefined {
  return orUndefined(() => {
    const from = new Cursor(block);
    const into: number[] = [];
    const length = (start: number) => {
      let all = start;
      for (let more = start === 15 ? 255 : 0; more === 255; all += more) more = from.next();
      return all;
    };
    while (true) {
      const token = from.next();
      for (let left = length(token >> 4); left > 0; left--) into.push(from.next());
      if (from.isAtEnd) return limited(into, bytesMax);
      const offset = from.number(2);
      repeat(into, offset, length(token & 15) + 4, bytesMax);
    }
  });
}

/** Unpacks a snappy block. */
export function naiveSnappy(block: Uint8Array, bytesMax: number): Uint8Array | undefined {
  return orUndefined(() => {
    const from = new Cursor(block);
    let expected = 0;
    for (let scale = 1, byte = 0x80; byte > 0x7f; scale *= 128) {
      if (scale > 2 ** 28) throw new Corrupt();
      byte = from.next();
      expected += (byte & 0x7f) * scale;
    }
    const into: number[] = [];
    while (!from.isAtEnd) {
      const tag = from.next();
      const kind = tag & 3;
      const six = tag >> 2;
      if (kind === 0) {
        for (let left = six < 60 ? six + 1 : from.number(six - 59) + 1; left > 0; left--) {
          into.push(from.next());
        }
      } else if (kind === 1) {
        repeat(into, (tag >> 5) * 256 + from.next(), (six & 7) + 4, bytesMax);
      } else {
        repeat(into, from.number(kind === 2 ? 2 : 4), six + 1, bytesMax);
      }
    }
    if (into.length !== expected) throw new Corrupt();
    return limited(into, bytesMax);
  });
}

function repeat(into: number[], offset: number, length: number, bytesMax: number): void {
  if (offset === 0 || offset > into.length || into.length + length > bytesMax) throw new Corrupt();
  for (let left = length; left > 0; left--) {
    const byte = into.at(-offset);
    if (byte === undefined) throw new Corrupt();
    into.push(byte);
  }
}

function limited(bytes: readonly number[], bytesMax: number): Uint8Array {
  if (bytes.length > bytesMax) throw new Corrupt();
  return Uint8Array.from(bytes);
}

function orUndefined(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Corrupt) return undefined;
    throw error;
  }
}
