/** A consumer whose rebalances, lost sessions and faults a test controls. It enforces the port's rules. @module */

import { ConnectException } from "../../../connect/api/exceptions.ts";
import type {
  CommittedOffset,
  Consumer,
  ConsumerOptions,
  ConsumerRecord,
  KafkaAway,
  MissingTopic,
  RebalanceListener,
  Subscription,
  Time,
} from "../../../connect/api/ports.ts";
import type { RecordRun } from "../../../connect/api/consumer_record.ts";
import { partitionKey, PartitionMap, type TopicPartition } from "../../../connect/api/record.ts";

const defaultPollRecordsMax = 500;

interface FakeBrokers {
  readonly time: Time;
  readonly logs: PartitionMap<ConsumerRecord[]>;
  commitFault(): void;
  onCommitted(at: TopicPartition, offset: bigint): void;
  offsetsOf(groupId: string): PartitionMap<CommittedOffset>;
  committed(groupId: string, at: TopicPartition): bigint | undefined;
}

/** Where reading of a partition started, with a number: deliveries must be in order within one epoch. */
interface ReadingEpoch {
  readonly number: number;
  readonly from: bigint;
}

/** A member of a fake group. By default its first poll assigns all partitions of its topics. */
export class FakeConsumer implements Consumer {
  readonly groupId: string;
  readonly clientId: string;
  readonly overrides: Readonly<Record<string, string>>;
  isMember = false;
  isClosed = false;
  /** How long Kafka hasn't answered. */
  silentForMs = 0;
  /** What doesn't answer. */
  isAway: KafkaAway | undefined;
  /** Topics that don't exist. */
  missing: readonly MissingTopic[] = [];
  /** No call returns any more, as after a crash of its process. */
  isDead = false;
  /** The partitions to assign at the next poll; undefined = no rebalance. */
  #wanted: readonly TopicPartition[] | undefined;
  #isSessionLost = false;
  #assigned: readonly TopicPartition[] = [];
  #epoch = 0;
  readonly epochs = new PartitionMap<ReadingEpoch>();
  readonly #positions = new PartitionMap<bigint>();
  readonly #paused = new PartitionMap<true>();
  #listener: RebalanceListener | undefined;
  #subscription: Subscription = [];
  #waiting: AbortController | undefined;
  #isPolling = false;
  #isInCallback = false;
  /** Lent bytes with their record's number. After `release` they are overwritten. */
  #lent: { readonly record: number; readonly bytes: Uint8Array }[] = [];
  #handedOut = 0;
  /** Number of released records. */
  released = 0;
  /** Runs before each poll returns records; may throw. */
  pollFault: () => void = () => {};

  constructor(private readonly kafka: FakeBrokers, options: ConsumerOptions) {
    this.groupId = options.groupId;
    this.clientId = options.clientId;
    this.overrides = options.overrides;
  }

  subscribe(subscription: Subscription, listener: RebalanceListener): Promise<void> {
    this.#subscription = subscription;
    this.#listener = listener;
    this.isMember = true;
    this.#wanted ??= this.kafka.logs.keys().filter(({ topic }) => this.#isSubscribed(topic));
    return Promise.resolve();
  }

  /** The next poll assigns these partitions. */
  rebalanceTo(partitions: readonly TopicPartition[]): void {
    this.#wanted = partitions;
    this.wakeup();
  }

  /** The session expires: the next poll loses its partitions and joins again with these. */
  loseSession(partitionsAfter: readonly TopicPartition[]): void {
    this.#isSessionLost = true;
    this.#wanted = partitionsAfter;
    this.wakeup();
  }

  /** The process is killed: no call returns, and nothing of it can be committed. */
  die(): void {
    this.isDead = true;
    this.isMember = false;
    this.#waiting?.abort();
  }

  dataArrived(): void {
    this.#waiting?.abort();
  }

  pollRuns?(timeoutMs: number): Promise<readonly RecordRun[]>;

