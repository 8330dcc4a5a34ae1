/** Pauses between retries. @module */

/** How long retries pause. */
export interface BackoffRange {
  /** The first pause, milliseconds. */
  readonly msMin: number;
  /** The longest pause before jitter, milliseconds. */
  readonly msMax: number;
  /** Each pause is multiplied by a random number in this range; absent = by 1. */
  readonly jitter?: { readonly from: number; readonly to: number };
}

const doublingsMax = 64;

/**
 * Returns the pause before the next retry, milliseconds. It doubles with each failure.
 *
 * @param failures failures before the last one; 0 gives the first pause
 * @param random returns a number from 0 to 1, for the jitter
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
