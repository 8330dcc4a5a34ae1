/** Bodies of requests: bounded, JSON, numbers with the digits they were written with. @module */

import { RestError } from "./rest_error.ts";

/** Largest body that is read, bytes. */
export const requestBytesMax = 1024 * 1024;

/** Longest time that a body may take to arrive, milliseconds. */
export const requestBodyMsMax = 30_000;

/** What JSON holds; numbers are the text they were written as, since Connect takes every scalar for text. */
export type Json = string | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * The JSON of a body.
 *
 * @throws RestError 400 where it's no JSON (Connect answers 500), 413 where it's too long
 * @example
 * ```ts
 * import { readJson } from "./json_body.ts";
 * const request = new Request("http://localhost/", { method: "POST", body: '{"tasks.max":2}' });
 * const body = await readJson(request);
 * if (JSON.stringify(body) !== '{"tasks.max":"2"}') throw new Error("scalars become text");
 * ```
 */
export async function readJson(request: Request): Promise<Json> {
  const text = await readText(request);
  if (text.trim() === "") throw new RestError(400, "Cannot read the request: a JSON body is expected");
  try {
    return JSON.parse(text, asWritten);
  } catch {
    // The parser's own text quotes the body, and that can hold a password.
    throw new RestError(400, "Cannot read the request: its body is not JSON");
  }
}

function asWritten(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === "number" ? context?.source ?? String(value) : value;
}

async function readText(request: Request): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  try {
    for await (const chunk of bounded(request)) text += decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof RestError) throw error;
    throw new RestError(400, "Cannot read the request: its body is not UTF-8, or ended too early");
  }
}

async function* bounded(request: Request): AsyncIterable<Uint8Array> {
  const tooLong = () =>
    new RestError(413, `Cannot read the request: its body has more than ${requestBytesMax} bytes`);
  if (Number(request.headers.get("content-length") ?? 0) > requestBytesMax) throw tooLong();
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > requestBytesMax) throw tooLong();
    yield chunk;
  }
}
