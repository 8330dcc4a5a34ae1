/**
 * Checks the server's messages before npm:postgres reads them.
 *
 * The driver trusts the server: a row description that ends too early makes it loop for ever, an unexpected answer to
 * COPY ends the process, and it buffers a message of 4 GB. (seen with 3.4.9)
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { NoAnswerError } from "./sqlstate.ts";

/** The type's letter and the length. */
const headerBytes = 5;
/** Longest message: an error quotes a value of a record, and rows of Sluice's tables are shorter than that. */
const messageBytesMax = 32 * 1024 * 1024;
/** Most settings (ParameterStatus) that a server reports; PostgreSQL 18 reports 16. */
const settingsMax = 100;
/** Bytes after each name in a row description. */
const columnFactsBytes = 18;

/** Types of messages that answer statements; the body's length if it is fixed. */
const known: ReadonlyMap<string, number | undefined> = new Map([
  ...["1", "2", "3", "n", "s", "I"].map((type) => [type, 0] as const),
  ...["A", "C", "D", "E", "K", "N", "S", "T", "t"].map((type) => [type, undefined] as const),
  ["Z", 1] as const,
]);

/**
 * Assembles a server's messages and returns whole, well-formed ones.
 *
 * @example
 * ```ts
 * import { Buffer } from "node:buffer";
 * import { ServerMessages } from "./server_messages.ts";
 * const messages = new ServerMessages({ answerBytesMax: 1_000 });
 * if (messages.take(Buffer.from([0x5a, 0, 0])) !== undefined) throw new Error("it isn't whole");
 * if (messages.take(Buffer.from([0, 5, 0x49]))?.length !== 6) throw new Error("now it is");
 * ```
 */
export class ServerMessages {
  readonly #answerBytesMax: number;
  readonly #settings = new Set<string>();
  #parts: Buffer[] = [];
  #held = 0;
  /** Bytes needed for the next whole message. */
  #wanted = headerBytes;
  /** Bytes since the server was last ready for a statement. */
  #answerBytes = 0;

  /** @param options the most bytes in the answer to one statement */
  constructor({ answerBytesMax }: { readonly answerBytesMax: number }) {
    this.#answerBytesMax = answerBytesMax;
  }

  /**
   * Returns the messages that are whole now, or undefined.
   *
   * @throws NoAnswerError for a message that PostgreSQL wouldn't send
   */
  take(chunk: Buffer): Buffer | undefined {
    this.#parts.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#wanted) return undefined;
    const bytes = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts, this.#held);
    let at = 0;
    this.#wanted = headerBytes;
    while (bytes.length - at >= headerBytes) {
      const messageBytes = this.#lengthOf(bytes, at);
      if (bytes.length - at < messageBytes) {
        this.#wanted = messageBytes;
        break;
      }
      this.#check(bytes.subarray(at, at + messageBytes));
      at += messageBytes;
    }
    const rest = bytes.subarray(at);
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
    return at === 0 ? undefined : bytes.subarray(0, at);
  }

  #lengthOf(bytes: Buffer, at: number): number {
    const type = String.fromCharCode(bytes[at] ?? 0);
    const bodyBytes = bytes.readUInt32BE(at + 1) - 4;
    const fixed = known.get(type);
    if (!known.has(type) || bodyBytes < 0 || bodyBytes > messageBytesMax) throw unknown();
    if (fixed !== undefined && bodyBytes !== fixed) throw unknown();
    return headerBytes + bodyBytes;
  }

  #check(message: Buffer): void {
    const type = String.fromCharCode(message[0] ?? 0);
    this.#answerBytes += message.length;
    if (this.#answerBytes > this.#answerBytesMax) throw unknown();
    if (type === "Z") this.#answerBytes = 0;
    else if (type === "T") checkColumns(message);
    else if (type === "t") checkParameters(message);
    else if (type === "S") this.#checkSetting(message);
  }

  #checkSetting(message: Buffer): void {
    const nameEnd = message.indexOf(0, headerBytes);
    if (nameEnd < 0 || message.at(-1) !== 0) throw unknown();
    this.#settings.add(message.toString("latin1", headerBytes, nameEnd));
    if (this.#settings.size > settingsMax) throw unknown();
  }
}

/** Checks that each name ends, and that its facts follow. */
function checkColumns(message: Buffer): void {
  if (message.length < headerBytes + 2) throw unknown();
  let at = headerBytes + 2;
  for (let left = message.readUInt16BE(headerBytes); left > 0; left--) {
    const nameEnd = message.indexOf(0, at);
    if (nameEnd < 0) throw unknown();
    at = nameEnd + 1 + columnFactsBytes;
  }
  if (at !== message.length) throw unknown();
}

function checkParameters(message: Buffer): void {
  const count = message.length < headerBytes + 2 ? -1 : message.readUInt16BE(headerBytes);
  if (message.length !== headerBytes + 2 + 4 * count) throw unknown();
}

function unknown(): NoAnswerError {
  return new NoAnswerError("Cannot read the server's answer: it isn't a message that PostgreSQL sends");
}
