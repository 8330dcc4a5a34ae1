/** Decompresses snappy blocks. (Snappy compressed format description) @module */

import { type BlockMemory, copyBack, newBlockMemory } from "./lz4_block.ts";
import { pieceBytes } from "./piece_source.ts";

/** A 3-byte copy yields at most 64 bytes: a block that claims more is corrupt. */
const longestGrowth = { packed: 3, unpacked: 64 } as const;
/** From this value on, a literal's length is in the bytes that follow. */
const lengthFollows = 60;
const lengthBitsMax = 32;
/** Below this length, copying literals byte by byte is faster than a call. */
const callBytesMin = 24;
/** Longest distance of a copy in a block decompressed in pieces; compressors stay within 64 KiB. */
const historyBytesMax = 1024 * 1024;
const copyBytesMax = 64;

/**
 * A block being decompressed.
 *
 * @example
 * ```ts
 * import { SnappyBlock } from "./snappy_block.ts";
 * import { newBlockMemory } from "./lz4_block.ts";
 * const block = new SnappyBlock(Uint8Array.of(5, 0x00, 0x78, 0x01, 1)); // 5 bytes: an x, four more from 1 byte back
 * const into = newBlockMemory(block.bytes);
 * block.unpack(into, 0);
 * if (new TextDecoder().decode(into.bytes) !== "xxxxx") throw new Error("xxxxx");
 * ```
 */
export class SnappyBlock {
  /** The decompressed length that the block claims. */
  readonly bytes: number;
  readonly #packed: Uint8Array;
  #at: number;
  #written = 0;
  #literalsLeft = 0;

  /** @throws RangeError for an impossible length */
  constructor(packed: Uint8Array) {
    const { bytes, end } = readLength(packed);
    this.#packed = packed;
    this.bytes = bytes;
    this.#at = end;
  }

  /**
   * Decompresses the whole block into memory that has room for it.
   *
   * @throws RangeError if it is corrupt
   */
  unpack(into: BlockMemory, position: number): void {
    this.#unpack(into, position, position + this.bytes);
    this.#requireEnd();
  }

  /** Decompresses in pieces; each overwrites the one before. */
  *pieces(): Iterable<Uint8Array> {
    const into = newBlockMemory(historyBytesMax + pieceBytes + copyBytesMax);
    let end = 0;
    while (this.#at < this.#packed.length || this.#literalsLeft > 0) {
      const history = Math.min(end, historyBytesMax);
      into.bytes.copyWithin(0, end - history, end);
      end = this.#unpack(into, history, history + pieceBytes);
      yield into.bytes.subarray(history, end);
    }
    this.#requireEnd();
  }

  /** Decompresses at least up to `limit` and returns the position after the last byte. */
  #unpack(into: BlockMemory, position: number, limit: number): number {
    const { bytes } = into;
    const block = this.#packed;
    const before = this.#written - position;
    const low = Math.max(0, -before);
    let to = this.#copyLiterals(bytes, position, limit);
    let at = this.#at;
    while (at < block.length && to < limit) {
      const tag = block[at++]!;
      const kind = tag & 3;
      if (kind === 0) {
        let length = tag >> 2;
        if (length >= lengthFollows) {
          const lengthBytes = length - lengthFollows + 1;
          length = littleEndian(block, at, lengthBytes);
          at += lengthBytes;
        }
        length++;
        if (at + length > block.length) throw new RangeError("more literals than the block has");
        if (before + to + length > this.bytes) throw new RangeError("a block unpacks to more than it says");
        if (length >= callBytesMin) {
          this.#at = at;
          this.#literalsLeft = length;
          to = this.#copyLiterals(bytes, to, limit);
          at = this.#at;
        } else {
          for (const literalsEnd = at + length; at < literalsEnd;) bytes[to++] = block[at++]!;
        }
      } else {
        const offsetBytes = kind === 3 ? 4 : kind;
        const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
        const high = kind === 1 ? (tag >> 5) << 8 : 0;
        const offset = high + littleEndian(block, at, offsetBytes);
        at += offsetBytes;
        if (offset === 0 || offset > to - low) throw new RangeError("a copy from outside the block");
        if (before + to + length > this.bytes) throw new RangeError("a block unpacks to more than it says");
        to = copyBack(into, to, offset, length);
      }
    }
    this.#at = at;
    this.#written = before + to;
    return to;
  }

  /** Copies a literal, which may be longer than a piece. */
  #copyLiterals(into: Uint8Array, position: number, limit: number): number {
    const count = Math.min(this.#literalsLeft, Math.max(0, limit - position));
    if (count === 0) return position;
    into.set(this.#packed.subarray(this.#at, this.#at + count), position);
    this.#at += count;
    this.#literalsLeft -= count;
    return position + count;
  }

  #requireEnd(): void {
    if (this.#at < this.#packed.length) throw new RangeError("a block unpacks to more than it says");
    if (this.#written !== this.bytes) throw new RangeError("a block unpacks to less than it says");
  }
}

/** Returns the decompressed length that a block claims, and where the length ends. */
function readLength(block: Uint8Array): { readonly bytes: number; readonly end: number } {
  let bytes = 0;
  let end = 0;
  for (let scale = 1, byte = 0x80; byte > 0x7f; scale *= 128) {
    if (end >= block.length || scale >= 2 ** lengthBitsMax) throw new RangeError("not a snappy block");
    byte = block[end++]!;
    bytes += (byte & 0x7f) * scale;
  }
  const packed = block.length - end;
  if (bytes * longestGrowth.packed > packed * longestGrowth.unpacked) {
    throw new RangeError("a block says it unpacks to more than it can");
  }
  return { bytes, end };
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  if (at + count > bytes.length) throw new RangeError("a number that continues after its block");
  let number = bytes[at]!;
  if (count > 1) number |= bytes[at + 1]! << 8;
  if (count > 2) number |= bytes[at + 2]! << 16;
  return count > 3 ? number + bytes[at + 3]! * 2 ** 24 : number;
}
