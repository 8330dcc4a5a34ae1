/** Every screen shows an outage, also if a server was never reached and if no record comes. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { createTopics, kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { freePort } from "../../../sandbox/machine.ts";
import { type OutageCase, outageSeen, OutageWorld, screens } from "../../chaos/outage_seen.ts";
import { startConnect } from "../../support/rest/connect_program.ts";
import { runTask } from "../../support/programs/program.ts";
import { freshName } from "../../support/world.ts";

Deno.test("connect with a Kafka that was never reached says so on every screen, and goes on", async () => {
  const bootstrap = `127.0.0.1:${freePort()}`;
  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: bootstrap,
    CONNECT_HEALTH_PORT: String(freePort()),
    CONNECT_ADMIN_DEFAULT_API_TIMEOUT_MS: "2000",
  };
  await using worker = await startConnect({ variables });
  const says = new RegExp(`Kafka at ${bootstrap} \\(bootstrap\\.servers\\) is away since .*ECONNREFUSED`);
  const { text } = await worker.askUntil("/health", (answer) => says.test(answer.text));
  assert.match(text, /"status":"degraded"/);
  await worker.askUntil("/ui/facts", (answer) => says.test(answer.text));
  await worker.askUntil("/metrics", (answer) => /^sluice_troubles 1$/m.test(answer.text));
  await worker.askUntil("/health", () => says.test(worker.program.log()));
  const asked = await runTask("health", { variables });
  assert.deepEqual([asked.code, says.test(asked.stdout)], [0, true], asked.stdout + asked.stderr);
  const config = { "connector.class": "FileStreamSink", topics: "never" };
  assert.equal((await worker.ask("POST", "/connectors", { name: "never", config })).status, 201);
  await worker.askUntil("/connectors/never/status", (answer) => says.test(answer.text));
  const { body } = await worker.ask("GET", "/health");
  const { details } = body as { details: { troubles: { tasks: string[] }[] } };
  assert.deepEqual(details.troubles.map(({ tasks }) => tasks), [["never-0"]], "one trouble, not two");
});

Deno.test("what is away while nothing is to be done", async (t) => {
  await using world = await OutageWorld.open();
  const idle: OutageCase = { program: "connect", what: "Kafka", how: "hangs", isLoaded: false };

  for (const one of [idle, { ...idle, what: "Database" }] as const) {
    await t.step(`a ${one.what} that swallows everything is seen on every screen, and its end`, async () => {
      const { away, back } = await outageSeen(world, one);
      assert.deepEqual([Object.keys(away).length, Object.keys(back).length], [
        screens.length,
        screens.length,
      ]);
    });
  }

  await t.step("a topic that doesn't exist is seen, also one that is deleted while it's read", async () => {
    const variables = { CONNECT_BOOTSTRAP_SERVERS: world.kafka.bootstrap };
    await using worker = await startConnect({ variables });
    const topic = freshName("missing");
    const config = { ...world.config(idle), topics: topic, "consumer.override.metadata.max.age.ms": "1000" };
    await worker.ask("POST", "/connectors", { name: "missing", config });
    const says = new RegExp(`Topic ${topic} in Kafka at .* it doesn't exist; create it`);
    const isMissing = () => worker.askUntil("/health", ({ text }) => says.test(text));
    const isThere = () => worker.askUntil("/health", ({ text }) => /"status":"healthy"/.test(text));
    await isMissing();
    await createTopics(world.kafka.bootstrap, [topic], 1);
    await isThere();
    const admin = kafkaClient(world.kafka.bootstrap).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] }).finally(() => admin.disconnect());
    assert.match((await isMissing()).text, /"status":"degraded"/);
    assert.match((await worker.ask("GET", "/connectors/missing/status")).text, says);
    await createTopics(world.kafka.bootstrap, [topic], 1);
    await isThere();
  });

  await t.step("a database that becomes read-only, and one whose login is refused later", async () => {
    const variables = { CONNECT_BOOTSTRAP_SERVERS: world.kafka.bootstrap };
    await using worker = await startConnect({ variables });
    const sql = postgres(world.database.url, { max: 1, onnotice: () => {} });
    const drop = () => sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'seen'`;
    try {
      await sql`create role writer login password 'first'`;
      await sql`alter database seen owner to writer`;
      const url = world.database.urlOf("seen", "writer", "first");
      const config = { ...world.config(idle), "connection.url": url };
      await worker.ask("POST", "/connectors", { name: "quiet", config });
      await worker.askUntil("/metrics", ({ text }) => /partition_count\{[^}]*\} 2$/m.test(text));
      const healthy = () => worker.askUntil("/health", ({ text }) => /"status":"healthy"/.test(text));
      await healthy();
      await sql`alter system set default_transaction_read_only = on`;
      await sql`select pg_reload_conf()`;
      await worker.askUntil(
        "/health",
        ({ text }) => /Database at .*accepts no rows: it is read-only/.test(text),
      );
      await sql`alter system reset default_transaction_read_only`;
      await sql`select pg_reload_conf()`;
      await healthy();
      await sql`alter role writer password 'second'`;
      await drop();
      const { text } = await worker.askUntil(
        "/health",
        (answer) => /Database at .*login refused/.test(answer.text),
      );
      assert.doesNotMatch(text, /first|second/);
      await sql`alter role writer password 'first'`;
      await healthy();
    } finally {
      await sql.end({ timeout: 1 });
    }
  });
});
