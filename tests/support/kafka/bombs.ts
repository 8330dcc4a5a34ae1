/** Small batches that unpack to many bytes, made without holding the unpacked bytes. @module */

import { Buffer } from "node:buffer";
import { createGzip, createZstdCompress } from "node:zlib";
import { lz4Frame } from "./packed_bytes.ts";
import { joined, zigzag } from "./raw_batch.ts";

export type BombCodec = "gzip" | "lz4" | "zstd";

/** A record of a bomb; the bytes of its large part are all the same. */
export interface BombRecord {
  readonly key?: number;
  /** Number of bytes `a`, or the bytes themselves. */
  readonly value: number | Uint8Array;
  /** Size of one header. */
  readonly header?: number;
}

const chunkBytes = 1024 * 1024;
const letter = 0x61;

/** Packs records. */
export async function packedBomb(
  codec: BombCodec,
  records: readonly BombRecord[],
  params: Readonly<Record<number, number>> = {},
): Promise<Uint8Array> {
  const chunks = chunksOf(records);
  if (codec === "lz4") return lz4Bomb(chunks);
  const stream = codec === "gzip" ? createGzip() : createZstdCompress({ params });
  const packed: Uint8Array[] = [];
  stream.on("data", (bytes: Buffer) => packed.push(new Uint8Array(bytes)));
  const ended = new Promise<void>((resolve, reject) => stream.on("end", resolve).on("error", reject));
  for (const chunk of chunks) {
    if (!stream.write(chunk)) await new Promise((resolve) => stream.once("drain", resolve));
  }
  stream.end();
  await ended;
  return joined(packed);
}

function* chunksOf(records: readonly BombRecord[]): Iterable<Uint8Array> {
  for (const [index, { key, value, header }] of records.entries()) {
    const parts = [
      Uint8Array.of(0, 0, ...zigzag(index)),
      ...counted(key),
      ...counted(value),
      Uint8Array.from(zigzag(header === undefined ? 0 : 1)),
      ...header === undefined ? [] : [Uint8Array.of(...zigzag(1), 0x68), ...counted(header)],
    ];
    const length = parts.reduce(
      (sum: number, part) => sum + (typeof part === "number" ? part : part.length),
      0,
    );
    yield Uint8Array.from(zigzag(length));
    for (const part of parts) {
      if (typeof part === "number") yield* letters(part);
      else yield part;
    }
  }
}

/** A length, and the bytes or their number. */
function counted(bytes: number | Uint8Array | undefined): readonly (number | Uint8Array)[] {
  if (bytes === undefined) return [Uint8Array.from(zigzag(-1))];
  return [Uint8Array.from(zigzag(typeof bytes === "number" ? bytes : bytes.length)), bytes];
}

function* letters(count: number): Iterable<Uint8Array> {
  for (let left = count; left > 0; left -= chunkBytes) {
    yield new Uint8Array(Math.min(left, chunkBytes)).fill(letter);
  }
}

/** Blocks that repeat one letter if all bytes are the same, else literals. */
function lz4Bomb(chunks: Iterable<Uint8Array>): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += 0x10000) {
      const part = chunk.subarray(at, at + 0x10000);
      blocks.push(
        part.length > 100 && part.every((byte) => byte === letter) ? repeats(part.length) : literals(part),
      );
    }
  }
  return lz4Frame(blocks, 0x60);
}

function repeats(length: number): Uint8Array {
  const match = length - 6; // a letter, the match, and the five letters that must end a block
  return Uint8Array.of(0x1f, letter, 1, 0, ...lengthBytes(match - 4), 0x50, ...new Array(5).fill(letter));
}

function literals(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(
    Math.min(bytes.length, 15) << 4,
    ...bytes.length < 15 ? [] : lengthBytes(bytes.length),
    ...bytes,
  );
}

function lengthBytes(length: number): readonly number[] {
  return [...new Array(Math.floor((length - 15) / 255)).fill(255), (length - 15) % 255];
}
