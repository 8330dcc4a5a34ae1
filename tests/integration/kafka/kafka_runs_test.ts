/** Reads runs from a real broker. */

import assert from "node:assert/strict";
import type { ConsumerRecord } from "../../../connect/api/ports.ts";
import { waitMsMax } from "../../../sandbox/wait.ts";
import { KafkaFixture, type TestMember } from "../../support/kafka/kafka_fixture.ts";
import {
  lz4Block,
  lz4Frame,
  type PackedCodec,
  packedCodecs,
  packWith,
} from "../../support/kafka/packed_bytes.ts";
import { joined, rawBatch, rawRecords } from "../../support/kafka/raw_batch.ts";
import { type BatchToSend, sendBatches } from "../../support/kafka/raw_produce.ts";
import { sharedWorld } from "../../support/world.ts";

const count = 20_000;
const perBatch = 200;
const encoder = new TextEncoder();

const { bootstrap } = await sharedWorld();

Deno.test("runs of a topic in all compressions are the records of poll, at the same positions", async () => {
  const fixture = new KafkaFixture(bootstrap);
  const topic = await fixture.topic(2);
  await sendBatches(bootstrap, batchesFor(topic));
  const byPoll = await fixture.member(fixture.name("group"), [topic]);
  const byRuns = await fixture.member(fixture.name("group"), [topic]);
  await byPoll.until("all records", () => byPoll.records.length === count);
  const { records, runs } = await readRuns(byRuns);
  for (const partition of [0, 1]) {
    const of = (all: readonly ConsumerRecord[]) => all.filter((record) => record.partition === partition);
    assert.deepEqual(of(records), of(byPoll.records));
    assert.equal(of(records).length, count / 2);
    const at = { topic, partition };
    assert.equal(byRuns.consumer.position(at), byPoll.consumer.position(at));
  }
  assert.ok(runs < 400, `${runs} runs`);
  await byPoll.close();
  await byRuns.close();
  await fixture.close();
});

/** A fifth of the batches with each compression. */
function batchesFor(topic: string): readonly BatchToSend[] {
  return Array.from({ length: count / perBatch }, (_, index) => {
    const codec = index % packedCodecs.length;
    const records = rawRecords(Array.from({ length: perBatch }, (_, n) => ({
      key: n % 7 === 0 ? null : encoder.encode(`key ${index}-${n}`),
      value: n % 11 === 0 ? null : encoder.encode(`value ${index}-${n} ${"x".repeat(n)}`),
      headers: n % 5 === 0 ? [{ key: "h", value: encoder.encode(`${n}`) }] : [],
      timestampDelta: n,
    })));
    const packed = packAsJava(packedCodecs[codec] ?? "none", records);
    const batch = rawBatch({ compression: codec, count: perBatch, timestamp: Date.now(), records: packed });
    return { topic, partition: index % 2, batch };
  });
}

/** Packs in the frames that a broker, which checks what it stores, can read. */
function packAsJava(codec: PackedCodec, bytes: Uint8Array): Uint8Array {
  const independentBlocks = 0x60;
  if (codec === "lz4") return lz4Frame([lz4Block(bytes)], independentBlocks);
  const packed = packWith(codec, bytes);
  if (codec !== "snappy") return packed;
  const head = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0, 0, 0, 1, 0, 0, 0, 1];
  const length = new Uint8Array(4);
  new DataView(length.buffer).setInt32(0, packed.length);
  return joined([Uint8Array.from(head), length, packed]);
}

/** Reads all records in runs, releasing their memory poll after poll. */
async function readRuns({ consumer }: TestMember): Promise<{ records: ConsumerRecord[]; runs: number }> {
  const records: ConsumerRecord[] = [];
  let runs = 0;
  const end = Date.now() + waitMsMax;
  while (records.length < count && Date.now() < end) {
    for (const run of await consumer.pollRuns?.(100) ?? assert.fail("there is no pollRuns")) {
      runs += 1;
      for (let index = 0; index < run.count; index++) records.push(owned(run.record(index)));
    }
    consumer.release?.(records.length);
  }
  return { records, runs };
}

/** Copies a record out of memory that the consumer uses again. */
function owned(record: ConsumerRecord): ConsumerRecord {
  const copy = (part: Uint8Array | null) => part === null ? null : Uint8Array.from(part);
  const headers = record.headers.map(({ key, value }) => ({ key, value: copy(value) }));
  return { ...record, key: copy(record.key), value: copy(record.value), headers };
}
