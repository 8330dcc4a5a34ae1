/**
 * The partitions a consumer has, with their states.
 *
 * @module
 */

import { JvmException } from "../../api/exceptions.ts";
import { partitionKey, PartitionMap, type TopicPartition } from "../../api/record.ts";
import { PartitionState } from "./partition_state.ts";

/** States of the assigned partitions. */
export class Assignment {
  #states = new PartitionMap<PartitionState>();
  #list: readonly TopicPartition[] = [];

  /** What is assigned, in the order the leader gave. */
  get partitions(): readonly TopicPartition[] {
    return this.#list;
  }

  get states(): readonly PartitionState[] {
    return [...this.#states].map(([, state]) => state);
  }

  has(at: TopicPartition): boolean {
    return this.#states.has(at);
  }

  find(at: TopicPartition): PartitionState | undefined {
    return this.#states.get(at);
  }

  /** The state of a partition that has to be ours. (`SubscriptionState.assignedState`) */
  get(at: TopicPartition): PartitionState {
    const state = this.#states.get(at);
    if (state !== undefined) return state;
    const message = `No current assignment for partition ${partitionKey(at)}`;
    throw new JvmException("java.lang.IllegalStateException", message);
  }

  /** Starts over: nothing of what was before is kept, not even that it was paused. */
  replace(partitions: readonly TopicPartition[]): void {
    this.#list = partitions;
    this.#states = new PartitionMap(partitions.map((at) => [at, new PartitionState(at)] as const));
  }

  /** The first thing that ended the reading of a partition. */
  failure(): unknown {
    for (const [, state] of this.#states) if (state.failure !== undefined) return state.failure;
    return undefined;
  }

  /** Log end minus position, as far as fetches told. */
  lag(): PartitionMap<bigint> {
    const lags = new PartitionMap<bigint>();
    for (const [at, { position, endOffset }] of this.#states) {
      if (position === undefined || endOffset === undefined) continue;
      lags.set(at, endOffset > position ? endOffset - position : 0n);
    }
    return lags;
  }
}
