import { NotFoundException, safeText } from "../../api/exceptions.ts";
import type { OffsetMap, PartitionMap } from "../../api/record.ts";
import type { Props } from "../../api/sink_task.ts";
import { checkable, storedRefusals } from "../../config/references/config_providers.ts";
import {
  type ConnectorValidation,
  findConnector,
  invalidConfiguration,
  UnknownConnectorException,
  validateConnector,
} from "../../config/connector_validation.ts";
import { alterOffsets, type OffsetsOf, readOffsets, resetOffsets } from "./connector_offsets.ts";
import { groupIdOf } from "./connector_spec.ts";
import { AlreadyExistsException, BadRequestException, ConflictException } from "./herder_exceptions.ts";
import {
  type FailedForGood,
  FailureWatch,
  type HerderOptions,
  ManagedConnector,
} from "./managed_connector.ts";
import type { ConnectorInfo, ConnectorStatus, TargetState, TaskStatus, Trouble } from "./task_status.ts";
import { pluginProblems } from "../task/task_pipeline.ts";

export { AlreadyExistsException, BadRequestException, ConflictException, UnknownConnectorException };
export type { ConnectorInfo, ConnectorStatus, FailedForGood };
export type { TargetState, TaskStatus, Trouble };

/**
 * Manages connectors for the command line, signals and REST. Unknown names throw NotFoundException with
 * Connect's text. (`org.apache.kafka.connect.runtime.standalone.StandaloneHerder`)
 */
export class Herder {
  readonly #connectors = new Map<string, ManagedConnector>();
  /** Deleted connectors whose tasks haven't ended. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #failures = new FailureWatch();
  #saving: Promise<void> = Promise.resolve();

  /** Nothing starts before `start`. */
  constructor(private readonly options: HerderOptions) {}

  async start(): Promise<void> {
    for (const stored of await this.options.store.load()) {
      const warnings = storedRefusals(await this.options.resolve(stored.config));
      for (const warning of warnings) this.options.logger.warn(warning, { connector: stored.name });
      this.#connectors.set(stored.name, this.#managed(stored));
    }
  }

