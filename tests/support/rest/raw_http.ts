/** HTTP byte by byte: paths, methods and headers that no client would send. @module */

import { waitMsMax } from "../../../sandbox/wait.ts";
/** The request. Only a missing `Host`, `Connection` and the body's length are added. */
interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** The answer. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** Sends one request on its own connection to 127.0.0.1. */
export async function rawRequest(port: number, request: RawRequest): Promise<RawAnswer> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  let isLate = false;
  const giveUp = setTimeout(() => {
    isLate = true;
    connection.close();
  }, waitMsMax);
  try {
    await writeAll(connection, requestBytes(port, request));
    return parseAnswer(await readAll(connection));
  } catch (cause) {
    if (!isLate) throw cause;
    throw new Error(`Cannot wait longer than ${waitMsMax} ms for ${request.method} ${request.path}`, {
      cause,
    });
  } finally {
    clearTimeout(giveUp);
    if (!isLate) connection.close();
  }
}

function requestBytes(port: number, { method, path, headers = {}, body }: RawRequest): Uint8Array {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body ?? new Uint8Array();
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...("Host" in headers ? [] : [`Host: 127.0.0.1:${port}`]),
    "Connection: close",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${bytes.length}`]),
  ];
  const head = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  return Uint8Array.from([...head, ...bytes]);
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

async function readAll(connection: Deno.Conn): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const buffer = new Uint8Array(65_536);
  for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
    chunks.push(buffer.slice(0, count));
  }
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

function parseAnswer(bytes: Uint8Array): RawAnswer {
  const end = indexOfBlankLine(bytes);
  const [first = "", ...lines] = new TextDecoder().decode(bytes.subarray(0, end)).split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  if (Number.isNaN(status)) throw new Error(`Cannot read the answer: it begins with "${first}"`);
  const headers = new Map(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  }));
  const body = bytes.subarray(end + 4);
  const plain = headers.get("transfer-encoding") === "chunked" ? dechunked(body) : body;
  return { status, headers, text: new TextDecoder().decode(plain) };
}

function indexOfBlankLine(bytes: Uint8Array): number {
  for (let at = 0; at + 3 < bytes.length; at++) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  throw new Error(`Cannot read the answer: ${bytes.length} bytes without an end of its headers`);
}

function dechunked(body: Uint8Array): Uint8Array {
  const parts: number[] = [];
  for (let at = 0; at < body.length;) {
    const end = body.indexOf(13, at);
    const size = parseInt(new TextDecoder().decode(body.subarray(at, end)), 16);
    if (size === 0) break;
    parts.push(...body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Uint8Array.from(parts);
}
