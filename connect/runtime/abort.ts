import { ConnectException } from "../api/exceptions.ts";
import type { Time } from "../api/ports.ts";

export class ForcedStopException extends ConnectException {}

/**
 * Runs `work`. Throws ForcedStopException once the signal aborts, without starting work if it is aborted
 * already; the end of running work is then ignored.
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

/** A plugin may throw instead of reject. */
async function begin<T>(work: () => Promise<T>): Promise<T> {
  return await work();
}

/** Waits until the work succeeds or fails; returns false if it takes longer than the timeout. */
export async function endsWithin(work: Promise<unknown>, timeoutMs: number, time: Time): Promise<boolean> {
  const ended = new AbortController();
  const end = work.then(() => true, () => true).finally(() => ended.abort());
  return await Promise.race([end, time.sleep(timeoutMs, ended.signal).then(() => ended.signal.aborted)]);
}
