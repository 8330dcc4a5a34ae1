/**
 * The framework's ports: time, logs and Kafka. They are passed as arguments, so that tests can replace them. @module
 */

import type { ConsumerRecord, RawHeader, RecordRun } from "./consumer_record.ts";
import type { OffsetMap, PartitionMap, TopicPartition } from "./record.ts";

/** The clock, and the only way to wait. */
export interface Time {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that never decrease, for durations. */
  monotonic(): number;
  /** Waits; ends early, without an error, if the signal aborts. 0 ms lets other ready work run first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Fields of a log line: offsets, counts, names; never a customer's value. */
export type LogFields = Readonly<Record<string, string | number | bigint | boolean | null | undefined>>;

/** A structured log. */
export interface Logger {
  /** For debugging. */
  debug(message: string, fields?: LogFields): void;
  /** Normal operation. */
  info(message: string, fields?: LogFields): void;
  /** A problem that can wait. */
  warn(message: string, fields?: LogFields): void;
  /** A problem that needs an operator now. */
  error(message: string, fields?: LogFields): void;
  /** Returns a log that adds these fields to every line. */
  with(fields: LogFields): Logger;
}

export type { BadRecord, ConsumerRecord, RawHeader } from "./consumer_record.ts";

/** Receives changes of the assignment; `poll` awaits each call, so offsets can still be committed. */
export interface RebalanceListener {
  /** Partitions were assigned, and no record of them has been returned; the place to `seek`. */
  assigned(partitions: readonly TopicPartition[]): Promise<void>;
  /** Partitions are about to be revoked; their offsets can still be committed. */
  revoked(partitions: readonly TopicPartition[]): Promise<void>;
  /** Partitions are lost (session expired): their offsets can't be committed any more. */
  lost(partitions: readonly TopicPartition[]): Promise<void>;
}

/** Topic names, or a pattern (`topics.regex`) that also matches topics created later. */
export type Subscription = readonly string[] | TopicPattern;

/** Selects topics by name. */
export interface TopicPattern {
  /** Returns whether the pattern matches the whole topic name. */
  test(topic: string): boolean;
}

/** An offset to commit, with metadata that Kafka stores beside it. */
export interface CommittedOffset {
  /** The offset. */
  readonly offset: bigint;
  /** A text that Kafka stores with the offset. */
  readonly metadata: string;
}

/** Whether a consumer returns records of open and aborted transactions. (`isolation.level`) */
export type Isolation = "read_uncommitted" | "read_committed";

/** Kafka, or a part of it, doesn't answer. */
export interface KafkaAway {
  /** Since when, milliseconds on the monotonic clock. */
  readonly sinceMs: number;
  /** What doesn't answer, its address, and the error. */
  readonly reason: string;
  /** The partitions that can't be read meanwhile. */
  readonly partitions: readonly TopicPartition[];
}

/** A subscribed topic that doesn't exist. */
export interface MissingTopic {
  /** The topic's name. */
  readonly topic: string;
  /** Since when, milliseconds on the monotonic clock. */
  readonly sinceMs: number;
}

/** The first and next offset of a partition's log. */
export interface LogBounds {
  /** Offset of the oldest record. */
  readonly start: bigint;
  /** Offset of the next record to be written. */
  readonly end: bigint;
}

/**
 * A polled consumer group member, as Java's consumer. (`org.apache.kafka.clients.consumer.Consumer`)
 *
 * It sends heartbeats in the background between polls, up to `max.poll.interval.ms`; rebalances happen only inside
 * `poll`. While a broker is away, `poll` returns an empty list. One caller at a time, except for `wakeup`, `assignment`
 * and `isOwned`.
 */
export interface Consumer {
  /** Joins the group; the listener receives changes of the assignment. */
  subscribe(subscription: Subscription, listener: RebalanceListener): Promise<void>;
  /** Returns records of partitions that aren't paused, in order within each partition; empty after `timeoutMs`. */
  poll(timeoutMs: number): Promise<readonly ConsumerRecord[]>;
  /**
   * As `poll`, with the same records in runs: their bytes are valid until `release`, which the caller must call, their
   * numbers as long as the runs exist. Optional; a caller uses one of the two.
   */
  pollRuns?(timeoutMs: number): Promise<readonly RecordRun[]>;
  /** Makes a waiting `poll` return at once with what it has. */
  wakeup(): void;
  /** Returns this member's partitions. */
  assignment(): readonly TopicPartition[];
  /** Returns false once a rebalance or an expired session may have given the partition to another member. */
  isOwned(partition: TopicPartition): boolean;
  /** Stops returning records of these partitions until they are resumed. */
  pause(partitions: readonly TopicPartition[]): void;
  /** Returns records of these partitions again. */
  resume(partitions: readonly TopicPartition[]): void;
  /** Continues at this offset and drops what was fetched ahead. */
  seek(partition: TopicPartition, offset: bigint): void;
  /** Commits; throws RetriableException if Kafka didn't answer in time, ConnectException if the member is fenced. */
  commit(offsets: PartitionMap<CommittedOffset>, timeoutMs: number): Promise<void>;
  /** Returns the group's committed offsets; partitions without one are left out. */
  committed(partitions: readonly TopicPartition[], timeoutMs: number): Promise<PartitionMap<CommittedOffset>>;
  /** Returns the next offset that `poll` will return. */
  position(partition: TopicPartition): bigint | undefined;
  /** Returns log end minus position by partition, as of the last fetches. */
  lag(): PartitionMap<bigint>;
  /** Bytes fetched but not yet returned. */
  bufferedBytes(): number;
  /** Milliseconds since Kafka last confirmed the membership, or since the consumer was created. */
  silentMs(): number;
  /** Returns what of Kafka doesn't answer; undefined if all does. Short leader elections don't count. */
  away(): KafkaAway | undefined;
  /** Returns topics that were never created, or were deleted. */
  missingTopics(): readonly MissingTopic[];
  /**
   * Declares the first `handedOut` of all returned records unused, so that their memory is reused: views of it become
   * empty. Optional; without it the runtime frees the memory.
   */
  release?(handedOut: number): void;
  /** Leaves the group after the `revoked` call; safe to call twice. */
  close(timeoutMs: number): Promise<void>;
}

/** A record to produce. */
export interface ProducerRecord {
  /** The topic. */
  readonly topic: string;
  /** The partition; absent = chosen by the key. */
  readonly partition?: number;
  /** The key's bytes; null for a null key. */
  readonly key: Uint8Array | null;
  /** The value's bytes; null for a tombstone. */
  readonly value: Uint8Array | null;
  /** Milliseconds since 1970; absent = now. */
  readonly timestamp?: number;
  /** Headers in order; a name may occur twice. */
  readonly headers: readonly RawHeader[];
}

/** Writes records with acks=all. */
export interface Producer {
  /** Writes the records; resolves when they are durable. */
  send(records: readonly ProducerRecord[]): Promise<void>;
  /** Closes the connections; safe to call twice. */
  close(): Promise<void>;
}

/** A member of a described group. */
export interface GroupMember {
  /** The id that the coordinator assigned. */
  readonly memberId: string;
  /** The client's own name. */
  readonly clientId: string;
  /** The client's address. */
  readonly host: string;
}

/** Manages topics and groups. */
export interface Admin {
  /** Returns the id of the Kafka cluster. */
  clusterId(): Promise<string>;
  /** Returns partition ids by topic; topics that don't exist are left out. */
  describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>>;
  /** Returns all topics that this user may see. */
  listTopics(): Promise<readonly string[]>;
  /** Creates a topic unless it exists; replication -1 = the broker's default; `timeoutMs` replaces the client's own. */
  createTopic(
    topic: string,
    partitions: number,
    replicationFactor: number,
    timeoutMs?: number,
  ): Promise<void>;
  /** Returns where logs begin and end; with `read_committed` they end before the first open transaction. */
  logBounds(partitions: readonly TopicPartition[], isolation?: Isolation): Promise<PartitionMap<LogBounds>>;
  /** Returns the timestamps of the records at these offsets; leaves out missing records and forbidden topics. */
  recordTimestamps(places: OffsetMap): Promise<PartitionMap<number>>;
  /** Returns the group's members. */
  groupMembers(groupId: string): Promise<readonly GroupMember[]>;
  /** Returns the group's committed offsets. */
  groupOffsets(groupId: string): Promise<PartitionMap<CommittedOffset>>;
  /** Sets offsets of a group without members. */
  alterGroupOffsets(groupId: string, offsets: OffsetMap): Promise<void>;
  /** Deletes the offsets of these partitions, or of the whole group. */
  deleteGroupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<void>;
  /** Closes the connections; safe to call twice. */
  close(): Promise<void>;
}

/** Returns the Java client properties with references such as `${file:…}` resolved at each call. */
export type CurrentProperties = () => Promise<Readonly<Record<string, string>>>;

/**
 * Creates the clients of one task. If `current` is given, each new connection reads its credentials and trusted
 * certificates from it, so a changed secret needs no restart.
 */
export interface KafkaClients {
  /** Creates a consumer that hasn't joined its group. */
  consumer(options: ConsumerOptions): Consumer;
  /** Creates a producer that connects on first use. */
  producer(
    clientId: string,
    overrides: Readonly<Record<string, string>>,
    current?: CurrentProperties,
  ): Producer;
  /** Creates a client for topics, groups and offsets. */
  admin(clientId: string, overrides: Readonly<Record<string, string>>, current?: CurrentProperties): Admin;
}

/** Settings of a task's consumer; `overrides` are Java consumer properties (`consumer.override.*`). */
export interface ConsumerOptions {
  /** The group to join. */
  readonly groupId: string;
  /** The client's own name. */
  readonly clientId: string;
  /** Client settings that override the worker's. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Resolves the same overrides anew. */
  readonly current?: CurrentProperties;
  /** Limits of a record; a larger one is returned as bad, without content. Absent = 1 MiB and 1,000 headers. */
  readonly recordLimits?: RecordLimits;
}

/** Limits of one record. */
export interface RecordLimits {
  /** Bytes of key, value and headers together. */
  readonly bytesMax: number;
  /** Number of headers. */
  readonly headersMax: number;
}
