/** Reads LZ4 frames as Kafka clients write them. (LZ4 frame format 1.6.1) @module */

import { lz4BlockBytes, newBlockMemory, unpackLz4Block } from "./lz4_block.ts";
import { ChunkSource, type UnpackedBatch, wholeBytesMax } from "./piece_source.ts";

const magic = 0x184d2204;
const versionMask = 0xc0;
const version = 0x40;
const uncompressedBit = 0x80000000;
const flags = { independent: 0x20, blockChecksum: 0x10, contentSize: 0x08, dictionary: 0x01 } as const;
const blockBytesMax: Readonly<Record<number, number>> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };
/** The longest distance of a match. */
const historyBytesMax = 0xffff;

interface Block {
  readonly start: number;
  readonly end: number;
  readonly isPacked: boolean;
}

interface FrameHeader {
  readonly blockBytes: number;
  readonly blockChecksums: boolean;
  readonly isIndependent: boolean;
  readonly end: number;
}

/**
 * Decompresses a frame: whole if it is small, else block by block on demand.
 *
 * @throws RangeError for a corrupt frame
 */
export function unpackLz4Frame(frame: Uint8Array): UnpackedBatch {
  const header = readHeader(viewOf(frame));
  const lengths: number[] = [];
  let bytes = 0;
  for (const block of blocksOf(frame, header)) {
    const length = bytesOf(frame, block, header, bytes);
    lengths.push(length);
    bytes += length;
    if (bytes > wholeBytesMax) {
      return { first: new Uint8Array(0), rest: new ChunkSource(chunksOf(frame, header)) };
    }
  }
  return { first: unpackWhole(frame, header, lengths, bytes) };
}

function unpackWhole(
  frame: Uint8Array,
  header: FrameHeader,
  lengths: readonly number[],
  bytes: number,
): Uint8Array {
  const into = newBlockMemory(bytes);
  let written = 0;
  let index = 0;
  for (const block of blocksOf(frame, header)) {
    if (block.isPacked) unpackLz4Block(frame, block, into, written);
    else into.bytes.set(frame.subarray(block.start, block.end), written);
    written += lengths[index++] ?? 0;
  }
  return into.bytes;
}

/** Yields block after block, each after the history that its matches may copy from. */
function* chunksOf(frame: Uint8Array, header: FrameHeader): Iterable<Uint8Array> {
  let memory = newBlockMemory(0);
  let end = 0;
  for (const block of blocksOf(frame, header)) {
    const history = Math.min(end, historyBytesMax);
    const length = bytesOf(frame, block, header, history);
    const wanted = history + length;
    const next = wanted <= memory.bytes.length
      ? memory
      : newBlockMemory(Math.max(wanted, memory.bytes.length));
    if (next === memory) memory.bytes.copyWithin(0, end - history, end);
    else next.bytes.set(memory.bytes.subarray(end - history, end));
    memory = next;
    end = wanted;
    if (block.isPacked) unpackLz4Block(frame, block, memory, history);
    else memory.bytes.set(frame.subarray(block.start, block.end), history);
    yield memory.bytes.subarray(history, end);
  }
}

/** Checks a block and returns its decompressed length. */
function bytesOf(frame: Uint8Array, block: Block, header: FrameHeader, written: number): number {
  const { blockBytes, isIndependent } = header;
  if (block.isPacked) return lz4BlockBytes(frame, block, isIndependent ? 0 : written, blockBytes);
  const bytes = block.end - block.start;
  if (bytes > blockBytes) throw new RangeError(`a block of more than ${blockBytes} bytes`);
  return bytes;
}

function* blocksOf(frame: Uint8Array, { end: begin, blockChecksums }: FrameHeader): Iterable<Block> {
  const view = viewOf(frame);
  for (let at = begin;;) {
    const word = view.getUint32(at, true);
    if (word === 0) return;
    const start = at + 4;
    const end = start + ((word & ~uncompressedBit) >>> 0);
    if (end > frame.length) throw new RangeError("a block is longer than its frame");
    yield { start, end, isPacked: (word & uncompressedBit) === 0 };
    at = end + (blockChecksums ? 4 : 0);
  }
}

function readHeader(view: DataView): FrameHeader {
  if (view.getUint32(0, true) !== magic) throw new RangeError("not an LZ4 frame");
  const descriptor = view.getUint8(4);
  if ((descriptor & versionMask) !== version) throw new RangeError("an LZ4 frame of another version");
  if ((descriptor & flags.dictionary) !== 0) throw new RangeError("an LZ4 frame that needs a dictionary");
  const blockBytes = blockBytesMax[(view.getUint8(5) >> 4) & 7];
  if (blockBytes === undefined) throw new RangeError("an LZ4 frame with an unknown block size");
  const checksum = 1;
  return {
    blockBytes,
    blockChecksums: (descriptor & flags.blockChecksum) !== 0,
    isIndependent: (descriptor & flags.independent) !== 0,
    end: 6 + ((descriptor & flags.contentSize) !== 0 ? 8 : 0) + checksum,
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
