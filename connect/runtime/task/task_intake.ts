import type { Consumer, ConsumerRecord, Time } from "../../api/ports.ts";
import { type OffsetMap, PartitionMap, type SinkRecord, type TopicPartition } from "../../api/record.ts";
import { RUN_NUMBERS, RunNumber } from "../../api/consumer_record.ts";
import { type ColumnSink } from "../../api/spans.ts";
import type { RetryWithTolerance } from "../../errors/retry_with_tolerance.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import { offsetAt, type PolledRun, runsOf, spanRun } from "./polled_runs.ts";
import type { RecordPipeline } from "./record_pipeline.ts";
import type { SinkOffsets } from "./sink_offsets.ts";
import { SpanBatch } from "./span_batch.ts";
import type { SpanChain } from "./span_chain.ts";
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

/** For a task whose chain and sink can work without values. */
export interface ColumnIntake {
  readonly chain: SpanChain;
  readonly sink: Pick<ColumnSink, "takes">;
  /** Of batches in columns. */
  readonly limits: BatchLimits;
}

interface TaskIntakeOptions {
  readonly consumer: Pick<Consumer, "poll" | "pollRuns" | "seek" | "release">;
  readonly pipeline: RecordPipeline;
  readonly columns: ColumnIntake | undefined;
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
  #rest: readonly PolledRun[] = [];
  /** Records of the first of these runs that are converted. */
  #place = 0;
  /** Records handed out before `rest`. */
  #beforeRest = 0;
  /** Columns for the next batch, and those of the batch in hand. */
  #spareColumns: SpanBatch | undefined;
  #takenColumns: SpanBatch | null = null;
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
    const { recordsMax, bytesMax } = this.#limits;
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

  /** Polls the consumer. */
  async poll(timeoutMs: number): Promise<readonly PolledRun[]> {
    const { consumer, columns } = this.options;
    if (columns !== undefined && consumer.pollRuns !== undefined) return await consumer.pollRuns(timeoutMs);
    return runsOf(await consumer.poll(timeoutMs));
  }

