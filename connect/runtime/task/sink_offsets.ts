/** Which offsets were delivered, which are committed: bookkeeping without any waiting. @module */

import { type OffsetMap, PartitionMap, type TopicPartition } from "../../api/record.ts";

interface PartitionOffsets {
  /** Next offset to deliver: everything below is written, filtered or reported. */
  current: bigint | undefined;
  /** Where reading started or was last committed: the place to go back to. */
  base: bigint | undefined;
  /** What the group is known to have; undefined after a seek. */
  committed: bigint | undefined;
  /** Records that were delivered and aren't committed: offsets without a record are none. */
  uncommitted: number;
}

/** An offset of a task that was not taken, and why. */
interface RefusedOffset {
  readonly at: TopicPartition;
  readonly offset: bigint;
  readonly why: "not yet consumed" | "partition not assigned";
}

/** What may be committed of what a task offered. */
interface Committable {
  readonly offsets: OffsetMap;
  readonly refused: readonly RefusedOffset[];
}

/**
 * The offsets of the assigned partitions, by the topic-partitions they were consumed from.
 * (`WorkerSinkTask`'s currentOffsets, lastCommittedOffsets)
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

  /** @param position where reading starts; undefined while it isn't known */
  assigned(at: TopicPartition, position: bigint | undefined): void {
    this.#of.set(at, { current: position, base: position, committed: position, uncommitted: 0 });
  }

  /** The partition's first record tells where reading started, where the assignment didn't. */
  started(at: TopicPartition, first: bigint): void {
    const offsets = this.#of.get(at);
    if (offsets !== undefined) offsets.base ??= first;
  }

  released(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#of.delete(at);
  }

  /**
   * Everything below these offsets is done. Partitions that are gone meanwhile are left out.
   *
   * @param counts how many records that were
   */
  delivered(next: OffsetMap, counts?: PartitionMap<number>): void {
    for (const [at, offset] of next) {
      const offsets = this.#of.get(at);
      if (offsets === undefined) continue;
      offsets.current = offset;
      offsets.uncommitted += counts?.get(at) ?? 0;
    }
  }

  /** Of these places those whose partitions are assigned. */
  assignedOf(places: OffsetMap): OffsetMap {
    return new PartitionMap([...places].filter(([at]) => this.#of.has(at)));
  }

  /** Reading goes on from here, as the task asked. (`SinkTaskContext.offset`) */
  sought(at: TopicPartition, offset: bigint): void {
    if (this.#of.has(at)) {
      this.#of.set(at, { current: offset, base: offset, committed: undefined, uncommitted: 0 });
    }
  }

  /** Back to where the last commit was; the places to seek to. */
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

  /** Next offsets of these partitions, as far as they are known. */
  current(partitions: readonly TopicPartition[]): OffsetMap {
    const known = new PartitionMap<bigint>();
    for (const at of partitions) {
      const current = this.#of.get(at)?.current;
      if (current !== undefined) known.set(at, current);
    }
    return known;
  }

  /** Records that were delivered and aren't committed yet. */
  get uncommitted(): number {
    return [...this.#of].reduce((count, [, { uncommitted }]) => count + uncommitted, 0);
  }

  /** Takes of a task's offsets what was delivered and isn't committed yet. */
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
