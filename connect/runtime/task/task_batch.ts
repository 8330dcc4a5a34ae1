import type { ConnectException } from "../../api/exceptions.ts";
import type { ConsumerRecord } from "../../api/ports.ts";
import { type OffsetMap, PartitionMap, type SinkRecord, type TopicPartition } from "../../api/record.ts";
import { contentBytes, weightOf } from "./record_pipeline.ts";
import type { SpanBatch } from "./span_batch.ts";

/** The record in front of which a partition, and then the task, stops. */
interface PartitionStop {
  readonly at: TopicPartition;
  readonly error: ConnectException;
}

/**
 * A batch that is filled or delivered. Each consumed record is in `records`, was filtered, was reported
 * (`reports`), or its partition stops in front of it (`stops`); the first three move `next`.
 */
export class TaskBatch {
  /** Consumed records, including filtered and reported ones. */
  consumed = 0;
  filtered = 0;
  /** Weight in bytes; it exceeds the raw bytes if records have very many values. */
  bytes = 0;
  /** The part of `bytes` beyond the raw bytes. */
  excess = 0;
  #records: SinkRecord[] = [];
  #originals: ConsumerRecord[] = [];
  #columns: SpanBatch | null;
  readonly #first = new PartitionMap<bigint>();
  readonly #next = new PartitionMap<bigint>();
  readonly #counts = new PartitionMap<number>();
  #reports: { readonly at: TopicPartition; readonly durable: Promise<void> }[] = [];
  #stops: PartitionStop[] = [];

  /** @param columns what takes the records; null = they are kept as objects */
  constructor(columns: SpanBatch | null = null) {
    this.#columns = columns;
  }

  /** The records in columns, unless the sink wants them as objects. */
  get columns(): SpanBatch | null {
    return this.#columns;
  }
  /** How many records the sink gets. */
  get size(): number {
    return this.#columns?.count ?? this.#records.length;
  }
  get records(): readonly SinkRecord[] {
    this.#makeRecords();
    return this.#records;
  }
  /** The consumed record for each of `records`. */
  get originals(): readonly ConsumerRecord[] {
    this.#makeRecords();
    return this.#originals;
  }

  /** True if there are no records to deliver and no offsets to move. */
  get isEmpty(): boolean {
    return this.#next.size === 0 && this.#stops.length === 0;
  }
  /** Next offsets after delivery. */
  get next(): OffsetMap {
    return this.#next;
  }
  /** First offsets, to seek to if the batch isn't delivered. */
  get first(): OffsetMap {
    return this.#first;
  }
  get counts(): PartitionMap<number> {
    return this.#counts;
  }
  get stops(): readonly PartitionStop[] {
    return this.#stops;
  }

  isStopped(at: TopicPartition): boolean {
    return this.#stops.some((stop) => isSame(stop.at, at));
  }

  /**
   * @param record null if a transformation dropped it
   * @param place of the record in its run
   */
  add(record: SinkRecord | null, original: ConsumerRecord, place: number = 0): void {
    if (record === null) {
      this.filtered += 1;
    } else if (this.#columns !== null) {
      this.#columns.addObject(place, record);
    } else {
      this.#records.push(record);
      this.#originals.push(original);
    }
  }

  /** Timestamps of the records, in milliseconds since 1970; negative = none. */
  *timestamps(): Iterable<number> {
    const columns = this.#columns;
    for (let index = 0; index < this.size; index++) {
      yield columns?.timestampOf(index) ?? this.#originals[index]?.timestamp ?? -1;
    }
  }

  /** Adds the totals of a finished run. */
  close({ at, from, last, bytes, excess, count }: BatchRun): void {
    this.consumed += count;
    this.bytes += bytes;
    this.excess += excess;
    if (!this.#first.has(at)) this.#first.set(at, from);
    if (last === undefined) return;
    this.#next.set(at, BigInt(last) + 1n);
    this.#counts.set(at, (this.#counts.get(at) ?? 0) + count);
  }

  /** The batch waits for this report before it is put. */
  reported(at: TopicPartition, durable: Promise<void>): void {
    durable.catch(() => {}); // reportsDurable throws it; this avoids an unhandled rejection
    this.#reports.push({ at, durable });
  }

  stop(stop: PartitionStop): void {
    this.#stops.push(stop);
  }

  async reportsDurable(): Promise<void> {
    if (this.#reports.length > 0) await Promise.all(this.#reports.map(({ durable }) => durable));
  }

  drop(partitions: readonly TopicPartition[]): void {
    const gone = new PartitionMap<true>(partitions.map((at) => [at, true]));
    if (!this.#first.keys().some((at) => gone.has(at))) return;
    this.#columns?.drop((at) => gone.has(at));
    const kept = this.#originals.map((original) => !gone.has(original));
    this.#records = this.#records.filter((_, index) => kept[index]);
    this.#originals = this.#originals.filter((_, index) => kept[index]);
    this.#reports = this.#reports.filter(({ at }) => !gone.has(at));
    this.#stops = this.#stops.filter(({ at }) => !gone.has(at));
    for (const at of partitions) {
      this.#first.delete(at);
      this.#next.delete(at);
      this.#counts.delete(at);
    }
  }

  /** Returns the consumed record of a sink's record, also if the sink changed it. */
  originalOf(record: SinkRecord): ConsumerRecord | undefined {
    if (this.#columns !== null) return this.#columns.originalAt(record.origin, record.offset);
    const index = this.#records.indexOf(record);
    if (index >= 0) return this.#originals[index];
    return this.#originals.find((original) =>
      original.offset === record.offset && isSame(original, record.origin)
    );
  }

  /** From now on the batch has objects, also if it is put again. */
  #makeRecords(): void {
    const columns = this.#columns;
    if (columns === null) return;
    for (let index = 0; index < columns.count; index++) {
      this.#records.push(columns.record(index));
      this.#originals.push(columns.original(index));
    }
    this.#columns = null;
  }
}

/** Neighboring records of one partition; the batch is updated once for all of them. */
export class BatchRun {
  readonly at: TopicPartition;
  /** The last record that moves the offset; undefined if none does yet. */
  last: bigint | number | undefined;
  bytes = 0;
  excess = 0;
  count = 0;
  isStopped: boolean;

  /** @param from offset of the first record */
  constructor(at: TopicPartition, readonly from: bigint, batch: TaskBatch) {
    this.at = { topic: at.topic, partition: at.partition };
    this.isStopped = batch.isStopped(this.at);
  }

  /** Counts a record that is in the batch, filtered or reported. */
  passed(raw: ConsumerRecord, values: number): void {
    this.last = raw.bad?.lastOffset ?? raw.offset;
    this.count += 1;
    const bytes = contentBytes(raw);
    const weight = weightOf(bytes, values);
    this.bytes += weight;
    this.excess += weight - bytes;
  }

  /** Counts a record that is in the batch as spans. */
  passedSpans(offset: number, bytes: number): void {
    this.last = offset;
    this.count += 1;
    this.bytes += bytes;
  }
}

function isSame(a: TopicPartition, b: TopicPartition): boolean {
  return a.partition === b.partition && a.topic === b.topic;
}
