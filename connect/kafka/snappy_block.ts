/**
 * Unpacks blocks of snappy. (Snappy compressed format description)
 *
 * @module
 */

import { copyBack, newUnpacked, type Unpacked } from "./lz4_block.ts";

/** A copy of 3 bytes stands for at most 64: a block that says it's longer than that lies. */
const longestGrowth = { packed: 3, unpacked: 64 } as const;
/** Lengths of a literal from here on say in how many bytes the length follows. */
const lengthFollows = 60;
const lengthBitsMax = 32;
/** Literals shorter than this are faster byte by byte than by a call. */
const callBytesMin = 24;

/**
 * Unpacks one block.
 *
 * @throws RangeError for a block that is corrupt, or unpacks to more than `bytesMax`
 * @example
 * ```ts
 * import { readSnappyBlock } from "./snappy_block.ts";
 * const block = Uint8Array.of(5, 0x00, 0x78, 0x01, 1); // 5 bytes: an x, four more from 1 byte back
 * if (new TextDecoder().decode(readSnappyBlock(block, 100)) !== "xxxxx") throw new Error("xxxxx");
 * ```
 */
export function readSnappyBlock(block: Uint8Array, bytesMax: number): Uint8Array {
  const { bytes, end } = readLength(block);
  if (bytes > bytesMax) throw new RangeError(`more than ${bytesMax} bytes`);
  const into = newUnpacked(bytes);
  unpack(block, end, into);
  return into.bytes;
}

/** The length that a block says it unpacks to, and where that ends. */
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

function unpack(block: Uint8Array, start: number, into: Unpacked): void {
  const { bytes } = into;
  let at = start;
  let to = 0;
  while (at < block.length) {
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
      if (to + length > bytes.length) throw new RangeError("a block unpacks to more than it says");
      if (length >= callBytesMin) bytes.set(block.subarray(at, at + length), to);
      else for (let copied = 0; copied < length; copied++) bytes[to + copied] = block[at + copied]!;
      at += length;
      to += length;
    } else {
      const offsetBytes = kind === 3 ? 4 : kind;
      const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
      const high = kind === 1 ? (tag >> 5) << 8 : 0;
      const offset = high + littleEndian(block, at, offsetBytes);
      at += offsetBytes;
      if (offset === 0 || offset > to) throw new RangeError("a copy from outside the block");
      if (to + length > bytes.length) throw new RangeError("a block unpacks to more than it says");
      to = copyBack(into, to, offset, length);
    }
  }
  if (to !== bytes.length) throw new RangeError("a block unpacks to less than it says");
}

/** A number of 1 to 4 bytes. */
function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  if (at + count > bytes.length) throw new RangeError("a number that goes on behind its block");
  let number = bytes[at]!;
  if (count > 1) number |= bytes[at + 1]! << 8;
  if (count > 2) number |= bytes[at + 2]! << 16;
  return count > 3 ? number + bytes[at + 3]! * 2 ** 24 : number;
}