  polled(runs: readonly PolledRun[]): void {
    const count = runs.reduce((sum, run) => sum + run.count, 0);
    if (count === 0) return;
    const { errors, offsets, metrics, seenTopic } = this.options;
    errors.processing(count);
    metrics.recordsRead.add(count);
    for (const run of runs) {
      offsets.started(run.at, offsetAt(run, 0));
      seenTopic(run.at.topic);
    }
    if (this.#rest.length === 0) this.#beforeRest = this.#handedOut;
    this.#handedOut += count;
    this.#rest = this.#rest.length === 0 ? runs : [...this.#rest, ...runs];
  }

  /** Converts polled records into the next batch while there is room. */
  async convert(): Promise<void> {
    if (this.needsPoll) return;
    this.#lastProgressMs = this.time.monotonic();
    if (this.isEmpty && this.#ahead.columns === null) this.#ahead = this.#newBatch();
    const batch = this.#ahead;
    const { bytes: bytesBefore, excess: excessBefore } = batch;
    while (this.#rest.length > 0 && await this.#addRun(batch)) {
      this.#rest = this.#rest.slice(1);
      this.#place = 0;
    }
    if (batch.columns === null) {
      this.#heldBytes += batch.bytes - bytesBefore;
      this.#unfreedBytes += batch.bytes - bytesBefore;
    }
    const excess = batch.excess - excessBefore;
    this.#unfreedExcess += excess;
    // Other tasks may convert as much at the same time, so this garbage must not add up with theirs.
    if (excess >= excessMax) this.options.freeMemory?.();
  }

  /**
   * Adds the records of the first run; a good record costs no promise. A partition stops at its first record that isn't
   * tolerated, while other partitions go on.
   *
   * @returns whether all were handled before the batch was full or the task began to stop
   */
  async #addRun(batch: TaskBatch): Promise<boolean> {
    const [run] = this.#rest;
    if (run === undefined) return true;
    const { pipeline, columns } = this.options;
    const bytesMax = batch.columns === null
      ? batch.bytes + this.#heldBytesMax - this.#heldBytes
      : this.#limits.bytesMax;
    const spans = batch.columns === null ? null : spanRun(run);
    const totals = new BatchRun(run.at, offsetAt(run, this.#place), batch);
    if (spans !== null) batch.columns?.begin(spans);
    const first = this.#place;
    for (; this.#place < run.count; this.#place++) {
      const place = this.#place;
      if ((place > first || batch.bytes > 0) && batch.bytes + totals.bytes >= bytesMax) break;
      if (totals.isStopped) continue;
      if (spans !== null && batch.columns !== null && columns?.chain.read(spans, place, batch.columns)) {
        totals.passedSpans(
          spans.offsets[place]!,
          spans.numbers[place * RUN_NUMBERS + RunNumber.contentBytes]!,
        );
        continue;
      }
      const raw = run.record(place);
      let record: SinkRecord | null;
      try {
        record = pipeline.apply(raw);
      } catch (error) {
        const outcome = await this.#addFailed(batch, { raw, place, error });
        if (outcome === "stopped") totals.isStopped = true;
        if (outcome === "done") totals.passed(raw, pipeline.values);
        if (outcome !== "abandoned") continue;
        this.#place += 1;
        break;
      }
      batch.add(record, raw, place);
      totals.passed(raw, pipeline.values);
    }
    batch.close(totals);
    return this.#place === run.count;
  }

  /** Retries or reports a bad record, or stops its partition. */
  async #addFailed(
    batch: TaskBatch,
    { raw, place, error }: { readonly raw: ConsumerRecord; readonly place: number; readonly error: unknown },
  ): Promise<"done" | "stopped" | "abandoned"> {
    const { pipeline, errors } = this.options;
    const failedAt = (last: unknown) => pipeline.failedAt(raw, last);
    const recovery = await errors.recover(error, () => pipeline.apply(raw), failedAt);
    if (recovery.kind === "abandoned") return "abandoned";
    if (recovery.kind === "done") {
      batch.add(recovery.value, raw, place);
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
    if (this.#takenColumns !== null) {
      this.#takenColumns.clear();
      this.#spareColumns = this.#takenColumns;
      this.#takenColumns = null;
    }
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
    this.#takenColumns = taken.columns;
    this.#ahead = new TaskBatch();
    return taken;
  }

  /** The sink decides for each batch whether it comes in columns. */
  #newBatch(): TaskBatch {
    const { columns, pipeline, consumer } = this.options;
    if (columns === undefined || consumer.pollRuns === undefined) return new TaskBatch();
    const { chain, sink } = columns;
    if (!sink.takes(chain.columns)) return new TaskBatch();
    const batch = this.#spareColumns ?? new SpanBatch(chain.columns, (raw) => pipeline.apply(raw));
    this.#spareColumns = undefined;
    return new TaskBatch(batch);
  }

  get #limits(): BatchLimits {
    return this.#ahead.columns === null
      ? this.options.limits
      : this.options.columns?.limits ?? this.options.limits;
  }

  /** Converted records; the consumer reuses memory by whole polls. */
  get #converted(): number {
    return this.#rest.length === 0 ? this.#handedOut : this.#beforeRest;
  }

  get #mayConvert(): boolean {
    return this.isEmpty || this.hasRoom;
  }

  get #heldBytesMax(): number {
    return this.#limits.heldBytesMax ?? Infinity;
  }

  drop(partitions: readonly TopicPartition[]): void {
    this.#ahead.drop(partitions);
    if (this.#rest.length === 0 || partitions.length === 0) return;
    const gone = new PartitionMap<true>(partitions.map((at) => [at, true]));
    const [first] = this.#rest;
    if (first !== undefined && gone.has(first.at)) this.#place = 0;
    this.#rest = this.#rest.filter((run) => !gone.has(run.at));
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

  #firstOfRest({ topic, partition }: TopicPartition): bigint | undefined {
    const index = this.#rest.findIndex(({ at }) => at.topic === topic && at.partition === partition);
    const run = this.#rest[index];
    return run === undefined ? undefined : offsetAt(run, index === 0 ? this.#place : 0);
  }
}
