import assert from "node:assert/strict";
import { join } from "node:path";
import postgres from "postgres";
import { systemTime } from "../../../cli/process/system_time.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { waitMsMax } from "../../../sandbox/wait.ts";
import { type ProgramResult, runTask, startTask } from "../../support/programs/program.ts";
import { freshDatabase, freshName, freshTopics, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();

Deno.test("offsets are shown, set and reset in the database and in Kafka, and refused while the connector runs", async () => {
  const [topic = ""] = await freshTopics(["purchases"], 1);
  await using database = await freshDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await sql`create table orders (order_id bigint)`;
  const name = freshName("orders");
  const folder = await Deno.makeTempDir();
  const file = join(folder, "orders.json");
  const config = {
    "connector.class": "PostgresSink",
    topics: topic,
    "connection.url": "${env:ORDERS_URL}",
    "table.name.format": "orders",
    "exactly.once.enabled": "true",
  };
  await Deno.writeTextFile(file, JSON.stringify({ name, config }));
  const variables = { CONNECT_BOOTSTRAP_SERVERS: world.bootstrap, ORDERS_URL: database.url };
  const offsets = (...words: string[]): Promise<ProgramResult> =>
    runTask("offsets", { args: [...words, "--config", file], variables });
  const rows = async () => (await sql`select from orders`).length;
  const copied = async (expected: number) => {
    await using program = startTask("start", { args: ["--config", file], variables });
    const deadline = systemTime.monotonic() + waitMsMax;
    while (await rows() < expected && systemTime.monotonic() < deadline) await systemTime.sleep(50);
    assert.equal(await rows(), expected, program.log());
    const refused = await offsets("reset");
    assert.match(refused.stderr, /its group .* has 1 member\(s\), none is expected/);
    assert.equal(refused.code, 1);
    program.signal("SIGTERM");
    assert.equal((await program.ended).code, 0);
  };
  try {
    const producer = kafkaClient(world.bootstrap).producer();
    await producer.connect();
    await producer.send({
      topic,
      messages: [1, 2, 3].map((id) => ({ key: "1", value: `{"order_id":${id}}` })),
    });
    await producer.disconnect();
    await copied(3);
    const shown = await offsets("show");
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /^TOPIC +PARTITION +DATABASE +KAFKA +LOG-START +LOG-END +LAG\n/);
    assert.match(shown.stdout, new RegExp(`\\n${topic} +0 +3 +3 +0 +3 +0\\n$`));
    // A worker's login can write such rows: missing topics, and the largest fence.
    await sql`
      insert into sluice_offsets (connector, kafka_cluster_id, topic, partition, next_offset, fence, updated_at)
      select connector, kafka_cluster_id, forged.topic, forged.partition, 5, 1, now()
        from sluice_offsets, (values ('no topic /..', 0), (${`${topic}.gone`}, 3), (${topic}, 77)) as forged(topic, partition)`;
    await sql`update sluice_offsets set fence = 9223372036854775807`;
    const forged = await offsets("show");
    assert.match(forged.stdout, new RegExp(`\n${topic} +0 +3 +3 +0 +3 +0\n`), forged.stderr);
    assert.match(forged.stdout, /\nno topic \/\.\. +0 +5 +- +- +- +-\n/);
    const set = await offsets("set", `${topic}:0=2`);
    assert.equal(set.stdout, "The offsets for this connector have been altered successfully\n", set.stderr);
    assert.match((await offsets("show")).stdout, new RegExp(`\\n${topic} +0 +2 +2 +0 +3 +1\\n`));
    await sql`update sluice_offsets set fence = 9223372036854775807`;
    await copied(4);
    const reset = await offsets("reset");
    assert.equal(reset.stdout, "The offsets for this connector have been reset successfully\n", reset.stderr);
    await copied(7);
  } finally {
    await sql.end({ timeout: 1 });
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a wrong word of offsets is a sentence and exit code 2", async () => {
  for (
    const [words, text] of [
      [["shw"], /^Cannot run offsets shw: show, set or reset is expected/],
      [["set"], /^Cannot set offsets: TOPIC:PARTITION=OFFSET is expected/],
      [["set", "a:b=1"], /^Cannot use "a:b=1": TOPIC:PARTITION=OFFSET is expected/],
      [["reset", "a:0=1"], /^Cannot use "a:0=1": offsets reset takes options only/],
    ] as const
  ) {
    const { code, stderr } = await runTask("offsets", { args: [...words, "--connector", "telesales"] });
    assert.match(stderr, text);
    assert.equal(code, 2);
  }
});
