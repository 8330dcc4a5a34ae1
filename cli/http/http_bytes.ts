/** The bytes of a connection in the pieces that HTTP is made of. @module */

import { type BodyLength, HttpProblem } from "./http_head.ts";

/** Longest head of a request, bytes. */
const headBytesMax = 32 * 1024;
/** Longest line with the size of a chunk, and all trailers together, bytes. */
const lineBytesMax = 4 * 1024;
/** Most chunks of a body: each takes as much work as a thousand bytes, and a body of 1 MiB needs far fewer. */
const chunksMax = 65_536;
/** Bytes that are read at a time: few until it is clear that there is a request. */
const headReadBytes = 2 * 1024;
const bodyReadBytes = 16 * 1024;

const latin1 = new TextDecoder("latin1");

/** Reads one connection. */
export class HttpBytes {
  readonly #connection: Pick<Deno.TcpConn, "read">;
  /** What has come and wasn't asked for yet. */
  #ahead = new Uint8Array();

  constructor(connection: Pick<Deno.TcpConn, "read">) {
    this.#connection = connection;
  }

  /**
   * The text up to the empty line behind the next head; undefined where the other side has nothing more to say.
   *
   * @throws HttpProblem for what is none
   */
  async head(): Promise<string | undefined> {
    for (let looked = 0;;) {
      while (looked === 0 && startsWithBreak(this.#ahead)) this.#ahead = this.#ahead.subarray(2);
      const end = endOfHead(this.#ahead, looked);
      if (end > headBytesMax || (end < 0 && this.#ahead.length > headBytesMax)) {
        throw new HttpProblem(431, "its headers are too long");
      }
      if (end >= 0) {
        const text = latin1.decode(this.#ahead.subarray(0, end));
        this.#ahead = this.#ahead.subarray(end + 4);
        return text;
      }
      looked = this.#ahead.length;
      if (!await this.#more(headReadBytes)) return undefined;
    }
  }

  /** The parts of a body, as they come. @throws HttpProblem, or Error where it ends too early */
  async *body(length: BodyLength): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    if (length !== "chunked") return yield* this.#part(length);
    for (let chunks = 0;; chunks++) {
      if (chunks > chunksMax) throw new HttpProblem(400, "its body has too many chunks");
      const [, digits] = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(await this.#line()) ?? [];
      if (digits === undefined) throw new HttpProblem(400, "a chunk has no size");
      const size = parseInt(digits, 16);
      if (size === 0) break;
      yield* this.#part(size);
      if (await this.#line() !== "") throw new HttpProblem(400, "a chunk is longer than its size");
    }
    let left = lineBytesMax; // trailers are read, and thrown away
    for (let line = await this.#line(); line !== ""; line = await this.#line()) {
      left -= line.length;
      if (left < 0) throw new HttpProblem(431, "its trailers are too long");
    }
  }

  async *#part(bytes: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    for (let left = bytes; left > 0;) {
      if (this.#ahead.length === 0 && !await this.#more(bodyReadBytes)) throw tooEarly();
      const part = this.#ahead.slice(0, left);
      this.#ahead = this.#ahead.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async #line(): Promise<string> {
    for (let looked = 0;;) {
      const end = endOfLine(this.#ahead, looked);
      if (end >= 0) {
        const line = latin1.decode(this.#ahead.subarray(0, end));
        this.#ahead = this.#ahead.subarray(end + 2);
        return line;
      }
      if (this.#ahead.length > lineBytesMax) throw new HttpProblem(400, "a line of its body is too long");
      looked = Math.max(0, this.#ahead.length - 1);
      if (!await this.#more(headReadBytes)) throw tooEarly();
    }
  }

  /** False where nothing more comes. */
  async #more(bytesMax: number): Promise<boolean> {
    const buffer = new Uint8Array(bytesMax);
    const count = await this.#connection.read(buffer);
    if (count === null) return false;
    const both = new Uint8Array(this.#ahead.length + count);
    both.set(this.#ahead);
    both.set(buffer.subarray(0, count), this.#ahead.length);
    this.#ahead = both;
    return true;
  }
}

/** Where the line break is; -1 where it hasn't come. Only its own bytes are looked at: a body may have a million lines. */
function endOfLine(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(CR, from);
  while (at >= 0 && bytes[at + 1] !== LF) at = bytes.indexOf(CR, at + 1);
  return at;
}

/** Some clients send a line break behind a body. */
function startsWithBreak([first, second]: Uint8Array): boolean {
  return first === CR && second === LF;
}

/**
 * Where the empty line behind a head begins; -1 where it hasn't come. What is no head is refused at once and not when its
 * time is over: TLS, say, or lines that end otherwise.
 *
 * @param looked bytes that were looked at before
 */
function endOfHead(bytes: Uint8Array, looked: number): number {
  if (
    bytes.length > 0 && bytes[0] !== CR &&
    !/[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(bytes[0] ?? 0))
  ) {
    throw new HttpProblem(400, "it is no request");
  }
  for (let at = looked; at < bytes.length; at++) {
    const isBreak = bytes[at] === LF;
    if (isBreak !== (at > 0 && bytes[at - 1] === CR)) throw new HttpProblem(400, "its lines end otherwise");
    if (isBreak && at >= 3 && bytes[at - 2] === LF && bytes[at - 3] === CR) return at - 3;
  }
  return -1;
}

const CR = 13;
const LF = 10;

function tooEarly(): Error {
  return new Error("The body ended too early");
}
