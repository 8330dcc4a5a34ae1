/**
 * Reads LZ4 frames as Kafka clients write them; the blocks themselves are left to lz4js, whose own frame reader
 * takes a block's checksum to stand before the block. (LZ4 frame format 1.6.1)
 *
 * @module
 */

/** Decompresses one block into `into`, where blocks before it already are; gives the index behind it. */
export type Lz4Block = (
  from: Uint8Array,
  into: Uint8Array,
  start: number,
  length: number,
  at: number,
) => number;

const magic = 0x184d2204;
const versionMask = 0xc0;
const version = 0x40;
const uncompressedBit = 0x80000000;
const flags = { blockChecksum: 0x10, contentSize: 0x08, dictionary: 0x01 } as const;
const blockBytesMax: Readonly<Record<number, number>> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };

// A frame says how large its blocks may be, which is much more than they are: unpacked here first, the records keep
// no more memory than they need.
const scratchBytesMax = 8 * 1024 * 1024;
let scratch = new Uint8Array(0);

/** Decompresses all blocks of a frame. */
export function readLz4Frame(bytes: Uint8Array, block: Lz4Block, bytesMax: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frame = readHeader(view);
  let into = scratch;
  let at = frame.end;
  let written = 0;
  while (true) {
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) {
      if (into.length <= scratchBytesMax) scratch = into;
      return into.slice(0, written);
    }
    const length = (word & ~uncompressedBit) >>> 0;
    if (at + length > bytes.length) throw new RangeError("a block is longer than its frame");
    into = roomFor(into, written, frame.blockBytes, bytesMax);
    if ((word & uncompressedBit) !== 0) {
      into.set(bytes.subarray(at, at + length), written);
      written += length;
    } else {
      written = block(bytes, into, at, length, written);
    }
    at += length + (frame.blockChecksums ? 4 : 0);
  }
}

function readHeader(view: DataView): { blockBytes: number; blockChecksums: boolean; end: number } {
  if (view.getUint32(0, true) !== magic) throw new RangeError("not an LZ4 frame");
  const descriptor = view.getUint8(4);
  if ((descriptor & versionMask) !== version) throw new RangeError("an LZ4 frame of another version");
  if ((descriptor & flags.dictionary) !== 0) throw new RangeError("an LZ4 frame that needs a dictionary");
  const blockBytes = blockBytesMax[(view.getUint8(5) >> 4) & 7];
  if (blockBytes === undefined) throw new RangeError("an LZ4 frame with an unknown block size");
  const checksum = 1;
  const end = 6 + ((descriptor & flags.contentSize) !== 0 ? 8 : 0) + checksum;
  return { blockBytes, blockChecksums: (descriptor & flags.blockChecksum) !== 0, end };
}

/** The same bytes with room for one more block; grows by doubling. */
function roomFor(bytes: Uint8Array<ArrayBuffer>, written: number, wanted: number, bytesMax: number) {
  if (written + wanted > bytesMax) throw new RangeError(`more than ${bytesMax} bytes`);
  if (written + wanted <= bytes.length) return bytes;
  const larger = new Uint8Array(Math.max(bytes.length * 2, written + wanted));
  larger.set(bytes.subarray(0, written));
  return larger;
}
