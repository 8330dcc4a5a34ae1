/**
 * What members of a group exchange through the coordinator: subscriptions and assignments, byte for byte as Java's
 * consumer, so that both can be in one group. (`org.apache.kafka.clients.consumer.internals.ConsumerProtocol`) @module
 */

import type { TopicPartition } from "../../api/record.ts";
import { newEncoder } from "../wire/kafkajs_internals.ts";
import { asBuffer, byTopic, readText, readTopics, writeList, writeTopics } from "../wire/protocol/api.ts";
import { Decoder } from "../wire/protocol/decoder.ts";

/** The protocol whose members own no partitions while they rebalance. */
export const rangeProtocol = "range";

/** Kafka's type of groups whose members share partitions. */
export const consumerType = "consumer";

/**
 * The subscription version that Sluice writes: 1 adds the owned partitions. Java's readers accept any version and read
 * the fields they know.
 */
const subscriptionVersion = 1;
const assignmentVersion = 0;

export function encodeSubscription(
  topics: readonly string[],
  owned: readonly TopicPartition[] = [],
): Uint8Array {
  const to = newEncoder().writeInt16(subscriptionVersion);
  writeList(to, topics.toSorted(), (topic) => to.writeString(topic));
  to.writeBytes(null);
  writeTopics(to, byTopic(owned), ({ partition }) => to.writeInt32(partition));
  return to.buffer;
}

/** Reads a member's topics, of any version: later ones only append fields. */
export function decodeSubscription(bytes: Uint8Array): readonly string[] {
  const from = new Decoder(asBuffer(bytes));
  from.readInt16();
  return from.readArray(readText);
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Uint8Array {
  const to = newEncoder().writeInt16(assignmentVersion);
  writeTopics(to, byTopic(partitions), ({ partition }) => to.writeInt32(partition));
  return to.writeBytes(null).buffer;
}

/** Reads an assignment; no bytes are an empty assignment. */
export function decodeAssignment(bytes: Uint8Array): readonly TopicPartition[] {
  if (bytes.length === 0) return [];
  const from = new Decoder(asBuffer(bytes));
  from.readInt16();
  return readTopics(from, (d) => d.readInt32())
    .flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}
