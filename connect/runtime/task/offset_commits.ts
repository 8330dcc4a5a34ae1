import { javaClassOf, safeText } from "../../api/exceptions.ts";
import type { CommittedOffset, Consumer, Logger, Time } from "../../api/ports.ts";
import { type OffsetMap, partitionKey, PartitionMap, type TopicPartition } from "../../api/record.ts";
import type { PendingReports } from "../../errors/pending_reports.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import { orForcedStop } from "../abort.ts";
import type { SinkOffsets } from "./sink_offsets.ts";
import type { SinkCalls } from "./task_troubles.ts";

interface OffsetCommitsOptions {
  readonly sink: SinkCalls;
  readonly consumer: Pick<Consumer, "commit">;
  readonly offsets: SinkOffsets;
  readonly reports: PendingReports;
  readonly metrics: TaskMetrics;
  readonly flushTimeoutMs: number;
}

/**
 * Commits delivered offsets after `preCommit`. A failure rewinds while the task runs, and is only logged on
 * close. (`WorkerSinkTask.commitOffsets`)
 */
export class OffsetCommits {
  /** A commit failed, and none has succeeded since. */
  #isFailing = false;

  constructor(
    private readonly options: OffsetCommitsOptions,
    private readonly time: Time,
    private readonly logger: Logger,
  ) {}

  /**
   * Commits while the task runs.
   *
   * @returns offsets to seek to if `preCommit` failed: the last committed ones
   * @throws the error of a failed report of a bad record, whose offset must not be committed
   */
  async whileRunning(partitions: readonly TopicPartition[]): Promise<OffsetMap> {
    const { offsets, reports } = this.options;
    await reports.durable();
    let offered: OffsetMap;
    try {
      offered = await this.#preCommit(offsets.current(partitions));
    } catch (error) {
      this.#failed("Offset commit failed, rewinding to last committed offsets", error);
      return offsets.rewind(partitions);
    }
    const { offsets: toCommit, refused } = offsets.committable(offered);
    for (const { at, offset, why } of refused) {
      this.logger.warn(`Ignoring invalid task provided offset ${partitionKey(at)}/${offset} -- ${why}`);
    }
    await this.#send(toCommit);
    return new PartitionMap();
  }

  /** Commits as far as possible, closes the partitions, and never throws. */
  async whileClosing(partitions: readonly TopicPartition[]): Promise<void> {
    const { offsets, reports, sink } = this.options;
    let toCommit: OffsetMap = new PartitionMap();
    try {
      await orForcedStop(() => reports.settled(), sink.forced, "Cannot wait for the reports of bad records");
      const offered = await this.#preCommit(reports.capped(offsets.current(partitions)));
      toCommit = reports.capped(offsets.committable(offered).offsets);
    } catch (error) {
      this.#failed("Offset commit failed during close", error);
    }
    try {
      await sink.close(partitions);
    } catch (error) {
      this.#failed("Cannot close the task's partitions", error);
    }
    await this.#send(toCommit);
  }

  #preCommit(current: OffsetMap): Promise<OffsetMap> {
    const { sink, metrics } = this.options;
    if (current.size === 0) return Promise.resolve(current);
    metrics.commitSequence.add();
    return sink.preCommit(current);
  }

  /** After a failed commit the next one carries the same offsets. */
  async #send(offsets: OffsetMap): Promise<void> {
    const { consumer, offsets: book, metrics, flushTimeoutMs, sink } = this.options;
    if (offsets.size === 0) return metrics.commitsSkipped.add();
    const metadata = sink.task.commitMetadata();
    const marked = new PartitionMap<CommittedOffset>(
      [...offsets].map(([at, offset]) => [at, { offset, metadata }]),
    );
    const started = this.time.monotonic();
    try {
      await consumer.commit(marked, flushTimeoutMs);
    } catch (error) {
      return this.#failed("Commit of offsets failed", error);
    }
    this.#isFailing = false;
    book.committed(offsets);
    metrics.commitsCompleted.add();
    const tookMs = this.time.monotonic() - started;
    metrics.commitTimeMs.record(tookMs);
    this.logger.debug("Offsets committed", { offsets: textOf(offsets), tookMs });
  }

  #failed(what: string, error: unknown): void {
    const { metrics, sink } = this.options;
    metrics.commitsFailed.add();
    const isTold = this.#isFailing && sink.troubles.now.length > 0; // the worker logs it once a minute
    this.#isFailing = true;
    this.logger[isTold ? "debug" : "error"](what, { error: javaClassOf(error), reason: safeText(error) });
  }
}

const partitionsShownMax = 50;

function textOf(offsets: OffsetMap): string {
  const shown = [...offsets].slice(0, partitionsShownMax).map(([at, offset]) =>
    `${partitionKey(at)}:${offset}`
  );
  const others = offsets.size - shown.length;
  return others > 0 ? `${shown.join(" ")} and ${others} more` : shown.join(" ");
}
