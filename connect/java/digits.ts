const otherDigits = /(?![0-9])\p{Nd}/gu;
const digit = /^\p{Nd}$/u;
/** Unicode has every script's digits in runs of ten; runs can be adjacent, so values repeat every ten. */
const radix = 10;

/**
 * Replaces every decimal digit of another script by 0 to 9, as `Character.digit(c, 10)` reads it. Digits outside the
 * basic plane stay: Java's parsers read single chars.
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
