/**
 * Steps over JSON bytes without creating values. (RFC 8259, RFC 3629)
 *
 * Each function takes the start of its part and returns the position after it, or -1 for anything that isn't
 * clearly well-formed. After -1 the caller uses the full reader, whose result decides. These functions may
 * therefore be stricter than Jackson but never less strict. `json_scanner.ts`, the full reader's scanner,
 * works on decoded text and accepts all that Jackson accepts.
 *
 * @module
 */

import { skipSequence } from "../utf8_skip.ts";
import { nameCharactersMax } from "./json_scanner.ts";

/** Deeper nesting is left to the full reader. */
const skipDepthMax = 200;
/** An integer of this many digits is always within int64. */
const integerDigitsMax = 18;
/** A number of this many characters is within every limit of the full reader. */
const numberCharactersSafe = 300;
/** Java accepts every exponent of this many digits. */
const exponentDigitsSafe = 5;

export const Byte = {
  quote: 0x22,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  point: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  upperE: 0x45,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  lowerE: 0x65,
  lowerF: 0x66,
  lowerN: 0x6e,
  lowerT: 0x74,
  lowerU: 0x75,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

const escapable: ReadonlySet<number> = new Set([...'"\\/bfnrt'].map((letter) => letter.charCodeAt(0)));

/** Returns the position of the next byte that isn't blank. */
export function skipBlanks(json: Uint8Array, from: number): number {
  const end = json.length;
  let at = from;
  for (; at < end; at++) {
    const byte = json[at]!;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return at;
  }
  return at;
}

/** Steps over any value. */
export function skipValue(json: Uint8Array, from: number, depth: number): number {
  const byte = from < json.length ? json[from]! : 0;
  if (byte === Byte.quote) return skipString(json, from + 1);
  if (byte === Byte.openBrace) return depth > skipDepthMax ? -1 : skipObject(json, from + 1, depth + 1);
  if (byte === Byte.openBracket) return depth > skipDepthMax ? -1 : skipArray(json, from + 1, depth + 1);
  return byte === Byte.minus || isDigit(byte) ? skipNumber(json, from, json.length) : skipWord(json, from);
}

function skipObject(json: Uint8Array, from: number, depth: number): number {
  let at = skipBlanks(json, from);
  if (json[at] === Byte.closeBrace) return at + 1;
  for (;;) {
    if (json[at] !== Byte.quote) return -1;
    at = skipName(json, at + 1);
    if (at < 0) return -1;
    at = skipBlanks(json, at);
    if (json[at] !== Byte.colon) return -1;
    at = skipValue(json, skipBlanks(json, at + 1), depth);
    if (at < 0) return -1;
    at = skipBlanks(json, at);
    if (json[at] === Byte.closeBrace) return at + 1;
    if (json[at] !== Byte.comma) return -1;
    at = skipBlanks(json, at + 1);
  }
}

function skipArray(json: Uint8Array, from: number, depth: number): number {
  let at = skipBlanks(json, from);
  if (json[at] === Byte.closeBracket) return at + 1;
  for (;;) {
    at = skipValue(json, at, depth);
    if (at < 0) return -1;
    at = skipBlanks(json, at);
    if (json[at] === Byte.closeBracket) return at + 1;
    if (json[at] !== Byte.comma) return -1;
    at = skipBlanks(json, at + 1);
  }
}

/** Steps over a member's name after its opening quote; refuses escapes. */
export function skipName(json: Uint8Array, from: number): number {
  const plain = skipPlain(json, from);
  const isAscii = json[plain] === Byte.quote;
  const end = isAscii ? plain + 1 : skipString(json, plain);
  if (end < 0 || end - from > nameCharactersMax) return -1;
  return isAscii || !hasEscape(json, plain, end) ? end : -1;
}

/** Returns whether a part of a string has a backslash. */
export function hasEscape(json: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (json[at] === Byte.backslash) return true;
  return false;
}

/** Steps over a string after its opening quote. */
export function skipString(json: Uint8Array, from: number): number {
  const end = json.length;
  let at = from;
  for (;;) {
    at = skipPlain(json, at);
    if (at >= end) return -1;
    const byte = json[at]!;
    if (byte === Byte.quote) return at + 1;
    if (byte === Byte.backslash) at = skipEscape(json, at + 1);
    else at = byte >= 0xc2 ? skipSequence(json, at, byte) : -1;
    if (at < 0) return -1;
  }
}

/**
 * Steps over unescaped ASCII bytes of a string. The bound and the comparisons are written out: reading past
 * the end or a table of byte classes makes this loop five times slower.
 */
export function skipPlain(json: Uint8Array, from: number): number {
  const end = json.length;
  let at = from;
  for (; at < end; at++) {
    const byte = json[at]!;
    if (byte === 0x22 || byte === 0x5c || byte < 0x20 || byte > 0x7f) return at;
  }
  return at;
}

function skipEscape(json: Uint8Array, at: number): number {
  const letter = json[at];
  if (letter === undefined) return -1;
  if (letter !== Byte.lowerU) return escapable.has(letter) ? at + 1 : -1;
  for (let digit = 1; digit <= 4; digit++) {
    if (!isHexDigit(json[at + digit])) return -1;
  }
  return at + 5;
}

function isHexDigit(byte = 0): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

/** Steps over a number that ends at `end` or before; refuses one that may exceed int64 or has a leading zero. */
export function skipNumber(json: Uint8Array, from: number, end: number): number {
  const first = json[from] === Byte.minus ? from + 1 : from;
  const integer = skipDigits(json, first, end);
  if (integer === first || (json[first] === Byte.zero && integer > first + 1)) return -1;
  let at = integer;
  if (at < end && json[at] === Byte.point) {
    at = skipDigits(json, at + 1, end);
    if (at === integer + 1) return -1;
  }
  if (at < end && (json[at] === Byte.lowerE || json[at] === Byte.upperE)) {
    const exponent = json[at + 1] === Byte.minus || json[at + 1] === Byte.plus ? at + 2 : at + 1;
    at = skipDigits(json, exponent, end);
    if (at === exponent || at - exponent > exponentDigitsSafe) return -1;
  }
  if (at === integer && integer - first > integerDigitsMax) return -1;
  return at - from > numberCharactersSafe ? -1 : at;
}

export function skipDigits(json: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isDigit(json[at]!)) at++;
  return at;
}

export function isDigit(byte: number): boolean {
  return byte >= Byte.zero && byte <= Byte.nine;
}

/** Steps over a word by comparing its letters: a search in a list would create a function for each word. */
function skipWord(json: Uint8Array, from: number): number {
  switch (json[from]) {
    case Byte.lowerT:
      return json[from + 1] === 0x72 && json[from + 2] === 0x75 && json[from + 3] === 0x65 ? from + 4 : -1;
    case Byte.lowerF:
      return json[from + 1] === 0x61 && json[from + 2] === 0x6c && json[from + 3] === 0x73 &&
          json[from + 4] === 0x65
        ? from + 5
        : -1;
    case Byte.lowerN:
      return json[from + 1] === 0x75 && json[from + 2] === 0x6c && json[from + 3] === 0x6c ? from + 4 : -1;
    default:
      return -1;
  }
}