  async poll(timeoutMs: number): Promise<readonly ConsumerRecord[]> {
    if (this.isClosed || this.#isPolling) throw new Error("Cannot poll: closed, or polled already");
    this.#isPolling = true;
    try {
      await this.kafka.time.sleep(0);
      await this.#rebalance();
      this.pollFault();
      const records = this.#fetch();
      if (records.length > 0 || timeoutMs <= 0 || this.#wanted !== undefined) return records;
      this.#waiting = new AbortController();
      await this.kafka.time.sleep(timeoutMs, this.#waiting.signal);
      return this.isDead || this.#wanted !== undefined ? [] : this.#fetch();
    } finally {
      this.#waiting = undefined;
      if (this.isDead) await never();
      this.#isPolling = false;
    }
  }

  wakeup(): void {
    this.#waiting?.abort();
  }
  assignment(): readonly TopicPartition[] {
    return this.#assigned;
  }
  isOwned(partition: TopicPartition): boolean {
    return this.isMember && !this.#isSessionLost && this.#has(partition);
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#requireQuiet("pause", partitions);
    for (const at of partitions) this.#paused.set(at, true);
  }
  resume(partitions: readonly TopicPartition[]): void {
    this.#requireQuiet("resume", partitions);
    for (const at of partitions) this.#paused.delete(at);
  }
  seek(partition: TopicPartition, offset: bigint): void {
    this.#requireQuiet("seek", [partition]);
    this.#positions.set(partition, offset);
    this.#begin(partition, offset);
  }
  get pausedPartitions(): readonly TopicPartition[] {
    return this.#paused.keys();
  }

  async commit(offsets: PartitionMap<CommittedOffset>): Promise<void> {
    if (this.#isPolling && !this.#isInCallback) throw new Error("Cannot commit while polling");
    await this.kafka.time.sleep(1);
    if (this.isDead) await never();
    if (this.#isSessionLost || !this.isMember) throw new ConnectException("The member is fenced");
    this.kafka.commitFault();
    for (const [at, offset] of offsets) {
      if (!this.#has(at)) throw new Error(`Cannot commit ${partitionKey(at)}: it isn't assigned`);
      this.kafka.offsetsOf(this.groupId).set(at, offset);
      this.kafka.onCommitted(at, offset.offset);
    }
  }
  committed(partitions: readonly TopicPartition[]): Promise<PartitionMap<CommittedOffset>> {
    const known = new PartitionMap<CommittedOffset>();
    for (const at of partitions) {
      const offset = this.kafka.offsetsOf(this.groupId).get(at);
      if (offset !== undefined) known.set(at, offset);
    }
    return Promise.resolve(known);
  }
  position(partition: TopicPartition): bigint | undefined {
    return this.#positions.get(partition);
  }
  lag(): PartitionMap<bigint> {
    return new PartitionMap(
      this.#assigned.map((at) => [at, BigInt(this.kafka.logs.get(at)?.length ?? 0) - this.#positionOf(at)]),
    );
  }
  missingTopics(): readonly MissingTopic[] {
    return this.missing;
  }
  away(): KafkaAway | undefined {
    return this.isAway;
  }
  silentMs(): number {
    return this.silentForMs;
  }
  bufferedBytes(): number {
    return 0;
  }
  release(handedOut: number): void {
    if (handedOut > this.#handedOut) throw new Error("Cannot release more than was handed out");
    for (const { record, bytes } of this.#lent) if (record <= handedOut) bytes.fill(0xff);
    this.#lent = this.#lent.filter(({ record }) => record > handedOut);
    this.released = handedOut;
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.isDead) await never();
    if (this.#assigned.length > 0 && !this.#isSessionLost) await this.#tell("revoked", this.#assigned);
    this.#assigned = [];
    this.isMember = false;
  }

  /** Eager: revokes all partitions, then assigns the wanted ones. */
  async #rebalance(): Promise<void> {
    if (this.#wanted === undefined || this.isDead) return;
    const before = this.#assigned;
    if (before.length > 0) await this.#tell(this.#isSessionLost ? "lost" : "revoked", before);
    const wanted = this.#wanted;
    this.#wanted = undefined;
    this.#isSessionLost = false;
    this.isMember = true;
    this.#paused.clear();
    this.#assigned = wanted;
    for (const at of wanted) {
      const from = this.kafka.committed(this.groupId, at) ?? 0n;
      this.#positions.set(at, from);
      this.#begin(at, from);
    }
    await this.#tell("assigned", wanted);
  }

  async #tell(what: "assigned" | "revoked" | "lost", partitions: readonly TopicPartition[]): Promise<void> {
    this.#isInCallback = true;
    await this.#listener?.[what](partitions);
    if (this.isDead) await never();
    this.#isInCallback = false;
  }

  #fetch(): readonly ConsumerRecord[] {
    const recordsMax = Number(this.overrides["max.poll.records"] ?? defaultPollRecordsMax);
    const found: ConsumerRecord[] = [];
    for (const at of this.#assigned) {
      if (this.#paused.has(at)) continue;
      const from = this.#positionOf(at);
      const records = (this.kafka.logs.get(at) ?? []).slice(
        Number(from),
        Number(from) + recordsMax - found.length,
      );
      for (const record of records) {
        this.#handedOut += 1;
        found.push({ ...record, key: this.#lend(record.key), value: this.#lend(record.value) });
      }
      this.#positions.set(at, from + BigInt(records.length));
    }
    return found;
  }

  #lend(bytes: Uint8Array | null): Uint8Array | null {
    if (bytes === null) return null;
    const lent = bytes.slice();
    this.#lent.push({ record: this.#handedOut, bytes: lent });
    return lent;
  }
  #begin(at: TopicPartition, from: bigint): void {
    this.epochs.set(at, { number: ++this.#epoch, from });
  }
  #positionOf(at: TopicPartition): bigint {
    return this.#positions.get(at) ?? 0n;
  }
  #has(partition: TopicPartition): boolean {
    return this.#assigned.some(({ topic, partition: id }) =>
      topic === partition.topic && id === partition.partition
    );
  }
  #isSubscribed(topic: string): boolean {
    return "test" in this.#subscription ? this.#subscription.test(topic) : this.#subscription.includes(topic);
  }
  #requireQuiet(what: string, partitions: readonly TopicPartition[]): void {
    if (this.#isPolling && !this.#isInCallback) throw new Error(`Cannot ${what} while polling`);
    const stranger = partitions.find((at) => !this.#has(at));
    if (stranger !== undefined) {
      throw new Error(`Cannot ${what} ${partitionKey(stranger)}: it isn't assigned`);
    }
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
