import type { Plugin } from "../api/plugins.ts";
import type { Props } from "../api/sink_task.ts";
import type { PluginRegistry } from "../config/plugin_registry.ts";
import { maskSecrets } from "../config/references/masking.ts";
import { wholeConfig } from "../config/sink_policy.ts";
import { sinkConnectorConfig } from "../config/sink_connector_config.ts";
import { transformAliases } from "../config/transforms_config.ts";
import type { ConnectorInfo, ConnectorStatus, Herder, TaskStatus } from "../runtime/herder/herder.ts";
import { troubleText } from "./troubles.ts";

/** Returns a connector and its configuration, secrets masked. (`ConnectorInfo`) */
export function infoJson({ name, config, taskIds }: ConnectorInfo, plugins: PluginRegistry) {
  return {
    name,
    config: maskSecrets(config, secretOptions(config, plugins)),
    tasks: taskIds.map((task) => ({ connector: name, task })),
    type: "sink",
  };
}

/** Returns the state of a connector and its tasks. (`ConnectorStateInfo`) */
export function statusJson({ name, connector, tasks, type }: ConnectorStatus) {
  const { state, workerId, version, failure } = connector;
  return {
    name,
    connector: { state: state as string, worker_id: workerId, version, ...traceOf(failure) },
    tasks: tasks.map(taskJson),
    type,
  };
}

/** Returns the state of a task; `reason` is Sluice's addition. (`ConnectorStateInfo.TaskState`) */
export function taskJson({ id, state, workerId, version, failure, troubles = [] }: TaskStatus) {
  const waits = troubles.length === 0 ? {} : { reason: troubles.map(troubleText).join("; ") };
  return { id, state: state as string, worker_id: workerId, version, ...waits, ...traceOf(failure) };
}

function traceOf(failure: TaskStatus["failure"]): { readonly trace?: string } {
  return failure === null ? {} : { trace: failure.trace };
}

/** Returns the configurations of a connector's tasks, secrets masked. (`TaskInfo`) */
export function taskConfigsJson(herder: Herder, connector: string, plugins: PluginRegistry) {
  const { config } = herder.info(connector);
  const whole = { ...wholeConfig(config, plugins).props, ...config };
  const secrets = secretOptions(config, plugins);
  const className = plugins.find("sink", config["connector.class"]?.trim() ?? "")?.className ?? "";
  const taskClass = className.replace(/Connector$/, "Task");
  return herder.taskConfigs(connector).map((props, task) => ({
    id: { connector, task },
    config: { ...maskSecrets(asWritten(props, whole), secrets), "task.class": taskClass },
  }));
}

/** Replaces resolved values by the references in the stored configuration. */
function asWritten(task: Props, written: Props): Props {
  return Object.fromEntries(
    Object.entries(task).map(([name, value]) => [name, written[name] ?? value]),
  );
}

/** Returns the full names of the options that hold secrets, as declared by the plugins of a configuration. */
export function secretOptions(config: Props, plugins: PluginRegistry): ReadonlySet<string> {
  const sink = plugins.find("sink", config["connector.class"]?.trim() ?? "");
  const transforms = transformAliases(wholeConfig(config, plugins).props, plugins)
    .flatMap(({ found, prefix }) => passwordsOf(found.plugin, prefix));
  return new Set([...passwordsOf({ config: sinkConnectorConfig }), ...passwordsOf(sink), ...transforms]);
}

function passwordsOf(plugin: Pick<Plugin, "config"> | undefined, prefix = ""): readonly string[] {
  if (plugin === undefined) return [];
  return Object.entries(plugin.config.keys)
    .filter(([, { type }]) => type === "PASSWORD")
    .map(([name]) => prefix + name);
}
