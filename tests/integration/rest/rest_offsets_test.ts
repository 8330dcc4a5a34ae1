/** Offsets over REST, the database's and Kafka's, and after a worker's restart. */

import assert from "node:assert/strict";
import { join } from "node:path";
import postgres from "postgres";
import { systemTime } from "../../../cli/process/system_time.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { waitMsMax } from "../../../sandbox/wait.ts";
import { type ConnectProgram, startConnect } from "../../support/rest/connect_program.ts";
import { freshDatabase, freshName, freshTopics, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();

Deno.test("offsets changed over REST are the database's and Kafka's, and a worker that comes back goes on", async (t) => {
  const [topic = ""] = await freshTopics(["orders"], 1);
  await using database = await freshDatabase();
  const folder = await Deno.makeTempDir();
  const name = freshName("orders");
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await sql`create table orders (order_id bigint)`;
  const config = {
    "connector.class": "PostgresSink",
    topics: topic,
    "connection.url": database.url,
    "table.name.format": "orders",
    "exactly.once.enabled": "true",
    "offset.flush.interval.ms": "200",
  };
  const worker = (kept: string) =>
    startConnect({
      variables: {
        CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
        CONNECT_CONFIG_STORAGE_DIR: join(folder, kept),
      },
    });
  const rowsAre = async (expected: number) => {
    const count = async () => (await sql`select from orders`).length;
    const end = systemTime.monotonic() + waitMsMax;
    while (await count() < expected && systemTime.monotonic() < end) await systemTime.sleep(50);
    assert.equal(await count(), expected);
  };
  const path = `/connectors/${name}`;
  const partition = { kafka_topic: topic, kafka_partition: 0 };
  const offsetsAre = (connect: ConnectProgram, offset: number) =>
    connect.askUntil(`${path}/offsets`, ({ text }) => text.includes(`"kafka_offset":${offset}}`));
  const stop = async (connect: ConnectProgram) => {
    assert.equal((await connect.ask("PUT", `${path}/stop`)).status, 204);
    await connect.askUntil(`${path}/status`, ({ text }) => text.includes('"state":"STOPPED"'));
  };
  const resume = async (connect: ConnectProgram) =>
    assert.equal((await connect.ask("PUT", `${path}/resume`)).status, 202);
  try {
    await writeOrders(topic, 3);
    {
      await using first = await worker("first");
      assert.equal((await first.ask("POST", "/connectors", { name, config })).status, 201);
      await rowsAre(3);

      await t.step("PATCH sets both", async () => {
        await stop(first);
        const offsets = [{ partition, offset: { kafka_offset: 1 } }];
        const { status, text } = await first.ask("PATCH", `${path}/offsets`, { offsets });
        assert.equal(status, 200, text);
        assert.match(text, /"The offsets for this connector have been altered successfully"/);
        await offsetsAre(first, 1);
        const [row] = await sql`select next_offset from sluice_offsets where topic = ${topic}`;
        assert.equal(String(row?.["next_offset"]), "1");
        await resume(first);
        await rowsAre(5);
      });

      await t.step("DELETE forgets both", async () => {
        await stop(first);
        const { status, text } = await first.ask("DELETE", `${path}/offsets`);
        assert.equal(status, 200, text);
        assert.match(text, /"The offsets for this connector have been reset successfully"/);
        assert.deepEqual((await first.ask("GET", `${path}/offsets`)).body, { offsets: [] });
        await resume(first);
        await rowsAre(8);
      });
    }

    await t.step("a worker that comes back runs what it ran, from where it was", async () => {
      await writeOrders(topic, 2);
      await using again = await worker("first");
      await rowsAre(10);
      const { text } = await again.ask("GET", `${path}/status`);
      assert.match(text, /"connector":\{"state":"RUNNING"/);

      await using other = await worker("second");
      const stopped = { name, config, initial_state: "STOPPED" };
      assert.equal((await other.ask("POST", "/connectors", stopped)).status, 201);
      const refused = await other.ask("DELETE", `${path}/offsets`);
      assert.equal(refused.status, 409, "another process reads with this group");
      assert.match(refused.text, /has 1 member\(s\), none is expected/);
    });
  } finally {
    await sql.end({ timeout: 1 });
    await Deno.remove(folder, { recursive: true });
  }
});

async function writeOrders(topic: string, count: number): Promise<void> {
  const producer = kafkaClient(world.bootstrap).producer();
  await producer.connect();
  const messages = Array.from({ length: count }, (_, id) => ({ key: "1", value: `{"order_id":${id}}` }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}
