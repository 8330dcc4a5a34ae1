/** The batch in hand: put, kept for another try, or dropped. (`WorkerSinkTask.deliverMessages`) @module */

import { ConnectException, RetriableException, safeText } from "../../api/exceptions.ts";
import type { ConsumerRecord, Logger, Time } from "../../api/ports.ts";
import type { PartitionMap, SinkRecord, TopicPartition } from "../../api/record.ts";
import type { SinkTask } from "../../api/sink_task.ts";
import type { ErasureWatch } from "../../errors/erasure_watch.ts";
import type { PendingReports } from "../../errors/pending_reports.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import { ForcedStopException, orForcedStop } from "../abort.ts";
import { RecordBatch } from "./record_batch.ts";
import type { SinkOffsets } from "./sink_offsets.ts";
import type { TaskTroubles } from "./task_troubles.ts";

/** Wait before the next try where the task named none, milliseconds. */
export const redeliveryDelayMsDefault = 1_000;

/** What the delivery works with. */
export interface TaskDeliveryOptions {
  readonly task: SinkTask;
  readonly offsets: SinkOffsets;
  /** A report that was refused ends the task even where the sink doesn't care. */
  readonly reports: Pick<PendingReports, "throwIfFailed">;
  /** Told of what was delivered; absent = the connector has no erasure topics. */
  readonly erasures?: ErasureWatch;
  /** What the task asked to wait before the next try, once. */
  readonly takeTimeoutMs: () => number | undefined;
  readonly metrics: TaskMetrics;
  /** Told of calls that fail or take long. */
  readonly troubles: TaskTroubles;
  readonly time: Time;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** One batch at a time; offsets move only when `put` has resolved. */
export class TaskDelivery {
  readonly #options: TaskDeliveryOptions;
  #hand = new RecordBatch();
  #erasuresBegun = 0;
  #put: Promise<void> | undefined;
  #attempts = 0;
  #redeliverAtMs: number | undefined;

  constructor(options: TaskDeliveryOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#hand.isEmpty;
  }
  /** Raw size of the batch in hand. */
  get bytes(): number {
    return this.#hand.bytes;
  }
  /** Records of the batch in hand, by partition. */
  get counts(): PartitionMap<number> {
    return this.#hand.counts;
  }
  /** After this batch the task fails: a bad record is next, and `errors.tolerance` doesn't allow it. */
  get isLast(): boolean {
    return this.#hand.stops.length > 0;
  }
  /** When a batch that is kept is due again, on the monotonic clock. */
  get redeliverAtMs(): number | undefined {
    return this.#redeliverAtMs;
  }

  load(batch: RecordBatch): void {
    this.#hand = batch;
    this.#erasuresBegun = this.#options.erasures?.begin() ?? 0;
  }

  /** How a record of the batch in hand was consumed. */
  originalOf(record: SinkRecord): ConsumerRecord | undefined {
    return this.#hand.originalOf(record);
  }

  /**
   * Delivers the batch in hand, or lets the task know that there is nothing; keeps the batch where the task
   * asks for another try.
   *
   * @throws ConnectException which ends the task
   */
  async deliver(): Promise<void> {
    const wasEmpty = this.#hand.isEmpty;
    const { signal } = this.#options;
    await orForcedStop(
      () => this.#hand.reportsDurable(),
      signal,
      "Cannot wait for the reports of bad records",
    );
    if (this.#hand.isEmpty && !wasEmpty) return; // a rebalance took everything while the reports were written
    const put = this.#putHand();
    this.#put = put.catch(() => {}); // for putSettled; the error itself rises here
    await put.finally(() => this.#put = undefined);
  }

  /** Waits until the task isn't in the middle of `put`. */
  async putSettled(): Promise<void> {
    await this.#put;
  }

  /** Takes partitions out of a batch that is kept; where nothing is left there's nothing to wait for. */
  drop(partitions: readonly TopicPartition[]): void {
    this.#hand.drop(partitions);
    if (!this.#hand.isEmpty) return;
    this.#done();
    this.#options.troubles.succeeded("sink", "put");
  }

  async #putHand(): Promise<void> {
    const { task, offsets, reports, time, signal, troubles } = this.#options;
    const batch = this.#hand;
    const started = time.monotonic();
    try {
      await orForcedStop(
        () => troubles.during("sink", "put", () => task.put(batch.records)),
        signal,
        "Cannot finish put",
      );
      if (batch.records.length > 0) troubles.succeeded("sink");
    } catch (error) {
      if (error instanceof RetriableException) return this.#keep(error);
      if (error instanceof ForcedStopException) throw error;
      throw new ConnectException(
        `Exiting WorkerSinkTask due to unrecoverable exception: ${safeText(error)}`,
        { cause: error, connectText: "Exiting WorkerSinkTask due to unrecoverable exception." },
      );
    }
    reports.throwIfFailed();
    offsets.delivered(batch.next, batch.counts);
    this.#options.erasures?.delivered(batch.originals, this.#erasuresBegun);
    this.#count(batch, time.monotonic() - started);
    this.#done();
    const stop = batch.stops[0];
    if (stop !== undefined) throw stop.error;
  }

  #keep(error: RetriableException): void {
    const { logger, metrics, time, takeTimeoutMs } = this.#options;
    const delayMs = takeTimeoutMs() ?? redeliveryDelayMsDefault;
    this.#attempts += 1;
    this.#redeliverAtMs = time.monotonic() + delayMs;
    metrics.putRetries.add();
    logger.debug("RetriableException from SinkTask: the same batch will be delivered again", {
      attempt: this.#attempts,
      delayMs,
      records: this.#hand.records.length,
      reason: error.message,
    });
  }

  #done(): void {
    this.#hand = new RecordBatch();
    this.#redeliverAtMs = undefined;
    this.#attempts = 0;
  }

  #count(batch: RecordBatch, tookMs: number): void {
    const { metrics, time, logger } = this.#options;
    if (batch.isEmpty) return;
    logger.debug("Batch delivered", { records: batch.records.length, filtered: batch.filtered, tookMs });
    metrics.recordsFiltered.add(batch.filtered);
    metrics.recordsSent.add(batch.records.length);
    metrics.batchSize.record(batch.records.length);
    metrics.putTimeMs.record(tookMs);
    const nowMs = time.now();
    for (const { timestamp } of batch.originals) {
      if (timestamp >= 0) metrics.latencySeconds.record(Math.max(0, nowMs - timestamp) / 1000);
    }
  }
}
