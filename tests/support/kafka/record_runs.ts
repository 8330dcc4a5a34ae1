/** Records as a consumer's runs, for tests without Kafka. @module */

import type { ConsumerRecord } from "../../../connect/api/ports.ts";
import { NO_SPANS, type RecordRun, RUN_NUMBERS } from "../../../connect/api/consumer_record.ts";
import { contentBytes } from "../../../connect/runtime/task/record_pipeline.ts";

/** Returns records in runs. Keys and values lie in one memory, with other bytes around them. */
export function recordRuns(records: readonly ConsumerRecord[]): readonly RecordRun[] {
  const runs: RecordRun[] = [];
  for (let from = 0; from < records.length;) {
    const { topic, partition } = records[from]!;
    let to = from;
    while (records[to]?.topic === topic && records[to]?.partition === partition) to++;
    runs.push(runOf(records.slice(from, to)));
    from = to;
  }
  return runs;
}

const filler = 0x22;

function runOf(records: readonly ConsumerRecord[]): RecordRun {
  const memory: number[] = [filler];
  const numbers: number[] = [];
  const place = (bytes: Uint8Array | null): readonly [number, number] => {
    if (bytes === null) return [0, -1];
    const at = memory.length;
    memory.push(...bytes, filler);
    return [at, bytes.length];
  };
  for (const record of records) {
    const [key, value] = [place(record.key), place(record.value)];
    const given = record.bad === undefined ? value : [0, NO_SPANS];
    numbers.push(...key, ...given, record.headers.length, contentBytes(record));
  }
  const [first] = records;
  if (first === undefined || numbers.length !== records.length * RUN_NUMBERS) {
    throw new Error("Cannot make a run");
  }
  return {
    at: { topic: first.topic, partition: first.partition },
    count: records.length,
    bytes: Uint8Array.from(memory),
    numbers: Int32Array.from(numbers),
    offsets: Float64Array.from(records, ({ offset }) => Number(offset)),
    timestamps: Float64Array.from(records, ({ timestamp }) => timestamp),
    record: (index) => records[index]!,
  };
}
