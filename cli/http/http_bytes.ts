/** Reads a connection's bytes as HTTP heads, lines and chunks. @module */

import { type BodyLength, HttpProblem } from "./http_head.ts";

/** Maximum size of a request's head, in bytes. */
const headBytesMax = 32 * 1024;
/** Maximum size of a chunk's size line, and of all trailers together, in bytes. */
const lineBytesMax = 4 * 1024;
/** Maximum number of chunks of a body: each costs as much as a thousand bytes; 1 MiB needs far fewer. */
const chunksMax = 65_536;
/** Read sizes in bytes: small until a request has begun. */
const headReadBytes = 2 * 1024;
const bodyReadBytes = 16 * 1024;

const latin1 = new TextDecoder("latin1");

export class HttpBytes {
  readonly #connection: Pick<Deno.TcpConn, "read">;
  /** Bytes that were received but not used yet. */
  #ahead = new Uint8Array();

  constructor(connection: Pick<Deno.TcpConn, "read">) {
    this.#connection = connection;
  }

  /**
   * Reads the text up to the empty line after the next head; undefined if the client has disconnected.
   *
   * @throws HttpProblem if it isn't a head
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

  /** Yields the parts of a body. @throws HttpProblem, or Error if the body ends early */
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
    let left = lineBytesMax; // trailers are read and discarded
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

  /** Returns false if the connection has ended. */
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

/**
 * Returns the position of the line break, or -1. It scans only new bytes: a body may have a million lines.
 */
function endOfLine(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(CR, from);
  while (at >= 0 && bytes[at + 1] !== LF) at = bytes.indexOf(CR, at + 1);
  return at;
}

/** Some clients send a line break after a body. */
function startsWithBreak([first, second]: Uint8Array): boolean {
  return first === CR && second === LF;
}

/**
 * Returns the start of the empty line after a head, or -1 if it hasn't arrived. It refuses at once what can't
 * be a head, such as TLS or other line endings.
 *
 * @param looked number of bytes already scanned
 */
function endOfHead(bytes: Uint8Array, looked: number): number {
  if (
    bytes.length > 0 && bytes[0] !== CR &&
    !/[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(bytes[0] ?? 0))
  ) {
    throw new HttpProblem(400, "it isn't an HTTP request");
  }
  for (let at = looked; at < bytes.length; at++) {
    const isBreak = bytes[at] === LF;
    if (isBreak !== (at > 0 && bytes[at - 1] === CR)) {
      throw new HttpProblem(400, "its lines must end with CRLF");
    }
    if (isBreak && at >= 3 && bytes[at - 2] === LF && bytes[at - 3] === CR) return at - 3;
  }
  return -1;
}

const CR = 13;
const LF = 10;

function tooEarly(): Error {
  return new Error("The body ended too early");
}
