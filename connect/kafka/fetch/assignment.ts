/** A consumer's assigned partitions and their states. @module */

import { JvmException } from "../../api/exceptions.ts";
import { partitionKey, PartitionMap, type TopicPartition } from "../../api/record.ts";
import { PartitionState } from "./partition_state.ts";

export class Assignment {
  #states = new PartitionMap<PartitionState>();
  #list: readonly TopicPartition[] = [];

  /** The assigned partitions in the leader's order. */
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

  /** Returns a partition's state; throws if it isn't assigned. (`SubscriptionState.assignedState`) */
  get(at: TopicPartition): PartitionState {
    const state = this.#states.get(at);
    if (state !== undefined) return state;
    const message = `No current assignment for partition ${partitionKey(at)}`;
    throw new JvmException("java.lang.IllegalStateException", message);
  }

  /** Replaces the assignment and forgets all earlier state, paused partitions too. */
  replace(partitions: readonly TopicPartition[]): void {
    this.#list = partitions;
    this.#states = new PartitionMap(partitions.map((at) => [at, new PartitionState(at)] as const));
  }

  /** Returns the first failure of a partition. */
  failure(): unknown {
    for (const [, state] of this.#states) if (state.failure !== undefined) return state.failure;
    return undefined;
  }

  /** Returns log end minus position, as of the last fetches. */
  lag(): PartitionMap<bigint> {
    const lags = new PartitionMap<bigint>();
    for (const [at, { position, endOffset }] of this.#states) {
      if (position === undefined || endOffset === undefined) continue;
      lags.set(at, endOffset > position ? endOffset - position : 0n);
    }
    return lags;
  }
}
