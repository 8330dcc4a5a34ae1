/**
 * Numbers of spans, without objects: JSON text becomes 64-bit halves, the nearest double, or a decimal without trailing
 * zeros. Results are in memory of this module, valid until its next call: numbers beyond small integers that are passed
 * or returned may be allocated.
 *
 * @module
 */

import { SpanKind } from "../../../connect/api/spans.ts";

/** The last 64-bit integer, two's complement: upper half, lower half. */
export const int64 = new Int32Array(2);
/** What {@link setMillions} reads. */
export const millions = new Float64Array(1);
/** The last double. */
export const double = new Float64Array(1);
const doubleWords = new Int32Array(double.buffer);
/** Where the upper half of a double is in this machine's memory. */
const upper = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

const wordValues = 2 ** 32;
const million = 1_000_000;
/** An integer of this many digits is always within int64. */
const integerDigitsMax = 18;
/** An integer of this many digits is always within int32. */
const smallDigitsMax = 9;
/** A decimal of this many digits is the text of its own double. */
const doubleDigitsMax = 15;
/** Powers of ten up to this one are exact doubles. */
const exactPowerMax = 22;
/** Digits of an exponent that are read here. */
const exponentDigitsMax = 4;
const numberLengthMax = 100;
const powers = Float64Array.from({ length: exactPowerMax + 1 }, (_, exponent) => Number(`1e${exponent}`));
const decoder = new TextDecoder();

const Byte = { plus: 43, minus: 45, point: 46, zero: 48, nine: 57, upperE: 69, lowerE: 101 } as const;

/**
 * Sets {@link int64} to a JSON integer of at most 18 digits. Returns false for any other text, and for -0.
 *
 * @example
 * ```ts
 * import { int64, integerIn } from "./byte_numbers.ts";
 * const isInteger = integerIn(new TextEncoder().encode("-2"), 0, 2);
 * if (!isInteger || int64.join() !== "-1,-2") throw new Error("two's complement, upper half first");
 * ```
 */
export function integerIn(bytes: Uint8Array, at: number, length: number): boolean {
  const end = at + length;
  const isNegative = bytes[at] === Byte.minus;
  const first = isNegative ? at + 1 : at;
  const digits = end - first;
  if (digits < 1 || digits > integerDigitsMax) return false;
  if (bytes[first] === Byte.zero && (digits > 1 || isNegative)) return false;
  const middle = digits <= smallDigitsMax ? end : end - smallDigitsMax;
  const above = digitsBetween(bytes, first, middle);
  const below = middle === end ? 0 : digitsBetween(bytes, middle, end);
  if (above < 0 || below < 0) return false;
  if (middle === end) {
    const value = isNegative ? -above : above;
    int64[0] = value >> 31;
    int64[1] = value;
  } else {
    const thousands = Math.floor(below / million);
    const rest = below - thousands * million;
    millions[0] = isNegative ? -above * 1000 - thousands : above * 1000 + thousands;
    setMillions(isNegative ? -rest : rest);
  }
  return true;
}

