/** The partitions of a task: what comes and goes, what is paused, and where it's read from. (`HandleRebalance`) @module */

import { RetriableException, safeText } from "../../api/exceptions.ts";
import type { Consumer, Logger, RebalanceListener, Time } from "../../api/ports.ts";
import { partitionKey, PartitionMap, type TopicPartition } from "../../api/record.ts";
import type { OffsetCommits } from "./offset_commits.ts";
import type { SinkOffsets } from "./sink_offsets.ts";
import type { TaskDelivery } from "./task_delivery.ts";
import type { TaskIntake } from "./task_intake.ts";
import type { TaskRequests } from "./task_requests.ts";
import type { SinkCalls } from "./task_troubles.ts";

/** Wait before `open` is called again where it asked for that, milliseconds. */
const openRetryDelayMsDefault = 1_000;

/** What a partition that comes or goes concerns. */
interface TaskPartitionsOptions {
  readonly sink: SinkCalls;
  readonly consumer: Pick<Consumer, "assignment" | "position" | "pause" | "resume" | "lag">;
  readonly requests: TaskRequests;
  readonly offsets: SinkOffsets;
  readonly intake: TaskIntake;
  readonly delivery: TaskDelivery;
  readonly commits: OffsetCommits;
}

/** What a task waits for. */
export interface TaskWaiting {
  /** When records came last, on the monotonic clock. */
  readonly sinceMs: number;
  readonly partitions: readonly TopicPartition[];
}

