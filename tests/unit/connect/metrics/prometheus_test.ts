import assert from "node:assert/strict";
import { prometheusText } from "../../../../connect/metrics/prometheus.ts";
import { MetricsRegistry } from "../../../../connect/metrics/registry.ts";
import { TaskMetrics } from "../../../../connect/metrics/task_metrics.ts";

function linesOf(registry: MetricsRegistry): readonly string[] {
  const { text } = prometheusText(registry.samples());
  return text.split("\n").filter((line) => line !== "");
}

Deno.test("Connect's counters have the names that exporters of its beans give them", () => {
  const registry = new MetricsRegistry();
  const task = new TaskMetrics(registry, "people", 0);
  task.errors.recordSkipped();
  task.errors.recordDeadLetters(2);
  const lines = linesOf(registry);
  const labels = '{connector="people",task="0"}';
  assert.ok(lines.includes(`kafka_connect_task_error_metrics_total_records_skipped${labels} 1`));
  assert.ok(lines.includes(`kafka_connect_task_error_metrics_deadletterqueue_produce_requests${labels} 2`));
  assert.ok(lines.includes("# TYPE kafka_connect_task_error_metrics_last_error_timestamp gauge"));
});

Deno.test("Sluice's own counters end in _total", () => {
  const registry = new MetricsRegistry();
  new TaskMetrics(registry, "people", 0).count("rows-written", "upsert", 3);
  const line = 'sluice_rows_written_total{connector="people",task="0",reason="upsert"} 3';
  assert.ok(linesOf(registry).includes(line));
});

Deno.test("a histogram's buckets grow and end with all of them", () => {
  const registry = new MetricsRegistry();
  const histogram = registry.histogram("sluice-task-metrics", "latency-seconds", {
    labels: {},
    bounds: [1, 5],
  });
  for (const value of [0.5, 0.7, 3, 9]) histogram.record(value);
  const lines = linesOf(registry).filter((line) => !line.startsWith("#"));
  assert.deepEqual(lines, [
    'sluice_latency_seconds_bucket{le="1"} 2',
    'sluice_latency_seconds_bucket{le="5"} 3',
    'sluice_latency_seconds_bucket{le="+Inf"} 4',
    "sluice_latency_seconds_sum 13.2",
    "sluice_latency_seconds_count 4",
  ]);
});

Deno.test("a label is told so that no text of it can break a line", () => {
  const registry = new MetricsRegistry();
  registry.counter("sluice-task-metrics", "n", { connector: 'a"b\\c\nd' }).add();
  const lines = linesOf(registry).filter((line) => !line.startsWith("#"));
  assert.deepEqual(lines, ['sluice_n_total{connector="a\\"b\\\\c\\nd"} 1']);
});

Deno.test("an average and a largest value stand beside count and sum, by Connect's names", () => {
  const registry = new MetricsRegistry();
  const task = new TaskMetrics(registry, "people", 0);
  for (const ms of [10, 30]) task.putTimeMs.record(ms);
  const lines = linesOf(registry);
  const labels = '{connector="people",task="0"}';
  for (
    const [name, value] of [["avg_time_ms", 20], ["max_time_ms", 30], ["time_ms_sum", 40], [
      "time_ms_count",
      2,
    ]]
  ) {
    const line = `kafka_connect_sink_task_metrics_put_batch_${name}${labels} ${value}`;
    assert.ok(lines.includes(line), line);
  }
});

Deno.test("each name has its help and type once, and numbers that aren't finite their own words", () => {
  const registry = new MetricsRegistry();
  for (const [task, value] of [["0", 1], ["1", NaN], ["2", Infinity], ["3", -Infinity]] as const) {
    registry.gauge("sluice-task-metrics", "partition-lag", { labels: { task }, read: () => value });
  }
  registry.counter("connect-worker-metrics", "task-startup-attempts-total", {}).add(2);
  const { text, contentType } = prometheusText(registry.samples());
  assert.equal(contentType, "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(
    text,
    `# HELP sluice_partition_lag Sluice's partition-lag
# TYPE sluice_partition_lag gauge
sluice_partition_lag{task="0"} 1
sluice_partition_lag{task="1"} Nan
sluice_partition_lag{task="2"} +Inf
sluice_partition_lag{task="3"} -Inf

# HELP kafka_connect_connect_worker_metrics_task_startup_attempts_total Kafka Connect's \
task-startup-attempts-total of connect-worker-metrics
# TYPE kafka_connect_connect_worker_metrics_task_startup_attempts_total counter
kafka_connect_connect_worker_metrics_task_startup_attempts_total 2
`,
  );
});
