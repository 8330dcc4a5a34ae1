/** Which partitions the consumer has paused, kept in line with what should be. @module */

import type { Consumer } from "../../api/ports.ts";
import { PartitionMap, type TopicPartition } from "../../api/record.ts";

/** Pauses and resumes only where something changes. */
export class PartitionPauses {
  readonly #consumer: Pick<Consumer, "pause" | "resume" | "assignment">;
  readonly #paused = new PartitionMap<true>();

  constructor(consumer: Pick<Consumer, "pause" | "resume" | "assignment">) {
    this.#consumer = consumer;
  }

  /** Exactly these of the assigned partitions are paused from now on. */
  apply(wanted: readonly TopicPartition[]): void {
    const target = new PartitionMap<true>(wanted.map((at) => [at, true]));
    const assigned = this.#consumer.assignment();
    const toPause = assigned.filter((at) => target.has(at) && !this.#paused.has(at));
    const toResume = assigned.filter((at) => !target.has(at) && this.#paused.has(at));
    if (toPause.length > 0) this.#consumer.pause(toPause);
    if (toResume.length > 0) this.#consumer.resume(toResume);
    for (const at of toPause) this.#paused.set(at, true);
    for (const at of toResume) this.#paused.delete(at);
  }

  /** A partition that comes again comes without its pause. */
  released(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#paused.delete(at);
  }
}
