/** Parses numbers as Java's parsers do. @module */

import { Decimal } from "../api/decimal.ts";
import { decimalDigits } from "./digits.ts";
import { floatOfDecimal } from "./float.ts";

/** Larger exponents give infinity or zero for any digits, and would only cost time. */
const exponentMax = 100_000;
const blank = 0x20;

/**
 * Parses a sign and digits of any script without blanks, as `Byte.parseByte` to `Long.parseLong` do; returns null for
 * other text and numbers out of range.
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
 * Parses as `Double.parseDouble` and `Float.parseFloat` do, including surrounding blanks, `NaN`, `Infinity`,
 * hexadecimal and a type letter; returns null for other text.
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

/** Trims blanks and control characters. (`String.trim`) */
function javaTrim(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text.charCodeAt(start) <= blank) start++;
  while (end > start && text.charCodeAt(end - 1) <= blank) end--;
  return text.slice(start, end);
}

function both(value: number): { readonly double: number; readonly float: number } {
  return { double: value, float: Math.fround(value) };
}

/** Parses for example `0x1.8p3`, which is 12. */
function parseHex(text: string): number | null {
  const found = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)[fFdD]?$/.exec(text);
  if (found === null) return null;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = found;
  if (whole === "" && fraction === "") return null;
  const scaled = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -scaled : scaled;
}
