/** Lag counts the records left to read: offsets without a record for a connector don't count. */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { Producer, Transaction } from "kafkajs";
import postgres from "postgres";
import { systemTime } from "../../../cli/process/system_time.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { startConnect } from "../../support/rest/connect_program.ts";
import { runTask } from "../../support/programs/program.ts";
import { freshDatabase, freshName, freshTopics, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();
const staleMs = 3_000;

async function transaction(
  producer: Producer,
  topic: string,
  ...ids: readonly number[]
): Promise<Transaction> {
  const begun = await producer.transaction();
  const messages = ids.map((id) => ({ key: String(id), value: `{"order_id":${id}}`, partition: 0 }));
  await begun.send({ topic, messages });
  return begun;
}

/**
 * Produces control records in the middle and at the end, and an aborted transaction before and after a committed one.
 */
async function produceTransactions(producer: Producer, topic: string): Promise<void> {
  await (await transaction(producer, topic, 1, 2)).commit();
  await (await transaction(producer, topic, 3)).abort();
  await (await transaction(producer, topic, 4)).commit();
  await (await transaction(producer, topic, 5, 6)).abort();
}

for (
  const { isolation, rows } of [
    { isolation: "read_uncommitted", rows: [1, 2, 3, 4, 5, 6] },
    { isolation: "read_committed", rows: [1, 2, 4] },
  ]
) {
  Deno.test(`with ${isolation} markers and aborted transactions are no lag and no stall, on any screen`, async () => {
    const [topic = ""] = await freshTopics(["orders"], 1);
    await using database = await freshDatabase();
    const sql = postgres(database.url, { max: 1, onnotice: () => {} });
    const folder = await Deno.makeTempDir();
    const name = freshName("orders");
    const variables = {
      CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
      CONNECT_OFFSET_FLUSH_INTERVAL_MS: "500",
      CONNECT_HEALTH_STALE_MS: String(staleMs),
      CONNECT_CONFIG_PROVIDERS_ENV_ALLOW: "ORDERS_URL",
      ORDERS_URL: database.url,
    };
    const config = {
      "connector.class": "PostgresSink",
      topics: topic,
      "connection.url": "${env:ORDERS_URL}",
      "table.name.format": "orders",
      "consumer.override.isolation.level": isolation,
      "exactly.once.enabled": "true",
    };
    const producer = kafkaClient(world.bootstrap).producer({
      transactionalId: freshName("tx"),
      maxInFlightRequests: 1,
    });
    try {
      await sql`create table orders (order_id bigint)`;
      await producer.connect();
      await produceTransactions(producer, topic);
      await using worker = await startConnect({ variables });
      assert.equal((await worker.ask("POST", "/connectors", { name, config })).status, 201);
      const written = async () =>
        (await sql<{ id: number }[]>`select order_id::int as id from orders order by 1`).map(({ id }) => id);
      const deadline = systemTime.monotonic() + 60_000;
      while ((await written()).length < rows.length && systemTime.monotonic() < deadline) {
        await systemTime.sleep(50);
      }
      assert.deepEqual(await written(), rows, worker.program.log());
      const gauge = (text: string, metric: string) => new RegExp(`^${metric}\\{.*\\} 0$`, "m").test(text);
      const isDone = ({ text }: { readonly text: string }) =>
        gauge(text, "sluice_partition_lag") &&
        gauge(text, "kafka_connect_sink_task_metrics_sink_record_active_count");
      await worker.askUntil("/metrics", isDone);
      const open = isolation === "read_committed" ? await transaction(producer, topic, 7) : undefined;
      const until = systemTime.monotonic() + 3 * staleMs;
      while (systemTime.monotonic() < until) {
        const { status, text } = await worker.ask("GET", "/health");
        assert.equal(status, 200, text);
        await systemTime.sleep(200);
      }
      assert.ok(isDone(await worker.ask("GET", "/metrics")), "nothing is left to do");
      const { body } = await worker.ask("GET", "/ui/facts");
      assert.equal((body as { connectors: { lag: number }[] }).connectors[0]?.lag, 0);
      assert.doesNotMatch(worker.program.log(), /has a lag of|has stalled/);
      const file = join(folder, "orders.json");
      await Deno.writeTextFile(file, JSON.stringify({ name, config }));
      const shown = await runTask("offsets", { args: ["show", "--config", file], variables });
      assert.match(shown.stdout, new RegExp(`\\n${topic} +0 .* 0\\n$`), shown.stdout + shown.stderr);
      await open?.commit();
    } finally {
      await producer.disconnect();
      await sql.end({ timeout: 1 });
      await Deno.remove(folder, { recursive: true });
    }
  });
}
