/** Bodies of requests: bounded, JSON, numbers with the digits they were written with. @module */

import { RestError } from "../rest_error.ts";

/** Largest body that is read, bytes. */
export const requestBytesMax = 1024 * 1024;

/** Longest time that a body may take to arrive, milliseconds. */
export const requestBodyMsMax = 30_000;

/** What JSON holds; numbers are the text they were written as, since Connect takes every scalar for text. */
export type Json = string | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * The JSON of a body.
 *
 * @param signal ends the wait for a body that doesn't come
 * @throws RestError 400 where it's no JSON (Connect answers 500), 408 where it's too slow, 413 where it's too long
 * @example
 * ```ts
 * import { readJson } from "./json_body.ts";
 * const request = new Request("http://localhost/", { method: "POST", body: '{"tasks.max":2}' });
 * const body = await readJson(request, AbortSignal.timeout(1_000));
 * if (JSON.stringify(body) !== '{"tasks.max":"2"}') throw new Error("scalars become text");
 * ```
 */
export async function readJson(request: Request, signal: AbortSignal): Promise<Json> {
  const text = await readText(request, signal);
  if (text.trim() === "") throw new RestError(400, "Cannot read the request: a JSON body is expected");
  try {
    return JSON.parse(text, asWritten);
  } catch (error) {
    if (error instanceof RestError) throw error;
    // The parser's own text quotes the body, and that can hold a password.
    throw new RestError(400, "Cannot read the request: its body is not JSON");
  }
}

/** Half a surrogate pair, which escapes can make, is no text: no path and no file could carry it (RFC 7493, 2.1). */
function asWritten(name: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (!name.isWellFormed() || (typeof value === "string" && !value.isWellFormed())) {
    throw new RestError(400, "Cannot read the request: it holds half a surrogate pair, which is no text");
  }
  return typeof value === "number" ? context?.source ?? String(value) : value;
}

async function readText(request: Request, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  try {
    for await (const chunk of bounded(request, signal)) text += decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof RestError) throw error;
    throw new RestError(400, "Cannot read the request: its body is not UTF-8, or ended too early");
  }
}

async function* bounded({ headers, body }: Request, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const tooLong = () =>
    new RestError(413, `Cannot read the request: its body has more than ${requestBytesMax} bytes`);
  if (Number(headers.get("content-length") ?? 0) > requestBytesMax) throw tooLong();
  if (body === null) return;
  const reader = body.getReader();
  const giveUp = () => void reader.cancel().catch(() => {}); // a body that is gone already is what is wanted
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    let bytes = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      bytes += next.value.byteLength;
      if (bytes > requestBytesMax) throw tooLong();
      yield next.value;
    }
    if (signal.aborted) throw new RestError(408, "Cannot read the request: its body doesn't come");
  } finally {
    signal.removeEventListener("abort", giveUp);
    giveUp();
  }
}
