/**
 * Validates the transformations and predicates of a connector's configuration.
 * (`org.apache.kafka.connect.runtime.ConnectorConfig.enrich`)
 *
 * @module
 */

import { type ConfigKey, type ConfigValue, parseAs } from "../api/config_def.ts";
import { ConfigException } from "../api/exceptions.ts";
import type { PluginRegistry } from "./plugin_registry.ts";
import type { PredicatePlugin, TransformationPlugin } from "../api/plugins.ts";
import type { Props } from "../api/sink_task.ts";
import { aliasKeys, predicateKeys } from "./keys/alias_keys.ts";
import { chooseConverter } from "./converter_choice.ts";
import { type Alias, type AliasKind, findAliasPlugin } from "./alias_plugin.ts";
import { aliasesMax } from "./validators.ts";

/** Returns the transformations that a configuration lists, in order, each alias once. */
export function transformAliases(
  props: Props,
  plugins: PluginRegistry,
): readonly Alias<TransformationPlugin>[] {
  return aliasesOf("transforms", props)
    .map((alias) => ({ ...alias, found: findAliasPlugin("transformation", alias, plugins) }));
}

/** Returns the predicates that a configuration lists. */
export function predicateAliases(props: Props, plugins: PluginRegistry): readonly Alias<PredicatePlugin>[] {
  return aliasesOf("predicates", props)
    .map((alias) => ({ ...alias, found: findAliasPlugin("predicate", alias, plugins) }));
}

/**
 * Validates every option of the listed transformations and predicates, by its full name. The options
 * `transforms` and `predicates` themselves aren't included.
 *
 * @example
 * ```ts
 * import type { PluginRegistry } from "./plugin_registry.ts";
 * import { validateTransforms } from "./transforms_config.ts";
 * const none: PluginRegistry = { find: () => undefined, list: () => [], all: () => [] };
 * const [type] = validateTransforms({ transforms: "t", "transforms.t.type": "com.example.Nope" }, none);
 * if (!type?.errors[0]?.endsWith("Class com.example.Nope could not be found.")) throw new Error("the class is missing");
 * ```
 */
export function validateTransforms(props: Props, plugins: PluginRegistry): readonly ConfigValue[] {
  const aliases = [...transformAliases(props, plugins), ...predicateAliases(props, plugins)];
  return aliases.flatMap((alias) => validateAlias(alias, plugins));
}

/** Returns warnings about the options of transformations and predicates. */
export function transformWarnings(props: Props, plugins: PluginRegistry): readonly string[] {
  const aliases = [...transformAliases(props, plugins), ...predicateAliases(props, plugins)];
  return aliases.flatMap(({ found, prefix, props: own }) =>
    [...found.plugin?.warnings?.(own) ?? []].map(([name, text]) => `Option ${prefix}${name} ${text}`)
  );
}

/** Warns if change events come without a schema and ExtractNewRecordState leaves them unchanged. */
export function envelopeWarnings(props: Props, worker: Props, plugins: PluginRegistry): readonly string[] {
  const { className, props: options } = chooseConverter("value", worker, props);
  const isPlain = className.endsWith(".JsonConverter") &&
    options["schemas.enable"]?.toLowerCase() === "false";
  const idle = transformAliases(props, plugins).filter(({ found, props: own }) =>
    found.plugin?.className === "io.debezium.transforms.ExtractNewRecordState" &&
    own["schemaless.envelopes"]?.trim().toLowerCase() !== "true"
  );
  return isPlain
    ? idle.map(({ prefix }) =>
      `Option ${prefix}schemaless.envelopes isn't true, and values are JSON without schemas: change events pass ` +
      "unchanged, and their row isn't extracted"
    )
    : [];
}

/**
 * Throws the first error in the order of Connect's `ConnectorConfig`: repeated aliases, then types, then
 * options.
 */
export function checkTransforms(props: Props, plugins: PluginRegistry): void {
  for (const kind of ["transforms", "predicates"] as const) refuseRepeated(kind, props);
  const aliases = [...transformAliases(props, plugins), ...predicateAliases(props, plugins)];
  for (const { found } of aliases) {
    if (found.plugin === undefined) throw found.error;
  }
  for (const alias of aliases) {
    const first = validateAlias(alias).find(({ errors }) => errors.length > 0)?.errors[0];
    if (first !== undefined) throw new ConfigException(first, { jvmMessage: isJvmText(first) });
  }
}

function refuseRepeated(kind: AliasKind, props: Props): void {
  const names = namesOf(kind, props);
  if (new Set(names).size === names.length) return;
  throw new ConfigException(
    `Invalid value [${names.join(", ")}] for configuration ${kind}: Duplicate alias provided.`,
  );
}

/** Lists above the limit are refused, so only part of one is read. */
function aliasesOf(kind: AliasKind, props: Props): readonly Omit<Alias, "found">[] {
  return [...new Set(namesOf(kind, props))].slice(0, aliasesMax).map((name) => {
    const prefix = `${kind}.${name}.`;
    const own = Object.entries(props).filter(([option]) => option.startsWith(prefix));
    const stripped = Object.fromEntries(own.map(([option, value]) => [option.slice(prefix.length), value]));
    return { kind, name, prefix, props: stripped };
  });
}

function namesOf(kind: AliasKind, props: Props): readonly string[] {
  return parseAs("LIST", kind, props[kind] ?? "") as readonly string[];
}

/** In Connect's order: type and version, then the plugin's options together with predicate and negate. */
function validateAlias(alias: Alias, plugins?: PluginRegistry): readonly ConfigValue[] {
  const { props, prefix, found } = alias;
  const own = aliasKeys(alias, plugins).validate(props, prefix);
  const others = found.plugin === undefined
    ? []
    : [...found.plugin.config.validate(props, prefix), ...predicateKeys(alias).validate(props, prefix)];
  return [...own, ...others.sort(byRank)].map((value) => fullyNamed(value, alias));
}

/** Required options first, then by importance, then by name. (`ConfigDef.sortedConfigs`) */
function byRank(a: ConfigValue, b: ConfigValue): number {
  return rank(a.key) - rank(b.key) || (a.name < b.name ? -1 : 1);
}

function rank({ importance = "LOW", ...key }: ConfigKey): number {
  return ["HIGH", "MEDIUM", "LOW"].indexOf(importance) + ("default" in key ? 3 : 0);
}

function fullyNamed(value: ConfigValue, alias: Alias): ConfigValue {
  const group = `${alias.kind === "transforms" ? "Transforms" : "Predicates"}: ${alias.name}`;
  const key: ConfigKey = { displayName: value.name, width: "NONE", ...value.key, group };
  const isUnknownClass = value.name === "type" && alias.found.plugin === undefined;
  return {
    ...value,
    ...(isUnknownClass ? { value: null } : {}),
    key,
    name: alias.prefix + value.name,
    errors: [...value.errors, ...typeErrors(value, alias)],
  };
}

function typeErrors(value: ConfigValue, { found, props, kind, prefix }: Alias): readonly string[] {
  if (value.name === "plugin.version") return found.versionError === undefined ? [] : [found.versionError];
  if (value.name !== "type") return [];
  const negated = kind === "transforms" && "negate" in props && !("predicate" in props);
  const notNegatable =
    `Config '${prefix}negate' was provided but there is no config '${prefix}predicate' defining a predicate to be negated.`;
  return [...found.unreadable ?? [], ...(negated ? [notNegatable] : found.refused ?? [])];
}

/** Texts that partly come from the JVM. */
function isJvmText(text: string): boolean {
  return /: Invalid regex: .*near index|^Invalid value java\./s.test(text);
}
