/** Pauses between tries that grow with each failure. @module */

/** The numbers of one user. */
export interface BackoffRange {
  /** The first pause, milliseconds. */
  readonly msMin: number;
  /** The longest pause before jitter, milliseconds. */
  readonly msMax: number;
  /** A pause is multiplied by a random number of this range; absent = by 1. */
  readonly jitter?: { readonly from: number; readonly to: number };
}

/** So that the product stays a number however many failures there were. */
const doublingsMax = 64;

/**
 * The pause before the next try, which doubles with each failure.
 *
 * @param failures failures before the last one: 0 gives the first pause
 * @param random between 0 and 1, for the jitter
 * @example
 * ```ts
 * import { backoffMs } from "./backoff.ts";
 * const pauses = [0, 1, 2, 3].map((failures) => backoffMs(failures, { msMin: 100, msMax: 500 }));
 * if (pauses.join() !== "100,200,400,500") throw new Error("doubled, up to the longest");
 * ```
 */
export function backoffMs(failures: number, range: BackoffRange, random: () => number = Math.random): number {
  const { msMin, msMax, jitter } = range;
  const plainMs = Math.min(msMin * 2 ** Math.min(failures, doublingsMax), msMax);
  return jitter === undefined ? plainMs : plainMs * (jitter.from + (jitter.to - jitter.from) * random());
}
