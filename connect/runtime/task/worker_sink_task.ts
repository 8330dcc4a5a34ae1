/**
 * The loop of one task: commit if due, poll, convert, put. (`org.apache.kafka.connect.runtime.WorkerSinkTask`)
 *
 * While `put` runs the next batch is polled and converted; it's put when the one before has resolved. Everything
 * that changes places (commit, seek, pause) happens between two puts, when nothing is being polled.
 *
 * @module
 */

import { RetriableException } from "../../api/exceptions.ts";
import { partitionKey, PartitionMap } from "../../api/record.ts";
import { ForcedStopException, orForcedStop } from "../abort.ts";
import { endSinkTask, startSinkTask } from "./sink_task_life.ts";
import type { TaskWaiting, WorkerSinkTaskOptions } from "./sink_task_options.ts";
import type { Trouble } from "../herder/task_status.ts";
import { makeSinkTaskParts, type SinkTaskParts } from "./sink_task_parts.ts";

/** Longest wait of one poll: a task that gets nothing is called with nothing at least that often. */
export const pollWaitMsMax = 1_000;

/** An idle sink is asked this often whether it would take records, and this often while it wouldn't. */
const checkEveryMs = 8_000;
const checkAgainMs = 2_000;

/** Runs a sink task from its start to its end. */
export class WorkerSinkTask {
  readonly #options: WorkerSinkTaskOptions;
  readonly #parts: SinkTaskParts;
  #isPauseWanted: boolean;
  #isPaused = false;
  #isPolling = false;
  #isWoken = false;
  #nextCommitMs: number;
  /** When something was asked of the sink last. */
  #askedMs: number;

