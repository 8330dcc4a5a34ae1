import { ConnectException, RetriableException, safeText } from "../../api/exceptions.ts";
import type { ConsumerRecord, Logger, Time } from "../../api/ports.ts";
import type { PartitionMap, SinkRecord, TopicPartition } from "../../api/record.ts";
import type { ErasureWatch } from "../../errors/erasure_watch.ts";
import type { PendingReports } from "../../errors/pending_reports.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import { ForcedStopException, orForcedStop } from "../abort.ts";
import type { SinkOffsets } from "./sink_offsets.ts";
import { TaskBatch } from "./task_batch.ts";
import type { TaskRequests } from "./task_requests.ts";
import type { SinkCalls } from "./task_troubles.ts";

/** Default wait before a retry, milliseconds. */
const redeliveryDelayMsDefault = 1_000;

/** How often an idle sink is checked, milliseconds. */
const checkEveryMs = 8_000;
const checkAgainMs = 2_000;

interface TaskDeliveryOptions {
  readonly sink: SinkCalls;
  readonly requests: Pick<TaskRequests, "takeTimeoutMs">;
  readonly offsets: SinkOffsets;
  /** A refused report ends the task even if the sink ignores it. */
  readonly reports: Pick<PendingReports, "throwIfFailed" | "isEmpty">;
  /** Takes delivered records; undefined if the connector has no erasure topics. */
  readonly erasures: ErasureWatch | undefined;
  readonly metrics: TaskMetrics;
}

/** Delivers batches; offsets move only after `put` resolves. (`WorkerSinkTask.deliverMessages`) */
export class TaskDelivery {
  #hand = new TaskBatch();
  #erasuresBegun = 0;
  #put: Promise<void> | undefined;
  #attempts = 0;
  #redeliverAtMs: number | undefined;
  /** When the sink was last called. */
  #askedMs: number;

  constructor(
    private readonly options: TaskDeliveryOptions,
    private readonly time: Time,
    private readonly logger: Logger,
  ) {
    this.#askedMs = time.monotonic();
  }

  get isEmpty(): boolean {
    return this.#hand.isEmpty;
  }
  /** True if no batch and no report is open. */
  get isDone(): boolean {
    return this.isEmpty && this.options.reports.isEmpty;
  }
  /** Weight of the current batch. */
  get bytes(): number {
    return this.#hand.bytes;
  }
  get counts(): PartitionMap<number> {
    return this.#hand.counts;
  }
  /** True if the task fails after this batch: a bad record follows that `errors.tolerance` doesn't allow. */
  get isLast(): boolean {
    return this.#hand.stops.length > 0;
  }
  /** When to retry the batch, on the monotonic clock. */
  get redeliverAtMs(): number | undefined {
    return this.#redeliverAtMs;
  }

  load(batch: TaskBatch): void {
    this.#hand = batch;
    this.#erasuresBegun = this.options.erasures?.begin() ?? 0;
  }

  /** Returns the consumed record of a record in the current batch. */
  originalOf(record: SinkRecord): ConsumerRecord | undefined {
    return this.#hand.originalOf(record);
  }

  /**
   * Puts the current batch, possibly empty. If the task throws RetriableException the batch is kept for a
   * retry.
   *
   * @throws ConnectException which ends the task
   */
  async deliver(): Promise<void> {
    const wasEmpty = this.#hand.isEmpty;
    if (!wasEmpty) this.#askedMs = this.time.monotonic();
    const durable = () => this.#hand.reportsDurable();
    await orForcedStop(durable, this.options.sink.forced, "Cannot wait for the reports of bad records");
    if (this.#hand.isEmpty && !wasEmpty) return; // a rebalance revoked all its partitions meanwhile
    const put = this.#putHand();
    this.#put = put.catch(() => {}); // for putSettled; the error is thrown here
    await put.finally(() => this.#put = undefined);
  }

  /** Waits until no `put` is running. */
  async putSettled(): Promise<void> {
    await this.#put;
  }

  /** Removes partitions from the kept batch, and the retry if nothing is left. */
  drop(partitions: readonly TopicPartition[]): void {
    this.#hand.drop(partitions);
    if (!this.#hand.isEmpty) return;
    this.#done();
    this.options.sink.troubles.succeeded("sink", "put");
  }

  /** Calls an idle sink from time to time, so that an outage shows without records, too. */
  async checkIfDue(): Promise<void> {
    const { sink } = this.options;
    if (sink.task.check === undefined || !this.isEmpty) return;
    const everyMs = sink.troubles.has("sink") ? checkAgainMs : checkEveryMs;
    if (this.time.monotonic() - this.#askedMs < everyMs) return;
    try {
      await sink.check();
      sink.troubles.succeeded("sink");
    } catch (error) {
      if (!(error instanceof RetriableException)) throw error;
    }
    this.#askedMs = this.time.monotonic();
  }

  async #putHand(): Promise<void> {
    const { sink, offsets, reports, erasures } = this.options;
    const batch = this.#hand;
    const started = this.time.monotonic();
    const { columns } = batch;
    let isInColumns = false;
    try {
      isInColumns = columns !== null && await sink.putColumns(columns);
      if (!isInColumns) await sink.put(batch.records);
      if (batch.size > 0) sink.troubles.succeeded("sink");
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
    erasures?.delivered(() => batch.originals, this.#erasuresBegun);
    this.#count(batch, this.time.monotonic() - started, isInColumns);
    this.#done();
    const stop = batch.stops[0];
    if (stop !== undefined) throw stop.error;
  }

  #keep(error: RetriableException): void {
    const { metrics, requests } = this.options;
    const delayMs = requests.takeTimeoutMs() ?? redeliveryDelayMsDefault;
    this.#attempts += 1;
    this.#redeliverAtMs = this.time.monotonic() + delayMs;
    metrics.putRetries.add();
    this.logger.debug("RetriableException from SinkTask: the same batch will be delivered again", {
      attempt: this.#attempts,
      delayMs,
      records: this.#hand.size,
      reason: error.message,
    });
  }

  #done(): void {
    this.#hand = new TaskBatch();
    this.#redeliverAtMs = undefined;
    this.#attempts = 0;
  }

  #count(batch: TaskBatch, tookMs: number, isInColumns: boolean): void {
    const { metrics } = this.options;
    if (batch.isEmpty) return;
    this.logger.debug("Batch delivered", {
      records: batch.size,
      filtered: batch.filtered,
      columns: isInColumns,
      tookMs,
    });
    metrics.recordsFiltered.add(batch.filtered);
    metrics.recordsSent.add(batch.size);
    metrics.batchSize.record(batch.size);
    metrics.putTimeMs.record(tookMs);
    const nowMs = this.time.now();
    for (const timestamp of batch.timestamps()) {
      if (timestamp >= 0) metrics.latencySeconds.record(Math.max(0, nowMs - timestamp) / 1000);
    }
  }
}
