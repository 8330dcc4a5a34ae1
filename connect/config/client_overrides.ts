/** A connector's Kafka client settings: `consumer.override.*` and the like (KIP-458). @module */

import type { ConfigValue } from "../api/config_def.ts";
import type { CurrentProperties } from "../api/ports.ts";
import type { Props } from "../api/sink_task.ts";
import { isNeeded, isSetBy, jaas, placesChanged, withheldLogin } from "./worker_login.ts";
import { clientProperties, type KafkaClientKind, withPrefix, workerConfig } from "./worker_config.ts";

const kinds: readonly KafkaClientKind[] = ["consumer", "producer", "admin"];

/** Options that `connector.client.config.override.policy=Principal` allows: the client's identity. */
const principalOptions: readonly string[] = ["sasl.jaas.config", "sasl.mechanism", "security.protocol"];

/**
 * Returns a client's settings: the worker's with the connector's overrides. The worker's own login goes only
 * to its own brokers: if the connector changes brokers or protection, the options of that login are empty.
 */
export function connectorClientProperties(kind: KafkaClientKind, worker: Props, connector: Props): Props {
  const overrides = overridesOf(kind, connector);
  const withheld = withheldLogin(kind, worker, overrides).filter((name) => isSetBy(worker, name));
  return { ...clientProperties(worker, kind), ...emptied(withheld), ...overrides };
}

/** Reads a connector's current overrides of one client; empties a login that the client must not get. */
export function overridesNow(
  kind: KafkaClientKind,
  worker: Props,
  current: CurrentProperties,
): CurrentProperties {
  return async () => {
    const overrides = overridesOf(kind, await current());
    return { ...emptied(withheldLogin(kind, worker, overrides)), ...overrides };
  };
}

/** Checks overrides against the worker's policy. (`AbstractConnectorClientConfigOverridePolicy`) */
export function validateOverrides(props: Props, worker: Props): readonly ConfigValue[] {
  const { "connector.client.config.override.policy": policy } = workerConfig.parse(worker);
  return kinds.flatMap((kind) => [
    ...Object.entries(overridesOf(kind, props)).map(([option, value]) => ({
      name: `${kind}.override.${option}`,
      key: keyOf(kind, option),
      value: typeOf(option) === "PASSWORD" ? "[hidden]" : value,
      errors: [
        ...policyProblems(option, policy),
        ...numberProblems(kind, option, value),
        ...protocolProblems(kind, option, value),
      ],
    })),
    ...missingLogin(kind, worker, overridesOf(kind, props)),
  ]);
}

/** Options of the worker's login that the connector needs and has to set itself. */
function missingLogin(kind: KafkaClientKind, worker: Props, overrides: Props): readonly ConfigValue[] {
  const places = placesChanged(kind, worker, overrides);
  const needed = withheldLogin(kind, worker, overrides).filter((name) =>
    isSetBy(worker, name) && !(name in overrides) && isNeeded(name, { kind, worker, overrides })
  );
  const prefix = `${kind}.override.`;
  const changed = places.map((name) => prefix + name).join(", ");
  return needed.map((name) => ({
    name: prefix + name,
    key: keyOf(kind, name),
    value: null,
    errors: [
      `Missing ${prefix}${name}: ${changed || `${prefix}${jaas}`} ` +
      "isn't the worker's, whose own login goes only to its own brokers; expected the connector's own, or nothing for none",
    ],
  }));
}

function keyOf(kind: KafkaClientKind, option: string): ConfigValue["key"] {
  return { type: typeOf(option), documentation: `Setting ${option} of the connector's ${kind}.` };
}

function overridesOf(kind: KafkaClientKind, connector: Props): Props {
  return withPrefix(connector, `${kind}.override.`);
}

/** Only secrets need their Java type: they are hidden. */
function typeOf(option: string): "STRING" | "PASSWORD" {
  return /password|jaas\.config|keystore\.key|secret/.test(option) ? "PASSWORD" : "STRING";
}

function policyProblems(option: string, policy: string): readonly string[] {
  if (isAllowed(option, policy)) return [];
  return [
    `The '${policy}' policy does not allow '${option}' to be overridden in the connector configuration.`,
  ];
}

/** Names of numeric options of Java's clients, and those of type LONG among them. */
const numberOptions =
  /\.(ms|bytes|records|cache|memory)$|^(batch\.size|buffer\.memory|retries|max\.request\.size)$/;
const longOptions =
  /^(retry|reconnect)\.backoff\.|^(metadata\.max\.age|connections\.max\.idle|linger|max\.block|metrics\.sample\.window)\.ms$|^buffer\.memory$/;

/** Reported before anything starts. Connect answers 500 when it creates the client. */
function numberProblems(kind: KafkaClientKind, option: string, value: string): readonly string[] {
  if (!numberOptions.test(option) || /^\s*[+-]?\d+\s*$/.test(value) || value.includes("${")) return [];
  const type = longOptions.test(option) ? "LONG" : "INT";
  return [
    `Invalid value ${value} for configuration ${kind}.override.${option}: Not a number of type ${type}`,
  ];
}

/** Reported before anything starts: the consumer would refuse it. */
function protocolProblems(kind: KafkaClientKind, option: string, value: string): readonly string[] {
  if (kind !== "consumer" || option !== "group.protocol" || value.trim().toLowerCase() !== "consumer") {
    return [];
  }
  return [
    `Invalid value ${value} for configuration consumer.override.group.protocol: Sluice takes part in groups by the ` +
    "classic protocol: set it to classic, or leave it out",
  ];
}

function isAllowed(option: string, policy: string): boolean {
  return policy === "All" || (policy === "Principal" && principalOptions.includes(option));
}

/** Clients treat an empty text as unset. */
function emptied(names: readonly string[]): Props {
  return Object.fromEntries(names.map((name) => [name, ""]));
}
