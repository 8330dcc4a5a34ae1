/**
 * Compression of record batches: gzip and zstd by the runtime, snappy and lz4 by Sluice. Each batch is decompressed
 * into new memory. @module
 */

import { gzipSync, zstdCompressSync } from "node:zlib";
import { ConnectException } from "../../api/exceptions.ts";
import { unpackLz4Frame } from "./lz4_frame.ts";
import type { UnpackedBatch } from "./piece_source.ts";
import { unpackSnappy } from "./snappy_frame.ts";
import { unpackZlib } from "./zlib_source.ts";

/** Compression names by their number in a batch. (`org.apache.kafka.common.record.CompressionType`) */
export const compressionNames = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
type Compression = typeof compressionNames[number];

/** Throws ConnectException for a compression that Sluice doesn't know. */
export function requireCodec(compression: number): void {
  if (compressionNames[compression] !== undefined) return;
  throw new ConnectException(
    `Cannot read a record batch: its compression is number ${compression}, expected one of ${
      compressionNames.join(", ")
    }`,
  );
}

/**
 * Decompresses a batch: whole if it is small, else piece by piece.
 *
 * @throws RangeError for corrupt data
 */
export function unpack(compression: number, packed: Uint8Array): UnpackedBatch {
  switch (compressionNames[compression]) {
    case "none":
      return { first: packed };
    case "gzip":
      return unpackZlib("gzip", packed);
    case "snappy":
      return unpackSnappy(packed);
    case "lz4":
      return unpackLz4Frame(packed);
    case "zstd":
      return unpackZlib("zstd", packed);
    default:
      throw new Error(`Cannot unpack: codec ${compression} is unknown`);
  }
}

/** Compresses the records of a batch. */
export function compress(compression: "none" | "gzip" | "zstd", bytes: Uint8Array): Uint8Array {
  if (compression === "none") return bytes;
  const packed = compression === "gzip" ? gzipSync(bytes) : zstdCompressSync(bytes);
  // A Uint8Array, since views of it are much cheaper to create than views of a Buffer.
  return new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
}
