/** What a rebalance means for a task. (`WorkerSinkTask.HandleRebalance`) @module */

import { RetriableException, safeText } from "../../api/exceptions.ts";
import type { Consumer, Logger, RebalanceListener, Time } from "../../api/ports.ts";
import { partitionKey, type TopicPartition } from "../../api/record.ts";
import type { SinkTask } from "../../api/sink_task.ts";
import { orForcedStop } from "../abort.ts";
import type { OffsetCommitter } from "./offset_committer.ts";
import type { SinkOffsets } from "./sink_offsets.ts";
import type { WorkerSinkTaskContext } from "./sink_task_context.ts";
import type { PartitionPauses } from "./partition_pauses.ts";
import type { TaskDelivery } from "./task_delivery.ts";
import type { TaskTroubles } from "./task_troubles.ts";
import type { TaskSource } from "./task_source.ts";

/** Wait before `open` is called again where it asked for that, milliseconds. */
export const openRetryDelayMsDefault = 1_000;

/** What the listener works with. */
export interface SinkRebalanceListenerOptions {
  readonly task: SinkTask;
  readonly context: WorkerSinkTaskContext;
  readonly consumer: Pick<Consumer, "assignment" | "position">;
  readonly source: TaskSource;
  readonly delivery: TaskDelivery;
  readonly offsets: SinkOffsets;
  readonly committer: OffsetCommitter;
  readonly pauses: PartitionPauses;
  /** Told of an `open` that fails or takes long. */
  readonly troubles: TaskTroubles;
  readonly time: Time;
  readonly logger: Logger;
  /** Pauses what has to be paused before anything of a new partition is handed out. */
  readonly applyPauses: () => void;
  /** Forced stop: the task isn't called any more. */
  readonly signal: AbortSignal;
  /** Seeks to where the task asked. */
  readonly applyOffsets: () => void;
}

/** Opens and closes partitions. What fails is kept for the loop, because `poll` is on the way. */
export class SinkRebalanceListener implements RebalanceListener {
  readonly #options: SinkRebalanceListenerOptions;
  #unopened: readonly TopicPartition[] = [];
  #openAtMs = 0;
  #closed = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: SinkRebalanceListenerOptions) {
    this.#options = options;
  }

  /** When `open` is due again for partitions of which nothing may be delivered yet; undefined if there are none. */
  get openAtMs(): number | undefined {
    return this.#unopened.length === 0 ? undefined : this.#openAtMs;
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
      const { consumer, context, delivery, offsets, logger } = this.#options;
      await delivery.putSettled();
      for (const at of partitions) offsets.assigned(at, consumer.position(at));
      context.retainPaused(consumer.assignment());
      logger.info("Partitions assigned", { partitions: partitions.map(partitionKey).join(" ") });
      this.#unopened = [...this.#unopened, ...partitions];
      await this.openPartitions();
      this.#options.applyPauses();
    });
  }

  revoked(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#keepFailure(async () => {
      if (partitions.length === 0) return;
      await this.#letGo(partitions);
      await this.#options.committer.commitClosing(partitions);
      this.#forget(partitions);
      this.#options.logger.info("Partitions revoked", { partitions: partitions.map(partitionKey).join(" ") });
    });
  }

  lost(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#keepFailure(async () => {
      if (partitions.length === 0) return;
      const { task, logger, signal } = this.#options;
      logger.warn("Partitions lost: what was delivered of them can't be committed", {
        partitions: partitions.map(partitionKey).join(" "),
      });
      await this.#letGo(partitions);
      await orForcedStop(() => task.close(partitions), signal, "Cannot close the task's partitions");
      this.#forget(partitions);
    });
  }

  /** Calls `open` for what isn't open yet; with RetriableException nothing is delivered until it succeeds. */
  async openPartitions(): Promise<void> {
    const { task, context, time, logger, signal, applyOffsets, troubles } = this.#options;
    if (this.#unopened.length === 0) return;
    try {
      await orForcedStop(
        () => troubles.during("sink", "open", () => task.open(this.#unopened)),
        signal,
        "Cannot open partitions",
      );
    } catch (error) {
      if (!(error instanceof RetriableException)) throw error;
      const delayMs = context.takeTimeoutMs() ?? openRetryDelayMsDefault;
      this.#openAtMs = time.monotonic() + delayMs;
      return logger.debug("Cannot open partitions yet: will try again", { delayMs, reason: safeText(error) });
    }
    this.#unopened = [];
    applyOffsets();
  }

  /** Records that wait for another try, or were read ahead, are somebody else's from now on. */
  async #letGo(partitions: readonly TopicPartition[]): Promise<void> {
    const { delivery, source } = this.#options;
    await delivery.putSettled();
    delivery.drop(partitions);
    source.drop(partitions);
  }

  #forget(partitions: readonly TopicPartition[]): void {
    const keys = new Set(partitions.map(partitionKey));
    this.#unopened = this.#unopened.filter((at) => !keys.has(partitionKey(at)));
    this.#options.offsets.released(partitions);
    this.#options.pauses.released(partitions);
  }

  async #keepFailure(step: () => Promise<void>): Promise<void> {
    if (this.#closed || this.#options.signal.aborted) return;
    try {
      await step();
    } catch (error) {
      this.#failure ??= { error };
    }
  }
}
