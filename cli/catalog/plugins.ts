/** All plugins of the program, and those of the connector folders that a configuration names. @module */

import type { PluginRegistry } from "../../connect/config/plugin_registry.ts";
import type { Plugin, SinkConnectorPlugin } from "../../connect/api/plugins.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { converterPlugins, headerConverterPlugins } from "../../connect/converters/mod.ts";
import { Plugins } from "../../connect/runtime/worker/plugins.ts";
import { predicatePlugins, transformationPlugins } from "../../connect/transforms/mod.ts";
import { type ConnectorFolder, listConnectorFolders } from "../connector_folders.ts";
import { loadConnectorModule } from "./connector_module.ts";
import { UsageError } from "../usage_error.ts";

/**
 * The registry for these configurations. The code of a connector folder is loaded only where a configuration names a
 * class of it, `sluice.<folder>.…`: nobody else pays for its packages.
 *
 * @param configs `all` loads the code of every folder, for configurations that are yet to come
 * @param sinks none for a dry run, which writes nowhere
 * @param roots where connector folders are; none = those that come with the program
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
    ...own,
  );
}

async function loadFolder(folder: ConnectorFolder): Promise<readonly Plugin[]> {
  const { plugins } = await loadConnectorModule(folder);
  const stranger = plugins.find(({ className }) => folderOfClass(className) !== folder.name);
  if (stranger === undefined) return plugins;
  throw new UsageError(
    `Cannot use ${stranger.className} of connectors/${folder.name}: its name must begin with sluice.${folder.name}.`,
  );
}

function folderOfClass(className: string): string | undefined {
  return /^\s*sluice\.([^.]+)\./.exec(className)?.[1];
}
