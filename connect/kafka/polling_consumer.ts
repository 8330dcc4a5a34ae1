/** A polled consumer, as Java's: it connects membership, positions and fetching. @module */

import { ConnectException } from "../api/exceptions.ts";
import type {
  CommittedOffset,
  Consumer,
  ConsumerRecord,
  KafkaAway,
  RebalanceListener,
  Subscription,
} from "../api/ports.ts";
import type { RecordRun } from "../api/consumer_record.ts";
import type { PartitionMap, TopicPartition } from "../api/record.ts";
import { type RecordTarget, RunList } from "./batches/run_list.ts";
import { Assignment } from "./fetch/assignment.ts";
import type { ConsumerServices } from "./consumer_settings.ts";
import { Fetcher } from "./fetch/fetcher.ts";
import type { FetcherEvents } from "./fetch/fetcher_options.ts";
import { Membership, type MembershipEvents } from "./group/membership.ts";
import { commitAsMember, readCommitted } from "./group/group_offsets.ts";
import { connectExceptionOf } from "./wire/kafka_error.ts";
import {
  findPositions,
  type PositionsContext,
  type PositionsEvents,
  resolveOutOfRange,
} from "./fetch/positions.ts";
import { KafkaReach, OutageLog } from "./wire/outage_log.ts";
import type { PartitionState } from "./fetch/partition_state.ts";
import { TopicWatch, type TopicWatchEvents } from "./fetch/topic_watch.ts";
import type { ClientServices } from "./wire/client_services.ts";
import { Latch, Turns } from "./wire/waiting.ts";

