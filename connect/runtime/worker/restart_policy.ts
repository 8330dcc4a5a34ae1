/** Whether and when a failed task is started again. @module */

import { backoffMs } from "../../api/backoff.ts";
import { ConfigException } from "../../api/exceptions.ts";

/** A task that ran this long was healthy: the next failure counts as the first. Milliseconds. */
export const healthyMs = 10 * 60_000;

/** Longest wait before a restart, milliseconds. */
export const restartBackoffMsMax = 10 * 60_000;

/** `task.restart.max` and `task.restart.backoff.ms`. */
export interface RestartPolicyOptions {
  readonly restartsMax: number;
  readonly backoffMs: number;
}

/**
 * Counts restarts; the wait doubles with each.
 *
 * @example
 * ```ts
 * import { RestartPolicy } from "./restart_policy.ts";
 * const policy = new RestartPolicy({ restartsMax: 2, backoffMs: 1_000 });
 * const waits = [1, 2, 3].map(() => policy.delayMsAfter(new Error("down"), 0));
 * if (waits.join() !== "1000,2000,") throw new Error("the third failure is for good");
 * ```
 */
export class RestartPolicy {
  #restarts = 0;

  constructor(private readonly options: RestartPolicyOptions) {}

  /** The wait before the next start; undefined where the task stays FAILED. */
  delayMsAfter(error: unknown, ranForMs: number): number | undefined {
    const { restartsMax, backoffMs: msMin } = this.options;
    if (ranForMs >= healthyMs) this.#restarts = 0;
    if (this.#restarts >= restartsMax || needsPerson(error)) return undefined;
    return backoffMs(this.#restarts++, { msMin, msMax: restartBackoffMsMax });
  }

  /** Somebody restarted the task by hand. */
  reset(): void {
    this.#restarts = 0;
  }
}

/** A wrong setting stays wrong however often the task starts. */
function needsPerson(error: unknown): boolean {
  for (let next = error; next instanceof Error; next = next.cause) {
    if (next instanceof ConfigException) return true;
  }
  return false;
}
