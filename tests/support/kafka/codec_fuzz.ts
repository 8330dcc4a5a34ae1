/**
 * Fuzzes the readers of packed batches: a record never has another one's bytes, and corrupt input is refused.
 *
 * Before each input all reused memory is filled with a marker: a batch full of it is read with the same codec, and the
 * response's memory around the input holds nothing else.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { DataException } from "../../../connect/api/exceptions.ts";
import type { ConsumerRecord } from "../../../connect/api/ports.ts";
import { summarize } from "../../../connect/kafka/batches/batch_header.ts";
import { BatchReader } from "../../../connect/kafka/batches/batch_reader.ts";
import { unpack } from "../../../connect/kafka/batches/codecs.ts";
import { FramePool } from "../../../connect/kafka/wire/frame_pool.ts";
import { naiveLz4, naiveSnappy } from "./naive_codecs.ts";
import { anyLz4Block, anySnappyBlock, changed, lz4Frame, packedCodecs, packWith } from "./packed_bytes.ts";
import type { PackedCodec } from "./packed_bytes.ts";
import { Random } from "../random.ts";
import { rawBatch, type RawRecord, rawRecords } from "./raw_batch.ts";

interface CodecFuzzOutcome {
  /** Inputs whose records were read. */
  readonly read: number;
  /** Inputs that were refused as corrupt. */
  readonly refused: number;
  readonly problems: readonly string[];
}

interface CodecFuzzOptions {
  readonly inputs: number;
  readonly seed: number;
  /** Called after each such number of inputs. */
  readonly every?: { readonly inputs: number; readonly tell: (text: string) => void };
}

const at = { topic: "evil", partition: 0 };
const markerPeriod = [0xf7, 0x9d, 0xe3, 0x8b, 0xc5, 0xb1, 0xd9];
/** This many bytes of the marker in a row are no coincidence. */
const markerBytesMin = 6;
const blockBytesMax = 1 << 16;
const unpackedBytesMax = 4 * 1024 * 1024;
const frameBytes = 72 * 1024;
const problemsMax = 20;
const basesPerCodec = 100;

/** Repeats the marker. */
export function markerBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => markerPeriod[index % markerPeriod.length] ?? 0);
}

const markerParts = markerPeriod.map((_, from) =>
  Buffer.from(markerBytes(markerBytesMin + markerPeriod.length).slice(from, from + markerBytesMin))
);

/** Whether the bytes have some of the marker. */
export function showsMarker(bytes: Uint8Array): boolean {
  const searched = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return markerParts.some((part) => searched.includes(part));
}

/** Runs the fuzzer. */
export function fuzzCodecs({ inputs, seed, every }: CodecFuzzOptions): CodecFuzzOutcome {
  const random = new Random(seed);
  const pool = new FramePool(8 * frameBytes);
  const dirty = markerBytes(4 * frameBytes);
  const victims = packedCodecs.map((codec) => batchOf(codec, packWith(codec, rawRecords([markedRecord()]))));
  const bases = makeBases(random);
  const counts = { read: 0, refused: 0, problems: [] as string[] };
  for (let input = 0; input < inputs && counts.problems.length < problemsMax; input++) {
    const codec = random.pick(packedCodecs);
    readIn(pool, dirty, victims[packedCodecs.indexOf(codec)] ?? dirty);
    const packed = anyPacked(codec, bases, random);
    const batch = batchOf(codec, packed, random.chance(0.1) ? random.integer(-2, 9) : undefined);
    const outcome = readIn(pool, dirty, batch);
    if (outcome.records.every(({ bad }) => bad === undefined)) counts.read++;
    else counts.refused++;
    const problem = problemOf(outcome) ?? leakOf(codec, packed) ?? differenceOf(codec, packed);
    if (problem !== undefined) {
      counts.problems.push(`${codec}, input ${input} of seed ${seed}: ${problem}: ${packed.toHex()}`);
    }
    if (every !== undefined && (input + 1) % every.inputs === 0) every.tell(`${input + 1} inputs`);
  }
  return counts;
}

function markedRecord(): RawRecord {
  const marker = markerBytes(2_000);
  return { key: marker.slice(0, 50), value: marker, headers: [{ key: "m", value: marker.slice(0, 70) }] };
}

function batchOf(codec: PackedCodec, records: Uint8Array, count = 1): Uint8Array {
  return rawBatch({ compression: packedCodecs.indexOf(codec), count, records });
}

/** Packed records, as clients would send them. */
type Bases = ReadonlyMap<PackedCodec, readonly Uint8Array[]>;

