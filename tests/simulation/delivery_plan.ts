/** The parameters of one simulated schedule, drawn from its seed. @module */

import type { TopicPartition } from "../../connect/api/record.ts";
import type { Random } from "../support/random.ts";

/**
 * A record's fate: written, dropped by a transformation, bad in its converter (`bytes`, `empty`) or its transformation,
 * refused by the sink, or written after a few retries.
 */
export type Kind = "good" | "filtered" | "bytes" | "empty" | "transform" | "refused" | "retried";

/** The text of a record of that kind. */
export const textOf: Readonly<Record<Kind, string>> = {
  good: "g",
  filtered: "f",
  bytes: "b",
  empty: "",
  transform: "t",
  refused: "p",
  retried: "r",
};

/** The kinds that reach the sink. */
export function reachesSink(kind: Kind): boolean {
  return kind === "good" || kind === "refused" || kind === "retried";
}

export interface Plan {
  readonly tolerance: "none" | "all";
  /** Whether the sink stores its own offsets in the transaction of its rows. */
  readonly ownOffsets: boolean;
  readonly partitions: readonly TopicPartition[];
  readonly pollRecordsMax: number;
  readonly batchRecordsMax: number;
  readonly commitIntervalMs: number;
  readonly bursts: number;
  readonly badShare: number;
  readonly faults: number;
  readonly putMsMax: number;
}

export function planOf(random: Random): Plan {
  const pollRecordsMax = random.integer(1, 12);
  return {
    tolerance: random.chance(0.7) ? "all" : "none",
    ownOffsets: random.chance(0.4),
    partitions: Array.from(
      { length: random.integer(1, 3) },
      (_, partition) => ({ topic: "events", partition }),
    ),
    pollRecordsMax,
    batchRecordsMax: pollRecordsMax * random.integer(1, 4),
    commitIntervalMs: random.pick([50, 500, 5_000]),
    bursts: random.integer(2, 8),
    badShare: random.pick([0, 0.05, 0.3]),
    faults: random.integer(0, 8),
    putMsMax: random.pick([0, 5, 100, 4_000]),
  };
}

/** Draws a record. With `errors.tolerance=none` each bad one costs a failure and a repair. */
export function kindOf(random: Random, plan: Plan): Kind {
  if (random.chance(plan.badShare)) return random.pick(["bytes", "empty", "transform", "refused"]);
  return random.pick(["good", "good", "good", "good", "filtered", "retried"]);
}
