/** Reads what a server sends before the login is done. @module */

import { Buffer } from "node:buffer";
import type net from "node:net";
import { NoAnswerError } from "./sqlstate.ts";

interface ServerMessage {
  /** The message's letter, such as `R` or `E`. */
  readonly type: string;
  readonly body: Buffer;
}

const headerBytes = 5;
/** libpq's limit for messages before the login is done. */
const messageBytesMax = 30_000;

/** Reads a socket message by message. `release` gives the unread rest back to the socket. */
export class LoginReader {
  readonly #socket: net.Socket;
  #bytes = Buffer.alloc(0);
  #lost: Error | undefined;
  #arrived = () => {};

  constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", this.#take);
    socket.once("error", this.#end);
    socket.once("close", this.#end);
  }

  /** @throws NoAnswerError once the connection is lost */
  async next(): Promise<ServerMessage> {
    await this.#atLeast(headerBytes);
    const bytes = this.#bytes.readInt32BE(1) + 1;
    if (bytes < headerBytes || bytes > messageBytesMax) {
      throw new NoAnswerError("Cannot read the server's answer");
    }
    await this.#atLeast(bytes);
    const message = this.#bytes.subarray(0, bytes);
    this.#bytes = this.#bytes.subarray(bytes);
    return { type: String.fromCharCode(message[0] ?? 0), body: message.subarray(headerBytes) };
  }

  /** Reads the server's one letter of answer to SSLRequest. Further bytes are refused: TLS wouldn't protect them. */
  async letter(): Promise<string> {
    await this.#atLeast(1);
    if (this.#bytes.length > 1) {
      throw new NoAnswerError("Cannot begin TLS: the server sent more than one byte");
    }
    return String.fromCharCode(this.#bytes[0] ?? 0);
  }

  /** Releases the socket, paused. Its next reader gets the unread bytes first. */
  release(): void {
    this.forget();
    this.#socket.pause();
    if (this.#bytes.length > 0 && !this.#socket.destroyed) this.#socket.unshift(this.#bytes);
  }

  /** Releases the socket as it is. */
  forget(): void {
    this.#socket.off("data", this.#take);
    this.#socket.off("error", this.#end);
    this.#socket.off("close", this.#end);
  }

  readonly #take = (chunk: Uint8Array): void => {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#arrived();
  };

  readonly #end = (error: unknown): void => {
    this.#lost ??= error instanceof Error
      ? error
      : new NoAnswerError("Cannot log in: the server closed the connection");
    this.#arrived();
  };

  async #atLeast(bytes: number): Promise<void> {
    while (this.#bytes.length < bytes) {
      if (this.#lost !== undefined) throw this.#lost;
      await new Promise<void>((resolve) => this.#arrived = resolve);
    }
  }
}
