import type { ConnectException } from "../../api/exceptions.ts";
import type { ConsumerRecord } from "../../api/ports.ts";
import { type OffsetMap, PartitionMap, type SinkRecord, type TopicPartition } from "../../api/record.ts";
import { contentBytes, weightOf } from "./record_pipeline.ts";

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
  records: SinkRecord[] = [];
  /** The consumed record for each of `records`. */
  originals: ConsumerRecord[] = [];
  /** Consumed records, including filtered and reported ones. */
  consumed = 0;
  filtered = 0;
  /** Weight in bytes; it exceeds the raw bytes if records have very many values. */
  bytes = 0;
  /** The part of `bytes` beyond the raw bytes. */
  excess = 0;
  readonly #first = new PartitionMap<bigint>();
  readonly #next = new PartitionMap<bigint>();
  readonly #counts = new PartitionMap<number>();
  #reports: { readonly at: TopicPartition; readonly durable: Promise<void> }[] = [];
  #stops: PartitionStop[] = [];

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

  /** @param record null if a transformation dropped it */
  add(record: SinkRecord | null, original: ConsumerRecord): void {
    if (record === null) {
      this.filtered += 1;
      return;
    }
    this.records.push(record);
    this.originals.push(original);
  }

  /** Adds the totals of a finished run. */
  close({ at, from, last, bytes, excess, count }: BatchRun): void {
    this.consumed += count;
    this.bytes += bytes;
    this.excess += excess;
    if (!this.#first.has(at)) this.#first.set(at, from);
    if (last === undefined) return;
    this.#next.set(at, last + 1n);
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
    const kept = this.originals.map((original) => !gone.has(original));
    this.records = this.records.filter((_, index) => kept[index]);
    this.originals = this.originals.filter((_, index) => kept[index]);
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
    const index = this.records.indexOf(record);
    if (index >= 0) return this.originals[index];
    return this.originals.find((original) =>
      original.offset === record.offset && isSame(original, record.origin)
    );
  }
}

/** Neighboring records of one partition; the batch is updated once for all of them. */
export class BatchRun {
  readonly at: TopicPartition;
  readonly from: bigint;
  last: bigint | undefined;
  bytes = 0;
  excess = 0;
  count = 0;
  isStopped: boolean;

  constructor(raw: ConsumerRecord, batch: TaskBatch) {
    this.at = { topic: raw.topic, partition: raw.partition };
    this.from = raw.offset;
    this.isStopped = batch.isStopped(this.at);
  }

  holds(raw: ConsumerRecord): boolean {
    return raw.partition === this.at.partition && raw.topic === this.at.topic;
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
}

function isSame(a: TopicPartition, b: TopicPartition): boolean {
  return a.partition === b.partition && a.topic === b.topic;
}
