/** Parses the head of an HTTP/1.1 request strictly: refuses everything ambiguous. (RFC 9112) @module */

/** A request that can't be read. The connection ends with it. */
export class HttpProblem extends Error {
  constructor(readonly status: 400 | 417 | 431 | 501 | 505, message: string) {
    super(message);
    this.name = "HttpProblem";
  }
}

/** The length of the body after the head. */
export type BodyLength = number | "chunked";

export interface RequestHead {
  readonly method: string;
  /** The URL, with its path as sent. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: BodyLength;
  /** Whether further requests may follow on the connection. */
  readonly isKept: boolean;
  /** Whether the client waits for 100 Continue before it sends the body. */
  readonly waitsForContinue: boolean;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const requestLine = new RegExp(`^(${token}) (\\S+) HTTP/(\\d)\\.(\\d)$`);
const headerLine = new RegExp(`^(${token}):[ \\t]*([^\\u0000-\\u0008\\u000a-\\u001f\\u007f]*)$`);

/**
 * Parses a head.
 *
 * @param text up to but without the empty line, one character per byte
 * @param host of the listener, for clients that send none
 * @throws HttpProblem
 * @example
 * ```ts
 * import { readHead } from "./http_head.ts";
 * const head = readHead("PUT /a/../b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2", "127.0.0.1:8083");
 * if (head.url !== "http://localhost/a/../b" || head.body !== 2) throw new Error("the path stays as sent");
 * ```
 */
export function readHead(text: string, host: string): RequestHead {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, target, major, minor] = requestLine.exec(first) ?? [];
  if (method === undefined || target === undefined) throw new HttpProblem(400, "it isn't an HTTP request");
  if (major !== "1") throw new HttpProblem(505, "it isn't HTTP/1");
  const headers = readHeaders(lines);
  const isOld = minor === "0";
  const hosts = headers.get("host");
  if (hosts === null && !isOld) throw new HttpProblem(400, "it names no host");
  if (hosts?.includes(",")) throw new HttpProblem(400, "it names several hosts");
  const expectation = headers.get("expect")?.toLowerCase();
  if (expectation !== undefined && expectation !== "100-continue") {
    throw new HttpProblem(417, "its Expect header is unknown");
  }
  return {
    method,
    url: urlOf(target, hosts ?? host),
    headers,
    body: bodyOf(headers, isOld),
    isKept: !isOld && !wordsOf(headers.get("connection")).includes("close"),
    waitsForContinue: expectation !== undefined && !isOld,
  };
}

function readHeaders(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const [, name, value] = headerLine.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new HttpProblem(400, "a header can't be read");
    headers.append(name, value);
  }
  return headers;
}

function urlOf(target: string, host: string): string {
  if (/^https?:\/\/[^/]/i.test(target)) return target;
  if (target === "*") return `http://${host}/*`;
  if (target.startsWith("/")) return `http://${host}${target}`;
  throw new HttpProblem(400, "its target isn't a path");
}

/** Accepts one length, given once, or chunks; never both. */
function bodyOf(headers: Headers, isOld: boolean): BodyLength {
  const coding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (coding !== null) {
    if (length !== null || isOld) throw new HttpProblem(400, "it gives the length of its body twice");
    if (coding.toLowerCase() !== "chunked") throw new HttpProblem(501, "its transfer coding is unknown");
    return "chunked";
  }
  if (length === null) return 0;
  if (!/^\d{1,15}$/.test(length)) throw new HttpProblem(400, "the length of its body isn't a number");
  return Number(length);
}

function wordsOf(value: string | null): readonly string[] {
  return (value ?? "").split(",").map((word) => word.trim().toLowerCase());
}
