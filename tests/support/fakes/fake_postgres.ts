/** A server that logs clients in by a script, as PostgreSQL or an attacker would. @module */

import { Buffer } from "node:buffer";

/** A client's message; the startup message has no type. */
export interface ClientMessage {
  readonly type: string;
  readonly body: Buffer;
}

/** One connection, from the server's side. */
export interface ServedClient {
  /** The next message; undefined once the client has closed. */
  next(): Promise<ClientMessage | undefined>;
  /** Sends messages as they are. */
  send(...messages: readonly Uint8Array[]): Promise<void>;
}

/** A server on a port of its own. */
interface FakePostgres extends AsyncDisposable {
  readonly port: number;
}

/** Runs the script for each connection, then closes it. */
export function startFakePostgres(script: (client: ServedClient) => Promise<void>): FakePostgres {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  const served = (async () => {
    for await (const connection of listener) {
      connections.add(connection);
      await script(serve(connection)).catch(() => {}); // the client closed the connection
      connections.delete(connection);
      close(connection);
    }
  })();
  return {
    port: listener.addr.port,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const connection of connections) close(connection);
      await served;
    },
  };
}

/** Makes a message of the server. */
export function message(type: string, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

/** Makes an authentication request of the server: `R` with a code. */
export function wish(code: number, ...data: readonly (string | Uint8Array)[]): Buffer {
  return message("R", int32(code), ...data);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function serve(connection: Deno.Conn): ServedClient {
  let bytes: Uint8Array = new Uint8Array();
  let isFirst = true;
  const atLeast = async (count: number): Promise<boolean> => {
    while (bytes.length < count) {
      const chunk = new Uint8Array(65_536);
      const read = await connection.read(chunk);
      if (read === null) return false;
      bytes = Buffer.concat([bytes, chunk.subarray(0, read)]);
    }
    return true;
  };
  return {
    async next() {
      const header = isFirst ? 4 : 5;
      if (!await atLeast(header)) return undefined;
      const length = Buffer.from(bytes).readInt32BE(header - 4) + header - 4;
      if (!await atLeast(length)) return undefined;
      const [all, type] = [
        Buffer.from(bytes.subarray(0, length)),
        isFirst ? "" : String.fromCharCode(bytes[0] ?? 0),
      ];
      bytes = bytes.subarray(length);
      isFirst = false;
      return { type, body: all.subarray(header) };
    },
    async send(...messages) {
      let left: Uint8Array = Buffer.concat(messages);
      while (left.length > 0) left = left.subarray(await connection.write(left));
    },
  };
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // it is closed already
  }
}
