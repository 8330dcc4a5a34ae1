/** Finds tasks that have lag and yet commit nothing: what a crash would not tell. @module */

import type { Sample } from "./registry.ts";

/** A task that stands still. */
export interface StaleTask {
  readonly connector: string;
  readonly task: string;
  readonly lag: number;
  /** For how long, milliseconds. */
  readonly forMs: number;
}

interface Seen {
  readonly commits: number;
  /** Since when there was lag and the same number of commits; undefined while all is well. */
  readonly sinceMs: number | undefined;
  readonly lag: number;
}

/**
 * Looks at the numbers now and then.
 *
 * @example
 * ```ts
 * import { ProgressWatch } from "./progress_watch.ts";
 * import { MetricsRegistry } from "./registry.ts";
 * const metrics = new MetricsRegistry();
 * const labels = { connector: "people", task: "0" };
 * metrics.gauge("sink-task-metrics", "sink-record-lag-max", { labels, read: () => 7 });
 * const watch = new ProgressWatch();
 * for (const nowMs of [0, 60_000]) watch.look(metrics.samples(), nowMs);
 * if (watch.stale(60_000, 30_000)[0]?.lag !== 7) throw new Error("a minute of lag without a commit");
 * ```
 */
export class ProgressWatch {
  #seen: ReadonlyMap<string, Seen> = new Map();

  /** @param nowMs on the monotonic clock */
  look(samples: readonly Sample[], nowMs: number): void {
    const lags = byTask(samples, "sink-record-lag-max");
    const commits = byTask(samples, "offset-commit-completion-total");
    this.#seen = new Map([...lags].map(([key, lag]) => {
      const before = this.#seen.get(key);
      const committed = commits.get(key) ?? 0;
      const isSame = before !== undefined && before.commits === committed;
      const sinceMs = lag === 0 ? undefined : isSame ? before.sinceMs ?? nowMs : nowMs;
      return [key, { commits: committed, sinceMs, lag }];
    }));
  }

  /** Tasks without progress for longer than so many milliseconds. */
  stale(nowMs: number, staleMs: number): readonly StaleTask[] {
    return [...this.#seen].flatMap(([key, { sinceMs, lag }]) => {
      const forMs = sinceMs === undefined ? 0 : nowMs - sinceMs;
      if (forMs <= staleMs) return [];
      const [connector = "", task = ""] = JSON.parse(key) as readonly string[]; // written by byTask
      return [{ connector, task, lag, forMs }];
    });
  }
}

function byTask(samples: readonly Sample[], name: string): ReadonlyMap<string, number> {
  return new Map(
    samples.filter((sample) => sample.name === name)
      .map(({ labels, value }) => [JSON.stringify([labels["connector"], labels["task"]]), value]),
  );
}
