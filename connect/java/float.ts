import type { Decimal } from "../api/decimal.ts";

const cell = new DataView(new ArrayBuffer(8));
const floatMax = 3.4028234663852886e38;
/** Half a step above the largest float, from where Java rounds to infinity. */
const floatOverflow = 3.4028235677973366e38;

/**
 * Returns the float nearest to a decimal. (`BigDecimal.floatValue`)
 *
 * Conversion by way of a double can round twice: a number just above the middle of two floats may become that middle as
 * a double and then round to the wrong side. Only such middles are checked again.
 *
 * @example
 * ```ts
 * import { Decimal } from "../api/decimal.ts";
 * import { floatOfDecimal } from "./float.ts";
 * if (floatOfDecimal(new Decimal(11n, 1)) !== Math.fround(1.1)) throw new Error("1.1 is the nearest float");
 * ```
 */
export function floatOfDecimal(decimal: Decimal): number {
  const double = decimal.toNumber();
  const float = Math.fround(double);
  if (float === double || !Number.isFinite(double)) return float;
  const other = otherSide(float, double);
  if (middle(float, other) !== double) return float;
  const side = compareExactly(decimal, double);
  if (side === 0) return float;
  return side > 0 ? Math.max(float, other) : Math.min(float, other);
}

/** Returns the float on the other side of a double that lies between two floats. */
function otherSide(float: number, double: number): number {
  if (!Number.isFinite(float)) return Math.sign(float) * floatMax;
  if (float === 0) return double > 0 ? 2 ** -149 : -(2 ** -149);
  cell.setFloat32(0, float);
  const away = Math.abs(double) > Math.abs(float);
  cell.setUint32(0, cell.getUint32(0) + (away ? 1 : -1));
  return cell.getFloat32(0);
}

function middle(a: number, b: number): number {
  if (Number.isFinite(a) && Number.isFinite(b)) return a / 2 + b / 2;
  return Math.sign(a) * floatOverflow;
}

function compareExactly(decimal: Decimal, double: number): number {
  cell.setFloat64(0, double);
  const bits = cell.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const mantissa = (bits & 0xfffffffffffffn) | 0x10000000000000n;
  const power = exponent - 1075;
  const right = (double < 0 ? -mantissa : mantissa) * (power > 0 ? 1n << BigInt(power) : 1n) *
    (decimal.scale > 0 ? 10n ** BigInt(decimal.scale) : 1n);
  const left = decimal.unscaled * (power < 0 ? 1n << BigInt(-power) : 1n) *
    (decimal.scale < 0 ? 10n ** BigInt(-decimal.scale) : 1n);
  return left === right ? 0 : left > right ? 1 : -1;
}
