/** Assertions of Java's patterns: beginnings, ends, word boundaries. @module */

import type { RegexAssertion } from "./regex_node.ts";

/** Characters that end a line, and those under `(?d)`. */
export const lineEnds = { all: "\n\r\u0085\u2028\u2029", unix: "\n" } as const;

/** `\A`, and `^` without flags. */
export const atStart: RegexAssertion = (_, at) => at === 0;

/** `\z` */
export const atEnd: RegexAssertion = (text, at) => at === text.length;

/** `\Z`, and `$` without flags: the end, or before the end of the last line. */
export function atLastEnd(ends: string): RegexAssertion {
  return (text, at) =>
    at === text.length || (isLineEnd(text, at, ends) && lineEndWidth(text, at, ends) === text.length - at);
}

/** `$` under `(?m)`. */
export function atAnyEnd(ends: string): RegexAssertion {
  return (text, at) => at === text.length || isLineEnd(text, at, ends);
}

/** `^` under `(?m)`: never at the very end. */
export function atAnyStart(ends: string): RegexAssertion {
  return (text, at) => {
    if (at === text.length) return false;
    if (at === 0) return true;
    return ends.includes(text.charAt(at - 1)) && !isInsideLineEnd(text, at, ends);
  };
}

/** `\b`; its complement is `\B`. */
export function atWordBoundary(isUnicode: boolean): RegexAssertion {
  const word = isUnicode ? unicodeWord : /^\w/;
  const isWordAt = (text: string, at: number) => at >= 0 && at < text.length && word.test(charAt(text, at));
  return (text, at) => isWordAt(text, before(text, at)) !== isWordAt(text, at);
}

const unicodeWord = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/v;

function isLineEnd(text: string, at: number, ends: string): boolean {
  return ends.includes(text.charAt(at)) && !isInsideLineEnd(text, at, ends);
}

/** CR LF is one line end, except under `(?d)`. */
function isInsideLineEnd(text: string, at: number, ends: string): boolean {
  return ends !== lineEnds.unix && text.charAt(at) === "\n" && text.charAt(at - 1) === "\r";
}

function lineEndWidth(text: string, at: number, ends: string): number {
  return ends !== lineEnds.unix && text.startsWith("\r\n", at) ? 2 : 1;
}

function charAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0);
}

function before(text: string, at: number): number {
  return (text.codePointAt(at - 2) ?? 0) > 0xffff ? at - 2 : at - 1;
}