  constructor(options: WorkerSinkTaskOptions) {
    this.#options = options;
    this.#isPauseWanted = options.isPaused;
    this.#askedMs = options.time.monotonic();
    this.#nextCommitMs = this.#askedMs + options.commitIntervalMs;
    this.#parts = makeSinkTaskParts(options, {
      signal: this.#options.signals.forced.signal,
      wake: () => this.#wake(),
      applyPauses: () => this.#applyPauses(),
      applyOffsets: () => this.#applyOffsets(),
    });
  }

  /**
   * Runs until `stop` or `abort`, then gives everything back.
   *
   * @throws what the task failed with
   */
  async run(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    try {
      await startSinkTask(this.#options, this.#parts);
      while (!this.#options.signals.stopping.signal.aborted) await this.#iteration();
    } catch (error) {
      failure = { error };
    }
    this.#options.rejected?.tell();
    this.stop(); // bounds the end of a task that failed, too
    await endSinkTask(this.#options, this.#parts);
    if (failure !== undefined && !(failure.error instanceof ForcedStopException)) throw failure.error;
  }

  /** Ends the loop when the batch in hand is put, by force if that takes longer than allowed. Safe to call twice. */
  stop(): void {
    if (this.#options.signals.stopping.signal.aborted) return;
    const { time, shutdownTimeoutMs } = this.#options;
    this.#options.signals.stopping.abort();
    void time.sleep(shutdownTimeoutMs, this.#options.signals.forced.signal).then(() => this.abort());
    this.#wake();
  }

  /** Ends the loop at once; what isn't delivered stays uncommitted. */
  abort(): void {
    this.#options.signals.forced.abort();
    this.#options.signals.stopping.abort();
    this.#wake();
  }

  pause(): void {
    this.#isPauseWanted = true;
    this.#wake();
  }
  resume(): void {
    this.#isPauseWanted = false;
    this.#wake();
  }

  /** Since when the consumer has given nothing, and of what; undefined while nothing is wanted of it. */
  get waiting(): TaskWaiting | undefined {
    if (this.#isHolding() || !this.#isPolling) return undefined;
    const paused = new Set(this.#parts.context.pausedPartitions.map(partitionKey));
    const partitions = this.#options.consumer.assignment().filter((at) => !paused.has(partitionKey(at)));
    return { sinceMs: this.#parts.source.lastProgressMs, partitions };
  }

  /** Raw size of what was read and isn't delivered yet, bytes. */
  get bytesInHand(): number {
    return this.#parts.source.bytes + this.#parts.delivery.bytes;
  }

  /** By partition, how many records wait in the log or were read and aren't delivered yet. */
  get lag(): PartitionMap<bigint> {
    const { delivery, source } = this.#parts;
    return new PartitionMap([...this.#options.consumer.lag()].map(([at, lag]) => {
      const inHand = (delivery.counts.get(at) ?? 0) + (source.counts.get(at) ?? 0);
      return [at, lag + BigInt(inHand)];
    }));
  }

  /** What it waits for. */
  get troubles(): readonly Trouble[] {
    return this.#parts.troubles.now;
  }

  /** Records that were read and aren't committed yet. (`sink-record-active-count`) */
  get activeRecords(): number {
    const { delivery, offsets, source } = this.#parts;
    const inHand = [...delivery.counts, ...source.counts].reduce((count, [, records]) => count + records, 0);
    return offsets.uncommitted + inHand;
  }

  async #iteration(): Promise<void> {
    const { delivery, source } = this.#parts;
    this.#isWoken = false;
    this.#applyRequests();
    await this.#commitIfDue();
    await this.#openIfDue();
    if (delivery.isEmpty && this.#options.reports.isEmpty) source.release();
    if (this.#isHolding() || source.isEmpty) await this.#gather(this.#pollWaitMs());
    if (delivery.isEmpty && !this.#isHolding()) delivery.load(source.take());
    if (this.#mayDeliver()) await this.#deliver();
    await this.#checkIfDue();
    this.#options.rejected?.tellIfDue();
  }

  /** Nothing may be delivered now: all partitions are paused, polls only keep the membership. */
  #isHolding(): boolean {
    const { delivery, rebalances } = this.#parts;
    return this.#isPauseWanted || delivery.redeliverAtMs !== undefined || rebalances.openAtMs !== undefined;
  }

  /** A paused task is still called with nothing, as in Connect; a batch that is kept waits for its time. */
  #mayDeliver(): boolean {
    const { delivery, rebalances } = this.#parts;
    if (this.#options.signals.stopping.signal.aborted || rebalances.openAtMs !== undefined) return false;
    const dueMs = delivery.redeliverAtMs;
    if (dueMs === undefined) return true;
    return !this.#isPauseWanted && this.#options.time.monotonic() >= dueMs;
  }

  /** Puts the batch in hand and, meanwhile, gets the next one ready. */
  async #deliver(): Promise<void> {
    const { delivery } = this.#parts;
    const isAlone = delivery.isEmpty || delivery.isLast;
    if (!delivery.isEmpty) this.#askedMs = this.#options.time.monotonic();
    const delivered = delivery.deliver();
    if (isAlone) return await delivered;
    const ends = await Promise.allSettled([delivered, this.#gatherUntil(delivered)]);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  /** An outage is seen without a record, too: an idle sink is asked whether it would take some. */
  async #checkIfDue(): Promise<void> {
    const { delivery, rebalances, troubles } = this.#parts;
    const { task, time, signals: { stopping, forced } } = this.#options;
    if (task.check === undefined || this.#isHolding() || !delivery.isEmpty || stopping.signal.aborted) return;
    const everyMs = troubles.has("sink") ? checkAgainMs : checkEveryMs;
    if (rebalances.openAtMs !== undefined || time.monotonic() - this.#askedMs < everyMs) return;
    try {
      const check = () => troubles.during("sink", "check", () => task.check?.() ?? Promise.resolve());
      await orForcedStop(check, forced.signal, "Cannot finish check");
      troubles.succeeded("sink");
    } catch (error) {
      if (!(error instanceof RetriableException)) throw error;
    }
    this.#askedMs = time.monotonic();
  }

  /** Batches grow under load: records are added until `put` is done or the batch is full. */
  async #gatherUntil(delivered: Promise<void>): Promise<void> {
    const { time } = this.#options;
    let isDelivered = false;
    const end = () => {
      isDelivered = true;
      if (this.#isPolling) this.#options.consumer.wakeup();
    };
    delivered.then(end, end);
    await time.sleep(0); // the sink's request leaves before converting takes the processor
    while (!isDelivered && this.#parts.source.hasRoom && !this.#isPauseWanted && !this.#isWoken) {
      await this.#gather(pollWaitMsMax);
      await time.sleep(0);
    }
  }

  async #gather(timeoutMs: number): Promise<void> {
    if (this.#options.signals.stopping.signal.aborted) return;
    this.#isPolling = true;
    try {
      await this.#parts.source.gather(this.#isWoken ? 0 : timeoutMs);
    } finally {
      this.#isPolling = false;
    }
    this.#parts.rebalances.throwIfFailed();
  }

  #pollWaitMs(): number {
    const { delivery, rebalances } = this.#parts;
    const now = this.#options.time.monotonic();
    const redeliverAtMs = this.#isPauseWanted ? undefined : delivery.redeliverAtMs;
    const due = [this.#nextCommitMs, redeliverAtMs, rebalances.openAtMs]
      .map((at) => at === undefined ? pollWaitMsMax : at - now);
    return Math.max(0, Math.min(pollWaitMsMax, ...due));
  }

  async #commitIfDue(): Promise<void> {
    const { context, committer, delivery, source } = this.#parts;
    const { time, commitIntervalMs, consumer } = this.#options;
    if (!context.isCommitRequested && time.monotonic() < this.#nextCommitMs) return;
    this.#nextCommitMs = time.monotonic() + commitIntervalMs;
    context.clearCommitRequest();
    const places = await committer.commitRunning(consumer.assignment());
    delivery.drop(places.keys());
    source.seek(places);
  }

  async #openIfDue(): Promise<void> {
    const { rebalances } = this.#parts;
    const dueMs = rebalances.openAtMs;
    if (dueMs === undefined || this.#options.time.monotonic() < dueMs) return;
    await rebalances.openPartitions();
    this.#applyPauses();
  }

  /** What the task, REST or a signal asked for since the last iteration. */
  #applyRequests(): void {
    const { context, source } = this.#parts;
    const { listener } = this.#options;
    this.#applyOffsets();
    source.putBack(context.pausedPartitions);
    if (this.#isPaused !== this.#isPauseWanted) {
      this.#isPaused = this.#isPauseWanted;
      if (this.#isPaused) context.requestCommit();
      this.#isPaused ? listener.paused() : listener.resumed();
    }
    this.#applyPauses();
  }

  #applyPauses(): void {
    const { pauses, context } = this.#parts;
    pauses.apply(this.#isHolding() ? this.#options.consumer.assignment() : context.pausedPartitions);
  }

  #applyOffsets(): void {
    const { context, delivery, source, offsets } = this.#parts;
    const wanted = context.takeOffsets();
    if (wanted.size === 0) return;
    const assigned = offsets.assignedOf(wanted);
    delivery.drop(assigned.keys());
    source.seek(assigned);
    for (const [at, offset] of assigned) offsets.sought(at, offset);
  }

  #wake(): void {
    this.#isWoken = true;
    if (this.#isPolling) this.#options.consumer.wakeup();
  }
}
