/** The numbers in Prometheus' text form, by the names that exporters of Connect's JMX beans give them. @module */

import type { Sample } from "./registry.ts";

/** What a scrape gets. */
export interface PrometheusText {
  readonly text: string;
  readonly contentType: string;
}

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "summary" | "histogram";
  readonly values: readonly Value[];
  readonly aggregator: "sum";
}

/** What is used of the library, whose types don't cover this file of it. */
interface PrometheusModule {
  readonly default: new () => {
    registerMetric(metric: { readonly name: string; get(): Promise<Metric> }): void;
    metrics(): Promise<string>;
    readonly contentType: string;
  };
}

/**
 * The text of some samples: `kafka_connect_<group>_<name>` for Connect's own, `sluice_<name>` for what it lacks.
 *
 * @example
 * ```ts
 * import { prometheusText } from "./prometheus.ts";
 * import { MetricsRegistry } from "./registry.ts";
 * const registry = new MetricsRegistry();
 * registry.counter("sink-task-metrics", "sink-record-read-total", { connector: "people", task: "0" }).add(3);
 * const { text } = await prometheusText(registry.samples());
 * const line = 'kafka_connect_sink_task_metrics_sink_record_read_total{connector="people",task="0"} 3';
 * if (!text.includes(line)) throw new Error(text);
 * ```
 */
export async function prometheusText(samples: readonly Sample[]): Promise<PrometheusText> {
  // Only its writer of the text form, and only when somebody asks: the whole library takes 16 MB.
  const { default: Registry }: PrometheusModule = await import("prom-client/lib/registry.js");
  const registry = new Registry();
  const metrics = samples.flatMap(metricsOf);
  for (const [name, parts] of Map.groupBy(metrics, (metric) => metric.name)) {
    const [first] = parts;
    if (first === undefined) continue;
    const metric = { ...first, values: parts.flatMap(({ values }) => values) };
    registry.registerMetric({ name, get: () => Promise.resolve(metric) });
  }
  return { text: await registry.metrics(), contentType: registry.contentType };
}

function metricsOf(sample: Sample): readonly Metric[] {
  if (sample.kind === "summary") return summaryMetrics(sample);
  const isCounter = sample.kind === "counter" && !absolute.test(sample.name);
  // Connect's names stay as people's dashboards know them, though they don't all end as Prometheus would have it.
  const lacksEnd = isCounter && isOwn(sample.group) && !sample.name.endsWith("-total");
  const name = fullName(sample, lacksEnd ? `${sample.name}-total` : sample.name);
  if (sample.kind === "histogram") return [histogramMetric(sample, name)];
  return [metric(name, isCounter ? "counter" : "gauge", sample)];
}

/** Counted, but a point in time or a sequence: no counter in Prometheus' sense. */
const absolute = /^last-error-timestamp$|^offset-commit-seq-no$/;

/** Connect tells averages and maxima; sum and count let Prometheus make averages of any span of time. */
function summaryMetrics(sample: Sample): readonly Metric[] {
  const { value: sum, count = 0, max = 0, labels } = sample;
  const of = (kind: string) =>
    sample.name.endsWith("-time-ms")
      ? sample.name.replace(/-time-ms$/, `-${kind}-time-ms`)
      : `${sample.name}-${kind}`;
  const name = fullName(sample, sample.name);
  return [
    metric(fullName(sample, of("avg")), "gauge", { ...sample, value: count === 0 ? 0 : sum / count }),
    metric(fullName(sample, of("max")), "gauge", { ...sample, value: max }),
    {
      ...metric(name, "summary", sample),
      values: [
        { value: sum, labels, metricName: `${name}_sum` },
        { value: count, labels, metricName: `${name}_count` },
      ],
    },
  ];
}

function histogramMetric(sample: Sample, name: string): Metric {
  const { value: sum, count = 0, labels, buckets = [] } = sample;
  const bounds = [...buckets.map(({ bound, count }) => [bound, count] as const), ["+Inf", count] as const];
  return {
    ...metric(name, "histogram", sample),
    values: [
      ...bounds.map(([le, value]) => ({ value, labels: { ...labels, le }, metricName: `${name}_bucket` })),
      { value: sum, labels, metricName: `${name}_sum` },
      { value: count, labels, metricName: `${name}_count` },
    ],
  };
}

function metric(name: string, type: Metric["type"], { group, name: own, labels, value }: Sample): Metric {
  const help = isOwn(group) ? `Sluice's ${own}` : `Kafka Connect's ${own} of ${group}`;
  return { name, help, type, values: [{ value, labels }], aggregator: "sum" };
}

function fullName({ group }: Sample, name: string): string {
  const prefix = isOwn(group) ? "sluice" : `kafka_connect_${group}`;
  return `${prefix}_${name}`.replaceAll(/[^a-zA-Z0-9_]/g, "_");
}

function isOwn(group: string): boolean {
  return group.startsWith("sluice-");
}
