/** Checks the converters that a connector names, and their options. (`AbstractHerder.validateConverterConfig`) @module */

import type { ConfigValue } from "../api/config_def.ts";
import type { PluginRegistry } from "./plugin_registry.ts";
import type { Plugin } from "../api/plugins.ts";
import type { Props } from "../api/sink_task.ts";
import { withPrefix } from "./worker_config.ts";
import type { ConverterRole } from "./converter_choice.ts";

const roles: readonly ConverterRole[] = ["key", "value", "header"];

/** Validates the options of the converters that a connector names, by their full names. */
export function validateConverters(props: Props, plugins: PluginRegistry): readonly ConfigValue[] {
  return roles.flatMap((role) => validateRole(role, props, plugins));
}

/** Finds a converter. Headers take header converters and, as in Connect, every other converter. */
export function findConverter(
  role: ConverterRole,
  className: string,
  plugins: PluginRegistry,
): Plugin | undefined {
  if (role !== "header") return plugins.find("converter", className);
  return plugins.find("header_converter", className) ?? plugins.find("converter", className);
}

function validateRole(role: ConverterRole, props: Props, plugins: PluginRegistry): readonly ConfigValue[] {
  const option = `${role}.converter`;
  const className = props[option]?.trim();
  if (className === undefined) return [];
  const plugin = findConverter(role, className, plugins);
  if (plugin === undefined) {
    const error =
      `Invalid value ${className} for configuration ${option}: Class ${className} could not be found.`;
    return [{ name: option, key: { type: "CLASS", documentation: "" }, value: null, errors: [error] }];
  }
  return plugin.config.validate(withPrefix(props, `${option}.`))
    .map((value) => ({ ...value, name: `${option}.${value.name}` }));
}
