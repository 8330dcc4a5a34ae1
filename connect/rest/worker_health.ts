/** How the worker is: not only whether it runs, but whether it gets anywhere. @module */

import type { Logger, Time } from "../api/ports.ts";
import { ProgressWatch } from "../metrics/progress_watch.ts";
import type { MetricsRegistry, Sample } from "../metrics/registry.ts";
import type { Herder } from "../runtime/herder.ts";
import type { Health } from "./root_routes.ts";

/** How often the numbers are looked at, milliseconds. */
const lookEveryMs = 5_000;

/** Most connectors that the message names. */
const namesShownMax = 5;

/** What health is judged by. */
export interface WorkerHealthOptions {
  readonly herder: Pick<Herder, "names" | "status">;
  readonly metrics: MetricsRegistry;
  /** `health.stale.ms`. */
  readonly staleMs: number;
  readonly time: Time;
  readonly logger: Logger;
}

/** Healthy, starting or unhealthy. (`HealthCheckResource`, KIP-1017) */
export class WorkerHealth {
  readonly #options: WorkerHealthOptions;
  readonly #watch = new ProgressWatch();
  #hasStarted = false;
  #wasHealthy = true;

  constructor(options: WorkerHealthOptions) {
    this.#options = options;
  }

  /** The stored connectors have been read and begun. */
  started(): void {
    this.#hasStarted = true;
  }

  /** Looks until the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    const { time, metrics, logger } = this.#options;
    while (!signal.aborted) {
      this.#watch.look(metrics.samples(), time.monotonic());
      const { status, message } = this.now();
      const isHealthy = status !== "unhealthy";
      if (isHealthy !== this.#wasHealthy) isHealthy ? logger.info("Healthy again") : logger.error(message);
      this.#wasHealthy = isHealthy;
      await time.sleep(lookEveryMs, signal);
    }
  }

  /** The answer of `/health`. */
  now(): Health {
    if (!this.#hasStarted) {
      return { status: "starting", message: "Worker is still starting up." };
    }
    const problems = [...this.#failures(), ...this.#stale()];
    if (problems.length === 0) {
      return {
        status: "healthy",
        message: "Worker has completed startup and is ready to handle requests.",
      };
    }
    const others = problems.length - namesShownMax;
    const shown = problems.slice(0, namesShownMax).join("; ");
    return { status: "unhealthy", message: others > 0 ? `${shown}; and ${others} more` : shown };
  }

  #failures(): readonly string[] {
    return this.#statuses().flatMap(({ name, connector, tasks }) => {
      const failed = tasks.filter(({ state }) => state === "FAILED").map(({ id }) => id);
      if (connector.state === "FAILED") return [`Connector ${name} is FAILED`];
      return failed.length === 0 ? [] : [`Connector ${name} has FAILED tasks: ${failed.join(", ")}`];
    });
  }

  /** A paused or stopped connector has lag because somebody wants it so. */
  #stale(): readonly string[] {
    const { time, staleMs } = this.#options;
    const running = new Set(
      this.#statuses().filter(({ connector }) => connector.state === "RUNNING").map(({ name }) => name),
    );
    return this.#watch.stale(time.monotonic(), staleMs)
      .filter(({ connector }) => running.has(connector))
      .map(({ connector, task, lag, forMs }) =>
        `Task ${connector}-${task} has a lag of ${lag} and has committed nothing for ${
          Math.round(forMs / 1000)
        } s`
      );
  }

  #statuses() {
    const { herder } = this.#options;
    return herder.names().map((name) => herder.status(name));
  }

  /** Connect's numbers about connectors and tasks, by their states. (`connect-worker-metrics`) */
  samples(): readonly Sample[] {
    const statuses = this.#statuses();
    const gauge = (group: string, name: string, labels: Sample["labels"], value: number): Sample => ({
      ...{ group, name, labels, value },
      kind: "gauge",
    });
    const tasks = statuses.reduce((count, status) => count + status.tasks.length, 0);
    const states = ["RUNNING", "PAUSED", "FAILED", "RESTARTING", "UNASSIGNED"] as const;
    return [
      gauge("connect-worker-metrics", "connector-count", {}, statuses.length),
      gauge("connect-worker-metrics", "task-count", {}, tasks),
      ...statuses.flatMap(({ name, connector, tasks }) => [
        gauge("connector-metrics", "status", { connector: name, status: connector.state.toLowerCase() }, 1),
        gauge("connect-worker-metrics", "connector-total-task-count", { connector: name }, tasks.length),
        ...states.map((state) => {
          const count = tasks.filter((task) => task.state === state).length;
          const metric = `connector-${state.toLowerCase()}-task-count`;
          return gauge("connect-worker-metrics", metric, { connector: name }, count);
        }),
        ...tasks.map(({ id, state }) => {
          const labels = { connector: name, task: String(id), status: state.toLowerCase() };
          return gauge("connector-task-metrics", "status", labels, 1);
        }),
      ]),
    ];
  }
}
