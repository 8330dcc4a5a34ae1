/** A Kafka in memory: logs, a group's offsets, and clients whose faults a test controls. @module */

import { ConnectException, RetriableException } from "../../../connect/api/exceptions.ts";
import type {
  Admin,
  CommittedOffset,
  ConsumerOptions,
  ConsumerRecord,
  GroupMember,
  KafkaClients,
  LogBounds,
  Producer,
  ProducerRecord,
  Time,
} from "../../../connect/api/ports.ts";
import { type OffsetMap, PartitionMap, type TopicPartition } from "../../../connect/api/record.ts";
import { FakeConsumer } from "./fake_consumer.ts";

const encoder = new TextEncoder();

interface FakeRecord {
  readonly key?: string | null;
  readonly value?: string | Uint8Array | null;
  readonly timestamp?: number;
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[];
}

/** One broker with one consumer group for each name. */
export class FakeKafka implements KafkaClients {
  readonly logs = new PartitionMap<ConsumerRecord[]>();
  readonly groups = new Map<string, PartitionMap<CommittedOffset>>();
  readonly consumers: FakeConsumer[] = [];
  readonly createdTopics: { topic: string; partitions: number; replicationFactor: number }[] = [];
  /** Durable records of producers. */
  readonly produced: ProducerRecord[] = [];
  /** Throws to fail a produce request. */
  produceFault: () => void = () => {};
  /** Gets the records that are durable now; throws to lose the answer. */
  onProduced: (records: readonly ProducerRecord[]) => void = () => {};
  /** Throws to fail a commit. */
  commitFault: () => void = () => {};
  /** Gets each committed offset. */
  onCommitted: (at: TopicPartition, offset: bigint) => void = () => {};
  /** Throws to fail creating a topic. */
  createTopicFault: () => void = () => {};
  /** How long creating a topic takes. */
  createTopicMs = 1;
  /** Milliseconds that a produce request takes. */
  produceMs = 1;

  constructor(readonly time: Time) {}

  /** Creates partitions. The group's members get free ones at their next poll. */
  createPartitions(topic: string, count: number): void {
    for (let partition = 0; partition < count; partition++) {
      if (!this.logs.has({ topic, partition })) this.logs.set({ topic, partition }, []);
    }
  }

  append(at: TopicPartition, ...records: readonly FakeRecord[]): void {
    const log = this.logs.get(at);
    if (log === undefined) {
      throw new Error(`Cannot append: there is no partition ${at.topic}-${at.partition}`);
    }
    for (const { key, value, timestamp, headers } of records) {
      log.push({
        topic: at.topic,
        partition: at.partition,
        offset: BigInt(log.length),
        timestamp: timestamp ?? this.time.now(),
        timestampType: "CreateTime",
        key: key == null ? null : encoder.encode(key),
        value: typeof value === "string" ? encoder.encode(value) : value ?? null,
        headers: headers ?? [],
      });
    }
    for (const consumer of this.consumers) consumer.dataArrived();
  }

  /** Replaces a record, which no real log allows: a test's way to repair a bad one. */
  replaceValue(at: TopicPartition, offset: bigint, value: string): void {
    const log = this.logs.get(at);
    const record = log?.[Number(offset)];
    if (log === undefined || record === undefined) {
      throw new Error("Cannot replace a record that isn't there");
    }
    log[Number(offset)] = { ...record, value: encoder.encode(value) };
  }

  offsetsOf(groupId: string): PartitionMap<CommittedOffset> {
    const offsets = this.groups.get(groupId) ?? new PartitionMap<CommittedOffset>();
    this.groups.set(groupId, offsets);
    return offsets;
  }

  committed(groupId: string, at: TopicPartition): bigint | undefined {
    return this.offsetsOf(groupId).get(at)?.offset;
  }

  consumer(options: ConsumerOptions): FakeConsumer {
    const consumer = new FakeConsumer(this, options);
    this.consumers.push(consumer);
    return consumer;
  }

  producer(): Producer {
    const send = async (records: readonly ProducerRecord[]) => {
      await this.time.sleep(this.produceMs);
      this.produceFault();
      this.produced.push(...records);
      this.onProduced(records);
    };
    return { send, close: () => Promise.resolve() };
  }

  admin(): Admin {
    return new FakeAdmin(this);
  }
}

class FakeAdmin implements Admin {
  constructor(private readonly kafka: FakeKafka) {}

  clusterId(): Promise<string> {
    return Promise.resolve("fake-cluster");
  }
  async describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>> {
    const known = await this.listTopics();
    const partitionsOf = (topic: string) =>
      this.kafka.logs.keys().filter((at) => at.topic === topic).map(({ partition }) => partition);
    return new Map(
      topics.filter((topic) => known.includes(topic)).map((topic) => [topic, partitionsOf(topic)]),
    );
  }
  listTopics(): Promise<readonly string[]> {
    return Promise.resolve([...new Set(this.kafka.logs.keys().map(({ topic }) => topic))]);
  }
  async createTopic(topic: string, partitions: number, replicationFactor: number): Promise<void> {
    await this.kafka.time.sleep(this.kafka.createTopicMs);
    this.kafka.createTopicFault();
    this.kafka.createdTopics.push({ topic, partitions, replicationFactor });
    this.kafka.createPartitions(topic, partitions);
  }
  logBounds(partitions: readonly TopicPartition[]): Promise<PartitionMap<LogBounds>> {
    const bounds = new PartitionMap<LogBounds>();
    for (const at of partitions) {
      const log = this.kafka.logs.get(at);
      if (log !== undefined) bounds.set(at, { start: 0n, end: BigInt(log.length) });
    }
    return Promise.resolve(bounds);
  }
  recordTimestamps(places: OffsetMap): Promise<PartitionMap<number>> {
    const found = new PartitionMap<number>();
    for (const [at, offset] of places) {
      const record = this.kafka.logs.get(at)?.[Number(offset)];
      if (record !== undefined) found.set(at, record.timestamp);
    }
    return Promise.resolve(found);
  }
  groupMembers(groupId: string): Promise<readonly GroupMember[]> {
    const members = this.kafka.consumers.filter((consumer) =>
      consumer.groupId === groupId && consumer.isMember
    );
    return Promise.resolve(
      members.map(({ clientId }) => ({ memberId: `${clientId}-x`, clientId, host: "/127.0.0.1" })),
    );
  }
  groupOffsets(groupId: string): Promise<PartitionMap<CommittedOffset>> {
    return Promise.resolve(new PartitionMap(this.kafka.offsetsOf(groupId)));
  }
  async alterGroupOffsets(groupId: string, offsets: OffsetMap): Promise<void> {
    if ((await this.groupMembers(groupId)).length > 0) throw new ConnectException("The group is not empty");
    for (const [at, offset] of offsets) this.kafka.offsetsOf(groupId).set(at, { offset, metadata: "" });
  }
  deleteGroupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<void> {
    const offsets = this.kafka.offsetsOf(groupId);
    for (const at of partitions ?? offsets.keys()) offsets.delete(at);
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function kafkaIsAway(): RetriableException {
  return new RetriableException("Kafka is away");
}
