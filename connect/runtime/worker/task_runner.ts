import { backoffMs } from "../../api/backoff.ts";
import { ConfigException, safeText } from "../../api/exceptions.ts";
import type { Time } from "../../api/ports.ts";
import { type Failure, failureOf, type TaskState, type TaskStatus } from "../herder/task_status.ts";
import type { TaskTelemetry } from "../task/task_troubles.ts";
import type { SinkTaskListener, WorkerSinkTask } from "../task/worker_sink_task.ts";
import type { Watchdog } from "./watchdog.ts";

export interface RunnableTask {
  readonly task: Pick<WorkerSinkTask, "run" | "stop" | "abort" | "pause" | "resume">;
  readonly watchdog: Pick<Watchdog, "stalled">;
  readonly version: string;
}

interface TaskRunnerOptions {
  readonly id: number;
  readonly workerId: string;
  readonly isPaused: boolean;
  /** Makes the task with new clients. */
  readonly make: (isPaused: boolean, listener: SinkTaskListener) => RunnableTask;
  readonly policy: RestartPolicy;
  /** Called when the task is FAILED and only an operator can restart it. */
  readonly failedForGood: (status: TaskStatus) => void;
  readonly telemetry: Pick<TaskTelemetry, "metrics" | "troubles" | "rejected" | "logger">;
  readonly time: Time;
}

/**
 * Runs one task across restarts: restarts it by policy, and with a new consumer if the watchdog finds a
 * stall. (`org.apache.kafka.connect.runtime.WorkerTask`)
 */
export class TaskRunner {
  readonly #stopping = new AbortController();
  #state: TaskState = "UNASSIGNED";
  #failure: Failure | null = null;
  #version: string | null = null;
  #restarts = 0;
  #consumerRebuilds = 0;
  #isPaused: boolean;
  #running: RunnableTask | undefined;
  /** Ends the wait before a restart. */
  #again = new AbortController();
  #ended: Promise<void> | undefined;

  constructor(private readonly options: TaskRunnerOptions) {
    this.#isPaused = options.isPaused;
  }

  /** Starts in the background. */
  start(): void {
    this.#ended ??= this.#live();
  }

  get status(): TaskStatus {
    const { id, workerId, telemetry: { troubles, rejected } } = this.options;
    return {
      id,
      workerId,
      state: this.#state,
      version: this.#version,
      failure: this.#failure,
      restarts: this.#restarts,
      consumerRebuilds: this.#consumerRebuilds,
      troubles: troubles.now,
      rejected: rejected.list,
    };
  }

  pause(): void {
    this.#isPaused = true;
    this.#running?.task.pause();
  }
  resume(): void {
    this.#isPaused = false;
    this.#running?.task.resume();
  }

  /** Restarts the task in the background, whatever its state. */
  restart(): void {
    this.options.policy.reset();
    if (this.#state !== "UNASSIGNED") this.#state = "RESTARTING";
    this.#again.abort();
    this.#running?.task.stop();
  }

  /** Finishes the current batch, commits and releases everything. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#running?.task.stop();
    await this.#ended;
    this.#state = "DESTROYED";
  }

  async #live(): Promise<void> {
    const { time, policy } = this.options;
    while (!this.#stopping.signal.aborted) {
      this.#again = new AbortController();
      const startedMs = time.monotonic();
      try {
        await this.#runOnce();
      } catch (error) {
        await this.#failed(error, policy.delayMsAfter(error, time.monotonic() - startedMs));
      }
    }
  }

  /** Runs the task until it stops, fails or its consumer stalls. */
  async #runOnce(): Promise<void> {
    const running = this.options.make(this.#isPaused, this.#listener());
    this.#running = running;
    this.#version = running.version;
    const over = new AbortController();
    void running.watchdog.stalled(over.signal).then((stalled) => {
      if (stalled) this.#rebuild(running);
    });
    try {
      await running.task.run();
    } finally {
      this.#running = undefined;
      this.options.telemetry.troubles.over();
      over.abort();
    }
  }

  #rebuild(running: RunnableTask): void {
    this.#consumerRebuilds += 1;
    this.options.telemetry.metrics.consumerRebuilds.add();
    this.#state = "RESTARTING";
    running.task.abort();
  }

  /** Waits for the restart by policy or by an operator. */
  async #failed(error: unknown, delayMs: number | undefined): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { time, telemetry: { logger, metrics } } = this.options;
    this.#failure = failureOf(error);
    const wait = AbortSignal.any([this.#stopping.signal, this.#again.signal]);
    if (delayMs === undefined) {
      logger.error("Task is FAILED and will not recover until it is restarted", { reason: safeText(error) });
      this.#state = "FAILED";
      this.options.failedForGood(this.status);
      await aborted(wait);
    } else {
      logger.error("Task failed and will be restarted", { reason: safeText(error), delayMs });
      this.#state = "RESTARTING";
      await time.sleep(delayMs, wait);
      if (wait.aborted) return;
      this.#restarts += 1;
      metrics.restarts.add();
    }
  }

  #listener(): SinkTaskListener {
    return {
      started: () => this.#isNow(this.#isPaused ? "PAUSED" : "RUNNING"),
      paused: () => this.#isNow("PAUSED"),
      resumed: () => this.#isNow("RUNNING"),
    };
  }

  #isNow(state: "RUNNING" | "PAUSED"): void {
    this.#state = state;
    this.#failure = null;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** After a run of this length the next failure counts as the first, milliseconds. */
export const healthyMs = 10 * 60_000;

/** Longest wait before a restart, milliseconds. */
export const restartBackoffMsMax = 10 * 60_000;

interface RestartPolicyOptions {
  readonly restartsMax: number;
  readonly backoffMs: number;
}

/**
 * Counts restarts; the wait doubles each time. (`task.restart.max`, `task.restart.backoff.ms`)
 *
 * @example
 * ```ts
 * import { RestartPolicy } from "./task_runner.ts";
 * const policy = new RestartPolicy({ restartsMax: 2, backoffMs: 1_000 });
 * const waits = [1, 2, 3].map(() => policy.delayMsAfter(new Error("down"), 0));
 * if (waits.join() !== "1000,2000,") throw new Error("the third failure is for good");
 * ```
 */
export class RestartPolicy {
  #restarts = 0;

  constructor(private readonly options: RestartPolicyOptions) {}

  /** Returns the wait before the next start, or undefined if the task stays FAILED. */
  delayMsAfter(error: unknown, ranForMs: number): number | undefined {
    const { restartsMax, backoffMs: msMin } = this.options;
    if (ranForMs >= healthyMs) this.#restarts = 0;
    if (this.#restarts >= restartsMax || needsPerson(error)) return undefined;
    return backoffMs(this.#restarts++, { msMin, msMax: restartBackoffMsMax });
  }

  /** Call when an operator restarts the task. */
  reset(): void {
    this.#restarts = 0;
  }
}

/** A restart doesn't fix a wrong setting. */
function needsPerson(error: unknown): boolean {
  for (let next = error; next instanceof Error; next = next.cause) {
    if (next instanceof ConfigException) return true;
  }
  return false;
}
