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
      errors: isAllowed(option, policy) ? [] : [
        `The '${policy}' policy does not allow '${option}' to be overridden in the connector configuration.`,
      ],
    }))
  );
}

/** Java knows the type of each; all that matters here is which of them are secrets. */
function typeOf(option: string): "STRING" | "PASSWORD" {
  return /password|jaas\.config|keystore\.key|secret/.test(option) ? "PASSWORD" : "STRING";
}

function isAllowed(option: string, policy: string): boolean {
  return policy === "All" || (policy === "Principal" && principalOptions.includes(option));
}
