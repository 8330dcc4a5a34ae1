import type { Logger, Time } from "../api/ports.ts";
import type { MissedErasures } from "../errors/missed_erasures.ts";
import { ProgressWatch, type StaleTask, type TaskProgress } from "../metrics/progress_watch.ts";
import type { MetricsRegistry, Sample } from "../metrics/registry.ts";
import type { Herder, Trouble } from "../runtime/herder/herder.ts";
import { TroubleLog } from "./trouble_log.ts";
import { type SharedTrouble, sharedTroubles, troubleForm, troubleText } from "./troubles.ts";
import { type ErasuresNotDone, erasuresNotDone, type Health } from "./root_routes.ts";

/** Interval of the checks, milliseconds. */
const lookEveryMs = 2_000;

/** Shortest silence of Kafka to report, milliseconds: heartbeats are seconds apart. */
const silentMsMin = 60_000;

/** Metrics that Connect doesn't have. */
const OWN_GROUP = "sluice-connector-metrics";

const awayKinds = ["kafka", "topic", "sink", "dead_letters"] as const;

const namesShownMax = 5;

interface WorkerHealthOptions {
  readonly herder: Pick<Herder, "names" | "status">;
  readonly metrics: MetricsRegistry;
  /** Open erasures; absent = not recorded. */
  readonly erasures?: Pick<MissedErasures, "of">;
  /** Troubles of the worker that no task reports; absent = none. */
  readonly troubles?: () => readonly Trouble[];
  readonly staleMs: number;
  readonly time: Time;
  readonly logger: Logger;
}

/** Judges the worker's health, by states of tasks and by their progress. (`HealthCheckResource`, KIP-1017) */
export class WorkerHealth {
  readonly #options: WorkerHealthOptions;
  readonly #watch = new ProgressWatch();
  #hasStarted = false;
  readonly #log: TroubleLog;
  #wasHealthy = true;

  constructor(options: WorkerHealthOptions) {
    this.#options = options;
    this.#log = new TroubleLog(options.time, options.logger);
  }

  /** Call this once the stored connectors are read and started. */
  started(): void {
    this.#hasStarted = true;
  }

  /** Checks until the signal aborts, and logs changes. */
  async watch(signal: AbortSignal): Promise<void> {
    const { time, logger } = this.#options;
    while (!signal.aborted) {
      this.#watch.look(this.#progress(), time.monotonic());
      this.#log.look(this.troubles(), this.#statuses());
      const { status, message } = this.now();
      const isHealthy = status !== "unhealthy";
      if (isHealthy !== this.#wasHealthy) isHealthy ? logger.info("Healthy again") : logger.error(message);
      this.#wasHealthy = isHealthy;
      await time.sleep(lookEveryMs, signal);
    }
  }

  /** Returns the answer of `/health`. */
  now(): Health {
    if (!this.#hasStarted) {
      return { status: "starting", message: "Worker is still starting up." };
    }
    const erasures = this.#erasures();
    const troubles = this.troubles();
    const lists = {
      ...troubles.length === 0 ? {} : { troubles: troubles.map(troubleForm) },
      ...erasures.length === 0 ? {} : { erasures_not_done: erasures },
    };
    const details = Object.keys(lists).length === 0 ? {} : { details: lists };
    const problems = [...this.#failures(), ...this.stuck(), ...this.#longAway()];
    const passing = [...troubles.map(troubleText), ...this.#restarting()];
    const texts = problems.length > 0 ? problems : passing;
    const status = problems.length > 0 ? "unhealthy" : passing.length > 0 ? "degraded" : "healthy";
    const message = texts.length === 0
      ? "Worker has completed startup and is ready to handle requests."
      : shortList(texts);
    return { status, message: message + erasuresText(erasures), ...details };
  }

  troubles(): readonly SharedTrouble[] {
    return sharedTroubles(this.#statuses(), this.#options.troubles?.());
  }

  #erasures(): readonly ErasuresNotDone[] {
    const { herder, erasures } = this.#options;
    return herder.names().flatMap((name) => erasuresNotDone(erasures, name) ?? []);
  }

  #failures(): readonly string[] {
    return this.#statuses().flatMap(({ name, connector, tasks }) => {
      const failed = tasks.filter(({ state }) => state === "FAILED").map(({ id }) => id);
      if (connector.state === "FAILED") return [`Connector ${name} is FAILED`];
      return failed.length === 0 ? [] : [`Connector ${name} has FAILED tasks: ${failed.join(", ")}`];
    });
  }

