import { type OffsetMap, PartitionMap, type TopicPartition } from "../../api/record.ts";

interface PartitionOffsets {
  /** Next offset to deliver: everything below is written, filtered or reported. */
  current: bigint | undefined;
  /** Where reading started or the last commit; rewinds go there. */
  base: bigint | undefined;
  /** Committed offset of the group; undefined after a seek. */
  committed: bigint | undefined;
  /** Delivered records, not offsets, since the last commit. */
  uncommitted: number;
}

interface RefusedOffset {
  readonly at: TopicPartition;
  readonly offset: bigint;
  readonly why: "not yet consumed" | "partition not assigned";
}

interface Committable {
  readonly offsets: OffsetMap;
  readonly refused: readonly RefusedOffset[];
}

/**
 * Tracks delivered and committed offsets of the assigned partitions, by the topic-partitions they were
 * consumed from. (`WorkerSinkTask`'s currentOffsets, lastCommittedOffsets)
 *
 * @example
 * ```ts
 * import { PartitionMap } from "../../api/record.ts";
 * import { SinkOffsets } from "./sink_offsets.ts";
 * const at = { topic: "customers", partition: 0 };
 * const offsets = new SinkOffsets();
 * offsets.assigned(at, 5n);
 * offsets.delivered(new PartitionMap([[at, 8n]]));
 * const { offsets: toCommit } = offsets.committable(offsets.current([at]));
 * if (toCommit.get(at) !== 8n) throw new Error("the committed offset is the next one to read");
 * ```
 */
export class SinkOffsets {
  readonly #of = new PartitionMap<PartitionOffsets>();

  /** @param position where reading starts; undefined if unknown */
  assigned(at: TopicPartition, position: bigint | undefined): void {
    this.#of.set(at, { current: position, base: position, committed: position, uncommitted: 0 });
  }

  /** Sets where reading started, if the assignment didn't know it. */
  started(at: TopicPartition, first: bigint): void {
    const offsets = this.#of.get(at);
    if (offsets !== undefined) offsets.base ??= first;
  }

  released(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#of.delete(at);
  }

  /**
   * Marks everything below these offsets as delivered; revoked partitions are ignored.
   * @param counts delivered records
   */
  delivered(next: OffsetMap, counts?: PartitionMap<number>): void {
    for (const [at, offset] of next) {
      const offsets = this.#of.get(at);
      if (offsets === undefined) continue;
      offsets.current = offset;
      offsets.uncommitted += counts?.get(at) ?? 0;
    }
  }

  assignedOf(places: OffsetMap): OffsetMap {
    return new PartitionMap([...places].filter(([at]) => this.#of.has(at)));
  }

  /** Records a seek by the task. (`SinkTaskContext.offset`) */
  sought(at: TopicPartition, offset: bigint): void {
    if (this.#of.has(at)) {
      this.#of.set(at, { current: offset, base: offset, committed: undefined, uncommitted: 0 });
    }
  }

  /** Goes back to the last commit; returns the offsets to seek to. */
  rewind(partitions: readonly TopicPartition[]): OffsetMap {
    const places = new PartitionMap<bigint>();
    for (const at of partitions) {
      const offsets = this.#of.get(at);
      if (offsets?.base === undefined) continue;
      Object.assign(offsets, { current: offsets.base, uncommitted: 0 });
      places.set(at, offsets.base);
    }
    return places;
  }

  /** Returns the known next offsets of partitions. */
  current(partitions: readonly TopicPartition[]): OffsetMap {
    const known = new PartitionMap<bigint>();
    for (const at of partitions) {
      const current = this.#of.get(at)?.current;
      if (current !== undefined) known.set(at, current);
    }
    return known;
  }

  /** Delivered records without a commit. */
  get uncommitted(): number {
    return [...this.#of].reduce((count, [, { uncommitted }]) => count + uncommitted, 0);
  }

  /** Splits a task's offsets into those to commit and those to refuse. */
  committable(offered: OffsetMap): Committable {
    const offsets = new PartitionMap<bigint>();
    const refused: RefusedOffset[] = [];
    for (const [at, offset] of offered) {
      const known = this.#of.get(at);
      if (known === undefined) refused.push({ at, offset, why: "partition not assigned" });
      else if (known.current === undefined || offset > known.current) {
        refused.push({ at, offset, why: "not yet consumed" });
      } else if (offset !== known.committed) offsets.set(at, offset);
    }
    return { offsets, refused };
  }

  committed(offsets: OffsetMap): void {
    for (const [at, offset] of offsets) {
      const known = this.#of.get(at);
      if (known === undefined) continue;
      const left = known.current === undefined || offset >= known.current
        ? 0
        : Number(known.current - offset);
      const uncommitted = Math.min(known.uncommitted, left);
      Object.assign(known, { base: offset, committed: offset, uncommitted });
    }
  }
}
