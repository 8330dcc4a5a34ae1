/**
 * Which partitions this task may write, and from which offset on: the task's side of exactly once.
 *
 * The database's row is the truth: the task's state is compared with it under the row's lock before each write.
 * Two sequences need it. Lost answer: the commit of [5, 8) reaches the database and its answer is lost; the same records
 * come again; the row says 8, so they are dropped. Stopped owner: A is stopped inside `put`, B claims the partition and
 * raises the fence; A wakes up and finds B's fence: it drops its records and moves no offset.
 *
 * @module
 */

import {
  type OffsetMap,
  PartitionMap,
  type SinkRecord,
  type TopicPartition,
} from "../../../connect/api/record.ts";
import type { LockedOffset, OffsetProgress, OpenedPartition } from "../dialect.ts";
import type { ExpectedProgress } from "../span_dialect.ts";

interface OwnedPartition {
  readonly fence: bigint;
  next: bigint;
  /** Whether the database's row has an offset: Kafka may not get one before. */
  isStored: boolean;
  /** Since when the row is another owner's, or of an older database; undefined while the partition is the task's. */
  lostSinceMs: number | undefined;
  /** The consumer is ahead of `next`: its records would skip those that were dropped. */
  isReadAhead: boolean;
}

interface LockVerdict {
  /** Whether the pending statements are still the right ones. */
  readonly isAsExpected: boolean;
  readonly lost: readonly TopicPartition[];
}

/**
 * The partitions of one task.
 *
 * @example
 * ```ts
 * import { PartitionMap } from "../../../connect/api/record.ts";
 * import { PartitionOwnership } from "./partition_ownership.ts";
 * const at = { topic: "customers", partition: 0 };
 * const ownership = new PartitionOwnership();
 * ownership.opened(new PartitionMap([[at, { fence: 3n, from: 5n }]]));
 * const verdict = ownership.check([at], new PartitionMap([[at, { fence: 4n, nextOffset: 5n }]]), 0);
 * if (verdict.isAsExpected || verdict.lost.length !== 1) throw new Error("another fence is another owner");
 * ```
 */
export class PartitionOwnership {
  readonly #of = new PartitionMap<OwnedPartition>();

  /** Takes over partitions; the consumer starts where the rows end. */
  opened(partitions: PartitionMap<OpenedPartition>): void {
    this.#take(partitions, false);
  }

  /**
   * Takes over partitions again while the consumer is ahead. Its records come after dropped ones, so none is written
   * and no offset moves until `readFromNext`.
   */
  reopened(partitions: PartitionMap<OpenedPartition>): void {
    this.#take(partitions, true);
  }

