/** Steps over UTF-8 without decoding it. (RFC 3629) @module */

/**
 * Steps over one UTF-8 sequence of two to four bytes whose first byte is at least 0xc2; -1 for overlong forms,
 * surrogates and U+110000 up.
 *
 * @example
 * ```ts
 * import { skipSequence } from "./utf8_skip.ts";
 * const bytes = new TextEncoder().encode("é");
 * if (skipSequence(bytes, 0, bytes[0] ?? 0) !== 2) throw new Error("two bytes");
 * ```
 */
export function skipSequence(bytes: Uint8Array, at: number, lead: number): number {
  const second = bytes[at + 1] ?? 0;
  if (lead < 0xe0) return isContinuation(second) ? at + 2 : -1;
  if (lead < 0xf0) {
    const low = lead === 0xe0 ? 0xa0 : 0x80;
    const high = lead === 0xed ? 0x9f : 0xbf;
    return second >= low && second <= high && isContinuation(bytes[at + 2]) ? at + 3 : -1;
  }
  const low = lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xf4 ? 0x8f : 0xbf;
  if (lead > 0xf4 || second < low || second > high) return -1;
  return isContinuation(bytes[at + 2]) && isContinuation(bytes[at + 3]) ? at + 4 : -1;
}

/**
 * Returns whether the bytes from `at` to `end` are well-formed UTF-8. They may be a part of a larger memory.
 *
 * @example
 * ```ts
 * import { isUtf8 } from "./utf8_skip.ts";
 * const bytes = new TextEncoder().encode("São");
 * if (!isUtf8(bytes, 0, 4) || isUtf8(bytes, 0, 2)) throw new Error("two bytes are S and half a character");
 * ```
 */
export function isUtf8(bytes: Uint8Array, at: number, end: number): boolean {
  if (end > bytes.length) return false;
  let next = at;
  while (next < end) {
    const byte = bytes[next]!;
    if (byte < 0x80) next++;
    else {
      next = byte >= 0xc2 ? skipSequence(bytes, next, byte) : -1;
      if (next < 0) return false;
    }
  }
  return next === end;
}

function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}
