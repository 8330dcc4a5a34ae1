/**
 * Keeps one task alive: makes it, runs it, restarts it as the policy says, and makes its consumer anew when the
 * watchdog asks for that. (`org.apache.kafka.connect.runtime.WorkerTask`)
 *
 * @module
 */

import { backoffMs } from "../../api/backoff.ts";
import { ConfigException, safeText } from "../../api/exceptions.ts";
import type { Time } from "../../api/ports.ts";
import { type Failure, failureOf, type TaskState, type TaskStatus } from "../herder/task_status.ts";
import type { TaskTelemetry } from "../task/task_troubles.ts";
import type { SinkTaskListener, WorkerSinkTask } from "../task/worker_sink_task.ts";
import type { Watchdog } from "./watchdog.ts";

/** A task ready to run, and who looks after its consumer. */
export interface RunnableTask {
  readonly task: Pick<WorkerSinkTask, "run" | "stop" | "abort" | "pause" | "resume">;
  readonly watchdog: Pick<Watchdog, "stalled">;
  readonly version: string;
}

/** A task over all its lives: what makes it anew, and where that is told. */
interface TaskRunnerOptions {
  readonly id: number;
  readonly workerId: string;
  readonly isPaused: boolean;
  /** Makes the task and its clients, each time anew. */
  readonly make: (isPaused: boolean, listener: SinkTaskListener) => RunnableTask;
  readonly policy: RestartPolicy;
  /** Told when the task is FAILED and nothing but a person changes that. */
  readonly failedForGood: (status: TaskStatus) => void;
  readonly telemetry: Pick<TaskTelemetry, "metrics" | "troubles" | "rejected" | "logger">;
  readonly time: Time;
}

/** One task over all its lives. */
export class TaskRunner {
  readonly #stopping = new AbortController();
  #state: TaskState = "UNASSIGNED";
  #failure: Failure | null = null;
  #version: string | null = null;
  #restarts = 0;
  #consumerRebuilds = 0;
  #isPaused: boolean;
  #running: RunnableTask | undefined;
  /** Ends the wait of a task that isn't running: it's to be started now. */
  #again = new AbortController();
  #ended: Promise<void> | undefined;

  constructor(private readonly options: TaskRunnerOptions) {
    this.#isPaused = options.isPaused;
  }

  /** Begins; returns at once. */
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

  /** Starts the task anew, whatever it's doing, in the background. */
  restart(): void {
    this.options.policy.reset();
    if (this.#state !== "UNASSIGNED") this.#state = "RESTARTING";
    this.#again.abort();
    this.#running?.task.stop();
  }

  /** Finishes the batch in hand, commits, gives everything back. Safe to call twice. */
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

  /** One life of the task, to its stop, its failure or its consumer's stall. */
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

  /** Waits for the restart: the policy's, or a person's. */
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

/** A task that ran this long was healthy: the next failure counts as the first. Milliseconds. */
export const healthyMs = 10 * 60_000;

/** Longest wait before a restart, milliseconds. */
export const restartBackoffMsMax = 10 * 60_000;

/** `task.restart.max` and `task.restart.backoff.ms`. */
interface RestartPolicyOptions {
  readonly restartsMax: number;
  readonly backoffMs: number;
}

/**
 * Counts restarts; the wait doubles with each.
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

  /** The wait before the next start; undefined where the task stays FAILED. */
  delayMsAfter(error: unknown, ranForMs: number): number | undefined {
    const { restartsMax, backoffMs: msMin } = this.options;
    if (ranForMs >= healthyMs) this.#restarts = 0;
    if (this.#restarts >= restartsMax || needsPerson(error)) return undefined;
    return backoffMs(this.#restarts++, { msMin, msMax: restartBackoffMsMax });
  }

  /** The operator restarted the task. */
  reset(): void {
    this.#restarts = 0;
  }
}

/** A wrong setting stays wrong however often the task starts. */
function needsPerson(error: unknown): boolean {
  for (let next = error; next instanceof Error; next = next.cause) {
    if (next instanceof ConfigException) return true;
  }
  return false;
}
