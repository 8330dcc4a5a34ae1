/** Where a task's records come from: the consumer, the pipeline, and at most one batch ahead. @module */

import type { Consumer, ConsumerRecord, Time } from "../api/ports.ts";
import type { OffsetMap, PartitionMap, TopicPartition } from "../api/record.ts";
import type { TaskMetrics } from "../metrics/task_metrics.ts";
import { orForcedStop } from "./abort.ts";
import { addToBatch, type BatchBuilderOptions } from "./batch_builder.ts";
import { RecordBatch } from "./record_batch.ts";
import type { SinkOffsets } from "./sink_offsets.ts";

/** Records and raw bytes after which nothing more is added to a batch. */
export interface BatchLimits {
  readonly recordsMax: number;
  readonly bytesMax: number;
  /**
   * Raw bytes after which nothing is read ahead until all of them are done with; absent = no limit. Then nothing of
   * a batch is alive and the runtime frees all of it at once: what it finds alive it keeps for much longer.
   */
  readonly heldBytesMax?: number;
}

/** What the source works with. */
export interface TaskSourceOptions extends BatchBuilderOptions {
  readonly consumer: Consumer;
  readonly offsets: SinkOffsets;
  readonly limits: BatchLimits;
  readonly seenTopic: (topic: string) => void;
  readonly metrics: TaskMetrics;
  readonly time: Time;
  /** Forced stop: ends a poll that doesn't come back. */
  readonly signal: AbortSignal;
  /** Frees what is dead; called when nothing is in hand, once for each `heldBytesMax`. */
  readonly freeMemory?: () => void;
}

/** Polls, converts and keeps what the next `put` will get. */
export class TaskSource {
  readonly #options: TaskSourceOptions;
  #ahead = new RecordBatch();
  /** Records that the consumer has handed out, those of batches taken, and those it has back. */
  #handedOut = 0;
  #taken = 0;
  #released = 0;
  /** Raw bytes read since nothing was in hand, and since memory was freed. */
  #heldBytes = 0;
  #unfreedBytes = 0;
  #lastProgressMs: number;

  constructor(options: TaskSourceOptions) {
    this.#options = options;
    this.#lastProgressMs = options.time.monotonic();
  }

  get isEmpty(): boolean {
    return this.#ahead.isEmpty;
  }
  /** Raw size of the batch in the making. */
  get bytes(): number {
    return this.#ahead.bytes;
  }
  /** Records of the batch in the making, by partition. */
  get counts(): PartitionMap<number> {
    return this.#ahead.counts;
  }
  /** A batch that will stop the task takes nothing more. */
  get hasRoom(): boolean {
    const { recordsMax, bytesMax } = this.#options.limits;
    return this.#heldBytes < this.#heldBytesMax && this.#ahead.consumed < recordsMax &&
      this.#ahead.bytes < bytesMax && this.#ahead.stops.length === 0;
  }
  /** When records came last, on the monotonic clock. */
  get lastProgressMs(): number {
    return this.#lastProgressMs;
  }

  /** Polls once and adds what came to the batch in the making. */
  async gather(timeoutMs: number): Promise<void> {
    const { consumer, offsets, metrics, signal, time, seenTopic } = this.#options;
    const polled = await orForcedStop(() => consumer.poll(timeoutMs), signal, "Cannot finish poll");
    if (polled.length === 0) return;
    this.#lastProgressMs = time.monotonic();
    metrics.recordsRead.add(polled.length);
    for (const first of runsOf(polled)) {
      offsets.started(first, first.offset);
      seenTopic(first.topic);
    }
    this.#handedOut += polled.length;
    const bytesBefore = this.#ahead.bytes;
    await addToBatch(this.#ahead, polled, this.#options);
    const bytes = this.#ahead.bytes - bytesBefore;
    this.#heldBytes += bytes;
    this.#unfreedBytes += bytes;
  }

  /** All batches taken so far are put, reported or dropped: the consumer can use the memory of their records again. */
  release(): void {
    const done = this.isEmpty ? this.#handedOut : this.#taken;
    if (done === this.#released) return;
    this.#released = done;
    this.#options.consumer.release?.(done);
    if (!this.isEmpty) return;
    this.#heldBytes = 0;
    if (this.#unfreedBytes < this.#heldBytesMax) return;
    this.#unfreedBytes = 0;
    this.#options.freeMemory?.();
  }

  /** The batch for the next `put`. */
  take(): RecordBatch {
    const taken = this.#ahead;
    this.#taken = this.#handedOut;
    this.#ahead = new RecordBatch();
    return taken;
  }

  get #heldBytesMax(): number {
    return this.#options.limits.heldBytesMax ?? Infinity;
  }

  drop(partitions: readonly TopicPartition[]): void {
    this.#ahead.drop(partitions);
  }

  /** Reads from these places on; what was read ahead of them is dropped. */
  seek(places: OffsetMap): void {
    this.drop(places.keys());
    for (const [at, offset] of places) this.#options.consumer.seek(at, offset);
  }

  /** Puts back what was read ahead of these partitions: it will be polled again once they are resumed. */
  putBack(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) {
      const first = this.#ahead.first.get(at);
      if (first !== undefined) this.#options.consumer.seek(at, first);
    }
    this.drop(partitions);
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
