/** Gets records ready for `put`: keeps what was polled, converts it, and makes batches, at most one ahead. @module */

import type { Consumer, ConsumerRecord, Time } from "../../api/ports.ts";
import { type OffsetMap, PartitionMap, type SinkRecord, type TopicPartition } from "../../api/record.ts";
import type { RetryWithTolerance } from "../../errors/retry_with_tolerance.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import type { RecordPipeline } from "./record_pipeline.ts";
import type { SinkOffsets } from "./sink_offsets.ts";
import { BatchRun, TaskBatch } from "./task_batch.ts";

/** Records and their weight in bytes after which nothing more is added to a batch. */
export interface BatchLimits {
  readonly recordsMax: number;
  readonly bytesMax: number;
  /**
   * Weight after which nothing is converted ahead until all of it is done with, not even the rest of a poll; absent =
   * no limit. Then nothing of a batch is alive and the runtime frees all of it at once: what it finds alive it keeps
   * for much longer.
   */
  readonly heldBytesMax?: number;
}

/** What records pass on their way into a batch. */
interface TaskIntakeOptions {
  readonly consumer: Pick<Consumer, "seek" | "release">;
  readonly pipeline: RecordPipeline;
  readonly errors: RetryWithTolerance;
  readonly offsets: SinkOffsets;
  readonly limits: BatchLimits;
  readonly metrics: TaskMetrics;
  readonly seenTopic: (topic: string) => void;
  /** Frees what is dead; called when nothing is in hand, once for each `heldBytesMax`. */
  readonly freeMemory: (() => void) | undefined;
}

/** Weight beyond their bytes of records that leave so much garbage behind that it's freed at once. */
const excessMax = 256 * 1024;

/** Keeps polled records, and what the next `put` will get. */
export class TaskIntake {
  #ahead = new TaskBatch();
  /** Polled, and not converted before there is room for what they become. */
  #rest: readonly ConsumerRecord[] = [];
  /** Records that were handed out before them. */
  #beforeRest = 0;
  /** Records that the consumer has handed out, those of batches taken, and those it has back. */
  #handedOut = 0;
  #taken = 0;
  #released = 0;
  /** Weight of records converted since nothing was in hand, and since memory was freed. */
  #heldBytes = 0;
  #unfreedBytes = 0;
  #unfreedExcess = 0;
  #lastProgressMs: number;

  constructor(private readonly options: TaskIntakeOptions, private readonly time: Time) {
    this.#lastProgressMs = time.monotonic();
  }

  get isEmpty(): boolean {
    return this.#ahead.isEmpty;
  }
  /** Weight of the batch in the making. */
  get bytes(): number {
    return this.#ahead.bytes;
  }
  /** Records of the batch in the making, by partition. */
  get counts(): PartitionMap<number> {
    return this.#ahead.counts;
  }
  /** A batch that will stop the task takes nothing more. */
  get hasRoom(): boolean {
    const { recordsMax, bytesMax } = this.options.limits;
    return this.#heldBytes < this.#heldBytesMax && this.#ahead.consumed < recordsMax &&
      this.#ahead.bytes < bytesMax && this.#ahead.stops.length === 0;
  }
  /** When records came last, on the monotonic clock. */
  get lastProgressMs(): number {
    return this.#lastProgressMs;
  }

  /** Nothing waits to be converted, or there is no room for it: a poll keeps the membership. */
  get needsPoll(): boolean {
    return this.#rest.length === 0 || !this.#mayConvert;
  }

