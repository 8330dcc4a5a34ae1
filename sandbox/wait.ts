/**
 * Waiting in the embedded world. The only file of `sandbox/` that knows clock and timer.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";

const pollEveryMs = 20;

/**
 * Limit of a wait for something that comes on any machine, however busy. It costs nothing where all is well: only
 * what will never come takes that long to be told.
 */
export const waitMsMax = 5 * 60_000;

/** Milliseconds since 1970. */
export function now(): number {
  return Date.now();
}

/** Milliseconds that only grow, for durations. */
export function monotonic(): number {
  return performance.now();
}

/** Waits; ends early, without an error, when the signal aborts. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  // The only way this rejects is the abort, which ends the wait as asked.
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

/**
 * Asks again and again until the answer is something else than `undefined`.
 *
 * @throws Error that names `what` when the deadline has passed.
 */
export async function pollUntil<T>(
  what: string,
  deadlineMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = monotonic() + deadlineMs;
  while (monotonic() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(pollEveryMs);
  }
  throw new Error(`Cannot wait any longer for ${what}: nothing after ${deadlineMs} ms`);
}
