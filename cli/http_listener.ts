/**
 * A listener for HTTP that no number of connections ends: how many there are is limited, and how long each may keep it
 * waiting; where the process has no file left for one more, it waits.
 *
 * @module
 */

import { createServer, type Server } from "node:http";
import { ConfigException } from "../connect/api/exceptions.ts";
import type { Logger, Time } from "../connect/api/ports.ts";
import type { RestHandler } from "../connect/rest/rest_handler.ts";
import { ConnectionStream } from "./connection_stream.ts";
import { answerRequest } from "./http_requests.ts";
import type { ListenAddress } from "./listeners.ts";
import { type ConnectionLimits, OpenConnections } from "./open_connections.ts";

/** What a listener is opened with. */
export interface HttpListenerOptions {
  readonly address: ListenAddress;
  readonly limits: ConnectionLimits;
  readonly time: Time;
  readonly logger: Logger;
}

/** Longest headers of a request, bytes. */
const headerBytesMax = 32 * 1024;

/** As much of a refused request as tells a request from something else, bytes. */
const startBytesMax = 8 * 1024;

/** How often connections are looked at that have had their time, milliseconds. */
const lookEveryMs = 500;

/** Pauses after an accept that failed, milliseconds. */
const acceptPauseMs = { min: 50, max: 1_000 } as const;
const doublingsMax = 10;

/** So long after the last accept that failed all is well again, milliseconds. */
const quietMs = 2_000;

/** How long requests have to be answered when the listener closes, milliseconds. */
const closeMsMax = 5_000;

/** An open listener. */
export class HttpListener implements AsyncDisposable, ListenAddress {
  readonly #options: HttpListenerOptions;
  readonly #listener: Deno.TcpListener;
  readonly #server: Server;
  readonly #open: OpenConnections;
  readonly #ending = new AbortController();
  readonly #accepting: Promise<void>;
  #isLooking = false;

  /** @throws ConfigException if the address is taken or refused */
  constructor(options: HttpListenerOptions, handle: RestHandler) {
    this.#options = options;
    this.#listener = openPort(options.address);
    this.#open = new OpenConnections(options.limits);
    this.#server = this.#newServer(handle);
    this.#accepting = this.#acceptAll();
  }

  get hostname(): string {
    return this.#listener.addr.hostname;
  }
  get port(): number {
    return this.#listener.addr.port;
  }
  /** Connections of which a request is being answered. */
  get requests(): number {
    return this.#open.askingCount;
  }
  /** Connections that are open. */
  get connections(): number {
    return this.#open.count;
  }

  /** Requests that are being answered may end; all other connections are closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { time } = this.#options;
    if (!this.#ending.signal.aborted) this.#listener.close();
    this.#ending.abort();
    await this.#accepting;
    this.#open.closeWaiting();
    const untilMs = time.monotonic() + closeMsMax;
    while (this.#open.askingCount > 0 && time.monotonic() < untilMs) {
      await time.sleep(acceptPauseMs.min);
      this.#open.closeWaiting();
    }
    this.#open.closeAll();
  }

  /** Times and numbers are kept here; of the server's own the parser alone is used. */
  #newServer(handle: RestHandler): Server {
    const own = { headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 0, maxHeaderSize: headerBytesMax };
    const server = createServer({ ...own, insecureHTTPParser: false }, (message, response) => {
      const { socket } = message;
      const now = () => this.#options.time.monotonic();
      this.#open.asks(socket);
      response.on("close", () => this.#open.answered(socket, now()));
      void answerRequest(message, response, async (request) => {
        const answer = await handle(request);
        this.#open.answers(socket, now());
        return answer;
      });
    });
    // It would close connections after each answer: it is handed them, and doesn't listen itself.
    Object.defineProperty(server, "listening", { get: () => !this.#ending.signal.aborted });
    server.on("clientError", (error, socket) => void socket.end(refusalOf(error)));
    return server;
  }

  async #acceptAll(): Promise<void> {
    const { time, logger } = this.#options;
    const { signal } = this.#ending;
    let failures = 0;
    let failedMs = 0;
    while (!signal.aborted) {
      try {
        this.#take(await this.#listener.accept());
        if (failures === 0 || time.monotonic() - failedMs < quietMs) continue;
        logger.info("Connections are taken again", { port: this.port, failures });
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failedMs = time.monotonic();
        if (failures++ === 0) logger.warn("Cannot take a connection: waits until it can", this.#why(error));
        const pauseMs = this.#open.makeRoom() ? 0 : acceptPauseMs.min * 2 ** Math.min(failures, doublingsMax);
        await time.sleep(Math.min(Math.max(pauseMs, acceptPauseMs.min), acceptPauseMs.max), signal);
      }
    }
  }

  /** By the system's word: EMFILE says that the process may open no more files. */
  #why(error: unknown) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    return { port: this.port, reason: code, connections: this.#open.count };
  }

  #take(accepted: Deno.TcpConn): void {
    const connection = new ConnectionStream(accepted);
    connection.on("close", () => this.#open.remove(connection));
    this.#open.add(connection, this.#options.time.monotonic());
    if (connection.destroyed) return;
    this.#server.emit("connection", connection);
    void this.#lookForLate();
  }

  /** As long as there are connections. */
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

/** What the parser refuses never becomes a request; a method that it doesn't know has Connect's answer. */
function refusalOf(error: Error & { readonly code?: string; readonly rawPacket?: Uint8Array }): string {
  const start = new TextDecoder().decode(error.rawPacket?.subarray(0, startBytesMax));
  if (error.code === "HPE_INVALID_METHOD" && /^[A-Z]+ \/\S* HTTP\/1\.[01]\r\n/.test(start)) {
    return plainAnswer(
      "405 Method Not Allowed",
      '{"error_code":405,"message":"HTTP 405 Method Not Allowed"}',
    );
  }
  return plainAnswer(
    error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request",
  );
}

function plainAnswer(status: string, body = ""): string {
  const headers = ["Connection: close", `Content-Length: ${body.length}`];
  return [`HTTP/1.1 ${status}`, ...headers, "", body].join("\r\n");
}

function openPort(address: ListenAddress): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: address.hostname, port: address.port });
  } catch (cause) {
    const why = cause instanceof Deno.errors.AddrInUse
      ? "something else listens there"
      : "the address is refused";
    throw new ConfigException(`Cannot listen on ${address.hostname}:${address.port}: ${why}`, { cause });
  }
}
