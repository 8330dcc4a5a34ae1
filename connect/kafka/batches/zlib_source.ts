/**
 * Decompresses gzip and zstd with the runtime's decoders, as much at a time as there is room for.
 *
 * The synchronous functions of `node:zlib` decompress everything at once and create a decoder each time, which takes
 * longer than a small batch does. This uses the `writeSync` of its streams, which those functions call too. @module
 */

import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import { type PieceSource, type UnpackedBatch, wholeBytesMax } from "./piece_source.ts";

/**
 * A zstd frame states its window size, which the decoder allocates: up to 8 MiB for all levels but the three highest.
 * Frames with larger windows are accepted if they decompress to little: only the used part takes memory.
 */
const zstdWindowLog = { usual: 23, large: 27 } as const;
const largeWindowBytesMax = 16 * 1024 * 1024;

type ZlibKind = "gzip" | "zstd";
type DecoderKind = ZlibKind | "zstd with a large window";

/** The part of a `node:zlib` stream used here, the same in Node and Deno. */
interface Decoder {
  readonly _handle: {
    onerror: (message: string) => void;
    reset(): void;
    /** Flush, input, input offset and length, output, output offset and length. */
    writeSync(...args: readonly [number, Uint8Array, number, number, Uint8Array, number, number]): void;
  };
  /** After each call: free bytes of the output, unread bytes of the input. */
  readonly _writeState: Uint32Array;
  close(): void;
}

/** The idle decoder of each kind. */
const idle = new Map<DecoderKind, Decoder>();
const firstGuess = { bytesMin: 16 * 1024, growth: 4 } as const;
/** Deflate's maximum growth per byte. */
const gzipGrowthMax = 1032;

/**
 * Decompresses a batch, or its first piece if it is large.
 *
 * @throws RangeError for corrupt data
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

/** Returns the initial size: one byte more than expected, so that a full read shows the end. */
function guess(kind: ZlibKind, packed: Uint8Array): number {
  const likely = Math.max(firstGuess.bytesMin, firstGuess.growth * packed.length);
  const said = kind === "gzip" ? saidByGzip(packed) : likely;
  return Math.min(said > 0 ? said + 1 : likely, wholeBytesMax);
}

/** Returns the length at the end of a gzip file, if it is plausible. */
function saidByGzip(packed: Uint8Array): number {
  const at = packed.length - 4;
  if (at < 0) return 0;
  const said = new DataView(packed.buffer, packed.byteOffset + at, 4).getUint32(0, true);
  return said <= packed.length * gzipGrowthMax ? said : 0;
}

class WindowError extends RangeError {}

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

  /** Keeps the decoder for the next batch, which resets it first. */
  keep(): void {
    const decoder = this.#decoder;
    const isSmall = this.#kind !== "zstd with a large window" && this.#written <= wholeBytesMax;
    if (decoder === undefined || !isSmall || idle.has(this.#kind)) return this.close();
    this.#decoder = undefined;
    decoder._handle.onerror = () => {}; // the next batch sets it
    idle.set(this.#kind, decoder);
  }

  close(): void {
    this.#decoder?.close();
    this.#decoder = undefined;
  }

  /** Runs the decoder once and returns the bytes written and read. */
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
