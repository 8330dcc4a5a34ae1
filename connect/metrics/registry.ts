/** Metrics of a running worker, kept in memory. @module */

/** Labels of a metric: connector, task, reason. Never a value of a record. */
export type Labels = Readonly<Record<string, string>>;

/** The current value of a metric. */
export interface Sample {
  readonly group: string;
  readonly name: string;
  readonly kind: "counter" | "gauge" | "summary" | "histogram";
  readonly labels: Labels;
  readonly value: number;
  /** Of a summary or histogram: how many values were recorded; `value` is their sum. */
  readonly count?: number;
  /** Of a summary: the largest value recorded. */
  readonly max?: number;
  /** Of a histogram: how many values were at most as large as each bound. */
  readonly buckets?: readonly { readonly bound: number; readonly count: number }[];
}

/** A number that only grows. */
export class Counter {
  value = 0;
  add(by = 1): void {
    this.value += by;
  }
}

/** Count, sum and maximum of values such as durations; the average is `sum / count`. */
export class Summary {
  count = 0;
  sum = 0;
  max = 0;
  record(value: number): void {
    this.count += 1;
    this.sum += value;
    if (value > this.max) this.max = value;
  }
}

/** Count and sum of values, and how many were at most as large as each bound. */
export class Histogram {
  count = 0;
  sum = 0;
  readonly #counts: number[];

  /** @param bounds in ascending order */
  constructor(readonly bounds: readonly number[]) {
    this.#counts = bounds.map(() => 0);
  }

  record(value: number): void {
    this.count += 1;
    this.sum += value;
    let index = 0;
    while (index < this.bounds.length && value > (this.bounds[index] ?? Infinity)) index += 1;
    if (index < this.bounds.length) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  /** Returns cumulative counts, as Prometheus expects. */
  buckets(): readonly { readonly bound: number; readonly count: number }[] {
    let count = 0;
    return this.bounds.map((bound, index) => ({ bound, count: count += this.#counts[index] ?? 0 }));
  }
}

/** Values by label, if the labels are not known beforehand, such as partitions. */
export type LabelledValues = readonly { readonly labels: Labels; readonly value: number }[];

type Series =
  & { readonly labels: Labels }
  & (
    | { readonly kind: "counter"; readonly of: Counter }
    | { readonly kind: "summary"; readonly of: Summary }
    | { readonly kind: "histogram"; readonly of: Histogram }
    | { readonly kind: "gauge"; readonly read: () => number }
    | { readonly kind: "gauges"; readonly readAll: () => LabelledValues }
  );

interface Family {
  readonly group: string;
  readonly name: string;
  readonly series: Map<string, Series>;
}

/**
 * All metrics of a process. Group, name and labels identify a metric.
 *
 * @example
 * ```ts
 * import { MetricsRegistry } from "./registry.ts";
 * const metrics = new MetricsRegistry();
 * metrics.counter("sink-task-metrics", "sink-record-read-total", { connector: "people", task: "0" }).add(3);
 * if (metrics.total("sink-record-read-total") !== 3) throw new Error("what was added can be read");
 * metrics.remove({ connector: "people" });
 * if (metrics.samples().length !== 0) throw new Error("a deleted connector leaves nothing behind");
 * ```
 */
export class MetricsRegistry {
  readonly #families = new Map<string, Family>();

  /** Returns the counter of this name and these labels, created on first use. */
  counter(group: string, name: string, labels: Labels): Counter {
    const series = this.#series(group, name, labels, () => ({ kind: "counter", of: new Counter(), labels }));
    return series.kind === "counter" ? series.of : kindMismatch(name);
  }

  /** Returns the summary of this name and these labels, created on first use. */
  summary(group: string, name: string, labels: Labels): Summary {
    const series = this.#series(group, name, labels, () => ({ kind: "summary", of: new Summary(), labels }));
    return series.kind === "summary" ? series.of : kindMismatch(name);
  }

  /** Returns the histogram of this name and these labels, created on first use. */
  histogram(
    group: string,
    name: string,
    at: { readonly labels: Labels; readonly bounds: readonly number[] },
  ): Histogram {
    const { labels, bounds } = at;
    const make = (): Series => ({ kind: "histogram", of: new Histogram(bounds), labels });
    const series = this.#series(group, name, labels, make);
    return series.kind === "histogram" ? series.of : kindMismatch(name);
  }

  /** Registers gauges that are read on demand and add their own labels. */
  gauges(
    group: string,
    name: string,
    at: { readonly labels: Labels; readonly readAll: () => LabelledValues },
  ): void {
    this.#family(group, name).series.set(keyOf(at.labels), { kind: "gauges", ...at });
  }

  /** Registers a gauge that is read on demand; it replaces an earlier one. */
  gauge(group: string, name: string, at: { readonly labels: Labels; readonly read: () => number }): void {
    this.#family(group, name).series.set(keyOf(at.labels), { kind: "gauge", ...at });
  }

  /** Removes all metrics that have all of these labels. */
  remove(labels: Labels): void {
    const wanted = Object.entries(labels);
    for (const [familyKey, { series }] of this.#families) {
      for (const [key, entry] of series) {
        if (wanted.every(([name, value]) => entry.labels[name] === value)) series.delete(key);
      }
      if (series.size === 0) this.#families.delete(familyKey);
    }
  }

  /** Returns all metrics. */
  samples(): readonly Sample[] {
    return [...this.#families.values()].flatMap(samplesOfFamily);
  }

  /** Returns the metrics of one name; the others aren't read. */
  samplesOf(name: string): readonly Sample[] {
    return [...this.#families.values()].filter((family) => family.name === name).flatMap(samplesOfFamily);
  }

  /** Returns the sum of one metric over all series with these labels. */
  total(name: string, labels: Labels = {}): number {
    const wanted = Object.entries(labels);
    return this.samplesOf(name)
      .filter((sample) => wanted.every(([key, value]) => sample.labels[key] === value))
      .reduce((sum, sample) => sum + sample.value, 0);
  }

  #series(group: string, name: string, labels: Labels, make: () => Series): Series {
    const { series } = this.#family(group, name);
    const key = keyOf(labels);
    const found = series.get(key) ?? make();
    series.set(key, found);
    return found;
  }

  #family(group: string, name: string): Family {
    const key = `${group}:${name}`;
    const family = this.#families.get(key) ?? { group, name, series: new Map() };
    this.#families.set(key, family);
    return family;
  }
}

function samplesOfFamily({ group, name, series }: Family): readonly Sample[] {
  return [...series.values()].flatMap((entry) => samplesOf(group, name, entry));
}

function samplesOf(group: string, name: string, series: Series): readonly Sample[] {
  const { kind, labels } = series;
  if (kind === "gauge") return [{ group, name, kind, labels, value: series.read() }];
  if (kind === "gauges") {
    return series.readAll().map((one) => ({
      ...{ group, name, kind: "gauge" as const, value: one.value },
      labels: { ...labels, ...one.labels },
    }));
  }
  if (kind === "counter") return [{ group, name, kind, labels, value: series.of.value }];
  const { sum: value, count } = series.of;
  if (kind === "summary") return [{ group, name, kind, labels, value, count, max: series.of.max }];
  return [{ group, name, kind, labels, value, count, buckets: series.of.buckets() }];
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1));
}

function kindMismatch(name: string): never {
  throw new Error(`Cannot register metric ${name}: it exists with another kind`);
}