/** Opens and closes partitions within a poll. What fails there is kept for the loop. */
export class TaskPartitions implements RebalanceListener {
  readonly #paused = new PartitionMap<true>();
  #unopened: readonly TopicPartition[] = [];
  #openAtMs = 0;
  #closed = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly options: TaskPartitionsOptions,
    private readonly time: Time,
    private readonly logger: Logger,
  ) {}

  /** When `open` is due again for partitions of which nothing may be delivered yet; undefined if there are none. */
  get openAtMs(): number | undefined {
    return this.#unopened.length === 0 ? undefined : this.#openAtMs;
  }

  /** Nothing may be delivered now: all partitions are paused, polls only keep the membership. */
  get isHeld(): boolean {
    const { requests, delivery } = this.options;
    return requests.isPauseWanted || delivery.redeliverAtMs !== undefined || this.openAtMs !== undefined;
  }

  /** Since when the consumer has given nothing, and of what; undefined while nothing is wanted of it. */
  get waiting(): TaskWaiting | undefined {
    const { consumer, intake, requests } = this.options;
    if (this.isHeld || !requests.isPolling) return undefined;
    const paused = new Set(requests.pausedPartitions.map(partitionKey));
    const wanted = consumer.assignment().filter((at) => !paused.has(partitionKey(at)));
    return { sinceMs: intake.lastProgressMs, partitions: wanted };
  }

  /** By partition, how many records wait in the log or were read and aren't delivered yet. */
  get lag(): PartitionMap<bigint> {
    const { consumer, delivery, intake } = this.options;
    return new PartitionMap([...consumer.lag()].map(([at, lag]) => {
      return [at, lag + BigInt((delivery.counts.get(at) ?? 0) + (intake.counts.get(at) ?? 0))];
    }));
  }

  /** Records that were read and aren't committed yet. (`sink-record-active-count`) */
  get activeRecords(): number {
    const { delivery, intake, offsets } = this.options;
    return [...delivery.counts, ...intake.counts].reduce(
      (sum, [, count]) => sum + count,
      offsets.uncommitted,
    );
  }

  /** From now on partitions that go are already closed. */
  close(): void {
    this.#closed = true;
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  assigned(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#keepFailure(async () => {
      const { consumer, delivery, offsets, requests } = this.options;
      await delivery.putSettled();
      for (const at of partitions) offsets.assigned(at, consumer.position(at));
      requests.retainPaused(consumer.assignment());
      this.logger.info("Partitions assigned", { partitions: partitions.map(partitionKey).join(" ") });
      this.#unopened = [...this.#unopened, ...partitions];
      await this.#open();
      this.applyPauses(); // before anything of a new partition is handed out
    });
  }

  revoked(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#keepFailure(async () => {
      if (partitions.length === 0) return;
      await this.#letGo(partitions);
      await this.options.commits.whileClosing(partitions);
      this.#forget(partitions);
      this.logger.info("Partitions revoked", { partitions: partitions.map(partitionKey).join(" ") });
    });
  }

  lost(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#keepFailure(async () => {
      if (partitions.length === 0) return;
      this.logger.warn("Partitions lost: what was delivered of them can't be committed", {
        partitions: partitions.map(partitionKey).join(" "),
      });
      await this.#letGo(partitions);
      await this.options.sink.close(partitions);
      this.#forget(partitions);
    });
  }

  /** Tries again to open what asked for another try. */
  async openIfDue(): Promise<void> {
    if (this.openAtMs === undefined || this.time.monotonic() < this.openAtMs) return;
    await this.#open();
    this.applyPauses();
  }

  /** Reads on from where the sink asked; what was read ahead of that is dropped. */
  applyOffsets(): void {
    const { requests, delivery, intake, offsets } = this.options;
    const wanted = requests.takeOffsets();
    if (wanted.size === 0) return;
    const assigned = offsets.assignedOf(wanted);
    delivery.drop(assigned.keys());
    intake.seek(assigned);
    for (const [at, offset] of assigned) offsets.sought(at, offset);
  }

  /** Exactly what must be paused is paused from now on. */
  applyPauses(): void {
    const { consumer, requests } = this.options;
    const assigned = consumer.assignment();
    const wanted = new PartitionMap<true>(
      (this.isHeld ? assigned : requests.pausedPartitions).map((at) => [at, true]),
    );
    const toPause = assigned.filter((at) => wanted.has(at) && !this.#paused.has(at));
    const toResume = assigned.filter((at) => !wanted.has(at) && this.#paused.has(at));
    if (toPause.length > 0) consumer.pause(toPause);
    if (toResume.length > 0) consumer.resume(toResume);
    for (const at of toPause) this.#paused.set(at, true);
    for (const at of toResume) this.#paused.delete(at);
  }

  /** Calls `open` for what isn't open yet; with RetriableException nothing is delivered until it succeeds. */
  async #open(): Promise<void> {
    const { sink, requests } = this.options;
    if (this.#unopened.length === 0) return;
    try {
      await sink.open(this.#unopened);
    } catch (error) {
      if (!(error instanceof RetriableException)) throw error;
      const delayMs = requests.takeTimeoutMs() ?? openRetryDelayMsDefault;
      this.#openAtMs = this.time.monotonic() + delayMs;
      const reason = safeText(error);
      return this.logger.debug("Cannot open partitions yet: will try again", { delayMs, reason });
    }
    this.#unopened = [];
    this.applyOffsets();
  }

  /** Records that wait for another try, or were read ahead, are another member's from now on. */
  async #letGo(partitions: readonly TopicPartition[]): Promise<void> {
    const { delivery, intake } = this.options;
    await delivery.putSettled();
    delivery.drop(partitions);
    intake.drop(partitions);
  }

  /** A partition that comes again comes without its pause. */
  #forget(partitions: readonly TopicPartition[]): void {
    const keys = new Set(partitions.map(partitionKey));
    this.#unopened = this.#unopened.filter((at) => !keys.has(partitionKey(at)));
    this.options.offsets.released(partitions);
    for (const at of partitions) this.#paused.delete(at);
  }

  async #keepFailure(step: () => Promise<void>): Promise<void> {
    if (this.#closed || this.options.sink.forced.aborted) return;
    try {
      await step();
    } catch (error) {
      this.#failure ??= { error };
    }
  }
}
