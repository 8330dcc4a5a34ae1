/** Packed bytes of an attacker: real ones with changes, and sequences that no compressor writes. @module */

import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Random } from "../random.ts";

/** Names of the codecs by their numbers in a batch. */
export const packedCodecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type PackedCodec = typeof packedCodecs[number];

const blockBytes64k = 0x40;
const { default: lz4 } = await import("lz4js") as {
  default: {
    compressBound(bytes: number): number;
    compressBlock(from: Uint8Array, into: Uint8Array, at: number, length: number, table: Uint32Array): number;
  };
};
const { default: snappy } = await import("snappyjs") as {
  default: { compress(bytes: Uint8Array): Uint8Array };
};

/** Packs as a client would. */
export function packWith(codec: PackedCodec, bytes: Uint8Array): Uint8Array {
  if (codec === "gzip") return new Uint8Array(gzipSync(bytes));
  if (codec === "zstd") return new Uint8Array(zstdCompressSync(bytes));
  if (codec === "lz4") return lz4Frame([lz4Block(bytes)]);
  return codec === "snappy" ? new Uint8Array(snappy.compress(bytes)) : bytes;
}

/** One block of LZ4, as a compressor writes it. */
export function lz4Block(bytes: Uint8Array): Uint8Array {
  const into = new Uint8Array(lz4.compressBound(bytes.length));
  const written = lz4.compressBlock(bytes, into, 0, bytes.length, new Uint32Array(1 << 16));
  return written > 0 ? into.slice(0, written) : Uint8Array.of(bytes.length << 4, ...bytes);
}

/** A frame around blocks of LZ4 of at most 64 KiB. */
export function lz4Frame(blocks: readonly Uint8Array[], flags = 0x40): Uint8Array {
  const bytes: number[] = [0x04, 0x22, 0x4d, 0x18, flags, blockBytes64k, 0x82];
  for (const block of blocks) bytes.push(...little(block.length, 4), ...block);
  return Uint8Array.from([...bytes, 0, 0, 0, 0]);
}

/** Changes a few bytes, or cuts, doubles or adds some. */
export function changed(bytes: Uint8Array, random: Random): Uint8Array {
  const made = Array.from(bytes);
  for (let left = random.integer(1, 4); left > 0; left--) {
    const at = random.integer(0, made.length);
    const what = random.integer(0, 4);
    if (what === 0) made[at] = random.integer(0, 255);
    else if (what === 1) made[at] = random.pick([0, 1, 0x0f, 0x7f, 0x80, 0xf0, 0xff]);
    else if (what === 2) made.splice(at, random.integer(1, 8));
    else if (what === 3) made.splice(at, 0, ...made.slice(at, at + random.integer(1, 8)));
    else made.splice(at, 0, random.integer(0, 255));
  }
  return Uint8Array.from(made, (byte) => byte ?? 0);
}

/** Mostly well-formed sequences of an LZ4 block, with random offsets and lengths. */
export function anyLz4Block(random: Random): Uint8Array {
  const bytes: number[] = [];
  let unpacked = 0;
  for (let left = random.integer(0, 5); left > 0; left--) {
    const literals = anyLength(random, 40);
    const match = anyLength(random, random.chance(0.05) ? 70_000 : 300);
    bytes.push(Math.min(literals, 15) << 4 | Math.min(match, 15), ...longLength(literals));
    bytes.push(...letters(random, literals));
    unpacked += literals;
    bytes.push(...little(anyOffset(random, unpacked), 2), ...longLength(match));
    unpacked += match + 4;
  }
  const last = anyLength(random, 20);
  bytes.push(Math.min(last, 15) << 4, ...longLength(last), ...letters(random, last));
  return Uint8Array.from(bytes);
}

/** The same for snappy. */
export function anySnappyBlock(random: Random): Uint8Array {
  const bytes: number[] = [];
  let unpacked = 0;
  for (let left = random.integer(1, 8); left > 0; left--) {
    const kind = random.integer(0, 3);
    const offset = anyOffset(random, unpacked);
    if (kind === 0) {
      const literals = random.integer(1, 70);
      bytes.push(
        ...literals <= 60 ? [literals - 1 << 2] : [60 << 2, literals - 1],
        ...letters(random, literals),
      );
      unpacked += literals;
    } else if (kind === 1) {
      const length = random.integer(4, 11);
      bytes.push((offset >> 8 & 7) << 5 | length - 4 << 2 | 1, offset & 0xff);
      unpacked += length;
    } else {
      const length = random.integer(1, 64);
      bytes.push(length - 1 << 2 | kind, ...little(offset, kind === 2 ? 2 : 4));
      unpacked += length;
    }
  }
  const said = random.chance(0.9) ? unpacked : random.integer(0, 2 ** 31);
  return Uint8Array.from([...varint(said), ...bytes]);
}

function anyLength(random: Random, max: number): number {
  return random.chance(0.5) ? random.integer(0, 14) : random.integer(0, max);
}

/** Mostly a valid offset, often one at a limit. */
function anyOffset(random: Random, unpacked: number): number {
  if (random.chance(0.7)) return random.integer(1, Math.max(1, Math.min(unpacked, 0xffff)));
  return random.pick([0, 0, 1, unpacked, unpacked + 1, unpacked + random.integer(1, 999), 0xffff]) & 0xffff;
}

function letters(random: Random, count: number): readonly number[] {
  return Array.from({ length: count }, () => 0x61 + random.integer(0, 25));
}

function longLength(length: number): readonly number[] {
  if (length < 15) return [];
  const rest = length - 15;
  return [...new Array(Math.floor(rest / 255)).fill(255), rest % 255];
}

function little(number: number, bytes: number): readonly number[] {
  return Array.from({ length: bytes }, (_, index) => Math.floor(number / 256 ** index) % 256);
}

/** A number in groups of seven bits. */
export function varint(number: number): readonly number[] {
  return number < 128 ? [number] : [number % 128 + 128, ...varint(Math.floor(number / 128))];
}
