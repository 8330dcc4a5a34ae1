/** Finds tasks that have lag and yet commit nothing: what a crash would not tell. @module */

/** How far a task that should get somewhere is. */
export interface TaskProgress {
  readonly connector: string;
  readonly task: number;
  /** Records that wait for it; undefined where nobody knows, as between two lives of a task. */
  readonly lag: number | undefined;
  /** How often it has committed. */
  readonly commits: number;
}

/** A task that stands still. */
export interface StaleTask {
  readonly connector: string;
  readonly task: number;
  readonly lag: number;
  /** For how long, milliseconds. */
  readonly forMs: number;
}

interface Seen extends TaskProgress {
  readonly lag: number;
  /** Since when there was lag and the same number of commits; undefined while all is well. */
  readonly sinceMs: number | undefined;
}

/**
 * Looks at the tasks now and then.
 *
 * @example
 * ```ts
 * import { ProgressWatch } from "./progress_watch.ts";
 * const watch = new ProgressWatch();
 * for (const nowMs of [0, 60_000]) watch.look([{ connector: "people", task: 0, lag: 7, commits: 3 }], nowMs);
 * if (watch.stale(60_000, 30_000)[0]?.lag !== 7) throw new Error("a minute of lag without a commit");
 * ```
 */
export class ProgressWatch {
  #seen: ReadonlyMap<string, Seen> = new Map();

  /**
   * @param tasks those that should get somewhere: one that is left out, as it's paused, begins anew when it comes back
   * @param nowMs on the monotonic clock
   */
  look(tasks: readonly TaskProgress[], nowMs: number): void {
    this.#seen = new Map(tasks.map((task) => {
      const key = JSON.stringify([task.connector, task.task]);
      return [key, seenNow(task, this.#seen.get(key), nowMs)];
    }));
  }

  /** Tasks without progress for longer than so many milliseconds. */
  stale(nowMs: number, staleMs: number): readonly StaleTask[] {
    return [...this.#seen.values()].flatMap(({ connector, task, lag, sinceMs }) => {
      const forMs = sinceMs === undefined ? 0 : nowMs - sinceMs;
      return forMs > staleMs ? [{ connector, task, lag, forMs }] : [];
    });
  }
}

function seenNow(task: TaskProgress, before: Seen | undefined, nowMs: number): Seen {
  const lag = task.lag ?? before?.lag ?? 0;
  const isSame = before !== undefined && before.commits === task.commits;
  return { ...task, lag, sinceMs: lag === 0 ? undefined : isSame ? before.sinceMs ?? nowMs : nowMs };
}
