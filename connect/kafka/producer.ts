/**
 * Writes records with acks=all: `send` resolves when they are durable.
 *
 * A batch whose answer is lost is sent again and may be written twice: a dead letter queue needs at-least-once
 * delivery. @module
 */

import { ConnectException } from "../api/exceptions.ts";
import type { Producer, ProducerRecord, Time } from "../api/ports.ts";
import type { Cluster } from "./wire/cluster.ts";
import { BrokerAwayError, isRetriableCode, KafkaCode, KafkaCodeError } from "./wire/kafka_error.ts";
import type { ProducerSettings } from "./producer_settings.ts";
import { produce } from "./wire/protocol/produce_api.ts";
import { encodeBatch, recordBytes, type TimedRecord } from "./batches/batch_writer.ts";
import { type Attempts, untilDeadline } from "./wire/retrying.ts";

/** The rule of an error about a record above a size limit. */
const tooLarge = "record_too_large";
const tooLargeCodes: ReadonlySet<number> = new Set([
  KafkaCode.messageTooLarge,
  KafkaCode.recordListTooLarge,
]);

function isTooLarge(error: unknown): boolean {
  return error instanceof ConnectException && error.rule === tooLarge;
}

interface ProducerServices {
  readonly settings: ProducerSettings;
  readonly cluster: Cluster;
  readonly time: Time;
}

interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: TimedRecord[];
}

export class BatchingProducer implements Producer {
  readonly #services: ProducerServices;
  #nextWithoutKey = 0;

  constructor(services: ProducerServices) {
    this.#services = services;
  }

  /**
   * Sends in order within each partition.
   *
   * @throws RetriableException after `delivery.timeout.ms`, ConnectException if Kafka refuses, with the rule
   * `record_too_large` for a record above a size limit
   */
  async send(records: readonly ProducerRecord[]): Promise<void> {
    if (records.length === 0) return;
    const { time, settings } = this.#services;
    const topics = [...new Set(records.map(({ topic }) => topic))];
    this.#refuseLarge(records);
    const action = `write to ${topics.join(", ")}`;
    const attempts = {
      time,
      timeoutMs: settings.deliveryTimeoutMs,
      backoff: settings.client.backoff,
      action,
    };
    await untilDeadline(attempts, () => this.#learn(topics));
    const batches = this.#batches(records);
    await Promise.all([...batches.values()].map(async (ofPartition) => {
      for (const batch of ofPartition) await this.#sendBatch(batch, attempts);
    }));
  }

  /** Halves a batch that is too large for the topic: each record may be small enough. */
  async #sendBatch(batch: Batch, attempts: Omit<Attempts, "action">): Promise<void> {
    const { topic, partition, records } = batch;
    try {
      await untilDeadline(
        { ...attempts, action: `write to ${topic}-${partition}` },
        () => this.#produce(batch),
      );
    } catch (error) {
      if (!isTooLarge(error) || records.length === 1) throw error;
      const middle = Math.ceil(records.length / 2);
      await this.#sendBatch({ topic, partition, records: records.slice(0, middle) }, attempts);
      await this.#sendBatch({ topic, partition, records: records.slice(middle) }, attempts);
    }
  }

