/** A registry of given plugins, for tests that need no worker. @module */

import type { PluginRegistry, PluginsByType } from "../../connect/config/plugin_registry.ts";
import type { Plugin } from "../../connect/api/plugins.ts";
import { converterPlugins, headerConverterPlugins } from "../../connect/converters/mod.ts";
import { predicatePlugins, transformationPlugins } from "../../connect/transforms/mod.ts";

/** Finds plugins by their full class names. */
function registryOf(plugins: readonly Plugin[]): PluginRegistry {
  const list = <T extends keyof PluginsByType>(type: T) =>
    plugins.filter((plugin): plugin is Plugin & PluginsByType[T] => plugin.type === type);
  return {
    find: (type, name) => list(type).find(({ className }) => className === name),
    list,
    all: () => plugins,
  };
}

/** All plugins of the framework. */
export const builtInPlugins: PluginRegistry = registryOf([
  ...transformationPlugins,
  ...predicatePlugins,
  ...converterPlugins,
  ...headerConverterPlugins,
]);
