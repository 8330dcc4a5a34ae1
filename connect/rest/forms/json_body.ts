import { RestError } from "../rest_error.ts";

/** Largest body, bytes. */
export const requestBytesMax = 1024 * 1024;

/** Longest time for a body to arrive, milliseconds. */
export const requestBodyMsMax = 30_000;

/** Parsed JSON; a number is its text, since Connect reads every scalar as text. */
export type Json = string | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * Reads a request's JSON body.
 *
 * @param signal aborts the wait for the body
 * @throws RestError 400 if it's not JSON (Connect answers 500), 408 if it's too slow, 413 if it's too long
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
    // The parser's own text quotes the body, which can hold a password.
    throw new RestError(400, "Cannot read the request: its body is not JSON");
  }
}

/** Escapes can make half a surrogate pair, which no path or file can hold (RFC 7493, 2.1). */
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
  const giveUp = () => void reader.cancel().catch(() => {}); // the body may be gone already
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    let bytes = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      bytes += next.value.byteLength;
      if (bytes > requestBytesMax) throw tooLong();
      yield next.value;
    }
    if (signal.aborted) throw new RestError(408, "Cannot read the request: its body took too long");
  } finally {
    signal.removeEventListener("abort", giveUp);
    giveUp();
  }
}
