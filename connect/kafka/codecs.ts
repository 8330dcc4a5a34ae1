/**
 * Compression of record batches: gzip and zstd by the runtime, snappy and lz4 by readers of our own. Each batch is
 * unpacked into new memory, never into memory that held another.
 *
 * @module
 */

import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { ConnectException } from "../api/exceptions.ts";
import { readLz4Frame } from "./lz4_frame.ts";
import { readSnappyBlock } from "./snappy_block.ts";

/** A batch's compression, by its number in the batch. (`org.apache.kafka.common.record.CompressionType`) */
export const compressionNames = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
/** Name of a compression, as `compression.type` writes it. */
export type Compression = typeof compressionNames[number];

/** No batch unpacks to more than this; a broker takes none above about 1 MiB unless told to. */
export const batchBytesMax = 512 * 1024 * 1024;

type Decompress = (bytes: Uint8Array) => Uint8Array;
const limit = { maxOutputLength: batchBytesMax };
const decompressors: ReadonlyMap<number, Decompress> = new Map([
  [1, (bytes: Uint8Array) => plainView(gunzipSync(bytes, limit))],
  [2, (bytes: Uint8Array) => readSnappy(bytes, (block) => readSnappyBlock(block, batchBytesMax))],
  [3, (bytes: Uint8Array) => readLz4Frame(bytes, batchBytesMax)],
  [4, (bytes: Uint8Array) => plainView(zstdDecompressSync(bytes, limit))],
]);

/**
 * Makes sure that batches of this compression can be read.
 *
 * @throws ConnectException for a compression that this version doesn't know
 */
export function requireCodec(compression: number): void {
  if (compression === 0 || decompressors.has(compression)) return;
  throw new ConnectException(
    `Cannot read a record batch: its compression is number ${compression}, expected one of ${
      compressionNames.join(", ")
    }`,
  );
}

/** Unpacks the records of a batch. */
export function decompress(compression: number, bytes: Uint8Array): Uint8Array {
  const unpack = decompressors.get(compression);
  if (unpack === undefined) throw new Error(`Cannot decompress: codec ${compression} is unknown`);
  return unpack(bytes);
}

/** Packs the records of a batch, for producers. */
export function compress(compression: "none" | "gzip" | "zstd", bytes: Uint8Array): Uint8Array {
  if (compression === "none") return bytes;
  return plainView(compression === "gzip" ? gzipSync(bytes) : zstdCompressSync(bytes));
}

// Java's own framing: a magic of 8 bytes, two versions, then blocks with their lengths. librdkafka and Go clients
// write one bare block. (`org.xerial.snappy.SnappyOutputStream`)
const framed = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
const framedHeaderBytes = 16;

/** Reads snappy with or without Java's framing. */
export function readSnappy(bytes: Uint8Array, unpackBlock: Decompress): Uint8Array {
  if (!framed.every((byte, at) => bytes[at] === byte)) return unpackBlock(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: Uint8Array[] = [];
  for (let at = framedHeaderBytes; at < bytes.length;) {
    const length = view.getInt32(at);
    if (length < 0 || at + 4 + length > bytes.length) {
      throw new RangeError("a block is longer than its batch");
    }
    blocks.push(unpackBlock(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  const [only] = blocks;
  return blocks.length === 1 && only !== undefined ? only : joined(blocks);
}

function joined(blocks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}

/** A Buffer as what it is underneath: views of a plain array are much cheaper to make. */
function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
