/** Clock and timers of the sandbox. No other file of `sandbox/` uses the runtime's. @module */

import { setTimeout as delay } from "node:timers/promises";

const pollEveryMs = 20;

/**
 * Limit of a wait that succeeds on any machine, however busy. It costs nothing on success: only a failure
 * takes that long to report.
 */
export const waitMsMax = 5 * 60_000;

/** Milliseconds since 1970. */
export function now(): number {
  return Date.now();
}

/** Monotonic milliseconds, for durations. */
export function monotonic(): number {
  return performance.now();
}

/** Waits; if the signal aborts it returns early, without an error. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  // It rejects only on abort, which ends the wait as intended.
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

/**
 * Calls a function until it returns something other than undefined.
 *
 * @throws Error that names `what` after the deadline.
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