  /** Takes what a poll brought. */
  polled(records: readonly ConsumerRecord[]): void {
    if (records.length === 0) return;
    const { errors, offsets, metrics, seenTopic } = this.options;
    errors.processing(records.length);
    metrics.recordsRead.add(records.length);
    for (const first of runsOf(records)) {
      offsets.started(first, first.offset);
      seenTopic(first.topic);
    }
    if (this.#rest.length === 0) this.#beforeRest = this.#handedOut;
    this.#handedOut += records.length;
    this.#rest = this.#rest.length === 0 ? records : [...this.#rest, ...records];
  }

  /** Converts what was polled, as much as there is room for, and adds it to the batch in the making. */
  async convert(): Promise<void> {
    if (this.needsPoll) return;
    this.#lastProgressMs = this.time.monotonic();
    const batch = this.#ahead;
    const { bytes: bytesBefore, excess: excessBefore } = batch;
    const done = await this.#addTo(batch);
    this.#rest = this.#rest.slice(done);
    this.#heldBytes += batch.bytes - bytesBefore;
    this.#unfreedBytes += batch.bytes - bytesBefore;
    const excess = batch.excess - excessBefore;
    this.#unfreedExcess += excess;
    // Other tasks may be about to convert as much: what this one left behind mustn't add up with theirs.
    if (excess >= excessMax) this.options.freeMemory?.();
  }

  /**
   * A record that is fine costs no promise; the first bad one of a partition that isn't tolerated stops that partition
   * there, while the others go on: good before bad.
   *
   * @returns how many records were gone through: the batch has no room for the others, or the task began to stop
   */
  async #addTo(batch: TaskBatch): Promise<number> {
    const { pipeline } = this.options;
    const bytesMax = batch.bytes + this.#heldBytesMax - this.#heldBytes;
    let run: BatchRun | undefined;
    let done = 0;
    for (const raw of this.#rest) {
      if (done > 0 && batch.bytes + (run?.bytes ?? 0) >= bytesMax) break;
      done += 1;
      if (run === undefined || !run.holds(raw)) {
        if (run !== undefined) batch.close(run);
        run = new BatchRun(raw, batch);
      }
      if (run.isStopped) continue;
      let record: SinkRecord | null;
      try {
        record = pipeline.apply(raw);
      } catch (error) {
        const outcome = await this.#addFailed(batch, raw, error);
        if (outcome === "stopped") run.isStopped = true;
        if (outcome === "done") run.passed(raw, pipeline.values);
        if (outcome === "abandoned") break;
        continue;
      }
      batch.add(record, raw);
      run.passed(raw, pipeline.values);
    }
    if (run !== undefined) batch.close(run);
    return done;
  }

  /** A record that failed at first: tried again, reported, or the end of its partition. */
  async #addFailed(
    batch: TaskBatch,
    raw: ConsumerRecord,
    error: unknown,
  ): Promise<"done" | "stopped" | "abandoned"> {
    const { pipeline, errors } = this.options;
    const failedAt = (last: unknown) => pipeline.failedAt(raw, last);
    const recovery = await errors.recover(error, () => pipeline.apply(raw), failedAt);
    if (recovery.kind === "abandoned") return "abandoned";
    if (recovery.kind === "done") {
      batch.add(recovery.value, raw);
      return "done";
    }
    batch.reported(raw, recovery.durable);
    if (recovery.kind === "skipped") return "done";
    batch.stop({ at: { topic: raw.topic, partition: raw.partition }, error: recovery.error });
    return "stopped";
  }

  /** All batches taken so far are put, reported or dropped: the consumer can use the memory of their records again. */
  release(): void {
    const done = this.isEmpty ? this.#converted : this.#taken;
    if (done !== this.#released) this.options.consumer.release?.(done);
    this.#released = done;
    if (!this.isEmpty) return;
    this.#heldBytes = 0;
    if (this.#unfreedBytes < this.#heldBytesMax && this.#unfreedExcess < excessMax) return;
    this.#unfreedBytes = 0;
    this.#unfreedExcess = 0;
    this.options.freeMemory?.();
  }

  /** The batch for the next `put`. */
  take(): TaskBatch {
    const taken = this.#ahead;
    this.#taken = this.#converted;
    this.#ahead = new TaskBatch();
    return taken;
  }

  /** Records handed out of which none waits to be converted: memory comes back by whole polls. */
  get #converted(): number {
    return this.#rest.length === 0 ? this.#handedOut : this.#beforeRest;
  }

  get #mayConvert(): boolean {
    return this.isEmpty || this.hasRoom;
  }

  get #heldBytesMax(): number {
    return this.options.limits.heldBytesMax ?? Infinity;
  }

  drop(partitions: readonly TopicPartition[]): void {
    this.#ahead.drop(partitions);
    if (this.#rest.length === 0 || partitions.length === 0) return;
    const gone = new PartitionMap<true>(partitions.map((at) => [at, true]));
    this.#rest = this.#rest.filter((record) => !gone.has(record));
  }

  /** Reads from these places on; what was read ahead of them is dropped. */
  seek(places: OffsetMap): void {
    this.drop(places.keys());
    for (const [at, offset] of places) this.options.consumer.seek(at, offset);
  }

  /** Puts back what was read ahead of these partitions: it will be polled again once they are resumed. */
  putBack(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) {
      const first = this.#ahead.first.get(at) ?? this.#firstOfRest(at);
      if (first !== undefined) this.options.consumer.seek(at, first);
    }
    this.drop(partitions);
  }

  #firstOfRest(at: TopicPartition): bigint | undefined {
    return this.#rest.find(({ topic, partition }) => topic === at.topic && partition === at.partition)
      ?.offset;
  }
}

/** The first record of each run of neighbours from one partition. */
function* runsOf(polled: readonly ConsumerRecord[]): Iterable<ConsumerRecord> {
  let last: ConsumerRecord | undefined;
  for (const record of polled) {
    if (last === undefined || record.partition !== last.partition || record.topic !== last.topic) {
      yield record;
    }
    last = record;
  }
}
