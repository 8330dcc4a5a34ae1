/**
 * The audit ledger: what was written, from where, and under which configuration; never a value of a record.
 *
 * One row per task and interval, with the interval's sums. It answers questions of people and authorities, and isn't
 * part of delivery: if it can't be written, rows still are.
 *
 * @module
 */

import { PartitionMap, type SinkRecord, type TopicPartition } from "../../../connect/api/record.ts";

/** Consecutive records of one partition; filtered and rejected ones may be among them. */
export interface LedgerRange {
  readonly at: TopicPartition;
  readonly from: bigint;
  /** The first offset after it. */
  readonly next: bigint;
}

export type RecordPlace = Pick<SinkRecord, "origin" | "offset">;

export type LedgerCounts = Readonly<Record<string, number>>;

export interface LedgerEntry {
  readonly event: "copied" | "purged" | "shown" | "erased" | "objected" | "allowed";
  readonly connector: string;
  readonly clusterId?: string;
  readonly taskId?: number;
  readonly configHash?: string;
  /** Columns that may be written: in the first row of a task. */
  readonly columns?: readonly string[];
  readonly ranges?: readonly LedgerRange[];
  readonly counts: LedgerCounts;
  /** Key of the row that a command was about. */
  readonly subject?: Uint8Array;
}

interface Range {
  from: bigint;
  next: bigint;
}

/** Most ranges of one row; beyond that, each partition's become one. */
const rangesMax = 1_000;

/**
 * Sums up what is written until it is taken.
 *
 * @example
 * ```ts
 * import { ConnectRecord, type SinkRecord } from "../../../connect/api/record.ts";
 * import { LedgerInterval } from "./ledger.ts";
 * const interval = new LedgerInterval();
 * const record = (offset: bigint) => ConnectRecord.of({ topic: "people", offset }) as SinkRecord;
 * interval.add([record(5n), record(7n)], { written: 2 });
 * interval.add([record(8n)], { written: 1 });
 * const { ranges, counts } = interval.take();
 * if (ranges[0]?.from !== 5n || ranges[0].next !== 9n || counts["written"] !== 3) throw new Error("one range");
 * ```
 */
export class LedgerInterval {
  readonly #ranges = new PartitionMap<Range[]>();
  readonly #counts = new Map<string, number>();
  #rangeCount = 0;

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  /**
   * Adds a batch that is in the database.
   *
   * @param places of its records; of neighbors of one partition the first and the last do
   * @param counts including `records`, if `places` lacks some
   */
  add(places: readonly RecordPlace[], counts: LedgerCounts): void {
    let [at, list]: [TopicPartition | undefined, Range[]] = [undefined, []];
    for (const { origin, offset } of places) {
      if (origin.partition !== at?.partition || origin.topic !== at.topic) {
        [at, list] = [origin, this.#rangesOf(origin)]; // consecutive records mostly have the same partition
      }
      this.#addOffset(list, offset);
    }
    this.count({ records: places.length, ...counts });
  }

  /** Adds to the counts alone. */
  count(counts: LedgerCounts): void {
    for (const [name, by] of Object.entries(counts)) {
      if (by > 0) this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
    }
  }

  /** Returns the sums and starts the next interval. */
  take(): { readonly ranges: readonly LedgerRange[]; readonly counts: LedgerCounts } {
    const ranges = [...this.#ranges].flatMap(([at, list]) => list.map((range) => ({ at, ...range })));
    const counts = Object.fromEntries(this.#counts);
    for (const at of this.#ranges.keys()) this.#ranges.delete(at);
    this.#counts.clear();
    this.#rangeCount = 0;
    return { ranges, counts };
  }

  /** Puts back sums that couldn't be written. */
  restore(ranges: readonly LedgerRange[], counts: LedgerCounts): void {
    for (const { at, from, next } of ranges) {
      this.#ranges.set(at, [...this.#ranges.get(at) ?? [], { from, next }]);
      this.#rangeCount += 1;
    }
    this.count(counts);
  }

  #rangesOf(at: TopicPartition): Range[] {
    const list = this.#ranges.get(at) ?? [];
    if (list.length === 0) this.#ranges.set(at, list);
    return list;
  }

  #addOffset(list: Range[], offset: bigint): void {
    const last = list.at(-1);
    const isBehind = last !== undefined && offset >= last.from;
    if (last !== undefined && (isBehind || this.#rangeCount >= rangesMax)) {
      if (offset >= last.next) last.next = offset + 1n;
      if (offset < last.from) last.from = offset;
      return;
    }
    list.push({ from: offset, next: offset + 1n }); // the first range, or the offsets were set back
    this.#rangeCount += 1;
  }
}
