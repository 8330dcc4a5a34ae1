/** Waiting that a forced stop ends. @module */

import { ConnectException } from "../api/exceptions.ts";
import type { Time } from "../api/ports.ts";

/** What was waited for didn't come before the task was stopped by force. */
export class ForcedStopException extends ConnectException {}

/**
 * What the work gives, or a ForcedStopException as soon as the signal aborts; then it isn't even begun. Work that
 * is under way is left alone: its end isn't looked at.
 *
 * @example
 * ```ts
 * import { orForcedStop } from "./abort.ts";
 * const never = () => new Promise<void>(() => {});
 * const waiting = orForcedStop(never, AbortSignal.abort(), "Cannot finish put");
 * if (await waiting.then(() => true, () => false)) throw new Error("an aborted wait rejects");
 * ```
 */
export function orForcedStop<T>(work: () => Promise<T>, signal: AbortSignal, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new ForcedStopException(`${what}: the task was stopped by force`));
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    const settled = () => signal.removeEventListener("abort", stop);
    begin(work).then(resolve, reject).finally(settled);
  });
}

/** A plugin may throw where it should have rejected. */
async function begin<T>(work: () => Promise<T>): Promise<T> {
  return await work();
}

/** Waits for the end of the work, whatever it is, but not longer than this; false = it's still going on. */
export async function endsWithin(work: Promise<unknown>, timeoutMs: number, time: Time): Promise<boolean> {
  const ended = new AbortController();
  const end = work.then(() => true, () => true).finally(() => ended.abort());
  return await Promise.race([end, time.sleep(timeoutMs, ended.signal).then(() => ended.signal.aborted)]);
}
