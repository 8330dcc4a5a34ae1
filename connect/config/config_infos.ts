/**
 * Describes options for forms: definition, value, errors and recommended values, from the declarations that
 * parse a configuration. (`org.apache.kafka.connect.runtime.rest.entities.ConfigInfos`)
 *
 * @module
 */

import type { ConfigKey, ConfigValue } from "../api/config_def.ts";
import type { PluginRegistry } from "./plugin_registry.ts";
import type { Plugin } from "../api/plugins.ts";
import type { Props } from "../api/sink_task.ts";
import { chainKeys, connectorKeys, converterKeys, topicKeys } from "./keys/connector_keys.ts";
import type { ConnectorValidation } from "./connector_validation.ts";
import { findConverter } from "./converter_validation.ts";
import { maskOption } from "./references/masking.ts";
import { errorKeys } from "./keys/error_keys.ts";
import { sinkConnectorConfig } from "./sink_connector_config.ts";
import { workerConfig } from "./worker_config.ts";

/** An option's declaration. (`ConfigKeyInfo`, with its names in JSON) */
export interface ConfigKeyInfo {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default_value: string | null;
  readonly importance: string;
  readonly documentation: string;
  readonly group: string | null;
  readonly order_in_group: number;
  readonly width: string;
  readonly display_name: string;
  readonly dependents: readonly string[];
}

/** An option's value and its errors. (`ConfigValueInfo`) */
interface ConfigValueInfo {
  readonly name: string;
  readonly value: string | null;
  readonly recommended_values: readonly string[];
  readonly errors: readonly string[];
  readonly visible: boolean;
}

/** The answer of `validate`. (`ConfigInfos`) */
export interface ConfigInfos {
  readonly name: string;
  readonly error_count: number;
  readonly groups: readonly string[];
  readonly configs: readonly { readonly definition: ConfigKeyInfo; readonly value: ConfigValueInfo }[];
  /** What is no error but worth a look; absent if there is nothing. Sluice's own. */
  readonly warnings?: readonly string[];
}

interface MetadataContext {
  readonly worker: Props;
  readonly plugins: PluginRegistry;
}

/** Turns a validation into the answer of `validate`. (`AbstractHerder.generateResult`) */
export function configInfos(validation: ConnectorValidation, context: MetadataContext): ConfigInfos {
  const { plugin, groups, values, warnings } = validation;
  const enriched = values.map((value) => enrich(value, { plugin, values, ...context }));
  const orders = ordersOf(enriched);
  const configs = enriched.map(({ shown, ...value }, index) => ({
    definition: keyInfo(value.name, value.key, orders[index] ?? -1),
    value: {
      name: value.name,
      value: value.value === null ? null : maskOption(value.name, value.value),
      recommended_values: value.key.recommended ?? [],
      errors: value.errors,
      visible: shown,
    },
  }));
  const error_count = values.reduce((count, { errors }) => count + errors.length, 0);
  const further = warnings.length === 0 ? {} : { warnings };
  return { name: plugin.className, error_count, groups, configs, ...further };
}

/** Returns a plugin's options, for a connector with the common ones. (`Herder.connectorPluginConfig`) */
export function pluginOptions(plugin: Plugin): readonly ConfigKeyInfo[] {
  const own = Object.entries(plugin.config.keys);
  const all = plugin.type === "sink" ? [...own, ...Object.entries(sinkConnectorConfig.keys)] : own;
  const keys = new Map<string, ConfigKey>(all);
  if (plugin.type === "sink") keys.set(VERSION_OPTION, withVersion(keys.get(VERSION_OPTION), plugin));
  const entries = [...keys].map(([name, key]) => ({ name, key }));
  const orders = ordersOf(entries);
  return entries.map(({ name, key }, index) => keyInfo(name, key, orders[index] ?? -1));
}

const VERSION_OPTION = "connector.plugin.version";

function keyInfo(name: string, key: ConfigKey, order: number): ConfigKeyInfo {
  const isRequired = !("default" in key);
  return {
    name,
    type: key.type,
    required: isRequired,
    default_value: isRequired || key.default === null || key.default === undefined
      ? null
      : String(key.default),
    importance: key.importance ?? "LOW",
    documentation: key.documentation,
    group: key.group ?? null,
    order_in_group: order,
    width: key.width ?? "NONE",
    display_name: key.displayName ?? name,
    dependents: key.dependents ?? [],
  };
}

/** Connect numbers its common options across groups, and its topic options again from 4. */
const commonOrders: ReadonlyMap<string, number> = new Map([
  ...Object.keys({ ...connectorKeys, ...converterKeys, ...chainKeys }).map((name, index) =>
    [name, index + 1] as const
  ),
  ...Object.keys(errorKeys).map((name, index) => [name, index + 1] as const),
  ...Object.keys(topicKeys).map((name) =>
    [name, Object.keys(connectorKeys).indexOf("tasks.max") + 1] as const
  ),
]);

/** Numbers the options of each group in declaration order; -1 without a group. */
function ordersOf(options: readonly { readonly name: string; readonly key: ConfigKey }[]): readonly number[] {
  const counts = new Map<string, number>();
  const ofSink = new Map<string, number>();
  return options.map(({ name, key }) => {
    if (key.group === undefined) return -1;
    const known = commonOrders.get(name);
    if (known !== undefined) {
      ofSink.set(key.group, Math.max(known, ofSink.get(key.group) ?? 0));
      return known;
    }
    const next = counts.get(key.group) ?? (ofSink.has(key.group) ? (ofSink.get(key.group) ?? 0) + 1 : 0);
    counts.set(key.group, next + 1);
    return next;
  });
}

interface Enriching extends MetadataContext {
  readonly plugin: Plugin;
  readonly values: readonly ConfigValue[];
}

type Shown = ConfigValue & { readonly shown: boolean };

/** Fills in defaults of versions and converters from the worker. (`EnrichablePlugin`, KIP-891) */
function enrich(value: ConfigValue, context: Enriching): Shown {
  if (value.name === VERSION_OPTION) {
    return { ...withDefault(value, withVersion(value.key, context.plugin)), shown: true };
  }
  const [, role, of] = /^(key|value|header)\.converter(\.plugin\.version)?$/.exec(value.name) ?? [];
  if (role !== "key" && role !== "value" && role !== "header") return { ...value, shown: true };
  const option = `${role}.converter` as const;
  const fallback = workerConfig.parse(context.worker)[option];
  if (of === undefined) {
    const key = { ...value.key, default: fallback, recommended: convertersFor(role, context.plugins) };
    return { ...withDefault(value, key), shown: true };
  }
  const named = context.values.find(({ name }) => name === option);
  const isWrong = named !== undefined && named.errors.length > 0;
  const converter = isWrong ? undefined : findConverter(role, named?.value ?? fallback, context.plugins);
  return converter === undefined
    ? { ...value, shown: false }
    : { ...withDefault(value, withVersion(value.key, converter)), shown: true };
}

function withDefault(value: ConfigValue, key: ConfigKey): ConfigValue {
  const unset = value.value === null && value.errors.length === 0;
  return { ...value, key, value: unset ? String(key.default) : value.value };
}

function withVersion(key: ConfigKey | undefined, { version }: Plugin): ConfigKey {
  return { type: "STRING", documentation: "", ...key, default: version, recommended: [version] };
}

function convertersFor(role: "key" | "value" | "header", plugins: PluginRegistry): readonly string[] {
  const all = [...plugins.list("converter"), ...(role === "header" ? plugins.list("header_converter") : [])];
  return all.map(({ className }) => className).sort();
}
