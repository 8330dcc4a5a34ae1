/** Kafka client settings that a connector brings: `consumer.override.*` and the like (KIP-458). @module */

import type { ConfigValue } from "../api/config_def.ts";
import type { CurrentProperties } from "../api/ports.ts";
import type { Props } from "../api/sink_task.ts";
import { clientProperties, type KafkaClientKind, withPrefix, type WorkerConfig } from "./worker_config.ts";

const kinds: readonly KafkaClientKind[] = ["consumer", "producer", "admin"];

/** What `connector.client.config.override.policy=Principal` lets through: who one is. */
const principalOptions: readonly string[] = ["sasl.jaas.config", "sasl.mechanism", "security.protocol"];

/** The settings of one of a connector's clients: the worker's, and the connector's on top. */
export function connectorClientProperties(kind: KafkaClientKind, worker: Props, connector: Props): Props {
  return { ...clientProperties(worker, kind), ...withPrefix(connector, `${kind}.override.`) };
}

/** A connector's own settings of one client as they are now; what the worker says is looked up beside it. */
export function overridesNow(kind: KafkaClientKind, current: CurrentProperties): CurrentProperties {
  return async () => withPrefix(await current(), `${kind}.override.`);
}

/** Checks a connector's overrides by the worker's policy. (`AbstractConnectorClientConfigOverridePolicy`) */
export function validateOverrides(
  props: Props,
  policy: WorkerConfig["connector.client.config.override.policy"],
): readonly ConfigValue[] {
  return kinds.flatMap((kind) =>
    Object.entries(withPrefix(props, `${kind}.override.`)).map(([option, value]) => ({
      name: `${kind}.override.${option}`,
      key: { type: typeOf(option), documentation: `Setting ${option} of the connector's ${kind}.` },
      value: typeOf(option) === "PASSWORD" ? "[hidden]" : value,
      errors: [
        ...policyProblems(option, policy),
        ...numberProblems(kind, option, value),
        ...protocolProblems(kind, option, value),
      ],
    }))
  );
}

/** Java knows the type of each; all that matters here is which of them are secrets. */
function typeOf(option: string): "STRING" | "PASSWORD" {
  return /password|jaas\.config|keystore\.key|secret/.test(option) ? "PASSWORD" : "STRING";
}

function policyProblems(option: string, policy: string): readonly string[] {
  if (isAllowed(option, policy)) return [];
  return [
    `The '${policy}' policy does not allow '${option}' to be overridden in the connector configuration.`,
  ];
}

/** Options of Java's clients that are numbers, by how they are called; of these, the long ones. */
const numberOptions =
  /\.(ms|bytes|records|cache|memory)$|^(batch\.size|buffer\.memory|retries|max\.request\.size)$/;
const longOptions =
  /^(retry|reconnect)\.backoff\.|^(metadata\.max\.age|connections\.max\.idle|linger|max\.block|metrics\.sample\.window)\.ms$|^buffer\.memory$/;

/** Told before anything starts; Connect answers 500 where it makes the client. */
function numberProblems(kind: KafkaClientKind, option: string, value: string): readonly string[] {
  if (!numberOptions.test(option) || /^\s*[+-]?\d+\s*$/.test(value) || value.includes("${")) return [];
  const type = longOptions.test(option) ? "LONG" : "INT";
  return [
    `Invalid value ${value} for configuration ${kind}.override.${option}: Not a number of type ${type}`,
  ];
}

/** Told before anything starts, too: the consumer would refuse it. */
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
