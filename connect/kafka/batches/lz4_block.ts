/**
 * Decompresses LZ4 blocks. Measuring comes first and checks everything, so decompression needs no checks and exactly
 * the measured memory. (LZ4 block format) @module
 */

interface BlockSpan {
  readonly start: number;
  readonly end: number;
}

const matchBytesMin = 4;
/** A length of this value in a token continues in the next bytes. */
const lengthGoesOn = 15;
/** Below this length, copying literals byte by byte is faster than a call. */
const callBytesMin = 24;
/** Matches are copied in words of this many bytes. */
const wordBytes = 8;

/** The output of a block, with a view of all of it. */
export interface BlockMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
}

export function newBlockMemory(length: number): BlockMemory {
  const bytes = new Uint8Array(length);
  return { bytes, view: new DataView(bytes.buffer) };
}

/**
 * Returns the decompressed length of a block.
 *
 * @param history bytes before the block's own that it may copy from
 * @throws RangeError if the block is malformed, copies from before the history, or has more than `bytesMax` bytes
 * @example
 * ```ts
 * import { lz4BlockBytes } from "./lz4_block.ts";
 * const block = Uint8Array.of(0x10, 0x78, 1, 0, 0x00); // an x, four more from 1 byte back, the end
 * if (lz4BlockBytes(block, { start: 0, end: block.length }, 0, 100) !== 5) throw new Error("xxxxx");
 * ```
 */
export function lz4BlockBytes(from: Uint8Array, span: BlockSpan, history: number, bytesMax: number): number {
  const { end } = span;
  let at = span.start;
  let bytes = 0;
  for (;;) {
    if (at >= end) throw new RangeError("a block without an end");
    const token = from[at++]!;
    let length = token >> 4;
    if (length === lengthGoesOn) {
      for (let more = 255; more === 255; length += more) {
        if (at >= end) throw new RangeError("a length that continues after its block");
        more = from[at++]!;
      }
    }
    at += length;
    bytes += length;
    if (at > end) throw new RangeError("more literals than the block has");
    if (bytes > bytesMax) throw new RangeError(`a block of more than ${bytesMax} bytes`);
    if (at === end) return bytes;
    if (at + 2 > end) throw new RangeError("a match without an offset");
    const offset = from[at]! | (from[at + 1]! << 8);
    at += 2;
    if (offset === 0 || offset > history + bytes) throw new RangeError("a match from outside the frame");
    length = token & lengthGoesOn;
    if (length === lengthGoesOn) {
      for (let more = 255; more === 255; length += more) {
        if (at >= end) throw new RangeError("a length that continues after its block");
        more = from[at++]!;
      }
    }
    bytes += length + matchBytesMin;
    if (bytes > bytesMax) throw new RangeError(`a block of more than ${bytesMax} bytes`);
  }
}

/** Decompresses a measured block and returns the position after it. */
export function unpackLz4Block(
  from: Uint8Array,
  span: BlockSpan,
  into: BlockMemory,
  position: number,
): number {
  const { end } = span;
  const { bytes } = into;
  let at = span.start;
  let to = position;
  while (at < end) {
    const token = from[at++]!;
    let length = token >> 4;
    if (length === lengthGoesOn) {
      for (let more = 255; more === 255; length += more) more = from[at++]!;
    }
    if (length >= callBytesMin) {
      bytes.set(from.subarray(at, at + length), to);
      to += length;
      at += length;
    } else {
      for (const literalsEnd = at + length; at < literalsEnd;) bytes[to++] = from[at++]!;
    }
    if (at >= end) return to;
    const offset = from[at]! | (from[at + 1]! << 8);
    at += 2;
    length = token & lengthGoesOn;
    if (length === lengthGoesOn) {
      for (let more = 255; more === 255; length += more) more = from[at++]!;
    }
    to = copyBack(into, to, offset, length + matchBytesMin);
  }
  return to;
}

/**
 * Repeats the bytes `offset` back, even if they overlap the output; returns the position after them. The last word may
 * write beyond that position, where the next bytes go.
 */
export function copyBack(
  { bytes, view }: BlockMemory,
  position: number,
  offset: number,
  length: number,
): number {
  const end = position + length;
  let from = position - offset;
  if (offset >= wordBytes && end <= bytes.length - wordBytes) {
    for (let to = position; to < end; to += wordBytes, from += wordBytes) {
      view.setBigUint64(to, view.getBigUint64(from, true), true);
    }
  } else {
    for (let to = position; to < end; to++) bytes[to] = bytes[from++]!;
  }
  return end;
}
