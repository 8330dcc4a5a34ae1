/** A logged-in connection that npm:postgres and Sluice's own protocol use in turn. @module */

import type { Buffer } from "node:buffer";
import type net from "node:net";
import type { ServerMessages } from "./server_messages.ts";
import { NoAnswerError } from "./sqlstate.ts";

/** Reads whole messages; returns undefined until the server is ready again, then the bytes behind that message. */
type ReadMessages = (messages: Buffer) => Buffer | undefined;

/**
 * Gives the server's messages to the driver, except during an exchange. Only whole, well-formed messages are given; at
 * any other the connection is cut.
 */
export class SharedSocket {
  readonly #socket: net.Socket;
  #read: ReadMessages | undefined;

  /** @param socket its login is done; the driver's own startup message isn't sent */
  constructor(socket: net.Socket, messages: ServerMessages) {
    this.#socket = socket;
    this.#passOn(messages);
    const write = socket.write;
    socket.write = () => {
      socket.write = write;
      socket.resume();
      return true;
    };
  }

  /** The socket that the driver uses. */
  get forDriver(): net.Socket {
    return this.#socket;
  }

  /**
   * Sends bytes and gives the answers to `read` until it has read that the server is ready. Then all bytes are sent.
   * Neither the driver nor another exchange may be waiting for an answer. If the connection is lost, nothing resolves.
   */
  async exchange(bytes: Uint8Array, read: ReadMessages): Promise<void> {
    const [isReady, isSent] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    this.#read = (messages) => {
      const rest = read(messages);
      if (rest === undefined) return undefined;
      this.#read = undefined;
      isReady.resolve();
      return rest;
    };
    this.#socket.write(bytes, () => isSent.resolve());
    await Promise.all([isReady.promise, isSent.promise]);
  }

  #passOn(messages: ServerMessages): void {
    const socket = this.#socket;
    const emit = socket.emit.bind(socket) as (event: string, ...values: readonly unknown[]) => boolean;
    const emitMessages = (chunk: Buffer): boolean => {
      if (socket.destroyed) return false; // cut off already
      try {
        const whole = messages.take(chunk);
        const rest = whole === undefined || this.#read === undefined ? whole : this.#read(whole);
        return rest !== undefined && rest.length > 0 && emit("data", rest);
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        socket.destroy(error);
        return false;
      }
    };
    const emitter = (event: string, ...values: readonly unknown[]) =>
      event === "data" ? emitMessages(values[0] as Buffer) : emit(event, ...values);
    socket.emit = emitter as typeof socket.emit;
  }
}
