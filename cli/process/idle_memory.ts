import type { Time } from "../../connect/api/ports.ts";
import type { MetricsRegistry } from "../../connect/metrics/registry.ts";

/** Interval of the looks; a worker that read nothing in between is idle. */
const lookEveryMs = 5_000;
/** A collection takes some 50 ms, 0.04 % of this; meanwhile an idle worker allocates 3 to 5 MiB. */
const collectEveryMs = 120_000;

interface IdleWorker {
  readonly metrics: Pick<MetricsRegistry, "total">;
  readonly time: Time;
  /** Gives memory back to the system; undefined if the runtime can't. */
  readonly collect: (() => void) | undefined;
}

/**
 * Gives memory back when the worker is idle: soon after its start, then at most every two minutes, until the signal
 * aborts.
 *
 * @example
 * ```ts
 * import { releaseIdleMemory } from "./idle_memory.ts";
 * import { systemTime } from "./system_time.ts";
 * const metrics = { total: () => 0 };
 * await releaseIdleMemory({ metrics, time: systemTime, collect: undefined }, AbortSignal.abort());
 * ```
 */
export async function releaseIdleMemory(
  { metrics, time, collect }: IdleWorker,
  signal: AbortSignal,
): Promise<void> {
  if (collect === undefined) return;
  const read = () => metrics.total("sink-record-read-total");
  let dueMs = 0;
  let before = read();
  for (;;) {
    await time.sleep(lookEveryMs, signal);
    if (signal.aborted) return;
    const now = read();
    const isIdle = now === before;
    before = now;
    if (!isIdle || time.monotonic() < dueMs) continue;
    collect();
    dueMs = time.monotonic() + collectEveryMs;
  }
}
