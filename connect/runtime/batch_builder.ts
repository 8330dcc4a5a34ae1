/** Turns polled records into a batch: what fails is tried again, reported, or stops its partition. @module */

import type { ConsumerRecord } from "../api/ports.ts";
import type { SinkRecord, TopicPartition } from "../api/record.ts";
import type { RetryWithTolerance } from "../errors/retry_with_tolerance.ts";
import type { RecordBatch } from "./record_batch.ts";
import { contentBytes, type RecordPipeline } from "./record_pipeline.ts";

/** What the builder works with. */
export interface BatchBuilderOptions {
  readonly pipeline: RecordPipeline;
  readonly errors: RetryWithTolerance;
}

/**
 * Adds polled records to a batch. A record that is fine costs no promise; the first bad one of a partition that
 * isn't tolerated stops that partition there, while the others go on: good before bad.
 *
 * @returns false where the task began to stop meanwhile: the rest of the poll isn't in the batch
 */
export async function addToBatch(
  batch: RecordBatch,
  polled: readonly ConsumerRecord[],
  options: BatchBuilderOptions,
): Promise<boolean> {
  options.errors.processing(polled.length);
  let run: Run | undefined;
  for (const raw of polled) {
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
      if (outcome === "done") run.passed(raw);
      if (outcome !== "abandoned") continue;
      run.close(batch);
      return false;
    }
    if (record === null) batch.filtered += 1;
    else batch.add(record, raw);
    run.passed(raw);
  }
  run?.close(batch);
  return true;
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
  #bytes = 0;
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

  passed(raw: ConsumerRecord): void {
    this.#last = raw.bad?.lastOffset ?? raw.offset;
    this.#count += 1;
    this.#bytes += contentBytes(raw);
  }

  close(batch: RecordBatch): void {
    batch.consumed += this.#count;
    batch.bytes += this.#bytes;
    batch.begin(this.#at, this.#from);
    if (this.#last !== undefined) batch.advance(this.#at, this.#last + 1n, this.#count);
  }
}
