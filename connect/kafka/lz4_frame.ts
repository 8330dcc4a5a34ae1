/**
 * Reads LZ4 frames as Kafka clients write them. (LZ4 frame format 1.6.1)
 *
 * @module
 */

import { lz4BlockBytes, newUnpacked, unpackLz4Block } from "./lz4_block.ts";

const magic = 0x184d2204;
const versionMask = 0xc0;
const version = 0x40;
const uncompressedBit = 0x80000000;
const flags = { independent: 0x20, blockChecksum: 0x10, contentSize: 0x08, dictionary: 0x01 } as const;
const blockBytesMax: Readonly<Record<number, number>> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };

/** One block of a frame, and the bytes it unpacks to. */
interface Block {
  readonly start: number;
  readonly end: number;
  readonly isPacked: boolean;
  readonly bytes: number;
}

/**
 * Unpacks all blocks of a frame.
 *
 * @throws RangeError for a frame that is corrupt, or unpacks to more than `bytesMax`
 */
export function readLz4Frame(bytes: Uint8Array, bytesMax: number): Uint8Array {
  const blocks = [...blocksOf(bytes, bytesMax)];
  const into = newUnpacked(blocks.reduce((sum, block) => sum + block.bytes, 0));
  let written = 0;
  for (const block of blocks) {
    if (block.isPacked) unpackLz4Block(bytes, block, into, written);
    else into.bytes.set(bytes.subarray(block.start, block.end), written);
    written += block.bytes;
  }
  return into.bytes;
}

/** The blocks in their order, each measured and checked. */
function* blocksOf(bytes: Uint8Array, bytesMax: number): Iterable<Block> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frame = readHeader(view);
  let at = frame.end;
  let written = 0;
  while (true) {
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) return;
    const end = at + ((word & ~uncompressedBit) >>> 0);
    if (end > bytes.length) throw new RangeError("a block is longer than its frame");
    const isPacked = (word & uncompressedBit) === 0;
    const history = frame.isIndependent ? 0 : written;
    const span = { start: at, end };
    const length = isPacked ? lz4BlockBytes(bytes, span, history, frame.blockBytes) : end - at;
    written += length;
    if (written > bytesMax) throw new RangeError(`more than ${bytesMax} bytes`);
    yield { ...span, isPacked, bytes: length };
    at = end + (frame.blockChecksums ? 4 : 0);
  }
}

function readHeader(view: DataView) {
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
