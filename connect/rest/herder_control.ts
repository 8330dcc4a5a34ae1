/** The connectors of a herder as REST shows them: secrets masked, texts and states as in Connect. @module */

import { ConfigException, NotFoundException } from "../api/exceptions.ts";
import type { PluginRegistry } from "../config/plugin_registry.ts";
import type { PartitionMap } from "../api/record.ts";
import type { Props } from "../api/sink_task.ts";
import { keepSecrets, maskSecrets, withChanges } from "../config/references/masking.ts";
import { wholeConfig } from "../config/sink_policy.ts";
import type {
  ConnectorInfo as HerderInfo,
  ConnectorStatus,
  Herder,
  TaskStatus,
} from "../runtime/herder/herder.ts";
import { bounded, namedConfig } from "./forms/connector_forms.ts";
import type {
  ConnectorControl,
  ConnectorInfo,
  ConnectorStateInfo,
  InitialState,
  RestartScope,
  TaskStateInfo,
  WantedOffsets,
} from "./control.ts";
import { troubleText } from "./troubles.ts";
import { secretOptions } from "./forms/secret_options.ts";

/** REST's side of a herder. */
export class HerderControl implements ConnectorControl {
  readonly #herder: Herder;
  readonly #plugins: PluginRegistry;
  /** Changes that begin with what is stored follow each other. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(herder: Herder, plugins: PluginRegistry) {
    this.#herder = herder;
    this.#plugins = plugins;
  }

  names(): readonly string[] {
    return this.#herder.names();
  }

  info(name: string): ConnectorInfo {
    return this.#shown(this.#herder.info(name));
  }

  status(name: string): ConnectorStateInfo {
    return stateInfo(this.#herder.status(name));
  }

  async create(name: string, config: Props, state: InitialState): Promise<ConnectorInfo> {
    const targetState = state === "RUNNING" ? "STARTED" : state;
    const { info } = await this.#herder.putConnector(name, config, { mustBeNew: true, targetState });
    return this.#shown(info);
  }

  async put(name: string, config: Props): Promise<{ readonly info: ConnectorInfo; readonly isNew: boolean }> {
    return await this.#inTurn(async () => {
      const isKnown = this.#herder.names().includes(name);
      const kept = isKnown ? this.#unmasked(config, this.#herder.info(name).config) : config;
      const { info, created } = await this.#herder.putConnector(name, kept);
      return { info: this.#shown(info), isNew: created };
    });
  }

  async patch(name: string, changes: Readonly<Record<string, string | null>>): Promise<ConnectorInfo> {
    return await this.#inTurn(async () => {
      const stored = this.#herder.info(name).config;
      if (changes["name"] === null) throw missingName();
      const config = bounded(namedConfig(name, withChanges(stored, changes, this.#secretsOf)));
      const { info } = await this.#herder.putConnector(name, this.#unmasked(config, stored));
      return this.#shown(info);
    });
  }

  async remove(name: string): Promise<void> {
    await this.#herder.deleteConnector(name);
  }
  async pause(name: string): Promise<void> {
    await this.#herder.pause(name);
  }
  async resume(name: string): Promise<void> {
    await this.#herder.resume(name);
  }
  async stop(name: string): Promise<void> {
    await this.#herder.stop(name);
  }

  /** What will be restarted is shown as RESTARTING, the rest as it is. (`RestartPlan`) */
  restart(name: string, { includeTasks, onlyFailed }: RestartScope): Promise<ConnectorStateInfo> {
    if (!this.#herder.names().includes(name)) throw new NotFoundException(`Unknown connector: ${name}`);
    const before = stateInfo(this.#herder.status(name));
    const restarts = (state: string) => !onlyFailed || state === "FAILED";
    const which = !includeTasks ? "connector" : onlyFailed ? "failed" : "tasks";
    this.#herder.restartConnector(name, which);
    const shown = <T extends { readonly state: string }>(part: T, isMeant: boolean): T =>
      isMeant && restarts(part.state) ? { ...part, state: "RESTARTING" } : part;
    return Promise.resolve({
      ...before,
      connector: shown(before.connector, true),
      tasks: before.tasks.map((task) => shown(task, includeTasks)),
    });
  }

  taskConfigs(name: string): readonly Props[] {
    const { config } = this.#herder.info(name);
    const secrets = this.#secretsOf(config);
    const taskClass = this.#taskClass(config);
    return this.#herder.taskConfigs(name).map((task) => ({
      ...maskSecrets(asWritten(task, { ...wholeConfig(config, this.#plugins).props, ...config }), secrets),
      "task.class": taskClass,
    }));
  }

  restartTask(name: string, task: number): Promise<void> {
    this.#herder.restartTask(name, task);
    return Promise.resolve();
  }

  activeTopics(name: string): readonly string[] {
    return this.#herder.topics(name);
  }
  resetTopics(name: string): void {
    this.#herder.resetTopics(name);
  }

  async offsets(name: string): Promise<PartitionMap<bigint>> {
    return await this.#herder.offsets(name);
  }
  async alterOffsets(name: string, offsets: WantedOffsets): Promise<string> {
    return await this.#herder.alterOffsets(name, offsets);
  }
  async resetOffsets(name: string): Promise<string> {
    return await this.#herder.resetOffsets(name);
  }

  #shown({ name, config, taskIds }: HerderInfo): ConnectorInfo {
    return {
      name,
      config: maskSecrets(config, this.#secretsOf(config)),
      tasks: taskIds.map((task) => ({ connector: name, task })),
      type: "sink",
    };
  }

  #unmasked(config: Props, stored: Props): Props {
    return keepSecrets(config, stored, this.#secretsOf);
  }

  readonly #secretsOf = (config: Props) => secretOptions(config, this.#plugins);

  #taskClass(config: Props): string {
    const plugin = this.#plugins.find("sink", config["connector.class"]?.trim() ?? "");
    return (plugin?.className ?? "").replace(/Connector$/, "Task");
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(change);
    this.#changes = done.catch(() => {}); // whoever asked for it hears of it
    return done;
  }
}

/** A task's configuration with the references that a person wrote instead of what they stand for. */
function asWritten(task: Props, written: Props): Props {
  return Object.fromEntries(
    Object.entries(task).map(([name, value]) => [name, written[name] ?? value]),
  );
}

function missingName(): ConfigException {
  return new ConfigException(
    "Connector configuration is invalid and contains the following 1 error(s):\n" +
      'Missing required configuration "name" which has no default value.\n' +
      "You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`",
  );
}

function stateInfo({ name, connector, tasks, type }: ConnectorStatus): ConnectorStateInfo {
  const { state, workerId, version, failure } = connector;
  return {
    name,
    connector: { state, worker_id: workerId, version, ...traceOf(failure) },
    tasks: tasks.map(taskInfo),
    type,
  };
}

function taskInfo({ id, state, workerId, version, failure, troubles = [] }: TaskStatus): TaskStateInfo {
  const waits = troubles.length === 0 ? {} : { reason: troubles.map(troubleText).join("; ") };
  return { id, state, worker_id: workerId, version, ...waits, ...traceOf(failure) };
}

/** Left out where there is none. */
function traceOf(failure: TaskStatus["failure"]): { readonly trace?: string } {
  return failure === null ? {} : { trace: failure.trace };
}
