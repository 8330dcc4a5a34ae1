/**
 * An HTTP listener that withstands any number of connections: it limits their number and their waiting time,
 * and pauses accepting if the process is out of file descriptors.
 *
 * @module
 */

import { backoffMs } from "../../connect/api/backoff.ts";
import { ConfigException } from "../../connect/api/exceptions.ts";
import type { Logger, Time } from "../../connect/api/ports.ts";
import type { RestHandler } from "../../connect/rest/rest_handler.ts";
import { HttpConnection, type HttpConnectionOptions } from "./http_connection.ts";
import type { ListenAddress } from "../control/listeners.ts";
import { type ConnectionLimits, OpenConnections } from "./open_connections.ts";

export interface HttpListenerOptions {
  readonly address: ListenAddress;
  readonly limits: ConnectionLimits;
  readonly time: Time;
  readonly logger: Logger;
}

/** Interval of checks for connections that have timed out, in milliseconds. */
const lookEveryMs = 500;

/** Pauses after a failed accept, in milliseconds. */
const acceptPause = { msMin: 50, msMax: 1_000 } as const;

/** Accepts in a row before other connections are read; few enough for the smallest listener. */
const acceptsInARowMax = 8;

/** Milliseconds after the last failed accept after which accepting counts as recovered. */
const quietMs = 2_000;

/** Milliseconds for running requests to finish when the listener closes. */
const closeMsMax = 5_000;

export class HttpListener implements AsyncDisposable, ListenAddress {
  readonly #options: HttpListenerOptions;
  readonly #listener: Deno.TcpListener;
  readonly #open: OpenConnections;
  readonly #connections: HttpConnectionOptions;
  readonly #ending = new AbortController();
  readonly #accepting: Promise<void>;
  #isLooking = false;

  /** @throws ConfigException if the address is taken or refused */
  constructor(options: HttpListenerOptions, handle: RestHandler) {
    this.#options = options;
    this.#listener = openPort(options.address);
    this.#open = new OpenConnections(options.limits);
    const { time } = options;
    this.#connections = { open: this.#open, handle, time, signal: this.#ending.signal };
    this.#accepting = this.#acceptAll();
  }

  get hostname(): string {
    return this.#listener.addr.hostname;
  }
  get port(): number {
    return this.#listener.addr.port;
  }
  /** Number of connections with a request being answered. */
  get requests(): number {
    return this.#open.askingCount;
  }
  /** Number of open connections. */
  get connections(): number {
    return this.#open.count;
  }

  /** Closes the listener and its idle connections; running requests may finish. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { time } = this.#options;
    if (!this.#ending.signal.aborted) this.#listener.close();
    this.#ending.abort();
    await this.#accepting;
    this.#open.closeWaiting();
    const untilMs = time.monotonic() + closeMsMax;
    while (this.#open.askingCount > 0 && time.monotonic() < untilMs) {
      await time.sleep(acceptPause.msMin);
      this.#open.closeWaiting();
    }
    this.#open.closeAll();
  }

  async #acceptAll(): Promise<void> {
    const { time, logger } = this.#options;
    const { signal } = this.#ending;
    let taken = 0;
    let failures = 0;
    let failedMs = 0;
    while (!signal.aborted) {
      try {
        this.#take(await this.#listener.accept());
        // Without pauses a burst of accepts would close connections before their requests are read.
        const pauseMs = this.#open.pauseMs(time.monotonic());
        if (pauseMs > 0 || ++taken % acceptsInARowMax === 0) await time.sleep(pauseMs, signal);
        if (failures === 0 || time.monotonic() - failedMs < quietMs) continue;
        logger.info("Connections are accepted again", { port: this.port, failures });
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failedMs = time.monotonic();
        if (failures++ === 0) logger.warn("Cannot accept a connection: waits until it can", this.#why(error));
        await time.sleep(
          this.#open.makeRoom() ? acceptPause.msMin : backoffMs(failures, acceptPause),
          signal,
        );
      }
    }
  }

  /** The system's error code: EMFILE means that the process can't open more files. */
  #why(error: unknown) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    return { port: this.port, reason: code, connections: this.#open.count };
  }

  #take(accepted: Deno.TcpConn): void {
    const connection = new HttpConnection(accepted, this.#connections);
    if (!this.#open.add(connection, this.#options.time.monotonic())) return connection.destroy();
    void connection.serve();
    void this.#lookForLate();
  }

  /** Runs while there are connections. */
  async #lookForLate(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { time } = this.#options;
    while (this.#open.count > 0 && !this.#ending.signal.aborted) {
      await time.sleep(lookEveryMs, this.#ending.signal);
      this.#open.closeLate(time.monotonic());
    }
    this.#isLooking = false;
  }
}

function openPort(address: ListenAddress): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: address.hostname, port: address.port });
  } catch (cause) {
    const why = cause instanceof Deno.errors.AddrInUse
      ? "something else listens there"
      : cause instanceof Deno.errors.PermissionDenied
      ? "this user may not listen there, expected a port from 1024 on"
      : "expected an address of this machine";
    throw new ConfigException(`Cannot listen on ${address.hostname}:${address.port}: ${why}`, { cause });
  }
}