  names(): readonly string[] {
    return [...this.#connectors.keys()];
  }

  async validate(config: Props): Promise<ConnectorValidation> {
    const { worker, resolve } = this.options;
    const found = await resolve(config);
    const { whole = config } = found;
    const resolved = { ...found, props: checkable(whole, found) };
    const further = pluginProblems(resolved.props, worker.plugins);
    return validateConnector({
      props: config,
      resolved,
      worker: worker.props,
      plugins: worker.plugins,
      further,
    });
  }

  /**
   * Creates a connector or changes its configuration, and starts it in the background.
   *
   * @throws ConfigException if the configuration is invalid, AlreadyExistsException if a new name is taken
   */
  async putConnector(
    name: string,
    config: Props,
    options: { readonly mustBeNew?: boolean; readonly targetState?: TargetState } = {},
  ): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }> {
    const named = { ...config, name };
    const { values, warnings } = await this.validate(named);
    const problem = invalidConfiguration(values);
    if (problem !== undefined) throw problem;
    for (const warning of warnings) this.options.logger.warn(warning, { connector: name });
    return await this.#saved(async () => {
      const known = this.#connectors.get(name);
      if (known !== undefined && options.mustBeNew) {
        throw new AlreadyExistsException(`Connector ${name} already exists`);
      }
      const targetState = known?.wanted.targetState ?? options.targetState ?? "STARTED";
      const stored = { name, config: named, targetState };
      await this.options.store.save(stored);
      known?.want(stored);
      if (known === undefined) this.#connectors.set(name, this.#managed(stored));
      return { created: known === undefined, info: this.info(name) };
    });
  }

  info(name: string): ConnectorInfo {
    const { wanted, status } = this.#get(name);
    return { name, config: wanted.config, taskIds: status.tasks.map(({ id }) => id) };
  }

  taskConfigs(name: string): readonly Props[] {
    return this.#get(name).taskConfigs;
  }

  status(name: string): ConnectorStatus {
    return this.#get(name, `No status found for connector ${name}`).status;
  }

  taskStatus(name: string, id: number): TaskStatus {
    const text = `No status found for task ${name}-${id}`;
    const task = this.#get(name, text).status.tasks.find((status) => status.id === id);
    if (task === undefined) throw new NotFoundException(text);
    return task;
  }

  /** Pauses delivery; tasks keep their partitions. */
  async pause(name: string): Promise<void> {
    await this.#setTarget(name, "PAUSED");
  }
  async resume(name: string): Promise<void> {
    await this.#setTarget(name, "STARTED");
  }
  /** Ends the tasks and keeps the offsets. Resolves when that is stored, `settled` when it's done. */
  async stop(name: string): Promise<void> {
    await this.#setTarget(name, "STOPPED");
  }

  /** Resolves when the connector runs as wanted. */
  async settled(name: string): Promise<void> {
    await this.#get(name).settled();
  }

  /**
   * Restarts a connector and returns its status. (KIP-745)
   *
   * @param which `connector`: the connector alone; `tasks`: all its tasks too; `failed`: only what failed
   */
  restartConnector(name: string, which: "connector" | "tasks" | "failed"): ConnectorStatus {
    const connector = this.#get(name, `Unknown connector: ${name}`);
    connector.restart();
    if (which === "connector") return connector.status;
    const tasks = connector.status.tasks.filter(({ state }) => which === "tasks" || state === "FAILED");
    connector.restartTasks(tasks.map(({ id }) => id));
    return connector.status;
  }

  restartTask(name: string, id: number): void {
    const connector = this.#get(name, `Unknown connector: ${name}`);
    if (connector.restartTasks([id])) return;
    if (connector.wanted.targetState === "STOPPED") {
      throw new ConflictException(
        "Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway.",
      );
    }
    throw new NotFoundException(`Unknown task: ${name}-${id}`);
  }

  /** Stops and removes a connector; its group and offsets stay in Kafka. */
  async deleteConnector(name: string): Promise<void> {
    const leaving = await this.#saved(async () => {
      const connector = this.#get(name);
      await this.options.store.remove(name);
      this.#connectors.delete(name);
      this.#failures.forget(name);
      const ended = connector.delete().then(() => {
        if (this.#leaving.get(name) === ended) this.#leaving.delete(name);
        if (!this.#connectors.has(name)) this.options.worker.forget(name);
      });
      this.#leaving.set(name, ended);
      return { ended };
    });
    await leaving.ended;
    this.options.logger.info("Connector deleted", { connector: name });
  }

  async offsets(name: string): Promise<OffsetMap> {
    return await this.#withOffsets(name, ({ admin, groupId }) => readOffsets(admin, groupId));
  }

  /** Changes offsets of a stopped connector; null removes one. Returns Connect's sentence. */
  async alterOffsets(name: string, offsets: PartitionMap<bigint | null>): Promise<string> {
    await this.#requireStopped(name);
    return await this.#withOffsets(name, (of) => alterOffsets(of, offsets));
  }

  async resetOffsets(name: string): Promise<string> {
    await this.#requireStopped(name);
    return await this.#withOffsets(name, resetOffsets);
  }

  /** Topics with records since the connector's creation or the last reset. (KIP-558) */
  topics(name: string): readonly string[] {
    return [...this.#connectors.get(name)?.topics ?? []];
  }
  resetTopics(name: string): void {
    this.#connectors.get(name)?.topics.clear();
  }

  /**
   * Resolves with the first of these connectors or tasks that failed for good; undefined once the signal
   * aborts.
   */
  async firstFailure(
    signal: AbortSignal,
    connectors?: ReadonlySet<string>,
  ): Promise<FailedForGood | undefined> {
    return await this.#failures.first(signal, connectors);
  }

  /** Stops all connectors and leaves the store as it is. Safe to call twice. */
  async shutDown(): Promise<void> {
    this.#stopping.abort();
    await this.#saving;
    const ends = [...this.#connectors.values()].map((connector) => connector.delete());
    await Promise.all([...ends, ...this.#leaving.values()]);
  }

  #managed(stored: ManagedConnector["wanted"]): ManagedConnector {
    return new ManagedConnector(stored, this.options, this.#failures, this.#leaving.get(stored.name));
  }

  #get(name: string, text = `Connector ${name} not found`): ManagedConnector {
    const connector = this.#connectors.get(name);
    if (connector === undefined) throw new NotFoundException(text);
    return connector;
  }

  async #setTarget(name: string, targetState: TargetState): Promise<void> {
    await this.#saved(async () => {
      const connector = this.#get(name, `Unknown connector ${name}`);
      const stored = { ...connector.wanted, targetState };
      if (stored.targetState !== connector.wanted.targetState) await this.options.store.save(stored);
      connector.want(stored);
    });
  }

  async #requireStopped(name: string): Promise<void> {
    const connector = this.#get(name);
    if (connector.wanted.targetState !== "STOPPED") {
      throw new BadRequestException(
        "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the " +
          `specified connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`,
      );
    }
    await connector.settled();
  }

  async #withOffsets<T>(name: string, work: (of: OffsetsOf) => Promise<T>): Promise<T> {
    const { worker, resolve, time, logger } = this.options;
    const { props } = await resolve(this.#get(name).wanted.config);
    const admin = worker.admin(name, props);
    const plugin = findConnector(props, worker.plugins);
    const groupId = groupIdOf(name, props);
    try {
      return await work({ name, groupId, props, plugin, admin, time, logger, signal: this.#stopping.signal });
    } finally {
      await admin.close().catch((error) =>
        logger.warn("Cannot close the admin", { reason: safeText(error) })
      );
    }
  }

  async #saved<T>(change: () => Promise<T>): Promise<T> {
    if (this.#stopping.signal.aborted) {
      throw new ConflictException("Cannot change connectors: the worker stops");
    }
    const done = this.#saving.then(change);
    this.#saving = done.then(() => {}, () => {});
    return await done;
  }
}
