/** Digits of all scripts, which Java's number parsers take for 0 to 9. @module */

const otherDigits = /(?![0-9])\p{Nd}/gu;
const digit = /^\p{Nd}$/u;
/** Unicode lays out every script's digits as a run of ten; adjacent runs exist, so values repeat every ten. */
const radix = 10;

/**
 * The text with every decimal digit of another script written as 0 to 9, as `Character.digit(c, 10)` reads it.
 * Digits outside the basic plane stay as they are: Java's parsers look at single chars.
 *
 * @example
 * ```ts
 * import { decimalDigits } from "./digits.ts";
 * if (decimalDigits("\u0661\u0662") !== "12") throw new Error("Arabic digits are digits");
 * ```
 */
export function decimalDigits(text: string): string {
  return text.replace(otherDigits, (found) => found.length > 1 ? found : String(digitValue(found)));
}

function digitValue(char: string): number {
  const code = char.charCodeAt(0);
  let start = code;
  while (digit.test(String.fromCharCode(start - 1))) start--;
  return (code - start) % radix;
}
