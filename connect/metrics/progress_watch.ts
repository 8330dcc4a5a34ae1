/** Finds tasks that have lag but commit nothing, which no crash would show. @module */

export interface TaskProgress {
  readonly connector: string;
  readonly task: number;
  /** Records that the task has yet to read; undefined if unknown, as between two runs of a task. */
  readonly lag: number | undefined;
  /** Number of commits. */
  readonly commits: number;
}

/** A task without progress. */
export interface StaleTask {
  readonly connector: string;
  readonly task: number;
  readonly lag: number;
  /** How long, milliseconds. */
  readonly forMs: number;
}

interface Seen extends TaskProgress {
  readonly lag: number;
  /** Since when there was lag and no new commit; undefined if there is progress. */
  readonly sinceMs: number | undefined;
}

/**
 * Compares the progress of tasks at each look.
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
   * @param tasks the running tasks; the timer of a task left out, for example a paused one, restarts when it returns
   * @param nowMs on the monotonic clock
   */
  look(tasks: readonly TaskProgress[], nowMs: number): void {
    this.#seen = new Map(tasks.map((task) => {
      const key = JSON.stringify([task.connector, task.task]);
      return [key, seenNow(task, this.#seen.get(key), nowMs)];
    }));
  }

  /** Returns tasks without progress for longer than `staleMs`. */
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
