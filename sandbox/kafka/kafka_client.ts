/**
 * The sandbox's own clients for its broker: plain kafkajs, not Sluice's clients, which the sandbox exists to
 * test.
 *
 * @module
 */

import { type Admin, Kafka, logLevel } from "kafkajs";
import { repairRequestQueue } from "../../connect/kafka/wire/kafkajs_internals.ts";
import { pollUntil, sleep, waitMsMax } from "../wait.ts";

// Waits out an outage of Kafka, as good producers do.
const retry = { retries: 1_000_000, initialRetryTime: 100, maxRetryTime: 2000 };

/** Errors of a new topic that the broker doesn't know yet or whose partitions have no leader yet. */
const youngTopic: readonly string[] = ["UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE"];

/** Returns a client that logs nothing and retries forever. */
export function kafkaClient(bootstrap: string): Kafka {
  repairRequestQueue(sleep);
  return new Kafka({ clientId: "sandbox", brokers: [bootstrap], logLevel: logLevel.NOTHING, retry });
}

/** Creates topics that don't exist yet; resolves when their partitions have leaders. */
export async function createTopics(
  bootstrap: string,
  topics: readonly string[],
  partitions: number,
): Promise<void> {
  const admin = kafkaClient(bootstrap).admin();
  await admin.connect();
  try {
    await admin.createTopics({
      waitForLeaders: false, // kafkajs fails if a broker doesn't know the topic yet
      topics: topics.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 })),
    });
    await pollUntil(`leaders of ${topics.join(", ")}`, waitMsMax, () => haveLeaders(admin, topics));
  } finally {
    await admin.disconnect();
  }
}

async function haveLeaders(admin: Admin, topics: readonly string[]): Promise<true | undefined> {
  try {
    const found = await admin.fetchTopicMetadata({ topics: [...topics] });
    const leaders = found.topics.flatMap((topic) => topic.partitions.map(({ leader }) => leader));
    return leaders.length > 0 && leaders.every((leader) => leader >= 0) ? true : undefined;
  } catch (error) {
    // kafkajs doesn't export its error classes.
    if (error instanceof Error && "type" in error && youngTopic.includes(String(error.type))) {
      return undefined;
    }
    throw error;
  }
}
