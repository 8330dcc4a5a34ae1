import type { Consumer, ConsumerRecord, Time } from "../../api/ports.ts";
import { type OffsetMap, PartitionMap, type SinkRecord, type TopicPartition } from "../../api/record.ts";
import type { RetryWithTolerance } from "../../errors/retry_with_tolerance.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import type { RecordPipeline } from "./record_pipeline.ts";
import type { SinkOffsets } from "./sink_offsets.ts";
import { BatchRun, TaskBatch } from "./task_batch.ts";

/** Records and weight in bytes at which a batch is full. */
export interface BatchLimits {
  readonly recordsMax: number;
  readonly bytesMax: number;
  /**
   * Weight at which conversion pauses until all batches are done; absent = no limit. Then no record is alive
   * and the runtime frees them all at once: memory that is alive at a collection is kept for much longer.
   */
  readonly heldBytesMax?: number;
}

interface TaskIntakeOptions {
  readonly consumer: Pick<Consumer, "seek" | "release">;
  readonly pipeline: RecordPipeline;
  readonly errors: RetryWithTolerance;
  readonly offsets: SinkOffsets;
  readonly limits: BatchLimits;
  readonly metrics: TaskMetrics;
  readonly seenTopic: (topic: string) => void;
  /** Collects garbage; called when no record is held, once per `heldBytesMax`. */
  readonly freeMemory: (() => void) | undefined;
}

/** Weight beyond the raw bytes after which garbage is collected at once. */
const excessMax = 256 * 1024;

/** Keeps polled records, converts them and makes batches, at most one ahead. */
export class TaskIntake {
  #ahead = new TaskBatch();
  /** Polled, but not converted for want of room. */
  #rest: readonly ConsumerRecord[] = [];
  /** Records handed out before `rest`. */
  #beforeRest = 0;
  /** Records handed out by the consumer, of batches taken, and given back to it. */
  #handedOut = 0;
  #taken = 0;
  #released = 0;
  /** Weight converted since no record was held, and since garbage was collected. */
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
  get bytes(): number {
    return this.#ahead.bytes;
  }
  get counts(): PartitionMap<number> {
    return this.#ahead.counts;
  }
  /** A batch that stops the task takes no more records. */
  get hasRoom(): boolean {
    const { recordsMax, bytesMax } = this.options.limits;
    return this.#heldBytes < this.#heldBytesMax && this.#ahead.consumed < recordsMax &&
      this.#ahead.bytes < bytesMax && this.#ahead.stops.length === 0;
  }
  /** When records last came, on the monotonic clock. */
  get lastProgressMs(): number {
    return this.#lastProgressMs;
  }

  /** True if no record can be converted now; polls without room keep the group membership. */
  get needsPoll(): boolean {
    return this.#rest.length === 0 || !this.#mayConvert;
  }

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

  /** Converts polled records into the next batch while there is room. */
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
    // Other tasks may convert as much at the same time, so this garbage must not add up with theirs.
    if (excess >= excessMax) this.options.freeMemory?.();
  }

  /**
   * Adds records; a good record costs no promise. A partition stops at its first record that isn't tolerated,
   * while other partitions go on.
   *
   * @returns how many records were handled before the batch was full or the task began to stop
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

  /** Retries or reports a bad record, or stops its partition. */
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

  /** Tells the consumer that all batches are done, so it can reuse their memory. */
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

  take(): TaskBatch {
    const taken = this.#ahead;
    this.#taken = this.#converted;
    this.#ahead = new TaskBatch();
    return taken;
  }

  /** Converted records; the consumer reuses memory by whole polls. */
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

  /** Seeks; records read ahead of these offsets are dropped. */
  seek(places: OffsetMap): void {
    this.drop(places.keys());
    for (const [at, offset] of places) this.options.consumer.seek(at, offset);
  }

  /** Drops records read ahead of these partitions; they are polled again after resume. */
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

/** The first record of each run of neighbors from one partition. */
function* runsOf(polled: readonly ConsumerRecord[]): Iterable<ConsumerRecord> {
  let last: ConsumerRecord | undefined;
  for (const record of polled) {
    if (last === undefined || record.partition !== last.partition || record.topic !== last.topic) {
      yield record;
    }
    last = record;
  }
}
