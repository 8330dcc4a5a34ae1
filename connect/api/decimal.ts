/** Arbitrary-precision decimals, as Connect uses `java.math.BigDecimal`. @module */

import { JvmException } from "./exceptions.ts";
import { decimalDigits } from "../java/digits.ts";

const intMax = 2147483647;
/** At this scale an integer is a multiple of 2^64, so Java's `longValue` of it is 0. */
const longZeroScale = -64;

/**
 * A decimal number: `unscaled * 10^-scale`. (`java.math.BigDecimal`)
 *
 * @example
 * ```ts
 * import { Decimal } from "./decimal.ts";
 * if (new Decimal(1995n, 2).toString() !== "19.95") throw new Error("scale is the digits behind the point");
 * if (Decimal.parse("1.50e3")?.scale !== -1) throw new Error("the scale is what the text says");
 * ```
 */
export class Decimal {
  /** Takes the unscaled integer and the number of digits after the decimal point. */
  constructor(readonly unscaled: bigint, readonly scale: number) {}

  /** Parses what Java's `new BigDecimal(text)` accepts, with digits of any script; returns null for anything else. */
  static parse(text: string): Decimal | null {
    const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(decimalDigits(text));
    if (parts === null) return null;
    const [, sign = "", whole = "", fraction = "", exponentText = "0"] = parts;
    if (whole === "" && fraction === "") return null;
    const exponent = Number(exponentText);
    const scale = fraction.length - exponent;
    if (!isInt(exponent) || !isInt(scale)) return null;
    const magnitude = BigInt(whole + fraction);
    return new Decimal(sign === "-" ? -magnitude : magnitude, scale === 0 ? 0 : scale);
  }

  /** Reads a two's-complement big-endian integer, as the logical type Decimal stores it. */
  static fromBytes(bytes: Uint8Array, scale: number): Decimal {
    if (bytes.length === 0) {
      throw new JvmException("java.lang.NumberFormatException", "Zero length BigInteger", {
        rule: "decimal_empty",
        jvmMessage: true,
      });
    }
    const hex = bytes.toHex();
    return new Decimal(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`)), scale);
  }

  /** Returns the unscaled integer as the shortest two's-complement big-endian bytes. (`BigInteger.toByteArray`) */
  toBytes(): Uint8Array {
    const magnitude = this.unscaled < 0n ? ~this.unscaled : this.unscaled;
    const length = (magnitude.toString(16).length + (leadingBit(magnitude) ? 2 : 1)) >> 1;
    const hex = BigInt.asUintN(length * 8, this.unscaled).toString(16);
    return Uint8Array.fromHex(hex.padStart(length * 2, "0"));
  }

  /** Returns the text that `BigDecimal.toString` writes, scientific if Java's is. */
  toString(): string {
    const sign = this.unscaled < 0n ? "-" : "";
    const digits = this.#digits();
    if (this.scale === 0) return sign + digits;
    const exponent = -this.scale + (digits.length - 1);
    if (this.scale > 0 && exponent >= -6) return sign + plain(digits, this.scale);
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${sign}${mantissa}${exponent === 0 ? "" : `E${exponent > 0 ? "+" : ""}${exponent}`}`;
  }

  /** Returns the nearest double. (`BigDecimal.doubleValue`) */
  toNumber(): number {
    return Number(this.toString());
  }

  /** Returns the lowest 64 bits of the integer part, signed. (`BigDecimal.longValue`) */
  toLong(): bigint {
    return this.scale <= longZeroScale ? 0n : BigInt.asIntN(64, this.#integerPart());
  }

  /** Returns whether the integer part fits a Java long. */
  fitsLong(): boolean {
    if (this.unscaled === 0n || this.precision() - this.scale < 19) return true;
    if (this.precision() - this.scale > 19) return false;
    const integer = this.#integerPart();
    return BigInt.asIntN(64, integer) === integer;
  }

  /** Returns the number of digits of the unscaled integer; 1 for zero. */
  precision(): number {
    return this.#digits().length;
  }

  /** Compares number and scale: 2.0 is not 2.00. (`BigDecimal.equals`) */
  equals(other: Decimal): boolean {
    return this.unscaled === other.unscaled && this.scale === other.scale;
  }

  #digits(): string {
    return (this.unscaled < 0n ? -this.unscaled : this.unscaled).toString();
  }

  #integerPart(): bigint {
    if (this.scale <= 0) return this.unscaled * 10n ** BigInt(-this.scale);
    return this.scale >= this.precision() ? 0n : this.unscaled / 10n ** BigInt(this.scale);
  }
}

function isInt(value: number): boolean {
  return value <= intMax && value >= -intMax - 1;
}

function plain(digits: string, scale: number): string {
  const padded = digits.padStart(scale + 1, "0");
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

function leadingBit(magnitude: bigint): boolean {
  const hex = magnitude.toString(16);
  return hex.length % 2 === 0 && Number.parseInt(hex[0] ?? "0", 16) >= 8;
}
