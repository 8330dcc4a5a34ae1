/**
 * What the framework needs from outside: time, logs and Kafka. Everything here is an argument, so that tests
 * bring their own.
 *
 * @module
 */

import type { OffsetMap, PartitionMap, TimestampType, TopicPartition } from "./record.ts";

/** The clock and the only source of waiting. */
export interface Time {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that only grow, for durations. */
  monotonic(): number;
  /** Waits; ends early, without an error, when the signal aborts. 0 ms lets everything else that is ready go first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a log line may carry besides its text: coordinates, counts, names; never a customer's value. */
export type LogFields = Readonly<Record<string, string | number | bigint | boolean | null | undefined>>;

/** A structured log. */
export interface Logger {
  /** For who looks for a fault. */
  debug(message: string, fields?: LogFields): void;
  /** What happens in the course of things. */
  info(message: string, fields?: LogFields): void;
  /** What a person should look at some day. */
  warn(message: string, fields?: LogFields): void;
  /** What a person has to look at. */
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all carry these fields too. */
  with(fields: LogFields): Logger;
}

/** A header as it is on the wire. */
export interface RawHeader {
  /** The header's name. */
  readonly key: string;
  /** Bytes of the value; null for none. */
  readonly value: Uint8Array | null;
}

/** A record as it was fetched. (`org.apache.kafka.clients.consumer.ConsumerRecord`) */
export interface ConsumerRecord {
  /** The topic. */
  readonly topic: string;
  /** The partition. */
  readonly partition: number;
  /** The offset. */
  readonly offset: bigint;
  /** Milliseconds since 1970; -1 where the record has none. */
  readonly timestamp: number;
  /** Where the timestamp is from. */
  readonly timestampType: TimestampType;
  /** Bytes of the key; null for none. */
  readonly key: Uint8Array | null;
  /** Bytes of the value; null for none. */
  readonly value: Uint8Array | null;
  /** Headers in their order; a name may come twice. */
  readonly headers: readonly RawHeader[];
  /** Present where the record can't be processed: its key, value and headers are then empty and mean nothing. */
  readonly bad?: BadRecord;
}

/** What is wrong with a record that the consumer couldn't read, or that is larger than allowed. */
export interface BadRecord {
  /** Names rule and limit. */
  readonly error: Error;
  /** The record stands for all offsets from its own to this one. */
  readonly lastOffset: bigint;
}

/** What happens to the assignment; each call is awaited inside `poll`, so offsets can be committed in time. */
export interface RebalanceListener {
  /** New partitions, before anything of them is handed out; the place to `seek`. */
  assigned(partitions: readonly TopicPartition[]): Promise<void>;
  /** These go, and are still ours to commit. */
  revoked(partitions: readonly TopicPartition[]): Promise<void>;
  /** These are gone already (session lost): nothing can be committed for them any more. */
  lost(partitions: readonly TopicPartition[]): Promise<void>;
}

/** Topic names, or a pattern (`topics.regex`) whose later topics are found while running. */
export type Subscription = readonly string[] | TopicPattern;

/** Which topics are read. */
export interface TopicPattern {
  /** Whether the pattern matches the topic's whole name. */
  test(topic: string): boolean;
}

/** An offset to commit, with a text of ours that Kafka keeps beside it. */
export interface CommittedOffset {
  /** The offset. */
  readonly offset: bigint;
  /** A text beside the offset. */
  readonly metadata: string;
}

/** Which records a consumer reads: all, or none of a transaction before it is committed. (`isolation.level`) */
export type Isolation = "read_uncommitted" | "read_committed";

/** Kafka, or a part of it, doesn't answer. */
export interface KafkaAway {
  /** Since when, on the monotonic clock. */
  readonly sinceMs: number;
  /** What doesn't answer, at which address, and how. */
  readonly reason: string;
  /** The partitions that wait for it. */
  readonly partitions: readonly TopicPartition[];
}

/** A topic of the subscription that Kafka doesn't have. */
export interface MissingTopic {
  /** Its name. */
  readonly topic: string;
  /** Since when, on the monotonic clock. */
  readonly sinceMs: number;
}

/** First offset still in a partition's log and the one its next record will get. */
export interface LogBounds {
  /** Offset of the oldest record there is. */
  readonly start: bigint;
  /** Offset of the next record that will be written. */
  readonly end: bigint;
}

/**
 * A member of a consumer group that is polled, as Java's consumer. (`org.apache.kafka.clients.consumer.Consumer`)
 *
 * It keeps its membership by heartbeats of its own, also while nobody polls, up to the rebalance timeout
 * (`max.poll.interval.ms`); rebalances happen only inside `poll`. A broker that is away is waited for: `poll`
 * returns an empty list then. One caller at a time, except for `wakeup`, `assignment` and `isOwned`.
 */
export interface Consumer {
  /** Joins the group; the listener is told what comes and goes. */
  subscribe(subscription: Subscription, listener: RebalanceListener): Promise<void>;
  /** Records of partitions that are not paused, in order within each partition; empty after `timeoutMs`. */
  poll(timeoutMs: number): Promise<readonly ConsumerRecord[]>;
  /** Ends a waiting `poll` at once, with what it has. */
  wakeup(): void;
  /** What is this member's now. */
  assignment(): readonly TopicPartition[];
  /** False as soon as a rebalance or a lost session may have given the partition to somebody else. */
  isOwned(partition: TopicPartition): boolean;
  /** Hands nothing of these out until they are resumed. */
  pause(partitions: readonly TopicPartition[]): void;
  /** Hands out of these again. */
  resume(partitions: readonly TopicPartition[]): void;
  /** The next record handed out is at this offset; what was fetched ahead is dropped. */
  seek(partition: TopicPartition, offset: bigint): void;
  /** Commits; throws RetriableException when Kafka didn't answer in time, ConnectException when the member is fenced. */
  commit(offsets: PartitionMap<CommittedOffset>, timeoutMs: number): Promise<void>;
  /** Committed offsets of the group; partitions without one are left out. */
  committed(partitions: readonly TopicPartition[], timeoutMs: number): Promise<PartitionMap<CommittedOffset>>;
  /** Next offset that `poll` will hand out. */
  position(partition: TopicPartition): bigint | undefined;
  /** Log end minus position by partition, as far as the last fetches told. */
  lag(): PartitionMap<bigint>;
  /** Bytes fetched and not yet handed out. */
  bufferedBytes(): number;
  /** Milliseconds since Kafka last said that this is a member of its group, or since the consumer was made. */
  silentMs(): number;
  /** What of Kafka doesn't answer; undefined while it does. Elections of some seconds aren't told. */
  away(): KafkaAway | undefined;
  /** Topics that were never made, or were deleted: nothing comes from them, and there is no lag. */
  missingTopics(): readonly MissingTopic[];
  /**
   * Says that the first so many of all records handed out are not used any more, so that their memory can be used
   * for the next ones: views of it become empty. Nobody has to call it; memory is then freed when the runtime sees
   * fit.
   */
  release?(handedOut: number): void;
  /** Leaves the group after the `revoked` call; safe to call twice. */
  close(timeoutMs: number): Promise<void>;
}

/** A record to produce. */
export interface ProducerRecord {
  /** The topic. */
  readonly topic: string;
  /** The partition; by the key when absent. */
  readonly partition?: number;
  /** Bytes of the key; null for none. */
  readonly key: Uint8Array | null;
  /** Bytes of the value; null for none. */
  readonly value: Uint8Array | null;
  /** Milliseconds since 1970; absent = now. */
  readonly timestamp?: number;
  /** Headers in their order; a name may come twice. */
  readonly headers: readonly RawHeader[];
}

/** Writes records; a promise that resolves means the brokers have them (acks=all). */
export interface Producer {
  /** Writes them all; resolves when they are durable. */
  send(records: readonly ProducerRecord[]): Promise<void>;
  /** Ends the client's connections; safe to call twice. */
  close(): Promise<void>;
}

/** A member of a group, as describing it shows. */
export interface GroupMember {
  /** Id that the coordinator gave it. */
  readonly memberId: string;
  /** Name that the client gave itself. */
  readonly clientId: string;
  /** Address it comes from. */
  readonly host: string;
}

/** Looks after topics and groups. */
export interface Admin {
  /** Id of the Kafka cluster. */
  clusterId(): Promise<string>;
  /** Partition ids by topic; topics that don't exist are left out. */
  describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>>;
  /** All topics that this user may see. */
  listTopics(): Promise<readonly string[]>;
  /** Makes a topic unless it exists; replication -1 is the broker's default; `timeoutMs` where less time is left. */
  createTopic(
    topic: string,
    partitions: number,
    replicationFactor: number,
    timeoutMs?: number,
  ): Promise<void>;
  /** Where logs begin and end; with `read_committed` they end in front of the first open transaction. */
  logBounds(partitions: readonly TopicPartition[], isolation?: Isolation): Promise<PartitionMap<LogBounds>>;
  /** Timestamps of the records at these offsets; without an entry where there is none, or it may not be read. */
  recordTimestamps(places: OffsetMap): Promise<PartitionMap<number>>;
  /** Who is in the group. */
  groupMembers(groupId: string): Promise<readonly GroupMember[]>;
  /** What the group has committed. */
  groupOffsets(groupId: string): Promise<PartitionMap<CommittedOffset>>;
  /** Sets offsets of a group without members. */
  alterGroupOffsets(groupId: string, offsets: OffsetMap): Promise<void>;
  /** Removes the offsets of these partitions, of the whole group where none are named. */
  deleteGroupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<void>;
  /** Ends the client's connections; safe to call twice. */
  close(): Promise<void>;
}

/** Java client properties as they are now: references such as `${file:…}` are looked up at each call. */
export type CurrentProperties = () => Promise<Readonly<Record<string, string>>>;

/**
 * What makes the clients of one task. Each new connection takes who it is and whom it trusts from `current`, where
 * that is given, so that a changed secret needs no restart.
 */
export interface KafkaClients {
  /** A member of a group, not joined yet. */
  consumer(options: ConsumerOptions): Consumer;
  /** A producer that is connected at its first use. */
  producer(
    clientId: string,
    overrides: Readonly<Record<string, string>>,
    current?: CurrentProperties,
  ): Producer;
  /** A client for topics, groups and offsets. */
  admin(clientId: string, overrides: Readonly<Record<string, string>>, current?: CurrentProperties): Admin;
}

/** How a task's consumer is set up; `overrides` are Java consumer properties (`consumer.override.*`). */
export interface ConsumerOptions {
  /** The group to join. */
  readonly groupId: string;
  /** Name that the client gave itself. */
  readonly clientId: string;
  /** Client settings over the worker's. */
  readonly overrides: Readonly<Record<string, string>>;
  /** The same overrides as they are now. */
  readonly current?: CurrentProperties;
  /** What a record may have; a larger one is handed out without its content, as bad. Absent = 1 MiB and 1,000 headers. */
  readonly recordLimits?: RecordLimits;
}

/** Limits of one record, whatever the batch holds that it came in. */
export interface RecordLimits {
  /** Bytes of key, value and headers together. */
  readonly bytesMax: number;
  /** Number of headers. */
  readonly headersMax: number;
}
