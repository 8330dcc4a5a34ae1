/** The TCP connection below npm:postgres, opened here so that it can be cut at any time. @module */

import net from "node:net";
import type { Time } from "../../connect/api/ports.ts";
import type { ConnectionTarget } from "./connection_url.ts";
import { NoAnswerError } from "./sqlstate.ts";

const keepAliveMs = 15_000;

/** A socket as the driver uses it: it asks for the host, for the certificate's name. */
export interface DatabaseSocket extends net.Socket {
  host?: string;
}

/** How to open a socket. */
export interface OpenSocketOptions {
  readonly target: ConnectionTarget;
  /** Which of the hosts comes first; the others are tried after it. */
  readonly firstHost: number;
  readonly timeoutMs: number;
  readonly time: Time;
  readonly signal: AbortSignal;
}

/**
 * Connects to the first host that answers. Small messages leave at once (no Nagle delay), and a peer that is gone is
 * noticed by keepalive.
 *
 * @throws the last host's error; NoAnswerError where none answered in time
 */
export async function openSocket(options: OpenSocketOptions): Promise<DatabaseSocket> {
  const { target, firstHost } = options;
  const { socketFolder, hosts } = target;
  if (socketFolder !== null) {
    return await connect({ path: `${socketFolder}/.s.PGSQL.${hosts[0]?.port ?? portDefault}` }, options);
  }
  let last: unknown = new NoAnswerError("Cannot connect: no host");
  for (let tried = 0; tried < hosts.length; tried++) {
    const place = hosts[(firstHost + tried) % hosts.length];
    if (place === undefined) continue;
    try {
      const socket = await connect({ host: place.host, port: place.port }, options);
      socket.host = place.host;
      return socket;
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

const portDefault = 5432;

async function connect(
  place: { readonly path: string } | { readonly host: string; readonly port: number },
  { timeoutMs, time, signal }: OpenSocketOptions,
): Promise<DatabaseSocket> {
  const socket: DatabaseSocket = new net.Socket();
  const done = new AbortController();
  const either = AbortSignal.any([done.signal, signal]);
  const opened = new Promise<DatabaseSocket>((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
  const late = time.sleep(timeoutMs, either).then(() => {
    if (done.signal.aborted) return;
    throw new NoAnswerError("Cannot connect: no answer in time");
  });
  socket.connect(place);
  try {
    await Promise.race([opened, late]);
  } catch (error) {
    opened.catch(() => {}); // it lost the race
    socket.destroy();
    throw error;
  } finally {
    done.abort();
    late.catch(() => {}); // nobody waits for it any more
  }
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  return socket;
}
