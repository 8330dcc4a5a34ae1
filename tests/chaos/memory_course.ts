/** Judges whether a program's memory stayed flat over a run. @module */

export interface MemorySample {
  /** Since the start of the run. */
  readonly seconds: number;
  readonly bytes: number;
}

interface MemoryCourse {
  /** Median of each window after the warm-up, in order. */
  readonly medianBytes: readonly number[];
  /** Highest minus lowest of the medians. */
  readonly spreadBytes: number;
  /** Highest of all samples, including the warm-up's. */
  readonly peakBytes: number;
}

interface CourseOptions {
  readonly warmUpSeconds: number;
  readonly windowSeconds: number;
}

/**
 * Summarises samples by window. It uses medians, since a garbage collector's saw teeth aren't growth.
 *
 * @throws Error if no full window is left after the warm-up
 */
export function memoryCourse(
  samples: readonly MemorySample[],
  { warmUpSeconds, windowSeconds }: CourseOptions,
): MemoryCourse {
  const windows = Map.groupBy(
    samples.filter(({ seconds }) => seconds >= warmUpSeconds),
    ({ seconds }) => Math.floor((seconds - warmUpSeconds) / windowSeconds),
  );
  const medianBytes = [...windows.entries()].sort(([a], [b]) => a - b)
    .map(([, window]) => medianOf(window.map(({ bytes }) => bytes)));
  if (medianBytes.length === 0) throw new Error("Cannot judge memory: the run ended within its warm-up");
  return {
    medianBytes,
    spreadBytes: Math.max(...medianBytes) - Math.min(...medianBytes),
    peakBytes: Math.max(...samples.map(({ bytes }) => bytes)),
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
