/**
 * Measures reading 1,100 fetched records, as objects and as runs, without their checksum; then the checksum alone.
 *
 *     deno bench bench/micro/record_reader_bench.ts
 *
 * @module
 */

import type { ConsumerRecord } from "../../connect/api/ports.ts";
import { BatchReader } from "../../connect/kafka/batches/batch_reader.ts";
import { encodeBatch } from "../../connect/kafka/batches/batch_writer.ts";
import { crc32c } from "../../connect/kafka/batches/crc32c.ts";
import { RunList } from "../../connect/kafka/batches/run_list.ts";

const perBatch = 18; // as many as fit into a producer's usual 16 kB
const valueBytes = 910;
const pollMax = 500;
const records = 1_098;

/** An answer of a broker for one partition. */
function answerOf(headers: number): Uint8Array {
  const record = {
    topic: "t",
    key: new TextEncoder().encode("1048576123"),
    value: new Uint8Array(valueBytes).fill(0x61),
    timestamp: 1_700_000_000_000,
    headers: Array.from({ length: headers }, (_, n) => ({ key: `h${n}`, value: new Uint8Array(16) })),
  };
  const batches: number[] = [];
  for (let offset = 0; offset < records; offset += perBatch) {
    const batch = new Uint8Array(encodeBatch(Array.from({ length: perBatch }, () => record), "none"));
    new DataView(batch.buffer).setBigInt64(0, BigInt(offset)); // a batch begins with its offset
    batches.push(...batch);
  }
  return Uint8Array.from(batches);
}

function readerOf(batches: Uint8Array): BatchReader {
  return new BatchReader(
    { at: { topic: "t", partition: 0 }, batches, checkCrcs: false, aborted: undefined },
    0n,
  );
}

const list = new RunList();
for (const headers of [0, 3]) {
  const answer = answerOf(headers);
  const group = `${records} records with ${headers} headers`;
  Deno.bench(`objects, ${headers} headers`, { group, baseline: true }, () => {
    const reader = readerOf(answer);
    while (!reader.done) {
      const into: ConsumerRecord[] = [];
      reader.read(into, pollMax);
    }
  });
  Deno.bench(`runs, ${headers} headers`, { group }, () => {
    const reader = readerOf(answer);
    while (!reader.done) {
      reader.read(list, pollMax);
      list.take();
    }
  });
}

const answer = answerOf(0);
const view = new DataView(answer.buffer);
Deno.bench(`their checksums, ${answer.length} bytes`, () => {
  const bytes = answer.length / (records / perBatch);
  for (let at = 0; at + bytes <= answer.length; at += bytes) crc32c(view, at, at + bytes);
});
