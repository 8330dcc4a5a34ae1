/**
 * Prints how many bytes reading one fetched record allocates, garbage and arrays included, as an object and in a run.
 * Run it without garbage collection: `--v8-flags=--expose-gc,--min-semi-space-size=64,--max-semi-space-size=64`.
 *
 * @module
 */

import { BatchReader } from "../../../connect/kafka/batches/batch_reader.ts";
import { type RecordTarget, RunList } from "../../../connect/kafka/batches/run_list.ts";
import { joined, rawBatch, rawRecords } from "./raw_batch.ts";

const { gc } = globalThis as unknown as { readonly gc: () => void };
const perBatch = 18;
const pollMax = 500;
const records = 100 * perBatch;
const at = { topic: "t", partition: 0 };
const batches = joined(Array.from({ length: records / perBatch }, (_, index) => {
  const event = { key: new Uint8Array(10), value: new Uint8Array(900), headers: [{ key: "h", value: null }] };
  const bytes = rawRecords(Array.from({ length: perBatch }, () => event));
  return rawBatch({ count: perBatch, baseOffset: BigInt(index * perBatch), records: bytes });
}));
const rounds = { warm: 300, measured: 12 } as const;

function newReader(): BatchReader {
  return new BatchReader({ at, batches, checkCrcs: true, aborted: undefined }, 0n);
}

function read(into: () => RecordTarget): void {
  const reader = newReader();
  while (!reader.done) {
    const target = into();
    reader.read(target, pollMax);
    if (target instanceof RunList) target.take();
  }
}

function allocated(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

function bytesOf(into: () => RecordTarget): number {
  for (let round = 0; round < rounds.warm; round++) read(into);
  gc();
  gc(); // counts the arrays that the first one freed
  const before = allocated();
  for (let round = 0; round < rounds.measured; round++) read(into);
  return Math.round((allocated() - before) / rounds.measured / records);
}

const list = new RunList();
// The compiler's work for readers is dropped with the last of them, and slower code allocates more.
const kept = newReader();
kept.read([], 1);
console.log(JSON.stringify({ runs: bytesOf(() => list), objects: bytesOf(() => []) }));
kept.close();
