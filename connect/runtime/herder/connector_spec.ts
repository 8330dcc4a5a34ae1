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

/** A connector's configuration, read once for all its tasks. */
export interface ConnectorSpec {
  readonly name: string;
  /** With references resolved. */
  readonly props: Props;
  /** Returns them with references resolved again, for new connections. */
  readonly current: () => Promise<Props>;
  readonly config: SinkConnectorConfig;
  readonly worker: WorkerConfig;
  readonly workerProps: Props;
  readonly plugin: SinkConnectorPlugin;
  readonly groupId: string;
  readonly subscription: Subscription;
  /** Hashes keys in dead letters; null without a secret. */
  readonly keyHash: KeyedHash | null;
  /** Hash of the configuration as written, without passwords. */
  readonly configHash: string;
}

interface ConnectorSpecSource {
  readonly name: string;
  /** As written, references not resolved. */
  readonly written: Props;
  readonly resolved: Props;
  /** Returns them with references resolved again. */
  readonly current: () => Promise<Props>;
  readonly workerProps: Props;
  readonly plugins: PluginRegistry;
}

/**
 * Reads a configuration.
 *
 * @throws ConfigException for the first invalid option
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

/** A sink's option that pseudonymises its keys; dead letters then use the same secret. */
const sinkSecret = "key.secret";

function keyHashOf(config: SinkConnectorConfig, props: Props): KeyedHash | null {
  const own = config["errors.deadletterqueue.key.secret"];
  if (own !== null) return new KeyedHash(own.value, "errors.deadletterqueue.key.secret");
  const secret = props[sinkSecret]?.trim() ?? "";
  return secret === "" ? null : new KeyedHash(secret, sinkSecret);
}

/** Returns a connector's consumer group; as in Connect an override may change it. */
export function groupIdOf(name: string, props: Props): string {
  return withPrefix(props, "consumer.override.")["group.id"] ?? `connect-${name}`;
}

const configHashDigits = 32;

/** Options with these words in their names are hidden even if no plugin declares them as passwords. */
const secretName = /password|secret|jaas|token|credential/i;

/** Independent of the order of options. A password in a URL counts only if it is written there literally. */
function configHashOf(written: Props, plugin: SinkConnectorPlugin): string {
  const isSecret = (name: string) =>
    secretName.test(name) || plugin.config.keys[name]?.type === "PASSWORD" || name.endsWith(".url");
  const shown = Object.entries(written).filter(([name]) => !isSecret(name)).sort(([a], [b]) =>
    a < b ? -1 : 1
  );
  return createHash("sha256").update(JSON.stringify(shown)).digest("hex").slice(0, configHashDigits);
}
