/**
 * The sandbox's own way to speak to its broker: kafkajs as it is published, not Sluice's clients, which the world
 * is there to test.
 *
 * @module
 */

import { Kafka, logLevel } from "kafkajs";
import { repairRequestQueue } from "../connect/kafka/request_queue_repair.ts";
import { sleep } from "./wait.ts";

// An outage of Kafka is waited out, as any good producer does.
const retry = { retries: 1_000_000, initialRetryTime: 100, maxRetryTime: 2000 };

/** A client that keeps quiet and never gives up. */
export function kafkaClient(bootstrap: string): Kafka {
  repairRequestQueue(sleep);
  return new Kafka({ clientId: "sandbox", brokers: [bootstrap], logLevel: logLevel.NOTHING, retry });
}

/** Makes topics that don't exist yet; resolves when their partitions have leaders. */
export async function createTopics(
  bootstrap: string,
  topics: readonly string[],
  partitions: number,
): Promise<void> {
  const admin = kafkaClient(bootstrap).admin();
  await admin.connect();
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: topics.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 })),
    });
  } finally {
    await admin.disconnect();
  }
}
