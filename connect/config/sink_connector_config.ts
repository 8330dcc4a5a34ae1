/**
 * Options of every sink connector: Connect's in the order of its `validate`, then Sluice's.
 * (`org.apache.kafka.connect.runtime.SinkConnectorConfig`)
 *
 * @module
 */

import { ConfigDef, type ConfigValues } from "../api/config_def.ts";
import { chainKeys, connectorKeys, converterKeys, topicKeys } from "./keys/connector_keys.ts";
import { deliveryKeys } from "./keys/delivery_keys.ts";
import { deadLetterKeys, errorKeys, sluiceErrorKeys } from "./keys/error_keys.ts";

const keys = {
  ...connectorKeys,
  ...converterKeys,
  ...chainKeys,
  ...errorKeys,
  ...topicKeys,
  ...deadLetterKeys,
  ...sluiceErrorKeys,
  ...deliveryKeys,
} as const;

/**
 * Parses the options that every sink connector has.
 *
 * @example
 * ```ts
 * import { sinkConnectorConfig } from "./sink_connector_config.ts";
 * const config = sinkConnectorConfig.parse({ name: "people", "connector.class": "PostgresSink", topics: "a, b" });
 * if (config.topics.length !== 2 || config["tasks.max"] !== 1) throw new Error("a list and a default");
 * ```
 */
export const sinkConnectorConfig = ConfigDef.of(keys);

/** The parsed values; milliseconds of type LONG are bigint. */
export type SinkConnectorConfig = ConfigValues<typeof keys>;
