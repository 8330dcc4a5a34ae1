import type { PluginRegistry } from "../../connect/config/plugin_registry.ts";
import type { ConnectorModule, SinkConnectorPlugin, SinkPolicy } from "../../connect/api/plugins.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { policySink } from "../../connect/config/sink_policy.ts";
import { converterPlugins, headerConverterPlugins } from "../../connect/converters/mod.ts";
import { Plugins } from "../../connect/runtime/worker/plugins.ts";
import { predicatePlugins, transformationPlugins } from "../../connect/transforms/mod.ts";
import { type ConnectorFolder, listConnectorFolders } from "../connector_folders.ts";
import { loadConnectorModule } from "./connector_module.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Returns the plugins for these configurations. A folder's code, and its packages, are loaded only if a
 * configuration names one of its classes, `sluice.<folder>.…`.
 *
 * @param configs `all` loads the code of every folder, for later configurations
 * @param sinks none for a dry run, which doesn't write
 * @param roots folders with connector folders; none = the program's own
 */
export async function loadPlugins(
  configs: readonly Props[] | "all",
  sinks: readonly SinkConnectorPlugin[],
  roots: readonly URL[] = [],
): Promise<PluginRegistry> {
  const all = await listConnectorFolders(...roots);
  const named = configs === "all"
    ? new Set(all.map(({ name }) => name))
    : new Set(configs.flatMap((props) => Object.values(props)).map(folderOfClass));
  const folders = all.filter(({ name }) => named.has(name));
  const own = await Promise.all(folders.map(loadFolder));
  return new Plugins(
    sinks,
    converterPlugins,
    headerConverterPlugins,
    transformationPlugins,
    predicatePlugins,
    ...own.map(({ plugins }) => plugins),
    sinks.length === 0 ? [] : own.flatMap(({ policies = [] }) => policies.map((one) => sinkOf(one, sinks))),
  );
}

function sinkOf(policy: SinkPolicy, sinks: readonly SinkConnectorPlugin[]): SinkConnectorPlugin {
  const base = sinks.find(({ className, aliases }) => [className, ...aliases].includes(policy.sink));
  if (base !== undefined) return policySink(policy, base);
  const known = sinks.map(({ className }) => className).join(" or ");
  throw new UsageError(
    `Cannot use ${policy.className}: there is no sink ${policy.sink} to write with, expected ${known}`,
  );
}

/** Loads a folder's code; its classes must begin with `sluice.<folder>.`. */
export async function loadFolder(folder: ConnectorFolder): Promise<ConnectorModule> {
  const made = await loadConnectorModule(folder);
  const all = [...made.plugins, ...made.policies ?? []];
  const stranger = all.find(({ className }) => folderOfClass(className) !== folder.name);
  if (stranger === undefined) return made;
  throw new UsageError(
    `Cannot use ${stranger.className} of connectors/${folder.name}: its name must begin with sluice.${folder.name}.`,
  );
}

/** Returns `shop` for `sluice.shop.Keep`, or undefined for classes of no folder. */
export function folderOfClass(className: string): string | undefined {
  return /^\s*sluice\.([^.]+)\./.exec(className)?.[1];
}
