import assert from "node:assert/strict";
import { MetricsRegistry } from "../../../../connect/metrics/registry.ts";
import { TaskMetrics } from "../../../../connect/metrics/task_metrics.ts";

Deno.test("the same group, name and labels are one number, in any order of the labels", () => {
  const metrics = new MetricsRegistry();
  metrics.counter("g", "n", { a: "1", b: "2" }).add();
  metrics.counter("g", "n", { b: "2", a: "1" }).add(2);
  assert.deepEqual(metrics.samples().map(({ value }) => value), [3]);
});

Deno.test("a summary has count, sum and largest value", () => {
  const metrics = new MetricsRegistry();
  for (const value of [5, 9, 1]) metrics.summary("g", "ms", {}).record(value);
  const [sample] = metrics.samples();
  assert.deepEqual([sample?.value, sample?.count, sample?.max], [15, 3, 9]);
});

Deno.test("a gauge is read when somebody asks, and the last one registered counts", () => {
  const metrics = new MetricsRegistry();
  let lag = 1;
  metrics.gauge("g", "lag", { labels: {}, read: () => -1 });
  metrics.gauge("g", "lag", { labels: {}, read: () => lag });
  lag = 7;
  assert.equal(metrics.total("lag"), 7);
});

Deno.test("one name cannot be two kinds of number", () => {
  const metrics = new MetricsRegistry();
  metrics.counter("g", "n", {});
  assert.throws(() => metrics.summary("g", "n", {}), /another kind/);
});

Deno.test("a connector that is removed leaves the others' numbers alone", () => {
  const metrics = new MetricsRegistry();
  new TaskMetrics(metrics, "people", 0).recordsRead.add(1);
  new TaskMetrics(metrics, "orders", 0).recordsRead.add(2);
  metrics.remove({ connector: "people" });
  assert.equal(metrics.total("sink-record-read-total"), 2);
  assert.ok(metrics.samples().every(({ labels }) => labels["connector"] === "orders"));
});

Deno.test("a task counts by at most 200 reasons, further ones as other", () => {
  const metrics = new MetricsRegistry();
  const task = new TaskMetrics(metrics, "people", 0);
  for (let i = 0; i < 250; i++) task.count("records-rejected", `rule_${i}`, 1);
  task.count("records-rejected", "rule_0", 1);
  assert.equal(metrics.total("records-rejected", { reason: "other" }), 50);
  assert.equal(metrics.total("records-rejected", { reason: "rule_0" }), 2);
  assert.equal(metrics.total("records-rejected"), 251);
});

Deno.test("the shares of good and failed commits are fractions of all commits, as Connect's percentages are", () => {
  const metrics = new MetricsRegistry();
  const task = new TaskMetrics(metrics, "people", 0);
  assert.equal(metrics.total("offset-commit-success-percentage"), 0);
  task.commitsCompleted.add(3);
  task.commitsFailed.add(1);
  assert.equal(metrics.total("offset-commit-success-percentage"), 0.75);
  assert.equal(metrics.total("offset-commit-failure-percentage"), 0.25);
});
