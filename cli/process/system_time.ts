/** The machine's clock. Only this file uses the runtime's timers. @module */

import type { Time } from "../../connect/api/ports.ts";

/** Longest wait of a runtime timer, in milliseconds; longer waits are split. */
const timerMsMax = 2 ** 31 - 1;

/**
 * Implements the Time port with the machine's clock.
 *
 * @example
 * ```ts
 * import { systemTime } from "./system_time.ts";
 * const before = systemTime.monotonic();
 * await systemTime.sleep(60_000, AbortSignal.abort());
 * if (systemTime.monotonic() - before > 30_000) throw new Error("an aborted wait ends at once");
 * ```
 */
export const systemTime: Time = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep,
};

/** A wait of 0 ms still lets everything else that is ready run first. */
async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms <= 0) await new Promise<void>((resolve) => setImmediate(resolve));
  for (let left = ms; left > 0 && signal?.aborted !== true; left -= timerMsMax) {
    await oneTimer(Math.min(left, timerMsMax), signal);
  }
}

function oneTimer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}
