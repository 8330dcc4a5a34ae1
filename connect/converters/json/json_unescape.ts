/** Writes a JSON string's text as UTF-8, without creating a string. @module */

import type { SpanArena } from "../../api/spans.ts";
import { Byte } from "./json_skip.ts";

/** The byte of each escape of two characters, by its letter. */
const escapedBytes = new Uint8Array(128);
for (
  const [letter, byte] of Object.entries({ b: 8, t: 9, n: 10, f: 12, r: 13, '"': 34, "/": 47, "\\": 92 })
) {
  escapedBytes[letter.charCodeAt(0)] = byte;
}

/**
 * Adds the text between a string's quotes to the arena and returns its length in bytes; -1 if it has half a surrogate
 * pair, which UTF-8 can't hold. The string must be well-formed.
 *
 * @example
 * ```ts
 * import { SpanArena } from "../../api/spans.ts";
 * import { unescapeInto } from "./json_unescape.ts";
 * const arena = new SpanArena();
 * const json = new TextEncoder().encode("S\\u00e3o");
 * if (unescapeInto(arena, json, 0, json.length) !== 4) throw new Error("four bytes of UTF-8");
 * if (new TextDecoder().decode(arena.bytes.subarray(0, arena.length)) !== "São") throw new Error("unescaped");
 * ```
 */
export function unescapeInto(arena: SpanArena, json: Uint8Array, from: number, to: number): number {
  const start = arena.take(to - from); // an escape is never shorter than its UTF-8
  const text = arena.bytes;
  let end = start;
  for (let at = from; at < to;) {
    const byte = json[at++]!;
    if (byte !== Byte.backslash) {
      text[end++] = byte;
      continue;
    }
    const letter = json[at++]!;
    if (letter !== Byte.lowerU) {
      text[end++] = escapedBytes[letter]!;
      continue;
    }
    const unit = hexAt(json, at);
    at += 4;
    if (unit < 0xd800 || unit > 0xdfff) end = putUnit(text, end, unit);
    else {
      const low = isEscapedUnit(json, at, to) ? hexAt(json, at + 2) : 0;
      if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff) return -1;
      at += 6;
      end = putPair(text, end, unit, low);
    }
  }
  arena.cut(end);
  return end - start;
}

function isEscapedUnit(json: Uint8Array, at: number, to: number): boolean {
  return at + 6 <= to && json[at] === Byte.backslash && json[at + 1] === Byte.lowerU;
}

function hexAt(json: Uint8Array, at: number): number {
  let value = 0;
  for (let digit = at; digit < at + 4; digit++) {
    const byte = json[digit]!;
    value = value << 4 | (byte <= Byte.nine ? byte - Byte.zero : (byte | 0x20) - 0x57);
  }
  return value;
}

function putUnit(text: Uint8Array, at: number, unit: number): number {
  if (unit < 0x80) {
    text[at] = unit;
    return at + 1;
  }
  if (unit < 0x800) {
    text[at] = 0xc0 | unit >> 6;
    text[at + 1] = 0x80 | unit & 0x3f;
    return at + 2;
  }
  text[at] = 0xe0 | unit >> 12;
  text[at + 1] = 0x80 | unit >> 6 & 0x3f;
  text[at + 2] = 0x80 | unit & 0x3f;
  return at + 3;
}

function putPair(text: Uint8Array, at: number, high: number, low: number): number {
  const code = 0x10000 + ((high & 0x3ff) << 10 | low & 0x3ff);
  text[at] = 0xf0 | code >> 18;
  text[at + 1] = 0x80 | code >> 12 & 0x3f;
  text[at + 2] = 0x80 | code >> 6 & 0x3f;
  text[at + 3] = 0x80 | code & 0x3f;
  return at + 4;
}
