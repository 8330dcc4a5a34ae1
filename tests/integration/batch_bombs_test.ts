/** Batches of few bytes that unpack to many, against the real program in 200 MiB. */

import assert from "node:assert/strict";
import { line, runBombs } from "../support/bomb_run.ts";
import { packedBomb } from "../support/bombs.ts";
import { KafkaFixture } from "../support/kafka_fixture.ts";
import { rawBatch } from "../support/raw_batch.ts";
import { sendBatches } from "../support/raw_produce.ts";
import { freshTopics, sharedWorld } from "../support/world.ts";

const world = await sharedWorld();
const memoryMiB = 200;
const million = 1_000_000;
const text = (of: string) => new TextEncoder().encode(of);

Deno.test("bombs are skipped by their coordinates within 200 MiB, and all records around them are written", async () => {
  const [topic = "", flowTopic = "", deadLetterTopic = ""] = await freshTopics(["evil", "flow", "dlq"], 2);
  const good = Array.from({ length: 40_000 }, (_, n) => line(`good-${n} ${"x".repeat(2_600)}`)); // 100 MiB
  const { lines, letters, peakMiB, killed } = await runBombs({
    ...{ bootstrap: world.bootstrap, topic, flowTopic, deadLetterTopic, tasks: 1, memoryMiB },
    partitions: [[
      { codec: "zstd", records: [line("before"), { value: 400 * million }, line("after-zstd")] },
      { codec: "zstd", records: [{ value: 600 * million }] },
      { codec: "zstd", records: good },
    ], [
      ...[1, 2, 3].map(() => ({ codec: "gzip" as const, records: [{ value: 60 * million }] })),
      { codec: "lz4", records: [{ value: 60 * million }, line("after-lz4")] },
      { codec: "zstd", records: [{ key: 60 * million, value: text("key") }, line("after-key")] },
      { codec: "gzip", records: [{ value: text("header"), header: 60 * million }, line("after-header")] },
    ]],
  });
  const others = ["before", "after-zstd", "after-lz4", "after-key", "after-header"];
  assert.deepEqual(lines.filter((one) => !one.startsWith("good-")).toSorted(), others.toSorted());
  assert.equal(new Set(lines).size, good.length + others.length);
  assert.equal(lines.length, good.length + others.length, "none is there twice");
  assert.deepEqual(
    letters,
    ["0@1", "0@3", "1@0", "1@1", "1@2", "1@3", "1@5", "1@7"].map((at) => `${at} value_too_large`),
  );
  console.log(`bombs: at most ${peakMiB.toFixed(0)} MiB`);
  assert.ok(peakMiB < memoryMiB, `${peakMiB} MiB`);
  assert.equal(killed, 0);
});

Deno.test("a consumer answers while it steps over a record that is too large", async () => {
  const kafka = new KafkaFixture(world.bootstrap);
  const topic = await kafka.topic(1);
  const records = [line("before"), { value: 600 * million }, line("after")];
  const batch = rawBatch({
    compression: 4,
    count: records.length,
    records: await packedBomb("zstd", records),
  });
  await sendBatches(world.bootstrap, [{ topic, batch }]);
  const member = await kafka.member(kafka.name("group"), [topic]);
  await member.until("the records in front", () => member.records.length > 0);
  let answers = 0;
  for (; member.records.length < 3; answers++) {
    member.consumer.wakeup();
    member.records.push(...await member.consumer.poll(10_000));
  }
  assert.deepEqual(member.records.map(({ offset, bad }) => [offset, bad?.lastOffset]), [
    [0n, undefined],
    [1n, 1n],
    [2n, undefined],
  ]);
  assert.ok(answers > 100, `${answers} polls`);
  await member.consumer.close(1_000);
  await kafka.close();
});
