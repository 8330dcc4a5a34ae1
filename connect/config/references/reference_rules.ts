/**
 * Allows references in a configuration that comes over REST only in secrets, addresses and login names. Other
 * options become names that others see in answers, metrics, files and tables.
 *
 * @module
 */

import type { ConfigDef, ConfigKey } from "../../api/config_def.ts";
import type { PluginRegistry } from "../plugin_registry.ts";
import type { Props } from "../../api/sink_task.ts";
import { type FoundReference, referencesIn } from "./config_providers.ts";
import { findConverter } from "../converter_validation.ts";
import { isSecretName } from "./masking.ts";
import { sinkConnectorConfig } from "../sink_connector_config.ts";
import { predicateAliases, transformAliases } from "../transforms_config.ts";

/** Kafka client options that allow references: addresses, login names, certificates and keys. */
const clientOption =
  /^(?:consumer|producer|admin)\.override\.(?:bootstrap\.servers|sasl\..*(?:url|client\.id)|ssl\..*(?:location|certificates|certificate\.chain))$/;

/** URL parameters that allow references: login and address. All users of the database see the others. */
const urlParameters = /[?&;](?:user|password|host|port|sslpassword|sslrootcert|sslcert|sslkey)=[^?&;]*$/i;

/**
 * Returns the errors of misplaced references, by option.
 *
 * @example
 * ```ts
 * import type { PluginRegistry } from "../plugin_registry.ts";
 * import { misplacedReferences } from "./reference_rules.ts";
 * const none: PluginRegistry = { find: () => undefined, list: () => [], all: () => [] };
 * const written = { topics: "${env:TOPIC}", "consumer.override.bootstrap.servers": "${env:KAFKA}" };
 * if ([...misplacedReferences(written, none).keys()].join() !== "topics") throw new Error("names allow no references");
 * ```
 */
export function misplacedReferences(
  written: Props,
  plugins: PluginRegistry,
): ReadonlyMap<string, readonly string[]> {
  const found = Object.entries(written).map(([option, text]) => [option, knownReferences(text)] as const)
    .filter(([, references]) => references.length > 0);
  if (found.length === 0) return new Map();
  const keys = declaredKeys(written, plugins);
  return new Map(
    found.flatMap(([option, references]) => {
      const text = written[option] ?? "";
      const isTaken = takesReferences(option, keys.get(option));
      const misplaced = references.find((reference) => !isTaken || isInSharedParameter(text, reference));
      return misplaced === undefined ? [] : [[option, [problem(option, text)]] as const];
    }),
  );
}

/** Returns the references of known providers; others stay as they are. */
export function knownReferences(text: string): readonly FoundReference[] {
  return [...referencesIn(text)].filter(({ provider }) => ["env", "file", "dir"].includes(provider));
}

function problem(option: string, text: string): string {
  return `Invalid value ${text} for configuration ${option}: References are allowed only in secrets, ` +
    "addresses and login names; expected the value itself";
}

function takesReferences(option: string, key: ConfigKey | undefined): boolean {
  if (key !== undefined) return key.type === "PASSWORD" || key.takesReferences === true;
  return clientOption.test(option) || isSecretName(option);
}

/** All users of the database see most parameters after an address's question mark. */
function isInSharedParameter(text: string, { start }: FoundReference): boolean {
  const before = text.slice(0, start);
  return /:\/\/|^jdbc:/.test(before) && /\?/.test(before) && !urlParameters.test(before);
}

function declaredKeys(written: Props, plugins: PluginRegistry): ReadonlyMap<string, ConfigKey> {
  const sink = plugins.find("sink", written["connector.class"]?.trim() ?? "");
  const converters = (["key", "value", "header"] as const).map((role) => {
    const name = written[`${role}.converter`]?.trim();
    const converter = name === undefined ? undefined : findConverter(role, name, plugins);
    return keysOf(converter?.config, `${role}.converter.`);
  });
  const aliases = [...transformAliases(written, plugins), ...predicateAliases(written, plugins)];
  return new Map([
    ...keysOf(sink?.config),
    ...keysOf(sinkConnectorConfig),
    ...converters.flat(),
    ...aliases.flatMap(({ found, prefix }) => keysOf(found.plugin?.config, prefix)),
  ]);
}

function keysOf(config: ConfigDef | undefined, prefix = ""): readonly (readonly [string, ConfigKey])[] {
  return Object.entries(config?.keys ?? {}).map(([name, key]) => [prefix + name, key] as const);
}
