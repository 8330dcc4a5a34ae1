/** What the REST API asks of a worker; one of its own names each, texts of refusals are Connect's. @module */

import type { PartitionMap } from "../api/record.ts";
import type { Props } from "../api/sink_task.ts";
import type { ConfigInfos, ConfigKeyInfo } from "../config/config_infos.ts";

/** What a connector is meant to do. */
export type InitialState = "RUNNING" | "PAUSED" | "STOPPED";

/** A connector as `GET /connectors/{name}` shows it. */
export interface ConnectorInfo {
  readonly name: string;
  readonly config: Props;
  readonly tasks: readonly { readonly connector: string; readonly task: number }[];
  readonly type: "sink";
}

/** A task as status shows it. (`ConnectorStateInfo.TaskState`) */
export interface TaskStateInfo {
  readonly id: number;
  readonly state: string;
  readonly worker_id: string;
  readonly version: string | null;
  /** What the task waits for, since when; absent while all is well, and an addition to Connect's form. */
  readonly reason?: string;
  readonly trace?: string;
}

/** A connector with its tasks. (`ConnectorStateInfo`) */
export interface ConnectorStateInfo {
  readonly name: string;
  readonly connector: {
    readonly state: string;
    readonly worker_id: string;
    readonly version: string | null;
    readonly trace?: string;
  };
  readonly tasks: readonly TaskStateInfo[];
  readonly type: "sink";
}

/** Which parts a restart is for. (KIP-745) */
export interface RestartScope {
  readonly includeTasks: boolean;
  readonly onlyFailed: boolean;
}

/** A plugin as the list shows it. */
export interface PluginInfo {
  readonly class: string;
  readonly type: string;
  readonly version: string;
}

/** Offsets to set by partition; null = back to where a new group begins. */
export type WantedOffsets = PartitionMap<bigint | null>;

/** The connectors of a worker. Unknown names throw NotFoundException. */
export interface ConnectorControl {
  names(): readonly string[];
  info(name: string): ConnectorInfo;
  status(name: string): ConnectorStateInfo;
  /** @throws ConfigException, AlreadyExistsException */
  create(name: string, config: Props, state: InitialState): Promise<ConnectorInfo>;
  put(name: string, config: Props): Promise<{ readonly info: ConnectorInfo; readonly isNew: boolean }>;
  /** Null removes an option. (KIP-477) */
  patch(name: string, changes: Readonly<Record<string, string | null>>): Promise<ConnectorInfo>;
  remove(name: string): Promise<void>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  restart(name: string, scope: RestartScope): Promise<ConnectorStateInfo>;
  taskConfigs(name: string): readonly Props[];
  restartTask(name: string, task: number): Promise<void>;
  /** Topics that records came from since the last reset. (KIP-558) */
  activeTopics(name: string): readonly string[];
  resetTopics(name: string): void;
  offsets(name: string): Promise<PartitionMap<bigint>>;
  /** The answer is a sentence. (KIP-875) */
  alterOffsets(name: string, offsets: WantedOffsets): Promise<string>;
  resetOffsets(name: string): Promise<string>;
}

/** The plugins of a worker. */
export interface PluginControl {
  plugins(connectorsOnly: boolean): readonly PluginInfo[];
  /** @throws NotFoundException, BadRequestException */
  options(plugin: string, version: string | null): readonly ConfigKeyInfo[];
  validate(plugin: string, config: Props): Promise<ConfigInfos>;
}

/** Levels of loggers, by names with dots. (KIP-976) */
export interface LoggerControl {
  list(): Readonly<Record<string, LoggerLevel>>;
  get(name: string): LoggerLevel | undefined;
  /** Names of the loggers whose level changed; undefined where there is no such level. */
  set(name: string, level: string): readonly string[] | undefined;
}

/** A level, and when somebody set it: milliseconds since 1970, null = never. */
export interface LoggerLevel {
  readonly level: string;
  readonly last_modified: number | null;
}
