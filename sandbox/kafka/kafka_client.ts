/**
 * The sandbox's own way to speak to its broker: kafkajs as it is published, not Sluice's clients, which the world
 * is there to test.
 *
 * @module
 */

import { type Admin, Kafka, logLevel } from "kafkajs";
import { repairRequestQueue } from "../../connect/kafka/wire/kafkajs_internals.ts";
import { pollUntil, sleep, waitMsMax } from "../wait.ts";

// An outage of Kafka is waited out, as any good producer does.
const retry = { retries: 1_000_000, initialRetryTime: 100, maxRetryTime: 2000 };

/** What a broker says of a topic that it hasn't heard of yet, or whose partitions nobody leads yet. */
const youngTopic: readonly string[] = ["UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE"];

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
      waitForLeaders: false, // kafkajs takes a broker that hasn't heard of the topic yet for a failure
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
    // Classes of its errors are not among what can be imported from kafkajs by name.
    if (error instanceof Error && "type" in error && youngTopic.includes(String(error.type))) {
      return undefined;
    }
    throw error;
  }
}
