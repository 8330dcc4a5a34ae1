/** Rotates the passwords of Kafka and of the database while the program runs. */

import assert from "node:assert/strict";
import { join } from "node:path";
import postgres from "postgres";
import { createTopics, kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { startTask } from "../../support/programs/program.ts";
import {
  changeScramPassword,
  passwords,
  scramJaas,
  startSecuredKafka,
  trusting,
} from "../../support/kafka/secured_kafka.ts";
import { freshDatabase, freshName, sharedWorld } from "../../support/world.ts";

await sharedWorld();
const topic = "rotated";

interface Secrets {
  readonly kafka: string;
  readonly database: string;
}

Deno.test("start takes up changed passwords from files, without a restart and without a fallback", async () => {
  const folder = await Deno.makeTempDir();
  await using kafka = await startSecuredKafka(folder);
  await createTopics(kafka.bootstrap, [topic], 1);
  await using database = await freshDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  const role = freshName("rotated");
  await sql.unsafe(`create role ${role} login password 'old-db-s3cret'`);
  await sql.unsafe(`create table orders (order_id bigint primary key, total float8)`);
  await sql.unsafe(
    `grant select, insert, update on orders to ${role}; grant create, usage on schema public to ${role}`,
  );
  const write = (secrets: Secrets) =>
    Deno.writeTextFile(
      join(folder, "secrets.properties"),
      `kafka=${secrets.kafka}\ndatabase=${secrets.database}\n`,
    );
  await write({ kafka: passwords.scram, database: "old-db-s3cret" });
  await writeConfigs(folder, { bootstrap: kafka.listeners["LOGIN"] ?? "", url: database.url, role });
  try {
    await using program = startTask("start", {
      args: ["--worker", join(folder, "worker.properties"), "--config", join(folder, "orders.json")],
    });
    const rows = (count: number) =>
      pollUntil(`${count} rows`, waitMsMax, async () => {
        const [row] = await sql<{ n: number }[]>`select count(*)::int as n from orders`;
        return row?.n === count ? true : undefined;
      });
    await produce(kafka.bootstrap, '{"order_id": 1, "total": 1.5}');
    await rows(1);

    await sql.unsafe(`alter role ${role} password 'new-db-s3cret'`);
    await changeScramPassword(kafka.bootstrap, "n3w-s3cret");
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${role}`;
    await kafka.restart();
    await pollUntil(
      "Kafka's refusal in the log",
      waitMsMax,
      () => program.log().includes("Kafka refuses the login: the client retries for a while") || undefined,
    );
    await write({ kafka: "n3w-s3cret", database: "new-db-s3cret" });
    await produce(kafka.bootstrap, '{"order_id": 2, "total": 2.5}');
    await rows(2);

    program.signal("SIGTERM");
    const { code, stdout, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout + stderr, /s3cret/, "no secret is shown");
  } finally {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${role}`;
    await sql.unsafe(`drop owned by ${role}; drop role ${role}`);
    await sql.end();
    await Deno.remove(folder, { recursive: true });
  }
});

interface Places {
  readonly bootstrap: string;
  readonly url: string;
  readonly role: string;
}

async function writeConfigs(folder: string, { bootstrap, url, role }: Places): Promise<void> {
  const secret = (key: string) => `\${file:${join(folder, "secrets.properties")}:${key}}`;
  const worker = {
    "bootstrap.servers": bootstrap,
    "security.protocol": "SASL_SSL",
    ...trusting,
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.jaas.config": scramJaas(secret("kafka")),
    "consumer.session.timeout.ms": "6000",
    "offset.flush.interval.ms": "1000",
    "allowed.paths": folder,
  };
  const lines = Object.entries(worker).map(([name, value]) => `${name}=${value}\n`);
  await Deno.writeTextFile(join(folder, "worker.properties"), lines.join(""));
  const { host, pathname } = new URL(url);
  const config = {
    "connector.class": "PostgresSink",
    "topics": topic,
    "connection.url": `postgres://${host}${pathname}`,
    "connection.user": role,
    "connection.password": secret("database"),
    "table.name.format": "orders",
    "insert.mode": "upsert",
    "pk.mode": "record_value",
    "pk.fields": "order_id",
  };
  await Deno.writeTextFile(join(folder, "orders.json"), JSON.stringify({ name: role, config }));
}

async function produce(bootstrap: string, value: string): Promise<void> {
  const producer = kafkaClient(bootstrap).producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ key: "1", value }] });
  await producer.disconnect();
}
