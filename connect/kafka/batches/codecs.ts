/**
 * Compression of record batches: gzip and zstd by the runtime, snappy and lz4 by readers of our own. Each batch is
 * unpacked into new memory, never into memory that held another.
 *
 * @module
 */

import { gzipSync, zstdCompressSync } from "node:zlib";
import { ConnectException } from "../../api/exceptions.ts";
import { unpackLz4Frame } from "./lz4_frame.ts";
import type { UnpackedBatch } from "./piece_source.ts";
import { unpackSnappy } from "./snappy_frame.ts";
import { unpackZlib } from "./zlib_source.ts";

/** A batch's compression, by its number in the batch. (`org.apache.kafka.common.record.CompressionType`) */
export const compressionNames = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
/** Name of a compression, as `compression.type` writes it. */
type Compression = typeof compressionNames[number];

/**
 * Makes sure that batches of this compression can be read.
 *
 * @throws ConnectException for a compression that this version doesn't know
 */
export function requireCodec(compression: number): void {
  if (compressionNames[compression] !== undefined) return;
  throw new ConnectException(
    `Cannot read a record batch: its compression is number ${compression}, expected one of ${
      compressionNames.join(", ")
    }`,
  );
}

/**
 * Unpacks the records of a batch: all of them where they are few, else piece by piece.
 *
 * @throws RangeError for what is corrupt
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

/** Packs the records of a batch, for producers. */
export function compress(compression: "none" | "gzip" | "zstd", bytes: Uint8Array): Uint8Array {
  if (compression === "none") return bytes;
  const packed = compression === "gzip" ? gzipSync(bytes) : zstdCompressSync(bytes);
  // A Buffer as what it is underneath: views of a plain array are much cheaper to make.
  return new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
}
