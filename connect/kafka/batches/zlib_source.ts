/**
 * Unpacks gzip and zstd with the runtime's own decoders, as much at a time as there is room for.
 *
 * The public functions of `node:zlib` that don't wait unpack everything or nothing, and make a decoder each time, which
 * takes longer than a small batch does. Its streams have a call that does neither, the one these functions are made of.
 *
 * @module
 */

import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import { type PieceSource, type UnpackedBatch, wholeBytesMax } from "./piece_source.ts";

/**
 * A zstd frame says how far it looks back, and its decoder keeps that much: up to 8 MiB, as all levels but the three
 * highest write. Frames of those are read too while they unpack to little: only what is used of a window takes memory.
 */
const zstdWindowLog = { usual: 23, large: 27 } as const;
const largeWindowBytesMax = 16 * 1024 * 1024;

/** Compressions that the runtime reads. */
type ZlibKind = "gzip" | "zstd";
type DecoderKind = ZlibKind | "zstd with a large window";

/** The part of a stream of `node:zlib` that is used here, the same in Node and Deno. */
interface Decoder {
  readonly _handle: {
    onerror: (message: string) => void;
    reset(): void;
    /** Flush, input, its begin and length, output, its begin and length. */
    writeSync(...args: readonly [number, Uint8Array, number, number, Uint8Array, number, number]): void;
  };
  /** After each call: room left in the output, bytes left of the input. */
  readonly _writeState: Uint32Array;
  close(): void;
}

/** Each kind's decoder that waits for the next batch. */
const idle = new Map<DecoderKind, Decoder>();
const firstGuess = { bytesMin: 16 * 1024, growth: 4 } as const;
/** Deflate packs no more than that into one byte. */
const gzipGrowthMax = 1032;

/**
 * Unpacks a batch, or as much of it as may be unpacked whole.
 *
 * @throws RangeError for what is corrupt
 */
export function unpackZlib(kind: ZlibKind, packed: Uint8Array): UnpackedBatch {
  try {
    return begin(new ZlibSource(kind, packed), guess(kind, packed));
  } catch (cause) {
    if (kind === "gzip" || !(cause instanceof WindowError)) throw cause;
    return begin(new ZlibSource("zstd with a large window", packed), guess(kind, packed));
  }
}

function begin(source: ZlibSource, bytes: number): UnpackedBatch {
  let memory = new Uint8Array(bytes);
  let filled = 0;
  while (true) {
    filled = source.fill(memory, filled);
    if (filled < memory.length) {
      source.keep();
      return { first: filled * 4 > memory.length * 3 ? memory.subarray(0, filled) : memory.slice(0, filled) };
    }
    if (memory.length >= wholeBytesMax) return { first: memory, rest: source };
    const larger = new Uint8Array(Math.min(memory.length * 2, wholeBytesMax));
    larger.set(memory);
    memory = larger;
  }
}

/** Room to begin with: one byte more than there is tells that nothing more comes. */
function guess(kind: ZlibKind, packed: Uint8Array): number {
  const likely = Math.max(firstGuess.bytesMin, firstGuess.growth * packed.length);
  const said = kind === "gzip" ? saidByGzip(packed) : likely;
  return Math.min(said > 0 ? said + 1 : likely, wholeBytesMax);
}

/** The length that ends a gzip file, where it can be. */
function saidByGzip(packed: Uint8Array): number {
  const at = packed.length - 4;
  if (at < 0) return 0;
  const said = new DataView(packed.buffer, packed.byteOffset + at, 4).getUint32(0, true);
  return said <= packed.length * gzipGrowthMax ? said : 0;
}

class WindowError extends RangeError {}

/** One batch's bytes. */
class ZlibSource implements PieceSource {
  readonly #kind: DecoderKind;
  readonly #packed: Uint8Array;
  #decoder: Decoder | undefined;
  #read = 0;
  #written = 0;
  #failure: string | undefined;

  constructor(kind: DecoderKind, packed: Uint8Array) {
    this.#kind = kind;
    this.#packed = packed;
    this.#decoder = takeDecoder(kind);
    this.#decoder._handle.onerror = (message) => this.#failure = message;
  }

  get bytes(): number {
    const window = this.#kind === "gzip" ? 64 * 1024 : 2 ** zstdWindowLog.usual;
    return this.#decoder === undefined ? 0 : Math.min(window, this.#written);
  }

  fill(into: Uint8Array, at: number): number {
    let to = at;
    while (to < into.length && this.#decoder !== undefined) {
      const [written, read] = this.#step(this.#decoder, into, to);
      to += written;
      this.#written += written;
      this.#read += read;
      const isStarved = this.#read === this.#packed.length && to < into.length;
      if (isStarved || (written === 0 && read === 0)) return to;
      if (this.#kind === "zstd with a large window" && this.#written > largeWindowBytesMax) {
        this.close();
        throw new WindowError(
          `its window has more than ${
            2 ** zstdWindowLog.usual
          } bytes, and it unpacks to more than ${largeWindowBytesMax}`,
        );
      }
    }
    return to;
  }

  /** Nothing more is wanted of this batch: the decoder may be used for the next one, which begins by resetting it. */
  keep(): void {
    const decoder = this.#decoder;
    const isSmall = this.#kind !== "zstd with a large window" && this.#written <= wholeBytesMax;
    if (decoder === undefined || !isSmall || idle.has(this.#kind)) return this.close();
    this.#decoder = undefined;
    decoder._handle.onerror = () => {}; // set anew by the next batch
    idle.set(this.#kind, decoder);
  }

  close(): void {
    this.#decoder?.close();
    this.#decoder = undefined;
  }

  /** Bytes written and read. */
  #step(decoder: Decoder, into: Uint8Array, to: number): readonly [number, number] {
    const left = this.#packed.length - this.#read;
    const room = into.length - to;
    try {
      decoder._handle.writeSync(constants.Z_NO_FLUSH, this.#packed, this.#read, left, into, to, room);
    } catch (cause) {
      this.#failure = cause instanceof Error ? cause.message : String(cause);
    }
    if (this.#failure !== undefined) {
      this.keep();
      const text = "it can't be unpacked";
      throw /too much memory/.test(this.#failure) ? new WindowError(text) : new RangeError(text);
    }
    const [roomLeft = 0, inputLeft = 0] = decoder._writeState;
    return [room - roomLeft, left - inputLeft];
  }
}

function takeDecoder(kind: DecoderKind): Decoder {
  const kept = idle.get(kind);
  if (kept === undefined) return newDecoder(kind);
  idle.delete(kind);
  kept._handle.reset();
  return kept;
}

function newDecoder(kind: DecoderKind): Decoder {
  const windowLog = kind === "zstd" ? zstdWindowLog.usual : zstdWindowLog.large;
  const made: unknown = kind === "gzip"
    ? createGunzip()
    : createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: windowLog } });
  if (isDecoder(made)) return made;
  throw new Error("Cannot unpack gzip and zstd: the streams of this runtime's node:zlib have no writeSync");
}

function isDecoder(stream: unknown): stream is Decoder {
  if (typeof stream !== "object" || stream === null) return false;
  const handle: unknown = Reflect.get(stream, "_handle");
  return typeof handle === "object" && handle !== null && "writeSync" in handle && "reset" in handle &&
    Reflect.get(stream, "_writeState") instanceof Uint32Array;
}
