import type { Logger, Time } from "../../api/ports.ts";
import { safeText } from "../../api/exceptions.ts";
import type { Props } from "../../api/sink_task.ts";
import { requireResolved, type ResolvedProps } from "../../config/references/config_providers.ts";
import { requireAgreed } from "../../config/sink_policy.ts";
import type { ConfigStore, StoredConnector } from "./config_store.ts";
import {
  type ConnectorState,
  type ConnectorStatus,
  type Failure,
  failureOf,
  type TaskStatus,
} from "./task_status.ts";
import type { RunningConnector, Worker } from "../worker/worker.ts";

export interface HerderOptions {
  readonly worker: Worker;
  readonly store: ConfigStore;
  /** Resolves references such as `${env:…}`. */
  readonly resolve: (props: Props) => Promise<ResolvedProps>;
  /** Hides values of references in a text. */
  readonly hide?: (text: string) => string;
  readonly time: Time;
  readonly logger: Logger;
}

/** Starts and stops a connector as wanted, one step at a time; only the last of several requests counts. */
export class ManagedConnector {
  #wanted: StoredConnector;
  /** Number of the configuration that runs; it grows with each change. */
  #generation = 0;
  #runningGeneration = -1;
  #failedGeneration = -1;
  #running: RunningConnector | undefined;
  #failure: Failure | null = null;
  /** A paused connector that never ran has no tasks, as in Connect. */
  #hadTasks = false;
  #isDeleted = false;
  #work: Promise<void> | undefined;
  readonly topics = new Set<string>();

  /** @param after resolves when an earlier connector of this name has ended; nothing starts before */
  constructor(
    wanted: StoredConnector,
    private readonly options: HerderOptions,
    private readonly failures: FailureWatch,
    private readonly after: Promise<void> | undefined,
  ) {
    this.#wanted = wanted;
    this.#follow();
  }

  get wanted(): StoredConnector {
    return this.#wanted;
  }
  get taskConfigs(): readonly Props[] {
    return this.#running?.taskConfigs ?? [];
  }

  get status(): ConnectorStatus {
    const { worker } = this.options;
    return {
      name: this.#wanted.name,
      type: "sink",
      connector: {
        state: this.#state(),
        workerId: worker.workerId,
        version: this.#running?.version ?? this.#versionOfClass(),
        failure: this.#shown(this.#failure),
      },
      tasks: this.#running?.tasks.map((task) => this.#shownTask(task)) ?? [],
    };
  }

  /** A paused or stopped connector has no troubles. */
  #shownTask(task: TaskStatus): TaskStatus {
    const { hide = (text) => text } = this.options;
    const all = this.#state() === "RUNNING" ? task.troubles ?? [] : [];
    const troubles = all.map((trouble) => ({
      ...trouble,
      where: hide(trouble.where),
      reason: hide(trouble.reason),
    }));
    return { ...task, troubles, failure: this.#shown(task.failure) };
  }

