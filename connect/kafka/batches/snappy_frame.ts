/**
 * Reads snappy with Java's framing (8 bytes of magic, two versions, then blocks with their lengths) and bare blocks, as
 * librdkafka and Go clients write. (`org.xerial.snappy.SnappyOutputStream`) @module
 */

import { newBlockMemory } from "./lz4_block.ts";
import { ChunkSource, type UnpackedBatch, wholeBytesMax } from "./piece_source.ts";
import { SnappyBlock } from "./snappy_block.ts";

const magic = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
const headerBytes = 16;

/**
 * Decompresses a batch: whole if it is small, else in pieces on demand.
 *
 * @throws RangeError for corrupt data
 */
export function unpackSnappy(packed: Uint8Array): UnpackedBatch {
  let bytes = 0;
  for (const block of blocksOf(packed)) {
    bytes += block.bytes;
    if (bytes > wholeBytesMax) return { first: new Uint8Array(0), rest: new ChunkSource(chunksOf(packed)) };
  }
  const into = newBlockMemory(bytes);
  let written = 0;
  for (const block of blocksOf(packed)) {
    block.unpack(into, written);
    written += block.bytes;
  }
  return { first: into.bytes };
}

function* chunksOf(packed: Uint8Array): Iterable<Uint8Array> {
  for (const block of blocksOf(packed)) {
    if (block.bytes > wholeBytesMax) {
      yield* block.pieces();
      continue;
    }
    const into = newBlockMemory(block.bytes);
    block.unpack(into, 0);
    yield into.bytes;
  }
}

function* blocksOf(packed: Uint8Array): Iterable<SnappyBlock> {
  if (!magic.every((byte, at) => packed[at] === byte)) return yield new SnappyBlock(packed);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = headerBytes; at < packed.length;) {
    const length = view.getInt32(at);
    if (length < 0 || at + 4 + length > packed.length) {
      throw new RangeError("a block is longer than its batch");
    }
    yield new SnappyBlock(packed.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
}
