/** Arbitrary-precision decimals, Java's BigDecimal as far as Connect shows it. @module */

/**
 * A decimal number: `unscaled * 10^-scale`. (`java.math.BigDecimal`)
 *
 * @example
 * ```ts
 * import { Decimal } from "./decimal.ts";
 * if (new Decimal(1995n, 2).toString() !== "19.95") throw new Error("scale is the digits behind the point");
 * ```
 */
export class Decimal {
  constructor(readonly unscaled: bigint, readonly scale: number) {}

  /** Canonical text as `BigDecimal.toString` writes it, scientific where Java does. */
  toString(): string {
    const sign = this.unscaled < 0n ? "-" : "";
    const digits = (this.unscaled < 0n ? -this.unscaled : this.unscaled).toString();
    if (this.scale === 0) return sign + digits;
    const exponent = -this.scale + (digits.length - 1);
    if (this.scale > 0 && exponent >= -6) return sign + plain(digits, this.scale);
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${sign}${mantissa}${exponent === 0 ? "" : `E${exponent > 0 ? "+" : ""}${exponent}`}`;
  }
}

function plain(digits: string, scale: number): string {
  const padded = digits.padStart(scale + 1, "0");
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}
