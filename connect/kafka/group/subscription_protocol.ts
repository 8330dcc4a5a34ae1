/**
 * What members of a group tell each other through the coordinator: who wants which topics, and who gets which
 * partitions. Byte for byte as Java's consumer, so that both can be in one group.
 * (`org.apache.kafka.clients.consumer.internals.ConsumerProtocol`)
 *
 * @module
 */

import type { TopicPartition } from "../../api/record.ts";
import { newEncoder } from "../wire/kafkajs_internals.ts";
import { asBuffer, byTopic, readText, readTopics, writeList, writeTopics } from "../wire/protocol/api.ts";
import { Decoder } from "../wire/protocol/decoder.ts";

/** Name of the protocol whose members own nothing while they rebalance. */
export const rangeProtocol = "range";

/** What Kafka calls groups whose members share partitions. */
export const consumerType = "consumer";

/**
 * Our version of a subscription: 1 adds the partitions owned so far. Java's readers take any version and read
 * the fields they know of it.
 */
const subscriptionVersion = 1;
const assignmentVersion = 0;

/** Writes what this member wants. */
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

/** Reads the topics another member wants, of any version: later ones only add at the end. */
export function decodeSubscription(bytes: Uint8Array): readonly string[] {
  const from = new Decoder(asBuffer(bytes));
  from.readInt16();
  return from.readArray(readText);
}

/** Writes what a member gets. */
export function encodeAssignment(partitions: readonly TopicPartition[]): Uint8Array {
  const to = newEncoder().writeInt16(assignmentVersion);
  writeTopics(to, byTopic(partitions), ({ partition }) => to.writeInt32(partition));
  return to.writeBytes(null).buffer;
}

/** Reads what this member gets; nothing at all is an empty assignment. */
export function decodeAssignment(bytes: Uint8Array): readonly TopicPartition[] {
  if (bytes.length === 0) return [];
  const from = new Decoder(asBuffer(bytes));
  from.readInt16();
  return readTopics(from, (d) => d.readInt32())
    .flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}
