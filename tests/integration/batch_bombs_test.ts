/** Batches of few bytes that unpack to many, against the real program in 200 MiB. */

import assert from "node:assert/strict";
import { line, runBombs } from "../support/bomb_run.ts";
import { packedBomb } from "../support/bombs.ts";
import { KafkaFixture } from "../support/kafka_fixture.ts";
import { rawBatch } from "../support/raw_batch.ts";
import { sendBatches } from "../support/raw_produce.ts";
import { envelopeOf, listOf, runValueBombs, type ValueBombTopic } from "../support/value_bombs.ts";
import { freshDatabase, freshTopics, sharedWorld } from "../support/world.ts";

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

const each = (count: number, valueOf: (id: number) => string) =>
  Array.from({ length: count }, (_, id) => valueOf(id));
const keysOf = (id: number) => Array.from({ length: 70_000 }, (_, n) => `"k${id}_${n}":1`).join();
const struct = '{"type":"struct","fields":[{"field":"a","type":"int8","optional":true}]}';

/** Records of which all are written, but for the last ones, with what these are refused by. */
const valueBombs:
  readonly (ValueBombTopic & { readonly name: string; readonly refused: readonly string[] })[] = [
    {
      name: "lists",
      hasSchemas: false,
      values: [
        ...each(20, (id) => `{"id":${id},"j":${listOf(95_000, '"abc"')}}`),
        ...each(20, (id) => `{"id":${20 + id},"j":${listOf(95_000, id % 2 === 0 ? "{}" : "1.5")}}`),
        `{"id":41,"j":${listOf(240_000, '"a"')}}`,
        `{"id":42,"j":${listOf(340_000, "{}")}}`,
      ],
      refused: ["too_many_values", "too_many_values"],
    },
    {
      name: "depth and digits",
      hasSchemas: false,
      values: [
        `{"id":1,"j":${"[".repeat(90_000)}`,
        `{"id":2,"j":${"[".repeat(500_000)}`,
        `{"id":3,"j":${"1".repeat(1_000_000)}}`,
      ],
      refused: ["json_unreadable", "too_many_values", "json_unreadable"],
    },
    {
      name: "wide objects",
      hasSchemas: false,
      values: each(20, (id) => `{"id":${id},"j":{${keysOf(id)}}}`),
      refused: [],
    },
    {
      name: "structs",
      hasSchemas: true,
      values: [
        ...each(20, (id) => envelopeOf(id, struct, listOf(47_000, '{"a":1}'))),
        envelopeOf(20, struct, listOf(100_000, "{}")),
      ],
      refused: ["too_many_values"],
    },
  ];

for (const { name, refused, ...bomb } of valueBombs) {
  Deno.test(`records of many values for their bytes don't end a worker of 200 MiB, and others' records go on: ${name}`, async () => {
    await using database = await freshDatabase();
    const [topic = "", flow = "", deadLetterTopic = ""] = await freshTopics(["evil", "flow", "dlq"], 1);
    const values = each(100, (id) => `{"id":${id},"j":{"name":"flow"}}`);
    const { rows, letters, peakMiB, killed } = await runValueBombs({
      ...{ bootstrap: world.bootstrap, url: database.url, memoryMiB, deadLetterTopic },
      topics: { [topic]: bomb, [flow]: { hasSchemas: false, values } },
    });
    const written = bomb.values.length - refused.length;
    assert.deepEqual(rows, { [topic]: written, [flow]: 100 });
    const expected = refused.map((rule, index) => `${topic}@${written + index} ${rule}`);
    assert.deepEqual(letters, expected.toSorted());
    console.log(`${name}: at most ${peakMiB.toFixed(0)} MiB`);
    assert.ok(peakMiB < memoryMiB, `${peakMiB} MiB`);
    assert.equal(killed, 0);
  });
}

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
