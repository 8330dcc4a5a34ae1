/** A TCP proxy that delays every byte by the same time, in both directions and whatever their number. @module */

import { monotonic, sleep } from "../sandbox/wait.ts";

/** Timers have whole milliseconds: a chunk that is due sooner goes at once. */
const timerMs = 0.5;

/** Starts a proxy to a server on this machine; `delayMs` is the time of one direction. */
export function delayingProxy(serverPort: number, delayMs: number): Disposable & { readonly port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  void accept();
  return {
    port: listener.addr.port,
    [Symbol.dispose]: () => {
      listener.close();
      for (const connection of open) close(connection);
    },
  };

  async function accept(): Promise<void> {
    for await (const client of listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: serverPort });
      for (const connection of [client, server]) {
        connection.setNoDelay();
        open.add(connection);
      }
      void pass(client, server);
      void pass(server, client);
    }
  }

  /** Reads without waiting for what is on its way. */
  async function pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    let sending = Promise.resolve();
    for (;;) {
      const buffer = new Uint8Array(65_536);
      const length = await from.read(buffer).catch(() => null); // a lost connection ends like any other
      const dueMs = monotonic() + delayMs;
      if (length === null) break;
      sending = sending.then(() => send(buffer.subarray(0, length), to, dueMs));
    }
    await sending;
    for (const connection of [from, to]) close(connection);
  }

  async function send(bytes: Uint8Array, to: Deno.TcpConn, dueMs: number): Promise<void> {
    for (let left = dueMs - monotonic(); left > timerMs; left = dueMs - monotonic()) {
      await sleep(Math.max(1, Math.floor(left)));
    }
    try {
      for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
    } catch {
      close(to); // the other side has gone
    }
  }

  function close(connection: Deno.TcpConn): void {
    if (open.delete(connection)) connection.close();
  }
}
