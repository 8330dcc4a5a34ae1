import { RetriableException, safeText } from "../../api/exceptions.ts";
import type { Consumer, Logger, RebalanceListener, Time } from "../../api/ports.ts";
import { partitionKey, PartitionMap, type TopicPartition } from "../../api/record.ts";
import type { OffsetCommits } from "./offset_commits.ts";
import type { SinkOffsets } from "./sink_offsets.ts";
import type { TaskDelivery } from "./task_delivery.ts";
import type { TaskIntake } from "./task_intake.ts";
import type { TaskRequests } from "./task_requests.ts";
import type { SinkCalls } from "./task_troubles.ts";

/** Default wait before `open` is retried, milliseconds. */
const openRetryDelayMsDefault = 1_000;

interface TaskPartitionsOptions {
  readonly sink: SinkCalls;
  readonly consumer: Pick<Consumer, "assignment" | "position" | "pause" | "resume" | "lag">;
  readonly requests: TaskRequests;
  readonly offsets: SinkOffsets;
  readonly intake: TaskIntake;
  readonly delivery: TaskDelivery;
  readonly commits: OffsetCommits;
}

export interface TaskWaiting {
  /** When records last came, on the monotonic clock. */
  readonly sinceMs: number;
  readonly partitions: readonly TopicPartition[];
}

/**
 * Handles assignment, pauses and seeks of partitions. The loop throws errors of a rebalance after the poll.
 * (`HandleRebalance`)
 */
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

  /** When to retry `open`; until then all partitions are paused. Undefined if all are open. */
  get openAtMs(): number | undefined {
    return this.#unopened.length === 0 ? undefined : this.#openAtMs;
  }

  /** True if all partitions are paused, so polls only keep the group membership. */
  get isHeld(): boolean {
    const { requests, delivery } = this.options;
    return requests.isPauseWanted || delivery.redeliverAtMs !== undefined || this.openAtMs !== undefined;
  }

  /** The partitions that should give records, and since when they gave none; undefined if none should. */
  get waiting(): TaskWaiting | undefined {
    const { consumer, intake, requests } = this.options;
    if (this.isHeld || !requests.isPolling) return undefined;
    const paused = new Set(requests.pausedPartitions.map(partitionKey));
    const wanted = consumer.assignment().filter((at) => !paused.has(partitionKey(at)));
    return { sinceMs: intake.lastProgressMs, partitions: wanted };
  }

  /** Records by partition, in the log or read, that aren't delivered. */
  get lag(): PartitionMap<bigint> {
    const { consumer, delivery, intake } = this.options;
    return new PartitionMap([...consumer.lag()].map(([at, lag]) => {
      return [at, lag + BigInt((delivery.counts.get(at) ?? 0) + (intake.counts.get(at) ?? 0))];
    }));
  }

  /** Records read but not committed. (`sink-record-active-count`) */
  get activeRecords(): number {
    const { delivery, intake, offsets } = this.options;
    return [...delivery.counts, ...intake.counts].reduce(
      (sum, [, count]) => sum + count,
      offsets.uncommitted,
    );
  }

  /** Marks the partitions as closed, so a later revocation doesn't close them again. */
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
      this.applyPauses(); // before new partitions hand out records
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

  async openIfDue(): Promise<void> {
    if (this.openAtMs === undefined || this.time.monotonic() < this.openAtMs) return;
    await this.#open();
    this.applyPauses();
  }

  /** Seeks as the sink asked, dropping records read ahead. */
  applyOffsets(): void {
    const { requests, delivery, intake, offsets } = this.options;
    const wanted = requests.takeOffsets();
    if (wanted.size === 0) return;
    const assigned = offsets.assignedOf(wanted);
    delivery.drop(assigned.keys());
    intake.seek(assigned);
    for (const [at, offset] of assigned) offsets.sought(at, offset);
  }

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

  /** Calls `open` for new partitions; after a RetriableException nothing is delivered until it succeeds. */
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
      return this.logger.debug("Cannot open partitions yet: will retry", { delayMs, reason });
    }
    this.#unopened = [];
    this.applyOffsets();
  }

  /** Drops kept and read-ahead records: another member reads them now. */
  async #letGo(partitions: readonly TopicPartition[]): Promise<void> {
    const { delivery, intake } = this.options;
    await delivery.putSettled();
    delivery.drop(partitions);
    intake.drop(partitions);
  }

  /** A partition that is assigned again isn't paused. */
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
