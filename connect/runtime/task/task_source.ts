/** Where a task's records come from: the consumer, the pipeline, and at most one batch ahead. @module */

import type { Consumer, ConsumerRecord, Time } from "../../api/ports.ts";
import { type OffsetMap, PartitionMap, type TopicPartition } from "../../api/record.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import { orForcedStop } from "../abort.ts";
import { addToBatch, type BatchBuilderOptions } from "./batch_builder.ts";
import { RecordBatch } from "./record_batch.ts";
import type { SinkOffsets } from "./sink_offsets.ts";

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

/** Weight beyond their bytes of records that leave so much garbage behind that it's freed at once. */
const excessMax = 256 * 1024;

/** Polls, converts and keeps what the next `put` will get. */
export class TaskSource {
  readonly #options: TaskSourceOptions;
  #ahead = new RecordBatch();
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

  constructor(options: TaskSourceOptions) {
    this.#options = options;
    this.#lastProgressMs = options.time.monotonic();
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
    const { recordsMax, bytesMax } = this.#options.limits;
    return this.#heldBytes < this.#heldBytesMax && this.#ahead.consumed < recordsMax &&
      this.#ahead.bytes < bytesMax && this.#ahead.stops.length === 0;
  }
  /** When records came last, on the monotonic clock. */
  get lastProgressMs(): number {
    return this.#lastProgressMs;
  }

  /** Adds what is left of the last poll to the batch in the making, or what another poll brings. */
  async gather(timeoutMs: number): Promise<void> {
    const mayConvert = this.isEmpty || this.hasRoom;
    if (this.#rest.length === 0 || !mayConvert) await this.#poll(timeoutMs);
    if (this.#rest.length === 0 || !mayConvert) return;
    const { time } = this.#options;
    this.#lastProgressMs = time.monotonic();
    const { bytes: bytesBefore, excess: excessBefore } = this.#ahead;
    const weightMax = this.#heldBytesMax - this.#heldBytes;
    const done = await addToBatch(this.#ahead, this.#rest, { ...this.#options, weightMax });
    this.#rest = this.#rest.slice(done);
    const bytes = this.#ahead.bytes - bytesBefore;
    this.#heldBytes += bytes;
    this.#unfreedBytes += bytes;
    const excess = this.#ahead.excess - excessBefore;
    this.#unfreedExcess += excess;
    // Other tasks may be about to convert as much: what this one left behind mustn't add up with theirs.
    if (excess >= excessMax) this.#options.freeMemory?.();
  }

  async #poll(timeoutMs: number): Promise<void> {
    const { consumer, errors, offsets, metrics, signal, seenTopic } = this.#options;
    const polled = await orForcedStop(() => consumer.poll(timeoutMs), signal, "Cannot finish poll");
    if (polled.length === 0) return;
    errors.processing(polled.length);
    metrics.recordsRead.add(polled.length);
    for (const first of runsOf(polled)) {
      offsets.started(first, first.offset);
      seenTopic(first.topic);
    }
    if (this.#rest.length === 0) this.#beforeRest = this.#handedOut;
    this.#handedOut += polled.length;
    this.#rest = this.#rest.length === 0 ? polled : [...this.#rest, ...polled];
  }

  /** All batches taken so far are put, reported or dropped: the consumer can use the memory of their records again. */
  release(): void {
    const done = this.isEmpty ? this.#converted : this.#taken;
    if (done !== this.#released) this.#options.consumer.release?.(done);
    this.#released = done;
    if (!this.isEmpty) return;
    this.#heldBytes = 0;
    if (this.#unfreedBytes < this.#heldBytesMax && this.#unfreedExcess < excessMax) return;
    this.#unfreedBytes = 0;
    this.#unfreedExcess = 0;
    this.#options.freeMemory?.();
  }

  /** The batch for the next `put`. */
  take(): RecordBatch {
    const taken = this.#ahead;
    this.#taken = this.#converted;
    this.#ahead = new RecordBatch();
    return taken;
  }

  /** Records handed out of which none waits to be converted: memory comes back by whole polls. */
  get #converted(): number {
    return this.#rest.length === 0 ? this.#handedOut : this.#beforeRest;
  }

  get #heldBytesMax(): number {
    return this.#options.limits.heldBytesMax ?? Infinity;
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
    for (const [at, offset] of places) this.#options.consumer.seek(at, offset);
  }

  /** Puts back what was read ahead of these partitions: it will be polled again once they are resumed. */
  putBack(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) {
      const first = this.#ahead.first.get(at) ?? this.#firstOfRest(at);
      if (first !== undefined) this.#options.consumer.seek(at, first);
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
