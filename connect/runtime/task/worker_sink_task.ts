import { backoffMs } from "../../api/backoff.ts";
import { RetriableException, safeText } from "../../api/exceptions.ts";
import type { Consumer, Logger, Subscription, Time } from "../../api/ports.ts";
import type { Props, SinkTaskContext } from "../../api/sink_task.ts";
import type { RejectedRecords } from "../../errors/rejected_records.ts";
import { endsWithin, ForcedStopException, orForcedStop } from "../abort.ts";
import type { OffsetCommits } from "./offset_commits.ts";
import type { TaskDelivery } from "./task_delivery.ts";
import type { TaskIntake } from "./task_intake.ts";
import type { TaskPartitions } from "./task_partitions.ts";
import type { TaskRequests } from "./task_requests.ts";
import type { SinkCalls } from "./task_troubles.ts";

/** Longest wait of a poll, and between empty puts, milliseconds. */
const pollWaitMsMax = 1_000;

/** Backoff of `start` after a RetriableException. */
const startRetry = { msMin: 1_000, msMax: 30_000 } as const;

export interface SinkTaskParts {
  readonly sink: SinkCalls;
  readonly consumer: Consumer;
  readonly requests: TaskRequests;
  readonly intake: TaskIntake;
  readonly delivery: TaskDelivery;
  readonly commits: OffsetCommits;
  readonly partitions: TaskPartitions;
}

interface SinkTaskSettings {
  readonly context: SinkTaskContext;
  readonly props: Props;
  readonly subscription: Subscription;
  readonly commitIntervalMs: number;
  readonly shutdownTimeoutMs: number;
}

interface SinkTaskSurroundings {
  readonly listener: SinkTaskListener;
  readonly resources: TaskResources;
  readonly rejected: Pick<RejectedRecords, "tell" | "tellIfDue">;
  readonly time: Time;
  readonly logger: Logger;
}

/** What a task creates before its start and releases at its end. */
export interface TaskResources {
  /** Creates the dead letter queue; calls `waits` while Kafka is down. */
  prepare(waits: () => void): Promise<void>;
  release(): Promise<void>;
}

export interface SinkTaskListener {
  started(): void;
  paused(): void;
  resumed(): void;
}

/**
 * Runs a sink task: polls, converts, puts, retries and commits.
 * (`org.apache.kafka.connect.runtime.WorkerSinkTask`)
 *
 * While `put` runs, the next batch is polled and converted; it is put after the one before. Seeks, pauses and
 * commits happen between puts, outside of polls. A rebalance happens within a poll: it waits for the running
 * put, then commits.
 */
export class WorkerSinkTask {
  #isPaused = false;
  #nextCommitMs: number;

  constructor(
    private readonly parts: SinkTaskParts,
    private readonly settings: SinkTaskSettings,
    private readonly around: SinkTaskSurroundings,
  ) {
    this.#nextCommitMs = around.time.monotonic() + settings.commitIntervalMs;
  }

  /**
   * Runs until `stop` or `abort`, then releases everything.
   *
   * @throws the error that failed the task
   */
  async run(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    try {
      await this.#start();
      while (!this.parts.requests.isStopping) await this.#turn();
    } catch (error) {
      failure = { error };
    }
    this.around.rejected.tell();
    this.stop(); // limits the time for a failed task's end, too
    await this.#end();
    if (failure !== undefined && !(failure.error instanceof ForcedStopException)) throw failure.error;
  }

  /** Ends the loop after the current batch, or by force after the timeout. Safe to call twice. */
  stop(): void {
    const { requests } = this.parts;
    if (requests.isStopping) return;
    requests.stop();
    const { forced } = requests;
    void this.around.time.sleep(this.settings.shutdownTimeoutMs, forced.signal).then(() => this.abort());
  }

  /** Ends the loop at once; undelivered records stay uncommitted. */
  abort(): void {
    this.parts.requests.abort();
  }
  pause(): void {
    this.parts.requests.pause();
  }
  resume(): void {
    this.parts.requests.resume();
  }

  /** One turn: poll, convert, put or retry, commit. */
  async #turn(): Promise<void> {
    const { partitions, intake, delivery, requests } = this.parts;
    this.#readRequests();
    await this.#commitIfDue();
    await partitions.openIfDue();
    if (delivery.isDone) intake.release();
    if (partitions.isHeld || intake.isEmpty) await this.#pollAndConvert(this.#pollWaitMs());
    if (delivery.isEmpty && !partitions.isHeld) delivery.load(intake.take());
    if (this.#mayPut()) await this.#putAndReadAhead();
    if (!partitions.isHeld && !requests.isStopping) await delivery.checkIfDue();
    this.around.rejected.tellIfDue();
  }

  /** Handles requests of the sink, REST and signals. */
  #readRequests(): void {
    const { partitions, intake, requests } = this.parts;
    const { listener } = this.around;
    requests.isNew = false;
    partitions.applyOffsets();
    intake.putBack(requests.pausedPartitions);
    if (this.#isPaused !== requests.isPauseWanted) {
      this.#isPaused = requests.isPauseWanted;
      if (this.#isPaused) this.#nextCommitMs = this.around.time.monotonic();
      this.#isPaused ? listener.paused() : listener.resumed();
    }
    if (requests.takeCommit()) this.#nextCommitMs = this.around.time.monotonic();
    partitions.applyPauses();
  }