  #shown(failure: Failure | null): Failure | null {
    const { hide } = this.options;
    if (failure === null || hide === undefined) return failure;
    return { ...failure, reason: hide(failure.reason), trace: hide(failure.trace) };
  }

  /** Takes a new configuration or target state and applies it in the background. */
  want(wanted: StoredConnector): void {
    const { logger } = this.options;
    const { name: connector, config, targetState } = wanted;
    if (targetState !== this.#wanted.targetState) {
      logger.info("The connector changes its state", { connector, state: targetState });
    }
    if (config !== this.#wanted.config) {
      this.#generation += 1;
      logger.info("The connector's configuration has changed", { connector });
    }
    this.#wanted = wanted;
    if (wanted.targetState === "STOPPED") {
      this.#hadTasks = false;
      this.#failedGeneration = -1;
      this.#failure = null;
    }
    this.#follow();
  }

  /** Starts the connector again if its start failed. */
  restart(): void {
    if (this.#failure === null) return;
    this.#generation += 1;
    this.#follow();
  }

  /** Restarts tasks; returns false if a number is unknown. */
  restartTasks(ids: readonly number[]): boolean {
    return ids.every((id) => this.#running?.restartTask(id) ?? false);
  }

  async delete(): Promise<void> {
    this.#isDeleted = true;
    await this.settled();
  }

  /** Resolves when the connector runs as wanted. */
  async settled(): Promise<void> {
    this.#follow();
    while (this.#work !== undefined) await this.#work;
  }

  #follow(): void {
    this.#work ??= this.#reconcile().finally(() => this.#work = undefined);
  }

  async #reconcile(): Promise<void> {
    await this.after;
    do {
      const generation = this.#generation;
      if (this.#mustStop()) await this.#stop();
      if (this.#mustStart()) await this.#start(generation);
    } while (this.#mustStop() || this.#mustStart());
    if (this.#wanted.targetState === "PAUSED") this.#running?.pause();
    if (this.#wanted.targetState === "STARTED") this.#running?.resume();
  }

  #mustStop(): boolean {
    if (this.#running === undefined) return false;
    return !this.#wantsTasks() || this.#runningGeneration !== this.#generation;
  }

  /** A failed start isn't retried until an operator restarts the connector. */
  #mustStart(): boolean {
    return this.#running === undefined && this.#wantsTasks() && this.#failedGeneration !== this.#generation;
  }

  #wantsTasks(): boolean {
    const { targetState } = this.#wanted;
    return !this.#isDeleted && (targetState === "STARTED" || (targetState === "PAUSED" && this.#hadTasks));
  }

  async #stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
    this.options.logger.info("Connector's tasks stopped", { connector: this.#wanted.name });
  }

  async #start(generation: number): Promise<void> {
    const { worker, resolve, logger } = this.options;
    const { name, config, targetState } = this.#wanted;
    this.#failure = null;
    try {
      const resolved = requireAgreed(await resolve(config));
      this.#running = worker.startConnector({
        name,
        written: config,
        resolved,
        current: async () => requireResolved(await resolve(config)),
        isPaused: targetState === "PAUSED",
        failedForGood: (task) => this.#failedForGood(task, task.failure ?? failureOf(undefined)),
        seenTopic: (topic) => this.topics.add(topic),
      });
      this.#runningGeneration = generation;
      this.#hadTasks = true;
      logger.info("Connector's tasks started", { connector: name, tasks: this.#running.tasks.length });
    } catch (error) {
      this.#failedGeneration = generation;
      this.#failure = failureOf(error);
      logger.error("Cannot start the connector", { connector: name, reason: safeText(error) });
      this.#failedForGood(null, this.#failure);
    }
  }

  #failedForGood(task: TaskStatus | null, failure: Failure): void {
    this.failures.failed({ connector: this.#wanted.name, task, failure });
  }

  #state(): ConnectorState {
    const { targetState } = this.#wanted;
    if (this.#isDeleted) return "DESTROYED";
    if (targetState === "STOPPED") return "STOPPED";
    if (this.#failure !== null) return "FAILED";
    if (targetState === "PAUSED") return "PAUSED";
    return this.#running === undefined ? "UNASSIGNED" : "RUNNING";
  }

  #versionOfClass(): string | null {
    const className = this.#wanted.config["connector.class"]?.trim() ?? "";
    return this.options.worker.plugins.find("sink", className)?.version ?? null;
  }
}

/** A task, or a connector that couldn't start, that only an operator can restart. */
export interface FailedForGood {
  readonly connector: string;
  /** Null if the connector couldn't start. */
  readonly task: TaskStatus | null;
  readonly failure: Failure;
}

/** Remembers the first failure of each connector until it is deleted. */
export class FailureWatch {
  readonly #failures = new Map<string, FailedForGood>();
  readonly #told = new Set<(failure: FailedForGood) => void>();

  failed(failure: FailedForGood): void {
    if (!this.#failures.has(failure.connector)) this.#failures.set(failure.connector, failure);
    for (const tell of this.#told) tell(failure);
  }

  forget(connector: string): void {
    this.#failures.delete(connector);
  }

  /** Returns the first failure, of these connectors if any are named; undefined once the signal aborts. */
  async first(signal: AbortSignal, connectors?: ReadonlySet<string>): Promise<FailedForGood | undefined> {
    const isMeant = ({ connector }: FailedForGood) => connectors?.has(connector) ?? true;
    const known = this.#failures.values().find(isMeant);
    if (known !== undefined || signal.aborted) return known;
    const { promise, resolve } = Promise.withResolvers<FailedForGood | undefined>();
    const tell = (failure: FailedForGood) => isMeant(failure) ? resolve(failure) : undefined;
    this.#told.add(tell);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    return await promise.finally(() => this.#told.delete(tell));
  }
}