  #refuseLarge(records: readonly ProducerRecord[]): void {
    const { recordBytesMax: bytesMax } = this.#services.settings;
    if (bytesMax === null) return;
    for (const record of records) {
      const bytes = recordBytes(record);
      if (bytes <= bytesMax) continue;
      throw new ConnectException(
        `Cannot write to ${record.topic}: a record takes ${bytes} bytes, max.request.size of the producer allows ` +
          `${bytesMax}: raise it`,
        { rule: tooLarge },
      );
    }
  }

  close(): Promise<void> {
    this.#services.cluster.close();
    return Promise.resolve();
  }

  /** Returns leaders and partition counts of the topics, from kept metadata if it is complete. */
  async #learn(topics: readonly string[]): Promise<void> {
    const { cluster } = this.#services;
    const known = (topic: string) => (cluster.topic(topic)?.partitions.length ?? 0) > 0;
    if (topics.every(known)) return;
    const answer = await cluster.refresh(topics);
    const missing = answer.topics.find(({ code }) => code !== KafkaCode.none);
    if (missing !== undefined) throw new KafkaCodeError(missing.code, `write to ${missing.topic}`);
  }

  #batches(records: readonly ProducerRecord[]): Map<string, Batch[]> {
    const { settings, time } = this.#services;
    const batches = new Map<string, Batch[]>();
    const bytes = new Map<string, number>();
    for (const record of records) {
      const { topic } = record;
      const partition = this.#partitionOf(record);
      const key = `${topic}-${partition}`;
      const ofPartition = batches.get(key) ?? [];
      batches.set(key, ofPartition);
      const size = recordBytes(record);
      const filled = (bytes.get(key) ?? 0) + size;
      const last = ofPartition.at(-1);
      const timed = { ...record, timestamp: record.timestamp ?? time.now() };
      if (last !== undefined && filled <= settings.batchBytesMax) last.records.push(timed);
      else ofPartition.push({ topic, partition, records: [timed] });
      bytes.set(key, last !== undefined && filled <= settings.batchBytesMax ? filled : size);
    }
    return batches;
  }

  /** The record's own partition, by the key's hash, or round-robin. */
  #partitionOf({ topic, partition, key }: ProducerRecord): number {
    if (partition !== undefined) return partition;
    const count = this.#services.cluster.topic(topic)?.partitions.length ?? 1;
    return key === null ? this.#nextWithoutKey++ % count : partitionOfKey(key, count);
  }

  async #produce({ topic, partition, records }: Batch): Promise<void> {
    const { cluster, settings } = this.#services;
    const leader = cluster.leader(topic, partition);
    if (leader === undefined) {
      await cluster.refresh([topic]);
      throw new BrokerAwayError(`${topic}-${partition} has no known leader`);
    }
    const batch = encodeBatch(records, settings.compression);
    try {
      const connection = await cluster.node(leader, "control");
      const timeoutMs = settings.client.requestTimeoutMs;
      const answer = await connection.request(produce, {
        timeoutMs,
        topics: [{ topic, partitions: [{ partition, batch }] }],
      });
      for (const { code } of answer.topics.flatMap(({ partitions }) => partitions)) {
        if (code !== KafkaCode.none) throw new KafkaCodeError(code, `write to ${topic}-${partition}`);
      }
    } catch (cause) {
      if (cause instanceof KafkaCodeError && tooLargeCodes.has(cause.code)) {
        throw new ConnectException(
          `${cause.message}, a record takes ${batch.byteLength} bytes: raise max.message.bytes of the topic, or ` +
            "message.max.bytes of the brokers",
          { rule: tooLarge, cause },
        );
      }
      if (cause instanceof KafkaCodeError && !isRetriableCode(cause.code)) {
        throw new ConnectException(cause.message, { cause });
      }
      await cluster.refresh([topic]).catch(() => {}); // the next attempt reports a cluster that is still away
      throw cause;
    }
  }
}

/** As Java's default partitioner. (`org.apache.kafka.clients.producer.internals.BuiltInPartitioner`) */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** `org.apache.kafka.common.utils.Utils.murmur2` */
function murmur2(bytes: Uint8Array): number {
  const factor = 0x5bd1e995;
  const wholeWords = bytes.length & ~3;
  const at = (index: number) => bytes[index] ?? 0;
  let hash = 0x9747b28c ^ bytes.length;
  for (let index = 0; index < wholeWords; index += 4) {
    const word = at(index) | at(index + 1) << 8 | at(index + 2) << 16 | at(index + 3) << 24;
    const mixed = Math.imul(word, factor);
    hash = Math.imul(hash, factor) ^ Math.imul(mixed ^ mixed >>> 24, factor);
  }
  if (wholeWords < bytes.length) {
    hash ^= at(wholeWords) | at(wholeWords + 1) << 8 | at(wholeWords + 2) << 16;
    hash = Math.imul(hash, factor);
  }
  hash = Math.imul(hash ^ hash >>> 13, factor);
  return hash ^ hash >>> 15;
}
