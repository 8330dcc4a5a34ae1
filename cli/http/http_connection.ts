/** Serves one connection: reads its requests in turn and writes each answer. @module */

import { STATUS_CODES } from "node:http";
import type { Time } from "../../connect/api/ports.ts";
import type { RestHandler } from "../../connect/rest/rest_handler.ts";
import { HttpBytes } from "./http_bytes.ts";
import { RequestBody } from "./request_body.ts";
import { HttpProblem, readHead, type RequestHead } from "./http_head.ts";
import type { OpenConnection, OpenConnections } from "./open_connections.ts";

/** Maximum bytes of a request that are discarded after an answer that didn't wait for them. */
const bytesLeftMax = 4 * 1024 * 1024;

export interface HttpConnectionOptions {
  readonly open: OpenConnections;
  readonly handle: RestHandler;
  readonly time: Time;
  /** Aborts when the listener closes: the current answer is the last. */
  readonly signal: AbortSignal;
}

/** An accepted connection. */
export class HttpConnection implements OpenConnection {
  readonly #options: HttpConnectionOptions;
  readonly #connection: Deno.TcpConn;
  readonly #bytes: HttpBytes;
  #isClosed = false;

  constructor(connection: Deno.TcpConn, options: HttpConnectionOptions) {
    this.#options = options;
    this.#connection = connection;
    this.#bytes = new HttpBytes(connection);
    connection.setNoDelay(true);
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
  }

  /** Answers requests until one side closes. A connection that breaks off isn't an error. */
  async serve(): Promise<void> {
    try {
      while (await this.#answerNext());
      await this.#connection.closeWrite();
    } catch (error) {
      if (error instanceof HttpProblem) await this.#refuse(error);
    } finally {
      this.#options.open.remove(this);
      this.destroy();
    }
  }

  /** Returns whether another request may follow. */
  async #answerNext(): Promise<boolean> {
    const { open, time, signal } = this.#options;
    const text = await this.#bytes.head();
    if (text === undefined || this.#isClosed) return false;
    open.asks(this);
    const head = readHead(text, hostOf(this.#connection.localAddr));
    const body = new RequestBody(this.#bytes.body(head.body), {
      goOn: head.waitsForContinue
        ? () => this.#write(encoder.encode("HTTP/1.1 100 Continue\r\n\r\n"))
        : undefined,
    });
    const answer = await this.#options.handle(requestOf(head, body.stream));
    open.answers(this, time.monotonic());
    const isLast = !head.isKept || body.isUnfit || signal.aborted;
    await this.#write(await this.#bytesOf(answer, { method: head.method, isLast }));
    const isAtEnd = !body.isUnfit && await body.readToEnd(bytesLeftMax);
    open.answered(this, time.monotonic());
    return !isLast && isAtEnd && !this.#isClosed;
  }

  async #bytesOf(
    answer: Response,
    { method, isLast }: { readonly method: string; readonly isLast: boolean },
  ): Promise<Uint8Array> {
    const { status, headers } = answer;
    const body = new Uint8Array(await answer.arrayBuffer());
    const hasLength = status !== 204 && status !== 304 && method !== "HEAD";
    const lines = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
      ...[...headers].map(([name, value]) => `${name}: ${value}`),
      `date: ${new Date(this.#options.time.now()).toUTCString()}`,
      ...(hasLength ? [`content-length: ${body.length}`] : []),
      ...(isLast ? ["connection: close"] : []),
    ];
    const head = encoder.encode(`${lines.join("\r\n")}\r\n\r\n`);
    const all = new Uint8Array(head.length + body.length);
    all.set(head);
    all.set(body, head.length);
    return all;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      written += await this.#connection.write(bytes.subarray(written));
    }
  }

  /** Answers an unreadable request and reads the rest of it, so that the answer arrives. */
  async #refuse({ status, message }: HttpProblem): Promise<void> {
    const { open, time } = this.#options;
    open.asks(this);
    open.answers(this, time.monotonic());
    const body = JSON.stringify({ error_code: status, message: `Cannot read the request: ${message}` });
    const answer = new Response(body, { status, headers: { "content-type": "application/json" } });
    try {
      await this.#write(await this.#bytesOf(answer, { method: "GET", isLast: true }));
      await this.#connection.closeWrite();
      const buffer = new Uint8Array(16 * 1024);
      for (let left = bytesLeftMax; left > 0;) {
        const count = await this.#connection.read(buffer);
        if (count === null) break;
        left -= count;
      }
    } catch {
      // the client has closed the connection
    }
  }
}

const encoder = new TextEncoder();

function hostOf({ hostname, port }: Deno.NetAddr): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** Keeps the path as sent: the runtime's URL would normalise it. */
function requestOf({ method, url, headers }: RequestHead, body: ReadableStream): Request {
  const hasBody = method !== "GET" && method !== "HEAD";
  const request = new Request("http://localhost/", {
    method: hasBody ? "POST" : "GET",
    headers,
    ...(hasBody ? { body } : {}),
  });
  return Object.defineProperties(request, { method: { value: method }, url: { value: url } });
}
