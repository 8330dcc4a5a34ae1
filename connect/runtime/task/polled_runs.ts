/** Polled records as runs, whether the consumer gave runs or records. @module */

import type { ConsumerRecord, RecordRun } from "../../api/consumer_record.ts";

/** Neighboring polled records of one partition; with numbers if the consumer gave them. */
export type PolledRun = Pick<RecordRun, "at" | "count" | "record"> & Partial<RecordRun>;

/** Returns records as runs: neighbors from one partition. */
export function runsOf(records: readonly ConsumerRecord[]): readonly PolledRun[] {
  const runs: PolledRun[] = [];
  for (let from = 0; from < records.length;) {
    const first = records[from]!;
    let to = from + 1;
    while (
      to < records.length && records[to]!.partition === first.partition && records[to]!.topic === first.topic
    ) to++;
    const start = from;
    runs.push({ at: first, count: to - from, record: (place) => records[start + place]! });
    from = to;
  }
  return runs;
}

/** Returns the run if it has numbers. */
export function spanRun(run: PolledRun): RecordRun | null {
  return run.numbers === undefined ? null : run as RecordRun;
}

export function offsetAt(run: PolledRun, place: number): bigint {
  return run.offsets === undefined ? run.record(place).offset : BigInt(run.offsets[place]!);
}
