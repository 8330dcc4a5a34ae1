/**
 * Opens, encrypts and logs in the connections of npm:postgres, so that Sluice can cut them at any time.
 *
 * @module
 */

import net, { isIP } from "node:net";
import tls from "node:tls";
import type { Time } from "../../../connect/api/ports.ts";
import { type ConnectionTarget, describeTarget } from "./connection_url.ts";
import { LoginReader } from "./login_reader.ts";
import { logIn } from "./server_login.ts";
import { ServerMessages } from "./server_messages.ts";
import { SharedSocket } from "./shared_socket.ts";
import { NoAnswerError, NoTlsError } from "./sqlstate.ts";

const keepAliveMs = 15_000;

export interface SocketWay {
  readonly target: ConnectionTarget;
  /** Null for a connection without TLS. */
  readonly tls: TlsOptions | null;
  /** Parameters of the startup message. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** How to check the server's certificate, and the client's own. */
export type TlsOptions = Pick<
  tls.ConnectionOptions,
  "rejectUnauthorized" | "ca" | "cert" | "key" | "checkServerIdentity"
>;

interface OpenSocketOptions extends SocketWay {
  /** Index of the host to try first; the others follow. */
  readonly firstHost: number;
  /** For one host: TCP, TLS and login together. */
  readonly timeoutMs: number;
  /** Most bytes in the answer to one statement; beyond that the connection is cut. */
  readonly answerBytesMax: number;
  readonly time: Pick<Time, "sleep">;
  readonly signal: AbortSignal;
}

/**
 * Logs in to the first host that accepts a connection. Turns on TCP_NODELAY and keepalive.
 *
 * @throws the last host's error; NoAnswerError if no host answered in time; the errors of `logIn`
 */
export async function openSocket(options: OpenSocketOptions): Promise<SharedSocket> {
  const { socketFolder, hosts } = options.target;
  if (socketFolder !== null) {
    return await loggedIn({ path: `${socketFolder}/.s.PGSQL.${hosts[0]?.port ?? portDefault}` }, options);
  }
  let last: unknown = new NoAnswerError("Cannot connect: no host");
  for (let tried = 0; tried < hosts.length; tried++) {
    const place = hosts[(options.firstHost + tried) % hosts.length];
    if (place === undefined) continue;
    try {
      return await loggedIn(place, options);
    } catch (error) {
      if (!(error instanceof NotConnected)) throw error;
      last = error.cause;
    }
  }
  throw last;
}

const portDefault = 5432;

type Place = { readonly path: string } | { readonly host: string; readonly port: number };

/** The connection failed, so the next host is tried. */
class NotConnected extends Error {
  override readonly name = "NotConnected";
}

async function loggedIn(place: Place, options: OpenSocketOptions): Promise<SharedSocket> {
  const { timeoutMs, answerBytesMax, time, signal, target } = options;
  const done = new AbortController();
  const socket = new OpenedSocket(options);
  const late = time.sleep(timeoutMs, AbortSignal.any([done.signal, signal])).then(() => {
    if (done.signal.aborted) return;
    throw new NoAnswerError("Cannot connect: no answer in time");
  });
  const opened = socket.open(place);
  try {
    await Promise.race([opened, late]);
    return socket.share(new ServerMessages({ answerBytesMax }));
  } catch (error) {
    opened.catch(() => {}); // it lost the race
    socket.destroy();
    const isLast = socket.isConnected || target.socketFolder !== null;
    throw isLast ? error : new NotConnected("Cannot connect", { cause: error });
  } finally {
    done.abort();
    late.catch(() => {}); // the timeout has been thrown
  }
}

class OpenedSocket {
  readonly #way: SocketWay;
  #socket = new net.Socket();
  isConnected = false;

  constructor(way: SocketWay) {
    this.#way = way;
    this.#socket.on("error", ignore); // waiting code has its own listener
  }

  async open(place: Place): Promise<void> {
    const { target, tls: tlsOptions, parameters } = this.#way;
    await once(this.#socket, "connect", () => this.#socket.connect(place));
    this.isConnected = true;
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true, keepAliveMs);
    const isEncrypted = tlsOptions !== null && "host" in place && await this.#encrypt(place.host, tlsOptions);
    await logIn(this.#socket, {
      parameters,
      password: target.password?.value ?? "",
      server: describeTarget(target),
      rules: {
        requireAuth: target.requireAuth,
        channelBinding: target.channelBinding,
        isSafe: target.socketFolder !== null || (isEncrypted && isVerified(target)),
      },
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** @param messages what the server may send from now on */
  share(messages: ServerMessages): SharedSocket {
    if (this.#socket.destroyed) throw new NoAnswerError("Cannot connect: the server hung up");
    return new SharedSocket(this.#socket, messages);
  }

  /** Returns false if the server has no TLS and `prefer` goes on without. */
  async #encrypt(host: string, options: TlsOptions): Promise<boolean> {
    const reader = new LoginReader(this.#socket);
    this.#socket.write(tlsRequest);
    const letter = await reader.letter();
    reader.forget();
    if (letter !== "S") {
      if (letter === "N" && this.#way.target.sslMode === "prefer") return false;
      throw letter === "N" ? new NoTlsError() : new NoAnswerError("Cannot begin TLS: the server can't now");
    }
    // Without a server name the runtime checks the certificate for the host, also if that is an address.
    const name = isIP(host) === 0 ? { servername: host } : {};
    const encrypted = tls.connect({ socket: this.#socket, host, ...name, ...options });
    encrypted.on("error", ignore);
    this.#socket = encrypted;
    await once(encrypted, "secureConnect", () => {});
    return true;
  }
}

/** SSLRequest */
const tlsRequest = Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47);
const ignore = () => {};

/** With the system's root certificates, a check without the host's name accepts any owner of a certificate. */
function isVerified({ sslMode, sslRootCertFile }: ConnectionTarget): boolean {
  return sslMode === "verify-full" || (sslMode === "verify-ca" && sslRootCertFile !== null);
}

function once(socket: net.Socket, event: string, begin: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new NoAnswerError("Cannot connect: the server hung up"));
    socket.once("error", reject);
    socket.once("close", ended);
    socket.once(event, () => {
      socket.off("error", reject);
      socket.off("close", ended);
      resolve();
    });
    begin();
  });
}
