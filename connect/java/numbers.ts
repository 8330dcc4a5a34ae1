/** Text to numbers as Java's own parsers do it. @module */

import { Decimal } from "../api/decimal.ts";
import { decimalDigits } from "./digits.ts";
import { floatOfDecimal } from "./float.ts";

/** Exponents beyond these make infinity or zero whatever the digits; larger ones would only cost time. */
const exponentMax = 100_000;
const blank = 0x20;

/**
 * `Byte.parseByte` to `Long.parseLong`: a sign and digits of any script, no blanks; null for anything else and for what
 * doesn't fit.
 *
 * @example
 * ```ts
 * import { parseJavaInteger } from "./numbers.ts";
 * if (parseJavaInteger("+007", 8) !== 7n || parseJavaInteger("300", 8) !== null) throw new Error("bytes end at 127");
 * ```
 */
export function parseJavaInteger(text: string, bits: number): bigint | null {
  const digits = decimalDigits(text);
  if (!/^[+-]?\d+$/.test(digits)) return null;
  const value = BigInt(digits.replace("+", ""));
  return BigInt.asIntN(bits, value) === value ? value : null;
}

/**
 * `Double.parseDouble` and `Float.parseFloat`: blanks around it, `NaN`, `Infinity`, hexadecimal, and a type letter
 * behind it are fine; null for anything else.
 */
export function parseJavaFloat(text: string): { readonly double: number; readonly float: number } | null {
  const trimmed = javaTrim(text);
  const special = /^([+-]?)(NaN|Infinity)$/.exec(trimmed);
  if (special !== null) return both(special[2] === "NaN" ? NaN : special[1] === "-" ? -Infinity : Infinity);
  const hex = parseHex(trimmed);
  if (hex !== null) return both(hex);
  const found = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+))?[fFdD]?$/.exec(trimmed);
  if (found === null) return null;
  const [, mantissa = "", exponent = "0"] = found;
  const bounded = Math.max(-exponentMax, Math.min(exponentMax, Number(exponent)));
  const double = Number(`${mantissa}e${bounded}`);
  const decimal = Math.abs(double) > 0 && Number.isFinite(double)
    ? Decimal.parse(`${mantissa}e${bounded}`)
    : null;
  return { double, float: decimal === null ? Math.fround(double) : floatOfDecimal(decimal) };
}

/** `String.trim`: everything up to the blank goes, control characters too. */
function javaTrim(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text.charCodeAt(start) <= blank) start++;
  while (end > start && text.charCodeAt(end - 1) <= blank) end--;
  return text.slice(start, end);
}

function both(value: number): { readonly double: number; readonly float: number } {
  return { double: value, float: Math.fround(value) };
}

/** `0x1.8p3` is 12. */
function parseHex(text: string): number | null {
  const found = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)[fFdD]?$/.exec(text);
  if (found === null) return null;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = found;
  if (whole === "" && fraction === "") return null;
  const scaled = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -scaled : scaled;
}
