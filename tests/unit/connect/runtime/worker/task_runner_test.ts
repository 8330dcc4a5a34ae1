import assert from "node:assert/strict";
import { ConfigException, ConnectException } from "../../../../../connect/api/exceptions.ts";
import { MetricsRegistry } from "../../../../../connect/metrics/registry.ts";
import { TaskMetrics } from "../../../../../connect/metrics/task_metrics.ts";
import { RejectedRecords } from "../../../../../connect/errors/rejected_records.ts";
import { TaskTroubles } from "../../../../../connect/runtime/task/task_troubles.ts";
import type { SinkTaskListener } from "../../../../../connect/runtime/task/worker_sink_task.ts";
import {
  healthyMs,
  restartBackoffMsMax,
  RestartPolicy,
  type RunnableTask,
  TaskRunner,
} from "../../../../../connect/runtime/worker/task_runner.ts";
import type { TaskStatus } from "../../../../../connect/runtime/herder/task_status.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";
import { FakeLogger } from "../../../../support/fakes/fake_logger.ts";

const canary = "+55 11 99999-0000";

/** A task that runs until it is stopped or told to fail. */
class FakeRun {
  readonly #end = Promise.withResolvers<void>();
  readonly stall = Promise.withResolvers<boolean>();
  isPaused: boolean;
  wasAborted = false;

  constructor(isPaused: boolean, readonly listener: SinkTaskListener) {
    this.isPaused = isPaused;
  }

  get runnable(): RunnableTask {
    return {
      version: "7.0",
      task: {
        run: () => {
          this.listener.started();
          return this.#end.promise;
        },
        stop: () => this.#end.resolve(),
        abort: () => {
          this.wasAborted = true;
          this.#end.resolve();
        },
        pause: () => void (this.isPaused = true),
        resume: () => void (this.isPaused = false),
      },
      watchdog: { stalled: () => this.stall.promise },
    };
  }

  fail(error: unknown): void {
    this.#end.reject(error);
  }
}

function setUp(restartsMax: number, isPaused = false) {
  const clock = new FakeClock();
  const registry = new MetricsRegistry();
  const logger = new FakeLogger();
  const runs: FakeRun[] = [];
  const forGood: TaskStatus[] = [];
  const runner = new TaskRunner({
    id: 0,
    workerId: "host:8083",
    isPaused,
    make: (paused, listener) => {
      const run = new FakeRun(paused, listener);
      runs.push(run);
      return run.runnable;
    },
    policy: new RestartPolicy({ restartsMax, backoffMs: 1_000 }),
    failedForGood: (status) => forGood.push(status),
    telemetry: {
      metrics: new TaskMetrics(registry, "people", 0),
      troubles: new TaskTroubles(clock),
      rejected: new RejectedRecords(clock, logger),
      logger,
    },
    time: clock,
  });
  runner.start();
  return { clock, runner, runs, registry, forGood, last: () => runs.at(-1) ?? assert.fail("nothing runs") };
}

const down = new ConnectException("Cannot write: the table is gone", {
  cause: new Error(canary),
  rule: "no_table",
});

Deno.test("without restarts a failed task stays FAILED, with a trace and without values", async () => {
  const { clock, runner, last, runs, forGood } = setUp(0);
  await clock.settle();
  assert.equal(runner.status.state, "RUNNING");
  last().fail(down);
  await clock.advance(60_000);
  const { state, failure, version } = runner.status;
  assert.deepEqual([state, version, runs.length, forGood.length], ["FAILED", "7.0", 1, 1]);
  assert.equal(failure?.reason, "Cannot write: the table is gone");
  assert.equal(failure?.rule, "no_table");
  assert.match(failure?.trace ?? "", /^org\.apache\.kafka\.connect\.errors\.ConnectException: Cannot write/);
  assert.ok(!JSON.stringify(runner.status).includes(canary));
  await clock.run(runner.stop());
  assert.equal(runner.status.state, "DESTROYED");
});