function makeBases(random: Random): Bases {
  return new Map(packedCodecs.map((codec) => [
    codec,
    Array.from({ length: basesPerCodec }, () => {
      const bytes = new Uint8Array(random.integer(0, 3_000)).fill(0x61);
      for (let at = 0; at < bytes.length; at += random.integer(1, 9)) bytes[at] = random.integer(97, 122);
      const records = rawRecords([{
        key: null,
        value: bytes,
        headers: [{ key: "h", value: bytes.slice(0, 9) }],
      }]);
      return packWith(codec, random.chance(0.2) ? changed(records, random) : records);
    }),
  ]));
}

/** One of them, mostly changed, or sequences that no compressor writes. */
function anyPacked(codec: PackedCodec, bases: Bases, random: Random): Uint8Array {
  if (random.chance(0.5)) {
    if (codec === "lz4") {
      const blocks = Array.from({ length: random.integer(1, 3) }, () => anyLz4Block(random));
      return lz4Frame(blocks, random.chance(0.5) ? 0x40 : 0x60);
    }
    if (codec === "snappy") return anySnappyBlock(random);
  }
  const base = random.pick(bases.get(codec) ?? []);
  return random.chance(0.9) ? changed(base, random) : base;
}

interface Outcome {
  readonly records: readonly ConsumerRecord[];
  readonly error: unknown;
}

/** Reads a batch in a response's memory, between markers. */
function readIn(pool: FramePool, dirty: Uint8Array, batch: Uint8Array): Outcome {
  const frame = pool.take(frameBytes);
  frame.set(dirty.subarray(0, frame.length));
  const from = 100;
  frame.set(batch.subarray(0, frame.length - from), from);
  const batches = frame.subarray(from, from + batch.length);
  const records: ConsumerRecord[] = [];
  let error: unknown;
  try {
    summarize(batches);
    new BatchReader({ at, batches, checkCrcs: true, aborted: undefined }, 0n).read(records, 100);
  } catch (thrown) {
    error = thrown;
  }
  const copies = records.map(copied);
  pool.give(frame.buffer);
  return { records: copies, error };
}

function copied(record: ConsumerRecord): ConsumerRecord {
  const headers = record.headers.map(({ key, value }) => ({ key, value: value?.slice() ?? null }));
  return { ...record, key: record.key?.slice() ?? null, value: record.value?.slice() ?? null, headers };
}

function problemOf({ records, error }: Outcome): string | undefined {
  const parts = records.flatMap((
    { key, value, headers },
  ) => [key, value, ...headers.map((one) => one.value)]);
  if (parts.some((bytes) => bytes !== null && showsMarker(bytes))) return "a record shows bytes of another";
  if (error !== undefined) return `ends with ${String(error)}`;
  const wrong = records.find(({ bad, value }) =>
    bad !== undefined &&
    (value !== null || !(bad.error instanceof DataException) || bad.error.rule === undefined)
  );
  return wrong === undefined ? undefined : `gives a bad record that isn't told as one: ${wrong.bad?.error}`;
}

/** All bytes that a batch unpacks to, or the beginning. */
export function unpackedBytes(compression: number, packed: Uint8Array, bytesMax: number): Uint8Array {
  const { first, rest } = unpack(compression, packed);
  if (rest === undefined) return first;
  const all = new Uint8Array(bytesMax);
  all.set(first);
  const filled = rest.fill(all, first.length);
  rest.close();
  return all.subarray(0, filled);
}

/** Looks at all unpacked bytes, also those that make no record. */
function leakOf(codec: PackedCodec, packed: Uint8Array): string | undefined {
  if (codec === "none") return undefined;
  try {
    const unpacked = unpackedBytes(packedCodecs.indexOf(codec), packed, unpackedBytesMax);
    return showsMarker(unpacked) ? "unpacks to bytes of another batch" : undefined;
  } catch {
    return undefined; // problemOf looks at the error
  }
}

/** Sluice's readers and the naive ones agree on a block's bytes, and on which blocks are corrupt. */
function differenceOf(codec: PackedCodec, packed: Uint8Array): string | undefined {
  if (codec === "snappy") {
    const ours = orUndefined(() => unpackedBytes(2, packed, unpackedBytesMax));
    return same(ours, naiveSnappy(packed, unpackedBytesMax)) ? undefined : "isn't what a plain reader gives";
  }
  if (codec !== "lz4") return undefined;
  const block = packed.subarray(11, packed.length - 4);
  if (block.length === 0) return undefined;
  const ours = orUndefined(() => unpackedBytes(3, lz4Frame([block]), unpackedBytesMax));
  return same(ours, naiveLz4(block, blockBytesMax)) ? undefined : "isn't what a plain reader gives";
}

function orUndefined(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}
