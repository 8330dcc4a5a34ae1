import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import postgres from "postgres";
import { type KafkaServer, startKafka } from "../../../sandbox/kafka/kafka.ts";
import { createTopics, kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { exists, freePort, PortTakenError, tryCommand } from "../../../sandbox/machine.ts";
import { type PostgresServer, startPostgres } from "../../../sandbox/postgres/postgres.ts";

async function produce(kafka: KafkaServer, topic: string): Promise<void> {
  const producer = kafkaClient(kafka.bootstrap).producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ key: "17", value: "{}" }] });
  await producer.disconnect();
}

async function logEnd(kafka: KafkaServer, topic: string): Promise<string | undefined> {
  const admin = kafkaClient(kafka.bootstrap).admin();
  await admin.connect();
  const [partition] = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return partition?.high;
}

async function query(server: PostgresServer, statement: string): Promise<readonly unknown[]> {
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  try {
    return (await sql.unsafe(statement)).map((row) => Object.values(row)[0]);
  } finally {
    await sql.end({ timeout: 1 }); // after a lost connection it would wait for ever
  }
}

Deno.test("Kafka keeps its records and its port over a restart and a kill -9, and nothing after stop()", async () => {
  await using kafka = await startKafka();
  const { bootstrap, pid } = kafka;
  const folder = dirname(dirname(kafka.logFile));
  await createTopics(bootstrap, ["kept"], 1);
  await produce(kafka, "kept");
  await kafka.restart();
  assert.equal(await logEnd(kafka, "kept"), "1");
  assert.notEqual(kafka.pid, pid);
  await produce(kafka, "kept");
  await kafka.kill();
  await kafka.restart();
  assert.equal(await logEnd(kafka, "kept"), "2");
  assert.equal(kafka.bootstrap, bootstrap);
  await kafka.stop();
  await kafka.stop();
  assert.ok(!await exists(folder));
});

Deno.test("a data folder of the caller's outlives the servers", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.chmod(folder, 0o755);
  const [log, data] = [join(folder, "log"), join(folder, "data")];
  try {
    {
      await using kafka = await startKafka({ dataDir: log });
      await createTopics(kafka.bootstrap, ["kept"], 1);
      await produce(kafka, "kept");
      await using server = await startPostgres({ dataDir: data });
      await query(server, "create table kept as select 17 as id");
    }
    await using kafka = await startKafka({ dataDir: log });
    assert.equal(await logEnd(kafka, "kept"), "1");
    await using server = await startPostgres({ dataDir: data });
    assert.deepEqual(await query(server, "select id from kept"), [17]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a server whose port another program has says so, so that it can be started on another", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const { port } = listener.addr as Deno.NetAddr; // the type for a TCP listener
  await assert.rejects(startKafka({ port }), PortTakenError);
  await assert.rejects(startPostgres({ port }), PortTakenError);
});

Deno.test("Kafka takes further settings, users and a listener with TLS and SCRAM", async () => {
  const folder = await Deno.makeTempDir();
  const store = join(folder, "broker.p12");
  const keytool = async (...args: readonly string[]) => {
    const result = await tryCommand("keytool", [...args, "-keystore", store, "-storepass", "changeit"]);
    assert.equal(result?.code, 0, result?.text);
  };
  await keytool(
    "-genkeypair",
    "-alias",
    "broker",
    "-keyalg",
    "EC",
    "-dname",
    "CN=broker",
    "-ext",
    "san=ip:127.0.0.1",
  );
  await keytool("-exportcert", "-rfc", "-alias", "broker", "-file", join(folder, "broker.pem"));
  try {
    const properties = { "ssl.keystore.location": store, "ssl.keystore.password": "changeit" };
    await using kafka = await startKafka({
      properties: { "log.retention.hours": "7" },
      listeners: [{ name: "SECURE", protocol: "SASL_SSL", properties }],
      scramUsers: [{ user: "sluice", password: "opens-it" }],
    });
    const admin = (password: string) =>
      new Kafka({
        brokers: [kafka.listeners.SECURE ?? ""],
        logLevel: logLevel.NOTHING,
        ssl: { ca: [Deno.readTextFileSync(join(folder, "broker.pem"))] },
        sasl: { mechanism: "scram-sha-512", username: "sluice", password },
      }).admin();
    const right = admin("opens-it");
    await right.connect();
    const { resources: [broker] } = await right.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 4, name: "1", configNames: ["log.retention.hours"] }],
    });
    await right.disconnect();
    assert.equal(broker?.configEntries[0]?.configValue, "7");
    const wrong = admin("does-not");
    await assert.rejects(wrong.connect(), /SASL SCRAM SHA512 authentication failed/);
    await wrong.disconnect();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("PostgreSQL keeps its rows and its port over a restart and a kill -9", async () => {
  await using server = await startPostgres();
  const { url, pid } = server;
  await query(server, "create table kept as select 17 as id");
  await server.restart();
  await query(server, "insert into kept values (18)");
  assert.notEqual(server.pid, pid);
  await server.kill();
  await server.restart();
  assert.deepEqual(await query(server, "select id from kept order by id"), [17, 18]);
  assert.equal(server.url, url);
});

Deno.test("PostgreSQL comes back after a kill -9 in the middle of a query", async () => {
  await using server = await startPostgres();
  const interrupted = query(server, "select count(*) from generate_series(1, 1000000000)").catch((error) =>
    error
  );
  await query(server, "select pg_sleep(0.1)");
  await server.kill();
  await server.restart();
  assert.deepEqual(await query(server, "select 1"), [1]);
  assert.ok(await interrupted instanceof Error);
});

Deno.test("PostgreSQL takes settings, checks passwords and copies databases", async () => {
  await using server = await startPostgres({ settings: { max_connections: "17" } });
  assert.deepEqual(await query(server, "show max_connections"), ["17"]);
  const prepared = postgres(await server.createDatabase("prepared"));
  await prepared`create table contacts as select 17 as id`;
  await prepared.end();
  const copy = postgres(await server.createDatabase("copy", "prepared"));
  assert.deepEqual([...await copy`select id from contacts`], [{ id: 17 }]);
  await copy.end();
  await server.dropDatabase("copy");
  assert.deepEqual(await query(server, "select datname from pg_database where datname = 'copy'"), []);
  const stranger = postgres(server.urlOf("prepared", "postgres", "guessed"));
  await assert.rejects(stranger`select 1`, { code: "28P01" });
  await stranger.end();
});

Deno.test("the machine's own PostgreSQL does as well, where there is one", async () => {
  const folder = "/usr/lib/postgresql/15/bin";
  const own = await exists(folder) ? { bin: folder } : {};
  await using server = await startPostgres(own);
  const [version] = await query(server, "show server_version_num");
  assert.ok(Number(version) >= 150000);
});