Deno.test("a failed task restarts after task.restart.backoff.ms, doubled each time, and shows it", async () => {
  const { clock, runner, last, runs, registry } = setUp(2);
  await clock.settle();
  last().fail(down);
  await clock.advance(500);
  assert.equal(runner.status.state, "RESTARTING");
  assert.ok(runner.status.failure !== null);
  await clock.advance(600);
  assert.deepEqual([runner.status.state, runs.length, runner.status.restarts], ["RUNNING", 2, 1]);
  assert.equal(runner.status.failure, null);
  last().fail(down);
  await clock.advance(1_500);
  assert.equal(runs.length, 2);
  await clock.advance(600);
  assert.equal(runs.length, 3);
  last().fail(down);
  await clock.advance(60_000);
  assert.deepEqual([runner.status.state, runs.length, runner.status.restarts], ["FAILED", 3, 2]);
  assert.equal(registry.total("task-restarts-total"), 2);
  await clock.run(runner.stop());
});

Deno.test("a wrong setting is never retried", async () => {
  const { clock, runner, last, runs } = setUp(10);
  await clock.settle();
  last().fail(
    new ConnectException("Exiting", { cause: new ConfigException("password authentication failed") }),
  );
  await clock.advance(600_000);
  assert.deepEqual([runner.status.state, runs.length], ["FAILED", 1]);
  await clock.run(runner.stop());
});

Deno.test("a person's restart revives a FAILED task and restarts a running one", async () => {
  const { clock, runner, last, runs } = setUp(0);
  await clock.settle();
  last().fail(down);
  await clock.advance(10);
  runner.restart();
  assert.equal(runner.status.state, "RESTARTING");
  await clock.advance(10);
  assert.deepEqual([runner.status.state, runs.length, runner.status.restarts], ["RUNNING", 2, 0]);
  runner.restart();
  await clock.advance(10);
  assert.deepEqual([runner.status.state, runs.length], ["RUNNING", 3]);
  await clock.run(runner.stop());
});

Deno.test("a person's restart doesn't wait for the backoff", async () => {
  const { clock, runner, last, runs } = setUp(5);
  await clock.settle();
  last().fail(down);
  await clock.advance(10);
  runner.restart();
  await clock.advance(10);
  assert.deepEqual([runner.status.state, runs.length], ["RUNNING", 2]);
  await clock.run(runner.stop());
});

Deno.test("a stalled consumer is made anew, which is no failure and no restart", async () => {
  const { clock, runner, last, runs, registry } = setUp(0);
  await clock.settle();
  const first = last();
  first.stall.resolve(true);
  await clock.advance(10);
  assert.ok(first.wasAborted);
  assert.deepEqual([runner.status.state, runs.length, runner.status.restarts], ["RUNNING", 2, 0]);
  assert.equal(runner.status.consumerRebuilds, 1);
  assert.equal(registry.total("consumer-rebuilds-total"), 1);
  await clock.run(runner.stop());
});

Deno.test("a task that is made while paused begins paused, and says so", async () => {
  const { clock, runner, last, runs } = setUp(1, true);
  await clock.settle();
  assert.equal(runner.status.state, "PAUSED");
  assert.ok(last().isPaused);
  runner.resume();
  assert.equal(last().isPaused, false);
  runner.pause();
  last().fail(down);
  await clock.advance(2_000);
  assert.ok(last().isPaused);
  assert.equal(runs.length, 2);
  await clock.run(runner.stop());
});

Deno.test("pausing and resuming leave a FAILED task FAILED", async () => {
  const { clock, runner, last } = setUp(0);
  await clock.settle();
  last().fail(down);
  await clock.advance(10);
  runner.pause();
  runner.resume();
  await clock.advance(1_000);
  assert.equal(runner.status.state, "FAILED");
  await clock.run(runner.stop());
});

Deno.test("stop() during a backoff ends at once, and is safe to call twice", async () => {
  const { clock, runner, last, runs } = setUp(5);
  await clock.settle();
  last().fail(down);
  await clock.advance(10);
  await clock.run(Promise.all([runner.stop(), runner.stop()]));
  await clock.advance(60_000);
  assert.equal(runs.length, 1);
});

Deno.test("a healthy time resets the backoff", () => {
  const policy = new RestartPolicy({ restartsMax: 2, backoffMs: 1_000 });
  assert.deepEqual([0, 0, 0].map((ran) => policy.delayMsAfter(down, ran)), [1_000, 2_000, undefined]);
  assert.equal(policy.delayMsAfter(down, healthyMs), 1_000);
});

Deno.test("the backoff has an upper bound", () => {
  const policy = new RestartPolicy({ restartsMax: 100, backoffMs: 1_000 });
  const delays = Array.from({ length: 30 }, () => policy.delayMsAfter(down, 0) ?? 0);
  assert.equal(Math.max(...delays), restartBackoffMsMax);
});
