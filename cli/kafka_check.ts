/** Tries Kafka as a connector's consumer would, for `validate`. @module */

import { safeText } from "../connect/api/exceptions.ts";
import type { KafkaClients } from "../connect/api/ports.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { connectorClientProperties } from "../connect/config/client_overrides.ts";

/** How long Kafka has to answer. */
const answerMsMax = 5_000;

const toReachIt = /^(bootstrap\.servers|(security|sasl|ssl)\..*)$/;

/**
 * Logs in as the connector's consumer does, and asks for the cluster.
 *
 * @param settings the worker's
 * @param props the connector's, with references looked up
 * @returns what keeps it from that; undefined when all is well
 */
export async function kafkaProblem(
  kafka: KafkaClients,
  settings: Props,
  props: Props,
): Promise<string | undefined> {
  const ofConsumer = Object.entries(connectorClientProperties("consumer", settings, props));
  const overrides = Object.fromEntries(ofConsumer.filter(([name]) => toReachIt.test(name)));
  try {
    const admin = kafka.admin("sluice-validate", {
      ...overrides,
      "default.api.timeout.ms": `${answerMsMax}`,
    });
    try {
      await admin.clusterId();
    } finally {
      await admin.close();
    }
    return undefined;
  } catch (error) {
    return safeText(error);
  }
}
