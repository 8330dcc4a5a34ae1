/** A connection of the runtime's listener as the stream that `node:http` reads requests from. @module */

import type { Buffer } from "node:buffer";
import { Duplex } from "node:stream";

/** Bytes that are read at a time. */
const readBytesMax = 16 * 1024;

/** One connection; destroying it closes it. */
export class ConnectionStream extends Duplex {
  readonly #connection: Deno.TcpConn;

  constructor(connection: Deno.TcpConn) {
    super({ allowHalfOpen: true });
    this.#connection = connection;
    connection.setNoDelay(true);
    // A connection that breaks off is no error of anybody's here.
    this.on("error", () => {});
  }

  // What `node:http` asks of a socket; times are kept by who listens.
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {
    const buffer = new Uint8Array(readBytesMax);
    this.#connection.read(buffer).then(
      (count) => void this.push(count === null ? null : buffer.subarray(0, count)),
      (error) => void this.destroy(error),
    );
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#writeAll(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#connection.closeWrite().then(() => done(), () => done()); // the other side was faster
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    try {
      this.#connection.close();
    } catch {
      // it is closed already
    }
    done(error);
  }

  async #writeAll(chunk: Uint8Array): Promise<void> {
    for (let written = 0; written < chunk.length;) {
      written += await this.#connection.write(chunk.subarray(written));
    }
  }
}
