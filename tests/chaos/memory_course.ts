/** How a program's memory went over a run, and whether it stayed flat. @module */

/** Resident memory at a moment. */
export interface MemorySample {
  /** Since the start of the run. */
  readonly seconds: number;
  readonly bytes: number;
}

/** The course of a run. */
export interface MemoryCourse {
  /** Median of each window after the warm-up, in order. */
  readonly medianBytes: readonly number[];
  /** Highest less lowest of these. */
  readonly spreadBytes: number;
  /** Highest of all samples, the warm-up's among them. */
  readonly peakBytes: number;
}

/** How samples are looked at. */
export interface CourseOptions {
  readonly warmUpSeconds: number;
  readonly windowSeconds: number;
}

/**
 * Sums the samples up. A median stands for each window, since a collector's saw teeth are no growth.
 *
 * @throws Error where no full window is left after the warm-up
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