  async #commitIfDue(): Promise<void> {
    const { consumer, commits, delivery, intake } = this.parts;
    const { time } = this.around;
    if (time.monotonic() < this.#nextCommitMs) return;
    this.#nextCommitMs = time.monotonic() + this.settings.commitIntervalMs;
    const rewound = await commits.whileRunning(consumer.assignment());
    delivery.drop(rewound.keys());
    intake.seek(rewound);
  }

  /** Rebalances happen within the poll. Records without room stay in the intake. */
  async #pollAndConvert(timeoutMs: number): Promise<void> {
    const { intake, partitions, requests } = this.parts;
    if (requests.isStopping) return;
    requests.isPolling = true;
    try {
      const poll = () => intake.poll(requests.isNew ? 0 : timeoutMs);
      if (intake.needsPoll) {
        intake.polled(await orForcedStop(poll, requests.forced.signal, "Cannot finish poll"));
      }
      await intake.convert();
    } finally {
      requests.isPolling = false;
    }
    partitions.throwIfFailed();
  }

  #pollWaitMs(): number {
    const { delivery, partitions, requests } = this.parts;
    const now = this.around.time.monotonic();
    const redeliverAtMs = requests.isPauseWanted ? undefined : delivery.redeliverAtMs;
    const due = [this.#nextCommitMs, redeliverAtMs, partitions.openAtMs]
      .map((at) => at === undefined ? pollWaitMsMax : at - now);
    return Math.max(0, Math.min(pollWaitMsMax, ...due));
  }

  /** A paused task is still called with no records, as in Connect; a kept batch waits for its retry. */
  #mayPut(): boolean {
    const { delivery, partitions, requests } = this.parts;
    if (requests.isStopping || partitions.openAtMs !== undefined) return false;
    const dueMs = delivery.redeliverAtMs;
    if (dueMs === undefined) return true;
    return !requests.isPauseWanted && this.around.time.monotonic() >= dueMs;
  }

  /** Puts the current batch and prepares the next one meanwhile. */
  async #putAndReadAhead(): Promise<void> {
    const { delivery } = this.parts;
    const isAlone = delivery.isEmpty || delivery.isLast;
    const delivered = delivery.deliver();
    if (isAlone) return await delivered;
    const ends = await Promise.allSettled([delivered, this.#readAheadUntil(delivered)]);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  /** Adds records to the next batch until `put` is done or the batch is full, so batches grow under load. */
  async #readAheadUntil(delivered: Promise<void>): Promise<void> {
    const { consumer, intake, requests } = this.parts;
    const { time } = this.around;
    let isDelivered = false;
    const end = () => {
      isDelivered = true;
      if (requests.isPolling) consumer.wakeup();
    };
    delivered.then(end, end);
    await time.sleep(0); // lets the sink send its request before conversion blocks
    while (!isDelivered && intake.hasRoom && !requests.isPauseWanted && !requests.isNew) {
      await this.#pollAndConvert(pollWaitMsMax);
      await time.sleep(0);
    }
  }

  /** Starts the sink and joins the group. */
  async #start(): Promise<void> {
    const { sink, consumer, partitions, requests: { stopping, forced } } = this.parts;
    const { listener, resources } = this.around;
    sink.task.initialize(this.settings.context);
    await resources.prepare(() => listener.started());
    if (!stopping.signal.aborted) await this.#startSink();
    if (stopping.signal.aborted) return;
    const subscribe = () => consumer.subscribe(this.settings.subscription, partitions);
    await orForcedStop(subscribe, forced.signal, "Cannot subscribe");
    listener.started();
  }

  /** Retries while the sink throws RetriableException, as during an outage. */
  async #startSink(): Promise<void> {
    const { sink, requests } = this.parts;
    const { listener, time, logger } = this.around;
    for (let failures = 0; !requests.isStopping; failures++) {
      try {
        return await sink.start(this.settings.props);
      } catch (error) {
        if (!(error instanceof RetriableException)) throw error;
        listener.started(); // an outage leaves the task RUNNING
        const waitMs = requests.takeTimeoutMs() ?? backoffMs(failures, startRetry);
        logger.debug("Cannot start the task yet: will retry", { waitMs, reason: error.message });
        await time.sleep(waitMs, requests.stopping.signal);
      }
    }
  }

  /** Commits delivered records, stops the sink and leaves the group. Never throws; waits have limits. */
  async #end(): Promise<void> {
    const { sink, consumer, commits, partitions, requests: { forced } } = this.parts;
    const { resources, time, logger } = this.around;
    const { shutdownTimeoutMs } = this.settings;
    const assigned = consumer.assignment();
    if (assigned.length > 0 && !forced.signal.aborted) await commits.whileClosing(assigned);
    partitions.close();
    if (forced.signal.aborted) logger.error("Graceful stop of the task failed: it was stopped by force");
    const stopped = sink.task.stop()
      .catch((error) => logger.warn("Cannot stop the task", { reason: safeText(error) }));
    if (!await endsWithin(stopped, shutdownTimeoutMs, time)) {
      logger.warn("The task didn't stop in time: the worker continues without it");
    }
    const closed = consumer.close(shutdownTimeoutMs)
      .catch((error) => logger.warn("Cannot close the consumer", { reason: safeText(error) }));
    if (!await endsWithin(closed, 2 * shutdownTimeoutMs, time)) {
      logger.warn("The consumer didn't close in time: the worker continues without it");
    }
    await resources.release();
    forced.abort(); // ends the task's remaining waits
  }
}
