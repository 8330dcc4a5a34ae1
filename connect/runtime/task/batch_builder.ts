/** Turns polled records into a batch: what fails is tried again, reported, or stops its partition. @module */

import type { ConsumerRecord } from "../../api/ports.ts";
import type { SinkRecord, TopicPartition } from "../../api/record.ts";
import type { RetryWithTolerance } from "../../errors/retry_with_tolerance.ts";
import type { RecordBatch } from "./record_batch.ts";
import type { RecordPipeline } from "./record_pipeline.ts";
import { contentBytes, weightOf } from "./record_weight.ts";

/** What the builder works with. */
export interface BatchBuilderOptions {
  readonly pipeline: RecordPipeline;
  readonly errors: RetryWithTolerance;
}

/** A batch's share of a poll. */
export interface BatchShare extends BatchBuilderOptions {
  /** Weight of records after which no further one is converted; absent = no limit. */
  readonly weightMax?: number;
}

/**
 * Adds polled records to a batch. A record that is fine costs no promise; the first bad one of a partition that
 * isn't tolerated stops that partition there, while the others go on: good before bad.
 *
 * @returns how many of the records were gone through: the batch has no room for the others, or the task began to stop
 */
export async function addToBatch(
  batch: RecordBatch,
  polled: readonly ConsumerRecord[],
  options: BatchShare,
): Promise<number> {
  let run: Run | undefined;
  const bytesMax = batch.bytes + (options.weightMax ?? Infinity);
  let done = 0;
  for (const raw of polled) {
    if (done > 0 && batch.bytes + (run?.bytes ?? 0) >= bytesMax) break;
    done += 1;
    if (run === undefined || !run.holds(raw)) {
      run?.close(batch);
      run = new Run(raw, batch);
    }
    if (run.isStopped) continue;
    let record: SinkRecord | null;
    try {
      record = options.pipeline.apply(raw);
    } catch (error) {
      const outcome = await addFailed(batch, raw, error, options);
      if (outcome === "stopped") run.isStopped = true;
      if (outcome === "done") run.passed(raw, options.pipeline.values);
      if (outcome === "abandoned") break;
      continue;
    }
    if (record === null) batch.filtered += 1;
    else batch.add(record, raw);
    run.passed(raw, options.pipeline.values);
  }
  run?.close(batch);
  return done;
}

/** A record that failed at first. */
async function addFailed(
  batch: RecordBatch,
  raw: ConsumerRecord,
  error: unknown,
  { pipeline, errors }: BatchBuilderOptions,
): Promise<"done" | "stopped" | "abandoned"> {
  const recovery = await errors.recover(
    error,
    () => pipeline.apply(raw),
    (last) => pipeline.failedAt(raw, last),
  );
  if (recovery.kind === "abandoned") return "abandoned";
  if (recovery.kind === "done") {
    if (recovery.value === null) batch.filtered += 1;
    else batch.add(recovery.value, raw);
    return "done";
  }
  batch.reported(raw, recovery.durable);
  if (recovery.kind === "skipped") return "done";
  batch.stop({ at: { topic: raw.topic, partition: raw.partition }, error: recovery.error });
  return "stopped";
}

/** Neighbouring records of one partition: the batch's bookkeeping is done once for all of them. */
class Run {
  readonly #at: TopicPartition;
  readonly #from: bigint;
  #last: bigint | undefined;
  bytes = 0;
  #excess = 0;
  #count = 0;
  isStopped: boolean;

  constructor(raw: ConsumerRecord, batch: RecordBatch) {
    this.#at = { topic: raw.topic, partition: raw.partition };
    this.#from = raw.offset;
    this.isStopped = batch.isStopped(this.#at);
  }

  holds(raw: ConsumerRecord): boolean {
    return raw.partition === this.#at.partition && raw.topic === this.#at.topic;
  }

  passed(raw: ConsumerRecord, values: number): void {
    this.#last = raw.bad?.lastOffset ?? raw.offset;
    this.#count += 1;
    const bytes = contentBytes(raw);
    const weight = weightOf(bytes, values);
    this.bytes += weight;
    this.#excess += weight - bytes;
  }

  close(batch: RecordBatch): void {
    batch.consumed += this.#count;
    batch.bytes += this.bytes;
    batch.excess += this.#excess;
    batch.begin(this.#at, this.#from);
    if (this.#last !== undefined) batch.advance(this.#at, this.#last + 1n, this.#count);
  }
}
