/** Decodes JSON: UTF-8, or what a BOM or zeros show. (Jackson's `ByteSourceJsonBootstrapper`) @module */

import { JsonTextError } from "./json_scanner.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

export interface JsonText {
  readonly text: string;
  /** False if undecodable bytes follow the text. */
  readonly complete: boolean;
}

/**
 * Returns the text of JSON bytes.
 *
 * @throws JsonTextError if no encoding matches
 * @example
 * ```ts
 * import { decodeJson } from "./json_bytes.ts";
 * if (decodeJson(new Uint8Array([0, 0x7b, 0, 0x7d])).text !== "{}") throw new Error("zero bytes show UTF-16");
 * const broken = decodeJson(new Uint8Array([0x7b, 0x7d, 0xff]));
 * if (broken.text !== "{}" || broken.complete) throw new Error("the text ends before the invalid bytes");
 * ```
 */
export function decodeJson(bytes: Uint8Array): JsonText {
  const first = bytes[0] ?? 0;
  if (first > 0 && first < 0x80 && bytes[1] !== 0) return decodeUtf8(bytes);
  return decodeOther(bytes);
}

function decodeUtf8(bytes: Uint8Array): JsonText {
  try {
    return { text: utf8.decode(bytes), complete: true };
  } catch {
    // Not valid UTF-8; Jackson refuses it only if the first value extends that far.
    return { text: readablePrefix(bytes), complete: false };
  }
}

/** Returns the text before the first invalid byte, found by bisection: every shorter piece decodes. */
function readablePrefix(bytes: Uint8Array): string {
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodeStart(bytes, middle) === null) bad = middle;
    else good = middle;
  }
  return decodeStart(bytes, good) ?? "";
}

/** Returns the whole characters among the first bytes, or null if they contain an invalid byte. */
function decodeStart(bytes: Uint8Array, length: number): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
  } catch {
    return null;
  }
}

function decodeOther(bytes: Uint8Array): JsonText {
  if (bytes.length < 2) return decodeUtf8(bytes);
  const pair = pairAt(bytes, 0);
  const fromQuad = bytes.length < 4 ? null : decodeByQuad(bytes, pair, pairAt(bytes, 2));
  if (fromQuad !== null) return fromQuad;
  if (pair >> 8 === 0) return decodeUtf16(bytes, "utf-16be");
  if ((pair & 0xff) === 0) return decodeUtf16(bytes, "utf-16le");
  if (pair === 0xefbb && bytes.length < 4) throw new JsonTextError("a byte order mark and nothing else");
  return decodeUtf8(bytes);
}

/** Detects the encoding from the first four bytes: a byte order mark, or the zeros of UTF-32. */
function decodeByQuad(bytes: Uint8Array, high: number, low: number): JsonText | null {
  if (high === 0 && (low === 0xfeff || low >> 8 === 0)) return decodeUtf32(bytes, false);
  if (low === 0 && (high === 0xfffe || (high & 0xff) === 0)) return decodeUtf32(bytes, true);
  if (
    high === 0 && (low === 0xfffe || (low & 0xff) === 0) || low === 0 && (high === 0xfeff || high >> 8 === 0)
  ) {
    throw new JsonTextError("mixed byte order");
  }
  if (high === 0xfeff) return decodeUtf16(bytes, "utf-16be");
  return high === 0xfffe ? decodeUtf16(bytes, "utf-16le") : null;
}

function pairAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

function decodeUtf16(bytes: Uint8Array, encoding: "utf-16be" | "utf-16le"): JsonText {
  return { text: new TextDecoder(encoding).decode(bytes), complete: true };
}

function decodeUtf32(bytes: Uint8Array, littleEndian: boolean): JsonText {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const code = at + 4 > bytes.length ? Infinity : view.getUint32(at, littleEndian);
    if (code > 0x10ffff) return { text, complete: false };
    if (at > 0 || code !== 0xfeff) text += String.fromCodePoint(code);
  }
  return { text, complete: true };
}
