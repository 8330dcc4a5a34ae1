/**
 * Compression of record batches: gzip and zstd by the runtime, snappy and lz4 by small packages that are loaded
 * when the first such batch arrives.
 *
 * @module
 */

import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { ConnectException } from "../api/exceptions.ts";
import { type Lz4Block, readLz4Frame } from "./lz4_frame.ts";

/** A batch's compression, by its number in the batch. (`org.apache.kafka.common.record.CompressionType`) */
export const compressionNames = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
/** Name of a compression, as `compression.type` writes it. */
export type Compression = typeof compressionNames[number];

/** No batch unpacks to more than this; a broker takes none above about 1 MiB unless told to. */
export const batchBytesMax = 512 * 1024 * 1024;

type Decompress = (bytes: Uint8Array) => Uint8Array;
const limit = { maxOutputLength: batchBytesMax };
const decompressors = new Map<number, Decompress>([
  [1, (bytes) => plainView(gunzipSync(bytes, limit))],
  [4, (bytes) => plainView(zstdDecompressSync(bytes, limit))],
]);
const loaders = new Map<number, () => Promise<Decompress>>([[2, loadSnappy], [3, loadLz4]]);

/** Makes sure that batches of this compression can be read; to be awaited before `decompress`. */
export async function loadCodec(compression: number): Promise<void> {
  if (compression === 0 || decompressors.has(compression)) return;
  const load = loaders.get(compression);
  if (load === undefined) {
    throw new ConnectException(
      `Cannot read a record batch: its compression is number ${compression}, expected one of ${
        compressionNames.join(", ")
      }`,
    );
  }
  decompressors.set(compression, await load());
}

/** Unpacks the records of a batch. */
export function decompress(compression: number, bytes: Uint8Array): Uint8Array {
  const unpack = decompressors.get(compression);
  if (unpack === undefined) throw new Error(`Cannot decompress: codec ${compression} isn't loaded`);
  return unpack(bytes);
}

/** Packs the records of a batch, for producers. */
export function compress(compression: "none" | "gzip" | "zstd", bytes: Uint8Array): Uint8Array {
  if (compression === "none") return bytes;
  return plainView(compression === "gzip" ? gzipSync(bytes) : zstdCompressSync(bytes));
}

async function loadLz4(): Promise<Decompress> {
  const { default: lz4 } = await import("lz4js") as { default: { decompressBlock: Lz4Block } };
  return (bytes) => readLz4Frame(bytes, lz4.decompressBlock, batchBytesMax);
}

async function loadSnappy(): Promise<Decompress> {
  const { default: snappy } = await import("snappyjs") as {
    default: { uncompress(bytes: Uint8Array, bytesMax: number): Uint8Array };
  };
  return (bytes) => readSnappy(bytes, (block) => snappy.uncompress(block, batchBytesMax));
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
