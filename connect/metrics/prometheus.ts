/** Formats metrics as Prometheus text, by the names that exporters of Connect's JMX beans use. @module */

import type { Sample } from "./registry.ts";

export interface PrometheusText {
  readonly text: string;
  readonly contentType: string;
}

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Suffix of the metric's name. */
  readonly end?: "" | "_sum" | "_count" | "_bucket";
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "summary" | "histogram";
  readonly values: readonly Value[];
}

/**
 * Returns the text of samples: `kafka_connect_<group>_<name>` for Connect's metrics, `sluice_<name>` for Sluice's own.
 *
 * @example
 * ```ts
 * import { prometheusText } from "./prometheus.ts";
 * import { MetricsRegistry } from "./registry.ts";
 * const registry = new MetricsRegistry();
 * registry.counter("sink-task-metrics", "sink-record-read-total", { connector: "people", task: "0" }).add(3);
 * const { text } = prometheusText(registry.samples());
 * const line = 'kafka_connect_sink_task_metrics_sink_record_read_total{connector="people",task="0"} 3';
 * if (!text.includes(line)) throw new Error(text);
 * ```
 */
export function prometheusText(samples: readonly Sample[]): PrometheusText {
  const byName = Map.groupBy(samples.flatMap(metricsOf), ({ name }) => name);
  const text = [...byName.values()].map(metricText).join("\n\n") + "\n";
  return { text, contentType: "text/plain; version=0.0.4; charset=utf-8" };
}

/** Writes each name once, with the help and type of its first metric. */
function metricText(metrics: readonly Metric[]): string {
  const lines = metrics.flatMap(({ name, values }) => values.map((value) => lineOf(name, value)));
  const heads = metrics.slice(0, 1).flatMap(({ name, help, type }) => [
    `# HELP ${name} ${escaped(help)}`,
    `# TYPE ${name} ${type}`,
  ]);
  return [...heads, ...lines].join("\n");
}

function lineOf(name: string, { value, labels, end = "" }: Value): string {
  const pairs = Object.entries(labels)
    .map(([key, label]) => `${key}="${escaped(`${label}`).replaceAll('"', '\\"')}"`);
  return `${name}${end}${pairs.length === 0 ? "" : `{${pairs.join()}}`} ${numberText(value)}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "Nan";
  if (Number.isFinite(value)) return `${value}`;
  return value > 0 ? "+Inf" : "-Inf";
}

function metricsOf(sample: Sample): readonly Metric[] {
  if (sample.kind === "summary") return summaryMetrics(sample);
  const isCounter = sample.kind === "counter" && !absolute.test(sample.name);
  // Connect's names stay as existing dashboards use them, although not all end as Prometheus recommends.
  const lacksEnd = isCounter && isOwn(sample.group) && !sample.name.endsWith("-total");
  const name = fullName(sample, lacksEnd ? `${sample.name}-total` : sample.name);
  if (sample.kind === "histogram") return [histogramMetric(sample, name)];
  return [metric(name, isCounter ? "counter" : "gauge", sample)];
}

/** Counters that are no Prometheus counters: a timestamp and a sequence number. */
const absolute = /^last-error-timestamp$|^offset-commit-seq-no$/;

/** Connect shows averages and maxima; sum and count let Prometheus compute averages of any period. */
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
        { value: sum, labels, end: "_sum" },
        { value: count, labels, end: "_count" },
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
      ...bounds.map(([le, value]) => ({ value, labels: { ...labels, le }, end: "_bucket" as const })),
      { value: sum, labels, end: "_sum" },
      { value: count, labels, end: "_count" },
    ],
  };
}

function metric(name: string, type: Metric["type"], { group, name: own, labels, value }: Sample): Metric {
  const help = isOwn(group) ? `Sluice's ${own}` : `Kafka Connect's ${own} of ${group}`;
  return { name, help, type, values: [{ value, labels }] };
}

function fullName({ group }: Sample, name: string): string {
  const prefix = isOwn(group) ? "sluice" : `kafka_connect_${group}`;
  return `${prefix}_${name}`.replaceAll(/[^a-zA-Z0-9_]/g, "_");
}

function isOwn(group: string): boolean {
  return group.startsWith("sluice-");
}
