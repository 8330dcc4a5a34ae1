import { safeText } from "../connect/api/exceptions.ts";
import type { KafkaClients } from "../connect/api/ports.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { connectorClientProperties } from "../connect/config/client_overrides.ts";

/** Longest wait for Kafka. */
const answerMsMax = 5_000;

const toReachIt = /^(bootstrap\.servers|(security|sasl|ssl)\..*)$/;

/**
 * Logs in to Kafka as the connector's consumer does, for `validate`.
 *
 * @param settings the worker's settings
 * @param props the connector's options, references resolved
 * @returns the problem, or undefined
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
