/** A connector's configuration, read once for all its tasks. @module */

import { createHash } from "node:crypto";
import { KeyedHash } from "../../api/keyed_hash.ts";
import type { Subscription } from "../../api/ports.ts";
import type { SinkConnectorPlugin } from "../../api/plugins.ts";
import type { PluginRegistry } from "../../config/plugin_registry.ts";
import type { Props } from "../../api/sink_task.ts";
import { findConnector } from "../../config/connector_validation.ts";
import { type SinkConnectorConfig, sinkConnectorConfig } from "../../config/sink_connector_config.ts";
import { wholeConfig } from "../../config/sink_policy.ts";
import { compileTopicsPattern } from "../../config/topics_pattern.ts";
import { withPrefix, type WorkerConfig, workerConfig } from "../../config/worker_config.ts";

/** What a connector is, as its tasks need it. */
export interface ConnectorSpec {
  readonly name: string;
  /** References looked up. */
  readonly props: Props;
  /** Looks them up again, for what is connected to later. */
  readonly current: () => Promise<Props>;
  readonly config: SinkConnectorConfig;
  readonly worker: WorkerConfig;
  readonly workerProps: Props;
  readonly plugin: SinkConnectorPlugin;
  readonly groupId: string;
  readonly subscription: Subscription;
  /** Names dead letters' keys; null without a secret. */
  readonly keyHash: KeyedHash | null;
  /** Which configuration it is: a hash of what a person wrote, without passwords. */
  readonly configHash: string;
}

interface ConnectorSpecSource {
  readonly name: string;
  /** As a person wrote it. */
  readonly written: Props;
  readonly resolved: Props;
  /** Looks the references up again. */
  readonly current: () => Promise<Props>;
  readonly workerProps: Props;
  readonly plugins: PluginRegistry;
}

/**
 * Reads a configuration.
 *
 * @throws ConfigException for the first option that is wrong
 */
export function readConnectorSpec(source: ConnectorSpecSource): ConnectorSpec {
  const { name, written, resolved, workerProps, plugins } = source;
  const props = { ...resolved, name };
  const plugin = findConnector(props, plugins);
  const config = sinkConnectorConfig.parse(props);
  return {
    name,
    props,
    current: async () => ({ ...await source.current(), name }),
    config,
    worker: workerConfig.parse(workerProps),
    workerProps,
    plugin,
    groupId: groupIdOf(name, props),
    subscription: config["topics.regex"] === ""
      ? config.topics
      : compileTopicsPattern(config["topics.regex"] ?? ""),
    keyHash: keyHashOf(config, props),
    configHash: configHashOf(wholeConfig(written, plugins).props, plugin),
  };
}

/** The option of a sink that pseudonymises its keys: where there is one, dead letters name keys by the same secret. */
const sinkSecret = "key.secret";

function keyHashOf(config: SinkConnectorConfig, props: Props): KeyedHash | null {
  const own = config["errors.deadletterqueue.key.secret"];
  if (own !== null) return new KeyedHash(own.value, "errors.deadletterqueue.key.secret");
  const secret = props[sinkSecret]?.trim() ?? "";
  return secret === "" ? null : new KeyedHash(secret, sinkSecret);
}

/** The consumer group of a connector; as in Connect an override may name another one. */
export function groupIdOf(name: string, props: Props): string {
  return withPrefix(props, "consumer.override.")["group.id"] ?? `connect-${name}`;
}

const configHashDigits = 32;

/** Words of options whose text is left out even where no plugin declares them as passwords. */
const secretName = /password|secret|jaas|token|credential/i;

/** The same for the same options in any order. A URL's password is in the text only where a person wrote it there. */
function configHashOf(written: Props, plugin: SinkConnectorPlugin): string {
  const isSecret = (name: string) =>
    secretName.test(name) || plugin.config.keys[name]?.type === "PASSWORD" || name.endsWith(".url");
  const shown = Object.entries(written).filter(([name]) => !isSecret(name)).sort(([a], [b]) =>
    a < b ? -1 : 1
  );
  return createHash("sha256").update(JSON.stringify(shown)).digest("hex").slice(0, configHashDigits);
}
