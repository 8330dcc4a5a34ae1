/** What an operator sees of the real program: metrics, health and the log. */

import assert from "node:assert/strict";
import { join } from "node:path";
import postgres from "postgres";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { addressOf, requestsTo, startConnect } from "../../support/rest/connect_program.ts";
import { startTask } from "../../support/programs/program.ts";
import { freshDatabase, freshName, freshTopics, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();
const secret = "canary-5ecret";

interface Setup extends AsyncDisposable {
  readonly name: string;
  readonly topic: string;
  readonly sql: postgres.Sql;
  readonly folder: string;
  readonly config: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
}

async function setUp(): Promise<Setup> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const [topic = ""] = await freshTopics(["orders"], 1);
  const database = stack.use(await freshDatabase());
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  stack.defer(() => sql.end({ timeout: 1 }));
  await sql`create table orders (order_id bigint primary key, total float8)`;
  const kept = stack.move();
  return {
    name: freshName("orders"),
    ...{ topic, sql, folder },
    config: {
      "connector.class": "PostgresSink",
      topics: topic,
      "connection.url": "${env:ORDERS_URL}",
      "table.name.format": "orders",
      "insert.mode": "upsert",
      "pk.mode": "record_key",
      "pk.fields": "order_id",
      "key.converter": "org.apache.kafka.connect.converters.LongConverter",
      "delete.enabled": "true",
      "errors.tolerance": "all",
      "errors.log.enable": "true",
    },
    variables: {
      CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
      CONNECT_OFFSET_FLUSH_INTERVAL_MS: "500",
      CONNECT_CONFIG_PROVIDERS_ENV_ALLOW: "ORDERS_URL",
      ORDERS_URL: database.url,
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function produce(topic: string, ...records: readonly (readonly [key: number, value: string | null])[]) {
  const producer = kafkaClient(world.bootstrap).producer();
  await producer.connect();
  const messages = records.map(([key, value]) => ({ key: long(key), value }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

/** Values of a scrape by name and sorted labels. */
function valuesOf(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
      const [, name = "", labels = "", value = ""] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      return [`${name}{${labels.split(/,(?=\w+=)/).sort().join(",")}}`, Number(value)] as const;
    }),
  );
}

Deno.test("start with health.port shows on it what became of each record, by Connect's names and Sluice's", async () => {
  await using setup = await setUp();
  const { name, topic, folder, config, variables } = setup;
  const file = join(folder, "orders.json");
  await Deno.writeTextFile(file, JSON.stringify({ name, config }));
  await using program = startTask("start", {
    args: ["--config", file],
    variables: { ...variables, CONNECT_HEALTH_PORT: "0" },
  });
  const { ask, askUntil } = requestsTo(await addressOf(program, "Health and metrics listen"));
  await produce(topic, [1, '{"total":1.5}'], [2, '{"total":2.5}'], [3, `{"total":"${secret}"}`]);
  await askUntil("/metrics", ({ text }) => /rows_written/.test(text));
  await produce(topic, [1, null]);
  const labels = `connector="${name}",task="0"`;
  const committed = (text: string) =>
    (valuesOf(text).get(`kafka_connect_sink_task_metrics_offset_commit_completion_total{${labels}}`) ?? 0) >
      0;
  const { text } = await askUntil(
    "/metrics",
    (answer) => committed(answer.text) && /rows_deleted/.test(answer.text),
  );
  const values = valuesOf(text);
  const task = (metric: string, more = "") => values.get(`${metric}{${labels}${more}}`);
  const withReason = (metric: string, reason: string) =>
    values.get(`${metric}{connector="${name}",reason="${reason}",task="0"}`);
  assert.equal(task("kafka_connect_sink_task_metrics_sink_record_read_total"), 4);
  assert.equal(task("kafka_connect_sink_task_metrics_partition_count"), 1);
  assert.equal(task("kafka_connect_task_error_metrics_total_records_skipped"), 1);
  assert.equal(withReason("sluice_rows_written_total", "upsert"), 2);
  assert.equal(withReason("sluice_rows_deleted_total", "tombstone"), 1);
  const rejected = [...values].filter(([key]) => key.startsWith("sluice_records_rejected_total"));
  assert.equal(rejected.reduce((sum, [, value]) => sum + value, 0), 1);
  assert.equal(
    values.get(
      `sluice_partition_lag{connector="${name}",partition="0",task="0",topic="${topic}"}`,
    ),
    0,
  );
  assert.ok((task("sluice_record_commit_latency_seconds_count") ?? 0) >= 3);
  assert.equal(task("sluice_bytes_in_flight"), 0);
  assert.equal(task("sluice_task_restarts_total"), 0);
  assert.equal(task("sluice_consumer_rebuilds_total"), 0);
  assert.equal(values.get("kafka_connect_connect_worker_metrics_connector_count{}"), 1);
  assert.equal(values.get(`kafka_connect_connector_metrics_status{connector="${name}",status="running"}`), 1);
  assert.doesNotMatch(text, new RegExp(secret));
  assert.equal((await ask("GET", "/health")).status, 200);
  assert.equal((await ask("GET", "/connectors")).status, 404, "the control API isn't there");
});

Deno.test("an outage of the database makes /health unhealthy after health.stale.ms, and its end makes it healthy", async () => {
  await using setup = await setUp();
  const { name, topic, config, variables, sql } = setup;
  await using worker = await startConnect({ variables: { ...variables, CONNECT_HEALTH_STALE_MS: "4000" } });
  assert.equal((await worker.ask("POST", "/connectors", { name, config })).status, 201);
  await worker.askUntil(
    `/connectors/${name}/status`,
    ({ text }) => /"tasks":\[\{"id":0,"state":"RUNNING"/.test(text),
  );
  await sql`begin`;
  await sql`lock table orders`;
  await produce(topic, [1, '{"total":1.5}']);
  const unhealthy = await worker.askUntil("/health", ({ status }) => status === 500);
  assert.match(
    unhealthy.text,
    new RegExp(`Task ${name}-0 has a lag of 1 and has committed nothing for \\d+ s`),
  );
  await worker.askUntil("/health", () => worker.program.log().includes("and has committed nothing for"));
  await sql`commit`;
  await worker.askUntil("/health", ({ status }) => status === 200);
  await worker.askUntil("/health", () => worker.program.log().includes("Healthy again"));
});

Deno.test("the log is JSON lines with connector, task and the place of a bad record, and its levels change while running", async () => {
  await using setup = await setUp();
  const { name, topic, config, variables } = setup;
  await using worker = await startConnect({ variables });
  const level = { level: "DEBUG" };
  assert.deepEqual((await worker.ask("PUT", `/admin/loggers/connector.${name}`, level)).body, [
    `connector.${name}`,
  ]);
  await worker.ask("POST", "/connectors", { name, config });
  await produce(topic, [1, '{"total":1.5}'], [2, `{"total":"${secret}"}`]);
  const lines = () => worker.program.log().split("\n").slice(0, -1).map((line) => JSON.parse(line));
  const find = (message: RegExp) =>
    lines().find((line) => message.test(line.message) && line.connector === name);
  await worker.askUntil("/health", () => find(/^Offsets committed$/) !== undefined);
  const bad = find(/^Error encountered in task/);
  assert.deepEqual([bad.level, bad.task, bad.topic, bad.partition, bad.offset], ["ERROR", 0, topic, 0, "1"]);
  const commit = find(/^Offsets committed$/);
  assert.deepEqual([commit.level, commit.task, commit.offsets], ["DEBUG", 0, `${topic}-0:2`]);
  const others = lines().filter(({ level, connector }) => level === "DEBUG" && connector !== name);
  assert.deepEqual(others, [], "only this connector says more");
  assert.doesNotMatch(worker.program.log(), new RegExp(secret));
});
