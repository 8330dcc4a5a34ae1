/** Metrics of one task, by Connect's names. (`SinkTaskMetricsGroup`, `ErrorHandlingMetrics`) @module */

import type { Counter, Histogram, LabelledValues, Labels, MetricsRegistry, Summary } from "./registry.ts";

const SINK_GROUP = "sink-task-metrics";
const TASK_GROUP = "connector-task-metrics";
const ERROR_GROUP = "task-error-metrics";
/** Group of the metrics that Connect doesn't have. */
const SLUICE_GROUP = "sluice-task-metrics";

/** Bounds of the latency histogram, seconds. */
const latencyBoundsSeconds = [
  ...[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 86_400],
];

/** Most distinct reasons per task; later ones count as `other`. */
const reasonsMax = 200;

/**
 * Counts what one task does.
 *
 * @example
 * ```ts
 * import { MetricsRegistry } from "./registry.ts";
 * import { TaskMetrics } from "./task_metrics.ts";
 * const registry = new MetricsRegistry();
 * const metrics = new TaskMetrics(registry, "people", 0);
 * metrics.recordsRead.add(500);
 * metrics.count("records-rejected", "phone_missing", 1);
 * if (registry.total("records-rejected", { reason: "phone_missing" }) !== 1) throw new Error("counted by reason");
 * ```
 */
export class TaskMetrics {
  readonly recordsRead: Counter;
  readonly recordsSent: Counter;
  readonly recordsFiltered: Counter;
  readonly putRetries: Counter;
  readonly commitSequence: Counter;
  readonly commitsCompleted: Counter;
  readonly commitsSkipped: Counter;
  readonly commitsFailed: Counter;
  readonly restarts: Counter;
  readonly consumerRebuilds: Counter;
  readonly batchSize: Summary;
  readonly putTimeMs: Summary;
  readonly commitTimeMs: Summary;
  /** From a record's timestamp until the sink committed it, seconds. */
  readonly latencySeconds: Histogram;
  readonly errors: TaskErrorMetrics;
  readonly #registry: MetricsRegistry;
  readonly #labels: Labels;
  readonly #byReason = new Map<string, Counter>();

  constructor(registry: MetricsRegistry, connector: string, task: number) {
    this.#registry = registry;
    this.#labels = { connector, task: String(task) };
    const counter = (group: string, name: string) => registry.counter(group, name, this.#labels);
    const summary = (group: string, name: string) => registry.summary(group, name, this.#labels);
    this.recordsRead = counter(SINK_GROUP, "sink-record-read-total");
    this.recordsSent = counter(SINK_GROUP, "sink-record-send-total");
    this.recordsFiltered = counter(SLUICE_GROUP, "sink-record-filtered-total");
    this.putRetries = counter(SLUICE_GROUP, "put-batch-retries-total");
    this.commitSequence = counter(SINK_GROUP, "offset-commit-seq-no");
    this.commitsCompleted = counter(SINK_GROUP, "offset-commit-completion-total");
    this.commitsSkipped = counter(SINK_GROUP, "offset-commit-skip-total");
    this.commitsFailed = counter(SLUICE_GROUP, "offset-commit-failure-total");
    this.restarts = counter(SLUICE_GROUP, "task-restarts-total");
    this.consumerRebuilds = counter(SLUICE_GROUP, "consumer-rebuilds-total");
    this.batchSize = summary(TASK_GROUP, "batch-size");
    this.putTimeMs = summary(SINK_GROUP, "put-batch-time-ms");
    this.commitTimeMs = summary(TASK_GROUP, "offset-commit-time-ms");
    const labels = this.#labels;
    this.latencySeconds = registry.histogram(SLUICE_GROUP, "record-commit-latency-seconds", {
      labels,
      bounds: latencyBoundsSeconds,
    });
    this.errors = new TaskErrorMetrics(this, counter);
    const share = (part: Counter, other: Counter) => () => part.value / Math.max(1, part.value + other.value);
    const [good, bad] = [this.commitsCompleted, this.commitsFailed];
    registry.gauge(TASK_GROUP, "offset-commit-success-percentage", { labels, read: share(good, bad) });
    registry.gauge(TASK_GROUP, "offset-commit-failure-percentage", { labels, read: share(bad, good) });
  }

  /** Counts an event by a fixed reason. */
  count(name: string, reason: string, by: number): void {
    this.#counterOf(name, reason).add(by);
  }

  #counterOf(name: string, reason: string): Counter {
    const key = `${name}:${reason}`;
    const known = this.#byReason.get(key);
    if (known !== undefined) return known;
    const shown = this.#byReason.size < reasonsMax ? reason : "other";
    const counter = this.#registry.counter(SLUICE_GROUP, name, { ...this.#labels, reason: shown });
    if (shown === reason) this.#byReason.set(key, counter);
    return counter;
  }

  /** Registers a gauge that is read on demand. */
  gauge(name: string, read: () => number): void {
    this.#registry.gauge(SINK_GROUP, name, { labels: this.#labels, read });
  }
  /** Registers a gauge that Connect doesn't have. */
  ownGauge(name: string, read: () => number): void {
    this.#registry.gauge(SLUICE_GROUP, name, { labels: this.#labels, read });
  }
  /** Registers one gauge per partition. */
  partitionGauges(name: string, readAll: () => LabelledValues): void {
    this.#registry.gauges(SLUICE_GROUP, name, { labels: this.#labels, readAll });
  }
}

/** Counts errors. (`org.apache.kafka.connect.runtime.errors.ErrorHandlingMetrics`) */
class TaskErrorMetrics {
  readonly #task: TaskMetrics;
  readonly #failures: Counter;
  readonly #errors: Counter;
  readonly #skipped: Counter;
  readonly #retries: Counter;
  readonly #logged: Counter;
  readonly #produced: Counter;
  readonly #produceFailures: Counter;
  readonly #lastError: Counter;

  constructor(task: TaskMetrics, counter: (group: string, name: string) => Counter) {
    this.#task = task;
    this.#failures = counter(ERROR_GROUP, "total-record-failures");
    this.#errors = counter(ERROR_GROUP, "total-record-errors");
    this.#skipped = counter(ERROR_GROUP, "total-records-skipped");
    this.#retries = counter(ERROR_GROUP, "total-retries");
    this.#logged = counter(ERROR_GROUP, "total-errors-logged");
    this.#produced = counter(ERROR_GROUP, "deadletterqueue-produce-requests");
    this.#produceFailures = counter(ERROR_GROUP, "deadletterqueue-produce-failures");
    this.#lastError = counter(ERROR_GROUP, "last-error-timestamp");
  }

  /** Counts one failed attempt. */
  recordFailure(): void {
    this.#failures.add();
  }
  /** Counts a record that failed for good. */
  recordError(stage: string, reason: string, nowMs: number): void {
    this.#errors.add();
    this.#lastError.value = nowMs;
    this.#task.count("records-rejected", reason, 1);
    this.#task.count("records-rejected-by-stage", stage, 1);
  }
  recordSkipped(): void {
    this.#skipped.add();
  }
  recordRetry(): void {
    this.#retries.add();
  }
  recordErrorLogged(): void {
    this.#logged.add();
  }
  recordDeadLetters(count: number): void {
    this.#produced.add(count);
  }
  recordDeadLetterFailures(count: number): void {
    this.#produceFailures.add(count);
  }
}
