/** Reads whole topics as they are now, for checks. @module */

import { randomUUID } from "node:crypto";
import type { Consumer, EachBatchPayload } from "kafkajs";
import { kafkaClient } from "./kafka_client.ts";
import type { ReadRecord } from "../telesales_model.ts";

/**
 * Yields every record that the topics have at the time of the call, in offset order within each partition. It
 * uses its own consumer group and deletes it afterwards.
 *
 * @example
 * ```ts ignore
 * const model = new TelesalesModel({ secret });
 * await readTopics(kafka.bootstrap, ["customers.registrations"], (record) => model.add(record));
 * ```
 */
export async function readTopics(
  bootstrap: string,
  topics: readonly string[],
  take: (record: ReadRecord) => void,
): Promise<void> {
  const kafka = kafkaClient(bootstrap);
  const admin = kafka.admin();
  await admin.connect();
  const groupId = `sandbox-read-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  try {
    const waiting = new Map<string, bigint>();
    for (const topic of topics) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        if (BigInt(high) > BigInt(low)) waiting.set(`${topic}-${partition}`, BigInt(high));
      }
    }
    if (waiting.size > 0) await readUntil(consumer, topics, { waiting, take });
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => {}); // Kafka removes it later anyway
    await admin.disconnect();
  }
}

interface Reading {
  /** Ends of the partitions that aren't read yet. */
  readonly waiting: Map<string, bigint>;
  readonly take: (record: ReadRecord) => void;
}

async function readUntil(consumer: Consumer, topics: readonly string[], reading: Reading): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const eachBatch = (payload: EachBatchPayload) => {
      takeBatch(payload, reading);
      if (reading.waiting.size === 0) resolve();
      return Promise.resolve();
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  });
}

function takeBatch(
  { batch: { topic, partition, messages } }: EachBatchPayload,
  { waiting, take }: Reading,
): void {
  const place = `${topic}-${partition}`;
  for (const { offset, timestamp, key, value } of messages) {
    const end = waiting.get(place);
    if (end === undefined || BigInt(offset) >= end) return;
    take({ topic, partition, offset: BigInt(offset), timestamp: Number(timestamp), key, value });
    if (BigInt(offset) === end - 1n) waiting.delete(place);
  }
}
