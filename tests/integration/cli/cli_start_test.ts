import assert from "node:assert/strict";
import { join } from "node:path";
import postgres from "postgres";
import { sameSignalMsMax } from "../../../cli/process/ending_signals.ts";
import { systemTime } from "../../../cli/process/system_time.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { freePort } from "../../../sandbox/machine.ts";
import { waitMsMax } from "../../../sandbox/wait.ts";
import { startTask } from "../../support/programs/program.ts";
import { freshDatabase, freshName, freshTopics, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();

interface Setup extends AsyncDisposable {
  readonly name: string;
  readonly topic: string;
  readonly file: string;
  readonly sql: postgres.Sql;
  readonly variables: Readonly<Record<string, string>>;
}

/** A table, a topic and a connector between them. */
async function setUp(changes: Readonly<Record<string, string>> = {}): Promise<Setup> {
  const [topic = ""] = await freshTopics(["purchases"], 1);
  const database = await freshDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await sql`create table orders (order_id bigint primary key, total float8)`;
  const name = freshName("orders");
  const folder = await Deno.makeTempDir();
  const file = join(folder, "orders.json");
  const config = {
    "connector.class": "PostgresSink",
    topics: topic,
    "connection.url": "${env:ORDERS_URL}",
    "table.name.format": "orders",
    "insert.mode": "upsert",
    "pk.mode": "record_value",
    "pk.fields": "order_id",
    ...changes,
  };
  await Deno.writeTextFile(file, JSON.stringify({ name, config }));
  return {
    name,
    topic,
    file,
    sql,
    variables: { CONNECT_BOOTSTRAP_SERVERS: world.bootstrap, ORDERS_URL: database.url },
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 1 });
      await database[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function produce(topic: string, values: readonly string[]): Promise<void> {
  const producer = kafkaClient(world.bootstrap).producer();
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ key: "1", value })) });
  await producer.disconnect();
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = systemTime.monotonic() + waitMsMax;
  while (!await holds()) {
    if (systemTime.monotonic() > deadline) throw new Error(`Cannot go on: ${what} did not happen`);
    await systemTime.sleep(50);
  }
}

async function rowsOf(sql: postgres.Sql): Promise<number> {
  return (await sql`select from orders`).length;
}

Deno.test("start runs a connector from a file until SIGTERM, and commits before it ends with 0", async () => {
  await using setup = await setUp();
  await produce(setup.topic, ['{"order_id":1,"total":1.5}', '{"order_id":2,"total":2.5}']);
  await using program = startTask("start", { args: ["--config", setup.file], variables: setup.variables });
  await until("the rows", async () => await rowsOf(setup.sql) === 2);
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  const admin = kafkaClient(world.bootstrap).admin();
  await admin.connect();
  const [offsets] = await admin.fetchOffsets({ groupId: `connect-${setup.name}`, topics: [setup.topic] });
  await admin.disconnect();
  assert.equal(offsets?.partitions[0]?.offset, "2");
});

Deno.test("Ctrl-C ends it as SIGTERM does", async () => {
  await using setup = await setUp();
  await using program = startTask("start", { args: ["--config", setup.file], variables: setup.variables });
  await until("the start", () => program.log().includes("Sluice starts"));
  program.signal("SIGINT");
  assert.equal((await program.ended).code, 0);
});

Deno.test("a task that has failed for good ends the program with 1, and the log says where and why without the data", async () => {
  await using setup = await setUp();
  await using program = startTask("start", { args: ["--config", setup.file], variables: setup.variables });
  await produce(setup.topic, ['{"order_id":1,"total":1.5}', '{"secret":"s3cret"']);
  const { code, stderr } = await program.ended;
  assert.equal(code, 1, stderr);
  assert.match(stderr, /has failed for good/);
  assert.match(stderr, new RegExp(setup.topic));
  assert.match(stderr, /offset 1/);
  assert.doesNotMatch(stderr, /s3cret/);
  assert.equal(await rowsOf(setup.sql), 1, "good before bad");
});

Deno.test("a mistake that only the task can find is told without a stack trace", async () => {
  await using setup = await setUp({ "table.name.format": "order" });
  await using program = startTask("start", { args: ["--config", setup.file], variables: setup.variables });
  const { code, stderr } = await program.ended;
  assert.equal(code, 1, stderr);
  assert.match(stderr, /has failed for good.*Cannot write to table order/);
  assert.doesNotMatch(stderr, /\.ts:\d+/);
});

Deno.test("the second signal ends it at once, whatever it waits for", async () => {
  await using setup = await setUp();
  await setup.sql`begin`;
  await setup.sql`lock table orders`;
  const settings = { ...setup.variables, CONNECT_TASK_SHUTDOWN_GRACEFUL_TIMEOUT_MS: "600000" };
  await produce(setup.topic, ['{"order_id":1,"total":1.5}']);
  await using program = startTask("start", { args: ["--config", setup.file], variables: settings });
  const [{ pid } = { pid: 0 }] = await setup.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const watcher = postgres(setup.variables["ORDERS_URL"] ?? "", { max: 1 });
  await until(
    "the put waits",
    async () =>
      (await watcher`select from pg_stat_activity where ${pid} = any(pg_blocking_pids(pid))`).length > 0,
  );
  await watcher.end();
  program.signal("SIGTERM");
  program.signal("SIGTERM"); // the task runner's echo of the first one
  await until("the first signal is seen", () => program.log().includes("Signal received"));
  await systemTime.sleep(sameSignalMsMax + 100);
  assert.doesNotMatch(program.log(), /Second signal/);
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended;
  assert.equal(code, 1);
  assert.match(stderr, /Second signal/);
});

Deno.test("a Kafka that isn't there is waited for, and a signal still ends the program", async () => {
  await using setup = await setUp();
  const variables = { ...setup.variables, CONNECT_BOOTSTRAP_SERVERS: `127.0.0.1:${freePort()}` };
  await using program = startTask("start", { args: ["--config", setup.file], variables });
  await until("a warning", () => /WARN/.test(program.log()));
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
});
