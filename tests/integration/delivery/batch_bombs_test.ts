/** Small batches that unpack to many bytes, against the real program in 200 MiB. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { systemTime } from "../../../cli/process/system_time.ts";
import { readTopics } from "../../../sandbox/kafka/read_topics.ts";
import { pollUntil } from "../../../sandbox/wait.ts";
import { quoteIdentifier } from "../../../sinks/postgres/tables/identifier.ts";
import { line, runBombs } from "../../support/kafka/bomb_run.ts";
import { type BombRecord, packedBomb } from "../../support/kafka/bombs.ts";
import { type ConnectProgram, startConnect } from "../../support/rest/connect_program.ts";
import { endProgram } from "../../support/delivery/delivery_lane.ts";
import { KafkaFixture } from "../../support/kafka/kafka_fixture.ts";
import { makeMemoryGroup, peakMiBOf } from "../../support/programs/memory_group.ts";
import { packedCodecs } from "../../support/kafka/packed_bytes.ts";
import { rawBatch } from "../../support/kafka/raw_batch.ts";
import { sendBatches } from "../../support/kafka/raw_produce.ts";
import { freshDatabase, freshName, freshTopics, sharedWorld } from "../../support/world.ts";

interface ValueBombRun {
  readonly bootstrap: string;
  /** Database with the topics' tables, each with columns `id` and `j`. */
  readonly url: string;
  readonly memoryMiB: number;
  /** By name, each with one partition. */
  readonly topics: Readonly<Record<string, ValueBombTopic>>;
  readonly deadLetterTopic: string;
}

/** Records of one topic, read by a connector of their own. */
interface ValueBombTopic {
  /** The records' JSON values. */
  readonly values: readonly string[];
  /** Whether each value is an envelope. */
  readonly hasSchemas: boolean;
}

interface ValueBombOutcome {
  /** Rows, by topic. */
  readonly rows: Readonly<Record<string, number>>;
  /** `TOPIC@OFFSET RULE` of each dead letter, in order. */
  readonly letters: readonly string[];
  readonly peakMiB: number;
  readonly killed: number;
}

const lastMsMax = 240_000;
const lastId = 9_000_000;
const mebibyte = 1024 * 1024;
const text = (of: string) => new TextEncoder().encode(of);

function listOf(count: number, item: string): string {
  return `[${`${item},`.repeat(count - 1)}${item}]`;
}

/** A value with an id and a list of so many items, as an envelope. */
function envelopeOf(id: number, items: string, list: string): string {
  const fields = `{"field":"id","type":"int64"},{"field":"j","type":"array","items":${items}}`;
  return `{"schema":{"type":"struct","fields":[${fields}]},"payload":{"id":${id},"j":${list}}}`;
}

/** Produces all values, waits for the last row of each topic, and stops the program gracefully. */
async function runValueBombs(run: ValueBombRun): Promise<ValueBombOutcome> {
  const topics = Object.keys(run.topics);
  const sql = postgres(run.url, { max: 1, onnotice: () => {}, ssl: false });
  for (const topic of topics) {
    await sql.unsafe(`create table ${quoteIdentifier(topic)} (id bigint primary key, j jsonb)`);
  }
  await using group = await makeMemoryGroup(run.memoryMiB * mebibyte);
  if (group === undefined) console.log("This user can make no control group: nothing holds the memory down");
  await using worker = await startConnect({
    variables: { CONNECT_BOOTSTRAP_SERVERS: run.bootstrap },
    ...(group === undefined ? {} : { launcher: group.launcher }),
  });
  for (const [topic, of] of Object.entries(run.topics)) {
    await makeConnector(worker, run, topic, of);
    await sendBatches(run.bootstrap, [{ topic, batch: await batchOf(of) }]);
  }
  await pollUntil("the last row of each topic", lastMsMax, async () => {
    const found = topics.map((topic) => countOf(sql, topic, `id = ${lastId}`));
    return (await Promise.all(found)).every((count) => count === 1) || undefined;
  });
  const peakMiB = await peakMiBOf(worker.program.pid);
  await endProgram(worker.program);
  const rows = topics.map(async (topic) => [topic, await countOf(sql, topic, `id < ${lastId}`)] as const);
  const outcome = {
    rows: Object.fromEntries(await Promise.all(rows)),
    letters: await lettersOf(run),
    peakMiB,
    killed: (await group?.read())?.killed ?? 0,
  };
  await sql.end({ timeout: 1 });
  return outcome;
}

async function countOf(sql: postgres.Sql, table: string, where: string): Promise<number> {
  return (await sql.unsafe(`select from ${quoteIdentifier(table)} where ${where}`)).count;
}

async function batchOf({ values, hasSchemas }: ValueBombTopic): Promise<Uint8Array> {
  const last = hasSchemas ? envelopeOf(lastId, '{"type":"int8"}', "[1]") : `{"id":${lastId},"j":[1]}`;
  const records: readonly BombRecord[] = [...values, last].map((value) => ({ value: text(value) }));
  const packed = await packedBomb("zstd", records);
  const fields = { compression: packedCodecs.indexOf("zstd"), timestamp: systemTime.now() };
  return rawBatch({ ...fields, count: records.length, records: packed });
}

async function makeConnector(
  worker: ConnectProgram,
  { url, deadLetterTopic }: ValueBombRun,
  topic: string,
  { hasSchemas }: ValueBombTopic,
): Promise<void> {
  const config = {
    ...{ "connector.class": "PostgresSink", topics: topic, "table.name.format": '"${topic}"' },
    ...{ "connection.url": `${url}?sslmode=disable`, "insert.mode": "upsert" },
    ...{ "pk.mode": "record_value", "pk.fields": "id", "offset.flush.interval.ms": "500" },
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter.schemas.enable": String(hasSchemas),
    ...{ "errors.tolerance": "all", "errors.tolerance.max.ratio": "1" },
    "errors.deadletterqueue.topic.name": deadLetterTopic,
  };
  const answer = await worker.ask("POST", "/connectors", { name: freshName("values"), config });
  if (answer.status !== 201) throw new Error(`Cannot make the connector: ${answer.text}`);
}

async function lettersOf({ bootstrap, deadLetterTopic }: ValueBombRun): Promise<readonly string[]> {
  const letters: string[] = [];
  await readTopics(bootstrap, [deadLetterTopic], ({ value }) => {
    const { topic, offset, rule } = JSON.parse(String(value));
    letters.push(`${topic}@${offset} ${rule}`);
  });
  return letters.toSorted();
}

const world = await sharedWorld();
const memoryMiB = 200;
/** Without the pages of program and libraries, some 55 MiB, which the kernel can drop. */
const peakMiBMax = 165;
const million = 1_000_000;

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
  assert.ok(peakMiB < peakMiBMax, `${peakMiB} MiB`);
  assert.equal(killed, 0);
});

const each = (count: number, valueOf: (id: number) => string) =>
  Array.from({ length: count }, (_, id) => valueOf(id));
const keysOf = (id: number) => Array.from({ length: 70_000 }, (_, n) => `"k${id}_${n}":1`).join();
const struct = '{"type":"struct","fields":[{"field":"a","type":"int8","optional":true}]}';

/** Records that are all written except the last ones, and the rules that refuse those. */
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
    assert.ok(peakMiB < peakMiBMax, `${peakMiB} MiB`);
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