export class PollingConsumer
  implements Consumer, FetcherEvents, PositionsEvents, MembershipEvents, TopicWatchEvents {
  readonly #services: ConsumerServices;
  readonly #client: ClientServices;
  readonly #positions: PositionsContext;
  readonly #latch: Latch;
  readonly #assigned = new Assignment();
  readonly #fetcher: Fetcher;
  readonly #membership: Membership;
  #watch: TopicWatch | undefined;
  #listener: RebalanceListener | undefined;
  #positioning = new AbortController();
  readonly #watching = new AbortController();
  readonly missingTopics = () => this.#watch?.missing ?? [];
  readonly isJoining = () => this.#membership.joining;
  readonly ledTopics = () => this.#membership.ledTopics;
  #sentTopics: readonly string[] = [];
  #failure: unknown;
  #woken = false;
  readonly #turns: Turns;
  readonly #runs = new RunList();
  #closed = false;

  constructor(services: ConsumerServices) {
    const { settings, cluster, time, logger } = services;
    const { requestTimeoutMs, backoff } = settings.client;
    this.#services = services;
    this.#client = { cluster, time, logger, backoff, reach: new KafkaReach(time) };
    const outage = new OutageLog(logger, "the offsets of its group", this.#client);
    this.#positions = { client: this.#client, settings, outage, consumer: this };
    this.#latch = new Latch(time);
    this.#turns = new Turns(time);
    const fetching = { ...services, settings: settings.fetch, requestTimeoutMs };
    this.#fetcher = new Fetcher(this.#client, fetching, this);
    this.#membership = new Membership(this.#client, settings.group, this);
  }

  subscribe(subscription: Subscription, listener: RebalanceListener): Promise<void> {
    if (this.#watch !== undefined) {
      return Promise.reject(new ConnectException("Cannot subscribe: the consumer is already subscribed"));
    }
    this.#listener = listener;
    this.#watch = new TopicWatch(this.#client, this.#services.settings, subscription, this);
    this.#watch.run(this.#watching.signal).catch((cause) => this.failed(cause));
    return Promise.resolve();
  }

  async poll(timeoutMs: number): Promise<readonly ConsumerRecord[]> {
    const records: ConsumerRecord[] = [];
    await this.#poll(records, timeoutMs);
    return records;
  }

  async pollRuns(timeoutMs: number): Promise<readonly RecordRun[]> {
    await this.#poll(this.#runs, timeoutMs);
    return this.#runs.take();
  }

  async #poll(into: RecordTarget, timeoutMs: number): Promise<void> {
    const problem = this.#closed ? "is closed" : this.#watch === undefined ? "isn't subscribed" : undefined;
    if (problem !== undefined) throw new ConnectException(`Cannot poll: the consumer ${problem}`);
    this.#membership.pollBegins();
    try {
      await this.#pollUntil(into, this.#services.time.monotonic() + timeoutMs);
    } finally {
      this.#membership.pollEnds();
    }
  }

  wakeup(): void {
    this.#woken = true;
    this.#latch.notify();
  }

  assignment(): readonly TopicPartition[] {
    return this.#assigned.partitions;
  }

  isOwned(partition: TopicPartition): boolean {
    return this.#assigned.has(partition) && !this.#membership.lost && this.#membership.member.confirmed;
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#assigned.get(at).paused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#assigned.get(at).paused = false;
    this.#fetcher.wake();
  }

  seek(partition: TopicPartition, offset: bigint): void {
    const state = this.#assigned.get(partition);
    state.seek(offset);
    this.#fetcher.drop(state);
  }

  commit(offsets: PartitionMap<CommittedOffset>, timeoutMs: number): Promise<void> {
    return commitAsMember(this.#services, this.#membership, { offsets, timeoutMs });
  }

  committed(
    partitions: readonly TopicPartition[],
    timeoutMs: number,
  ): Promise<PartitionMap<CommittedOffset>> {
    return readCommitted(this.#services, partitions, timeoutMs);
  }

  position(partition: TopicPartition): bigint | undefined {
    return this.#assigned.find(partition)?.position;
  }
  lag(): PartitionMap<bigint> {
    return this.#assigned.lag();
  }

  away(): KafkaAway | undefined {
    const { reach, cluster } = this.#client;
    return this.#closed ? undefined : reach?.awayFor(this.assignment(), cluster);
  }
  bufferedBytes(): number {
    return this.#fetcher.bufferedBytes;
  }
  silentMs(): number {
    return this.#membership.member.silentMs;
  }

  release(handedOut: number): void {
    this.#fetcher.release(handedOut);
  }

  async close(timeoutMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.wakeup();
    try {
      await this.#giveUp();
    } finally {
      this.#watching.abort();
      await this.#membership.leave(timeoutMs);
      this.#fetcher.stop();
      this.#services.cluster.close();
    }
  }

  /** `poll` should look again. */
  changed(): void {
    this.#latch.notify();
  }

  /** A permanent failure, which `poll` throws. */
  failed(cause: unknown): void {
    this.#failure ??= cause;
    this.changed();
  }

  /** A partition's position is known, or that it has none. */
  positioned(): void {
    this.#fetcher.wake();
    this.changed();
  }

  leadersStale(): void {
    this.#watch?.refreshSoon();
  }

  /** An offset isn't in its log: no fetch until it is decided what that means. */
  outOfRange(state: PartitionState): void {
    state.retryAt = Number.POSITIVE_INFINITY;
    resolveOutOfRange(this.#positions, state, this.#positioning.signal).catch((cause) => this.failed(cause));
  }

  topicsToJoin(): readonly string[] {
    this.#sentTopics = this.#watch?.topics ?? [];
    return this.#sentTopics;
  }

  async partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return await this.#watch?.partitionCounts(topics) ?? new Map();
  }

  /** Metadata was refreshed: follows the leaders, and rejoins if partitions or topics changed. */
  refreshed(): void {
    this.#fetcher.route();
    const { topics = [], counts } = this.#watch ?? { counts: new Map<string, number>() };
    const led = this.#membership.ledTopics;
    if (this.#membership.member.joined && !this.#membership.joining) {
      if (topics.join() !== this.#sentTopics.join()) {
        this.#membership.requestRejoin("the pattern matches other topics");
      } else if (led !== undefined && [...led].some(([topic, count]) => (counts.get(topic) ?? 0) !== count)) {
        this.#membership.requestRejoin("topics were created, deleted or got partitions");
      }
    }
    this.changed();
  }

  async #pollUntil(into: RecordTarget, end: number): Promise<void> {
    await this.#turns.next();
    while (true) {
      await this.#rebalance();
      const hasMore = this.#fetcher.take(into, this.#services.settings.pollRecordsMax);
      if (into.length > 0) return;
      this.#throwFailure();
      const leftMs = end - this.#services.time.monotonic();
      if (this.#woken || leftMs <= 0) {
        this.#woken = false;
        return;
      }
      await (hasMore ? this.#services.time.sleep(0) : this.#latch.wait(leftMs));
      this.#turns.begin();
    }
  }

  /** Does one due step of a rebalance: reports a loss, revokes and rejoins, or takes the new assignment. */
  async #rebalance(): Promise<void> {
    const membership = this.#membership;
    if (membership.lost) await this.#giveUp();
    this.#throwFailure();
    if (membership.needsJoin && this.#watch?.topics !== undefined) {
      try {
        await this.#giveUp();
      } finally {
        membership.beginJoin();
        this.leadersStale();
      }
    }
    const joined = membership.takeJoined();
    if (joined !== undefined) await this.#take(joined.assignment);
  }

  /** Tells the listener that all partitions are revoked or lost, and forgets them. */
  async #giveUp(): Promise<void> {
    const gone = this.#assigned.partitions;
    const { lost, member } = this.#membership;
    try {
      if (gone.length === 0) return;
      if (lost || !member.joined) await this.#listener?.lost(gone);
      else await this.#listener?.revoked(gone);
    } finally {
      this.#positioning.abort();
      this.#assigned.replace([]);
      this.#fetcher.assign([]);
      this.#membership.lossTold();
    }
  }

  async #take(partitions: readonly TopicPartition[]): Promise<void> {
    this.#services.logger.info("The consumer was assigned partitions", {
      partitions: partitions.map((at) => `${at.topic}-${at.partition}`).join(" "),
    });
    this.#positioning = new AbortController();
    this.#assigned.replace(partitions);
    try {
      await this.#listener?.assigned(partitions);
    } finally {
      this.#fetcher.assign(this.#assigned.states);
      findPositions(this.#positions, this.#assigned.states, this.#positioning.signal)
        .catch((cause) => this.failed(cause));
      this.refreshed();
    }
  }

  #throwFailure(): void {
    const failure = this.#failure ?? this.#membership.failure ?? this.#assigned.failure();
    if (failure !== undefined) throw connectExceptionOf(failure, "poll");
  }
}
