/** Finds the plugin that an alias's `type` names, or explains why it can't be used. @module */

import { invalidValue } from "../api/config_def.ts";
import { ConfigException } from "../api/exceptions.ts";
import type { PluginRegistry, PluginsByType } from "./plugin_registry.ts";
import type { PredicatePlugin, TransformationPlugin } from "../api/plugins.ts";
import type { Props } from "../api/sink_task.ts";
import { versionProblem } from "./plugin_version.ts";

export type AliasKind = "transforms" | "predicates";

/** One alias of `transforms` or `predicates` with its plugin and its options. */
export interface Alias<P = TransformationPlugin | PredicatePlugin> {
  readonly kind: AliasKind;
  readonly name: string;
  /** `transforms.<alias>.` or `predicates.<alias>.` */
  readonly prefix: string;
  /** The alias's options without the prefix. */
  readonly props: Props;
  readonly found: PluginOutcome<P>;
}

/** The plugin of an alias, or the error that prevents its use. */
type PluginOutcome<P> =
  & TypeProblems
  & (
    | { readonly plugin: P; readonly error?: never }
    | { readonly plugin?: never; readonly error: ConfigException }
  );

interface TypeProblems {
  /** Errors of a type that is missing or isn't a class. */
  readonly unreadable?: readonly string[];
  /** Errors of a class that can't be used here. A `negate` without a predicate is reported first. */
  readonly refused?: readonly string[];
  readonly versionError?: string;
}

type AliasType = "transformation" | "predicate";

/** Connect's interfaces, which people write by mistake instead of a class. */
const interfaces: Readonly<Record<AliasType, string>> = {
  transformation: "org.apache.kafka.connect.transforms.Transformation",
  predicate: "org.apache.kafka.connect.transforms.predicates.Predicate",
};

/** Classes of older Debezium versions and their present names. */
const successors: Readonly<Record<string, string>> = {
  "io.debezium.transforms.UnwrapFromEnvelope": "io.debezium.transforms.ExtractNewRecordState",
};

/** Looks up an alias's plugin by its full class name. */
export function findAliasPlugin<T extends AliasType>(
  type: T,
  { props, prefix }: Pick<Alias, "props" | "prefix">,
  plugins: PluginRegistry,
): PluginOutcome<PluginsByType[T]> {
  const option = `${prefix}type`;
  const kind = type === "transformation" ? "Transformation" : "Predicate";
  const written = props["type"];
  if (written === undefined) {
    // The option's declaration reports the missing option.
    return { error: invalidValue(option, "null", `Not a ${kind}`) };
  }
  const plugin = plugins.find(type, written);
  if (plugin !== undefined) return withVersion(plugin, props["plugin.version"]);
  if (plugins.find(type, written.trim()) !== undefined) {
    // Connect trims the name only when it validates: validation passes, but the connector fails to start.
    return {
      error: invalidValue(option, written, `Error getting config definition from ${kind}: ${written}`),
    };
  }
  return noPlugin(type, written, option, plugins);
}

function noPlugin(
  type: AliasType,
  className: string,
  option: string,
  plugins: PluginRegistry,
): { error: ConfigException } & TypeProblems {
  const kind = type === "transformation" ? "Transformation" : "Predicate";
  const children = plugins.list(type).map((plugin) => plugin.className)
    .filter((name) => name.startsWith(`${className}$`)).sort();
  if (children.length > 0 || interfaces[type] === className) {
    const hint = children.length > 0 ? ` Did you mean ${children.join(", ")}?` : "";
    return refused(`This class is abstract and cannot be created.${hint}`);
  }
  const isInterface = Object.values(interfaces).includes(className);
  if (isInterface || plugins.all().some((plugin) => plugin.className === className)) {
    const noun = isInterface ? "interface" : "class";
    return refused(`Class ${noun} ${className} does not implement the ${kind} interface`);
  }
  const now = successors[className];
  const hint = now === undefined ? "" : ` It is ${now} now.`;
  const error = invalidValue(option, className, `Class ${className} could not be found.${hint}`);
  return { error, unreadable: [error.message] };
}

function refused(text: string): { error: ConfigException } & TypeProblems {
  return { error: new ConfigException(text), refused: [text] };
}

function withVersion<P extends { readonly className: string; readonly version: string }>(
  plugin: P,
  wanted: string | undefined,
): PluginOutcome<P> {
  const error = wanted === undefined ? undefined : versionProblem(plugin.className, plugin.version, wanted);
  if (error === undefined) return { plugin };
  return { error, refused: [error.message], versionError: error.message };
}