  /** A task that fails and restarts again and again makes no progress. */
  #restarting(): readonly string[] {
    return this.#statuses().flatMap(({ name, connector, tasks }) =>
      connector.state !== "RUNNING"
        ? []
        : tasks.flatMap(({ id, state, failure }) =>
          failure === null || state === "FAILED"
            ? []
            : [`Task ${name}-${id} failed and restarts automatically: ${failure.reason}`]
        )
    );
  }

  /** Returns a sentence for each task without progress for `health.stale.ms`. */
  stuck(): readonly string[] {
    return [
      ...this.#still().map(({ connector, task, lag, forMs }) =>
        `Task ${connector}-${task} has a lag of ${lag} and has committed nothing for ${seconds(forMs)} s`
      ),
      ...this.#unanswered(),
    ];
  }

  #still(): readonly StaleTask[] {
    const { time, staleMs } = this.#options;
    const running = new Set(this.#runningTasks().map(({ key }) => key));
    return this.#watch.stale(time.monotonic(), staleMs)
      .filter(({ connector, task }) => running.has(taskKey(connector, task)));
  }

  #longAway(): readonly string[] {
    const named = new Set(this.#still().map(({ connector, task }) => `${connector}-${task}`));
    return this.#log.longerThan(this.#options.staleMs)
      .filter(({ what }) => what !== "topic") // a restart of the worker wouldn't create it
      .filter(({ tasks }) => !tasks.some((task) => named.has(task))).map(troubleText);
  }

  /** If Kafka doesn't answer, the lag is unknown. */
  #unanswered(): readonly string[] {
    const { metrics, staleMs } = this.#options;
    const silent = valuesOf(metrics, "last-heartbeat-seconds-ago");
    return this.#runningTasks().flatMap(({ connector, task, key }) => {
      const silentMs = (silent.get(key) ?? 0) * 1_000;
      if (silentMs <= Math.max(staleMs, silentMsMin)) return [];
      return [`Task ${connector}-${task} has had no answer from Kafka for ${seconds(silentMs)} s`];
    });
  }

  /** Progress of running connectors only: lag of a paused or stopped one is intended. */
  #progress(): readonly TaskProgress[] {
    const { metrics } = this.#options;
    const [inLog, inHand] = ["sink-record-lag-max", "sink-record-active-count"]
      .map((name) => valuesOf(metrics, name));
    const commits = valuesOf(metrics, "offset-commit-completion-total");
    return this.#runningTasks().map(({ connector, task, key, state }) => ({
      ...{ connector, task },
      lag: state === "RUNNING" ? (inLog?.get(key) ?? 0) + (inHand?.get(key) ?? 0) : undefined,
      commits: commits.get(key) ?? 0,
    }));
  }

  #runningTasks() {
    return this.#statuses().filter(({ connector }) => connector.state === "RUNNING").flatMap((
      { name, tasks },
    ) =>
      tasks.filter(({ state }) => state !== "FAILED")
        .map(({ id, state }) => ({ connector: name, task: id, state, key: taskKey(name, id) }))
    );
  }

  #awaySeconds(troubles: readonly Trouble[], what: Trouble["what"]): number {
    const trouble = troubles.find((one) => one.what === what);
    return trouble === undefined ? 0 : Math.max(1, seconds(this.#options.time.now() - trouble.sinceMs));
  }

  #erasureCount(connector: string): number {
    const open = erasuresNotDone(this.#options.erasures, connector);
    return open === undefined ? 0 : open.places.length + open.others;
  }

  #statuses() {
    const { herder } = this.#options;
    return herder.names().map((name) => herder.status(name));
  }

  /** Returns the metrics of connectors and tasks, by state. (`connect-worker-metrics`) */
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
      gauge(OWN_GROUP, "troubles", {}, this.troubles().length),
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
        ...tasks.flatMap(({ id, troubles = [] }) =>
          awayKinds.map((what) => {
            const labels = { connector: name, task: String(id), what };
            return gauge(OWN_GROUP, "away-seconds", labels, this.#awaySeconds(troubles, what));
          })
        ),
        gauge(OWN_GROUP, "erasures-not-done", { connector: name }, this.#erasureCount(name)),
      ]),
    ];
  }
}

/** Comes after any message: open erasures don't make the worker unhealthy. */
function erasuresText(erasures: readonly ErasuresNotDone[]): string {
  const count = erasures.reduce((sum, { places, others }) => sum + places.length + others, 0);
  return count === 0 ? "" : ` Erasures not done: ${count}, see details.`;
}

function shortList(texts: readonly string[]): string {
  const others = texts.length - namesShownMax;
  const shown = texts.slice(0, namesShownMax).join("; ");
  return others > 0 ? `${shown}; and ${others} more` : shown;
}

function taskKey(connector: string, task: number | string): string {
  return JSON.stringify([connector, String(task)]);
}

function valuesOf(metrics: MetricsRegistry, name: string): ReadonlyMap<string, number> {
  return new Map(
    metrics.samplesOf(name)
      .map(({ labels, value }) => [taskKey(labels["connector"] ?? "", labels["task"] ?? ""), value]),
  );
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}