  /** The consumer is back where the rows end, in all partitions. */
  readFromNext(): void {
    for (const [, owned] of this.#of) owned.isReadAhead = false;
  }

  closed(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#of.delete(at);
  }

  /** Returns the records that may be written: of owned partitions, and not written before. */
  admit(records: readonly SinkRecord[]): readonly SinkRecord[] {
    if (records.every((record) => this.#isDue(record))) return records;
    return records.filter((record) => this.#isDue(record));
  }

  /** Compares the task's state with the locked rows, and takes over the rows' state. */
  check(
    partitions: readonly TopicPartition[],
    locked: PartitionMap<LockedOffset>,
    nowMs: number,
  ): LockVerdict {
    const lost: TopicPartition[] = [];
    let isAsExpected = true;
    for (const at of partitions) {
      const owned = this.#of.get(at);
      const row = locked.get(at);
      if (owned === undefined || row === undefined || row.fence !== owned.fence || isBehind(row, owned)) {
        if (owned !== undefined) owned.lostSinceMs ??= nowMs;
        lost.push(at);
        isAsExpected = false;
      } else if (row.nextOffset !== null) {
        owned.isStored = true;
        if (row.nextOffset > owned.next) {
          owned.next = row.nextOffset;
          isAsExpected = false;
        }
      }
    }
    return { isAsExpected, lost };
  }

  /** Returns the progress for records, whatever became of each: the offset after the last one of each partition. */
  progressOf(records: readonly SinkRecord[]): readonly OffsetProgress[] {
    const last = new PartitionMap<SinkRecord>();
    let known: SinkRecord | undefined;
    for (const record of records) {
      // Neighbors mostly have the same partition, and its last record counts.
      if (known !== undefined && known.origin !== record.origin) last.set(known.origin, known);
      known = record;
    }
    if (known !== undefined) last.set(known.origin, known);
    return [...last].map(([at, { offset, originTimestamp }]) =>
      this.#progress(at, offset + 1n, originTimestamp)
    );
  }

  /** Whether all partitions may be written, as far as the task knows. */
  get areWritable(): boolean {
    for (const [, owned] of this.#of) if (!isWritable(owned)) return false;
    return true;
  }

  /**
   * Returns the progress for records of a partition, from one offset up to another, and where the database must be; null
   * if the records may not all be written, or the database's offset isn't known.
   */
  expectedProgress(
    at: TopicPartition,
    from: bigint,
    last: { readonly nextOffset: bigint; readonly lastTimestamp: number | null },
  ): ExpectedProgress | null {
    const owned = this.#of.get(at);
    if (owned === undefined || !isWritable(owned) || !owned.isStored || from < owned.next) return null;
    return { at, ...last, fence: owned.fence, before: owned.next };
  }

  /** Returns the progress to offsets after records that never reached the task, such as filtered ones. */
  progressTo(offsets: OffsetMap): readonly OffsetProgress[] {
    return [...offsets].flatMap(([at, offset]) => {
      const owned = this.#of.get(at);
      if (owned === undefined || !isWritable(owned)) return [];
      if (offset < owned.next || (offset === owned.next && owned.isStored)) return [];
      return [this.#progress(at, offset, null)];
    });
  }

  /** The database has committed the progress. */
  advanced(progress: readonly OffsetProgress[]): void {
    for (const { at, nextOffset } of progress) {
      const owned = this.#of.get(at);
      if (owned === undefined) continue;
      owned.next = nextOffset;
      owned.isStored = true;
    }
  }

  /** Returns the offsets that the database has: those that Kafka may get. */
  durable(offsets: OffsetMap): OffsetMap {
    const durable = new PartitionMap<bigint>();
    for (const [at, offset] of offsets) {
      const owned = this.#of.get(at);
      if (owned === undefined || !isWritable(owned) || !owned.isStored) continue;
      durable.set(at, offset < owned.next ? offset : owned.next);
    }
    return durable;
  }

  /** Returns partitions that another owner had at that time or before. */
  lostBefore(ms: number): readonly TopicPartition[] {
    return [...this.#of].filter(([, { lostSinceMs }]) => lostSinceMs !== undefined && lostSinceMs <= ms)
      .map(([at]) => at);
  }

  #isDue({ origin, offset }: SinkRecord): boolean {
    const owned = this.#of.get(origin);
    return owned !== undefined && isWritable(owned) && offset >= owned.next;
  }

  #take(partitions: PartitionMap<OpenedPartition>, isReadAhead: boolean): void {
    for (const [at, { fence, from }] of partitions) {
      this.#of.set(at, { fence, next: from, isStored: false, lostSinceMs: undefined, isReadAhead });
    }
  }

  #progress(at: TopicPartition, nextOffset: bigint, lastTimestamp: number | null): OffsetProgress {
    const fence = this.#of.get(at)?.fence;
    if (fence === undefined) throw new Error(`Cannot advance ${at.topic}-${at.partition}: it isn't open`);
    return { at, nextOffset, lastTimestamp, fence };
  }
}

function isWritable({ lostSinceMs, isReadAhead }: OwnedPartition): boolean {
  return lostSinceMs === undefined && !isReadAhead;
}

/** The database went back, to a backup or a standby that lacked the last writes: those records must come again. */
function isBehind({ nextOffset }: LockedOffset, { next, isStored }: OwnedPartition): boolean {
  return nextOffset === null ? isStored : nextOffset < next;
}