/** Returns the number of at most nine digits; -1 if there is another byte. */
function digitsBetween(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index++) {
    const digit = bytes[index]! - Byte.zero;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * Sets {@link int64} to `millions[0] * 1,000,000 + rest`, exactly. The rest is below a million, and the sum is within
 * int64.
 */
export function setMillions(rest: number): void {
  const whole = millions[0]!;
  const near = whole * million + rest;
  if (near <= Number.MAX_SAFE_INTEGER && near >= Number.MIN_SAFE_INTEGER) {
    int64[0] = Math.floor(near / wordValues);
    int64[1] = near;
    return;
  }
  const upperPart = Math.floor(whole / 2 ** 24);
  const above = upperPart * million; // times 2^24, which is 2^32 / 256
  const aboveWords = Math.floor(above / 256);
  const low = (above - aboveWords * 256) * 2 ** 24 + (whole - upperPart * 2 ** 24) * million + rest;
  int64[0] = aboveWords + Math.floor(low / wordValues);
  int64[1] = low;
}

/** Returns the upper half of {@link double}. */
export function doubleHigh(): number {
  return doubleWords[upper]!;
}

/** Returns the lower half of {@link double}. */
export function doubleLow(): number {
  return doubleWords[1 - upper]!;
}

/**
 * Sets {@link double} to the number nearest to a span's, without a negative zero. Returns false for a span that isn't
 * an integer or a number, and for a JSON number that is beyond double or written in an uncommon way.
 */
export function doubleIn(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
  if (kind === SpanKind.number) return numberIn(bytes, at, length);
  if (kind === SpanKind.double) {
    doubleWords[upper] = at;
    doubleWords[1 - upper] = length;
    if (double[0] === 0) double[0] = 0;
    return true;
  }
  if (kind === SpanKind.integer) {
    if (!integerIn(bytes, at, length)) return false;
  } else if (kind === SpanKind.int64) {
    int64[0] = at;
    int64[1] = length;
  } else {
    return false;
  }
  double[0] = int64[0]! * wordValues + (int64[1]! >>> 0); // rounds once
  return true;
}

/** Reads a JSON number with a point or an exponent: exactly by itself if it is short, else as JavaScript does. */
function numberIn(bytes: Uint8Array, at: number, length: number): boolean {
  const end = at + length;
  const isNegative = bytes[at] === Byte.minus;
  const first = isNegative ? at + 1 : at;
  let index = first;
  let value = 0;
  let digits = 0;
  let behindPoint = -1;
  for (; index < end; index++) {
    const byte = bytes[index]!;
    if (byte === Byte.point && behindPoint < 0 && index > first) {
      behindPoint = 0;
    } else if (byte >= Byte.zero && byte <= Byte.nine) {
      value = value * 10 + byte - Byte.zero;
      if (value > 0) digits += 1;
      if (behindPoint >= 0) behindPoint += 1;
    } else {
      break;
    }
  }
  if (index === first || behindPoint === 0) return false;
  let exponent = 0;
  if (index < end) {
    exponent = exponentIn(bytes, index, end);
    if (Number.isNaN(exponent)) return false;
  } else if (behindPoint < 0) {
    return false; // an integer
  }
  const power = exponent - Math.max(behindPoint, 0);
  if (digits > doubleDigitsMax || power > exactPowerMax || power < -exactPowerMax) {
    return longNumberIn(bytes, at, length);
  }
  const magnitude = power < 0 ? value / powers[-power]! : value * powers[power]!;
  double[0] = isNegative && magnitude !== 0 ? -magnitude : magnitude;
  return true;
}

/** Returns the exponent that a number ends with; NaN if it is none, or a long one. */
function exponentIn(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== Byte.lowerE && bytes[at] !== Byte.upperE) return NaN;
  const sign = bytes[at + 1];
  const first = sign === Byte.minus || sign === Byte.plus ? at + 2 : at + 1;
  if (first >= end || end - first > exponentDigitsMax) return NaN;
  let value = 0;
  for (let index = first; index < end; index++) {
    const digit = bytes[index]! - Byte.zero;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return sign === Byte.minus ? -value : value;
}

function longNumberIn(bytes: Uint8Array, at: number, length: number): boolean {
  if (length > numberLengthMax) return false;
  const value = Number(decoder.decode(bytes.subarray(at, at + length)));
  double[0] = value === 0 ? 0 : value;
  return Number.isFinite(value);
}

/**
 * Returns the length of a decimal without trailing zeros behind the point; -1 for anything but digits with or without a
 * point, for a minus before zero, and for more significant digits.
 *
 * @param digitsMax up to 15 digits, the result is the text of the decimal's double, unless it is below 0.000001
 *
 * @example
 * ```ts
 * import { decimalLength } from "./byte_numbers.ts";
 * const lengthOf = (text: string) => decimalLength(new TextEncoder().encode(text), 0, text.length, 15);
 * if (lengthOf("12.50") !== 4 || lengthOf("12.00") !== 2) throw new Error("no zeros at the end");
 * if (lengthOf("1e3") !== -1 || lengthOf("-0.0") !== -1) throw new Error("only plain decimals");
 * ```
 */
export function decimalLength(bytes: Uint8Array, at: number, length: number, digitsMax: number): number {
  const end = at + length;
  const first = bytes[at] === Byte.minus ? at + 1 : at;
  let point = -1;
  let digits = 0;
  for (let index = first; index < end; index++) {
    const byte = bytes[index]!;
    if (byte === Byte.point && point < 0 && index > first) {
      point = index;
    } else if (byte < Byte.zero || byte > Byte.nine) {
      return -1;
    } else if (digits > 0 || byte !== Byte.zero) {
      digits += 1;
    }
  }
  if (first >= end || point === end - 1 || digits > digitsMax) return -1;
  if (bytes[first] === Byte.zero && first + 1 < end && point !== first + 1) return -1;
  if (digits === 0 && first > at) return -1;
  if (point < 0) return length;
  let last = end - 1;
  while (bytes[last] === Byte.zero) last -= 1;
  return (last === point ? last : last + 1) - at;
}

/** Digits of the last {@link digitsOf}, at its end. */
export const digitBytes = new Uint8Array(24);

/** Writes a 64-bit integer's text to the end of {@link digitBytes} and returns where it begins. */
export function digitsOf(high: number, low: number): number {
  const isNegative = high < 0;
  let below = isNegative ? -low >>> 0 : low >>> 0;
  let above = isNegative ? (~high + (below === 0 ? 1 : 0)) >>> 0 : high;
  let at = digitBytes.length;
  do {
    const aboveMillions = Math.floor(above / million);
    const next = (above - aboveMillions * million) * wordValues + below;
    above = aboveMillions;
    below = Math.floor(next / million);
    let group = next - below * million;
    const isLast = above === 0 && below === 0;
    for (let count = 0; count < 6 && (!isLast || group > 0 || count === 0); count++) {
      const tens = Math.floor(group / 10);
      digitBytes[--at] = Byte.zero + group - tens * 10;
      group = tens;
    }
  } while (above > 0 || below > 0);
  if (isNegative) digitBytes[--at] = Byte.minus;
  return at;
}
