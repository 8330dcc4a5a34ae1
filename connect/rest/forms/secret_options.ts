/** Which options of a configuration hold secrets, as the plugins it names declare them. @module */

import type { PluginRegistry } from "../../config/plugin_registry.ts";
import type { Plugin } from "../../api/plugins.ts";
import type { Props } from "../../api/sink_task.ts";
import { wholeConfig } from "../../config/sink_policy.ts";
import { sinkConnectorConfig } from "../../config/sink_connector_config.ts";
import { transformAliases } from "../../config/transforms_config.ts";

/** Full names of all options of type PASSWORD. */
export function secretOptions(config: Props, plugins: PluginRegistry): ReadonlySet<string> {
  const sink = plugins.find("sink", config["connector.class"]?.trim() ?? "");
  const transforms = transformAliases(wholeConfig(config, plugins).props, plugins).flatMap((
    { found, prefix },
  ) => passwordsOf(found.plugin, prefix));
  return new Set([...passwordsOf({ config: sinkConnectorConfig }), ...passwordsOf(sink), ...transforms]);
}

function passwordsOf(plugin: Pick<Plugin, "config"> | undefined, prefix = ""): readonly string[] {
  if (plugin === undefined) return [];
  return Object.entries(plugin.config.keys)
    .filter(([, { type }]) => type === "PASSWORD")
    .map(([name]) => prefix + name);
}
