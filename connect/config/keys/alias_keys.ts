/** Options that Connect itself adds to every transformation and predicate. @module */

import { ConfigDef } from "../../api/config_def.ts";
import type { PluginRegistry } from "../plugin_registry.ts";
import type { Alias } from "../alias_plugin.ts";

/**
 * Declares the type and version options of an alias.
 *
 * @param plugins if given, its types become the recommended values
 */
export function aliasKeys({ kind, name, found }: Alias, plugins?: PluginRegistry): ConfigDef {
  const type = kind === "transforms" ? "transformation" : "predicate";
  const title = type === "transformation" ? "Transformation" : "Predicate";
  const version = found.plugin?.version;
  return ConfigDef.of({
    "type": {
      type: "CLASS",
      importance: "HIGH",
      documentation: `Class of the ${type} '${name}'.`,
      recommended: plugins?.list(type).map(({ className }) => className).sort() ?? [],
      displayName: `${title} type for ${name}`,
      width: "LONG",
    },
    "plugin.version": {
      type: "STRING",
      default: version ?? null,
      importance: "HIGH",
      documentation: `Version of the ${type} '${name}'; must be the built-in version.`,
      recommended: version === undefined ? [] : [version],
      displayName: `${title} version for ${name}`,
      width: "LONG",
    },
  });
}

const none = ConfigDef.of({});
const conditions = ConfigDef.of({
  predicate: {
    type: "STRING",
    default: null,
    importance: "MEDIUM",
    documentation: "Alias of the predicate that decides whether the transformation applies.",
  },
  negate: {
    type: "BOOLEAN",
    default: "false",
    importance: "MEDIUM",
    documentation: "Whether the transformation applies if the predicate does not match.",
  },
});

/** Declares `predicate` and `negate`, which only transformations have. */
export function predicateKeys({ kind }: Alias): ConfigDef {
  return kind === "transforms" ? conditions : none;
}
