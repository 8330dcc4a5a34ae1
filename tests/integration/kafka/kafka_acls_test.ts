/** deploy/kafka_acls.sh on a broker that refuses everything else: its grants suffice, and are no more than needed. */

import assert from "node:assert/strict";
import { join } from "node:path";
import postgres from "postgres";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { installKafka } from "../../../sandbox/kafka/kafka_install.ts";
import { runOwned } from "../../../sandbox/owned_process.ts";
import { readTopics } from "../../../sandbox/kafka/read_topics.ts";
import { startWorld } from "../../../sandbox/world.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { projectFolder, runTask, startTask } from "../../support/programs/program.ts";
import { scramJaas } from "../../support/kafka/secured_kafka.ts";

const password = "acl-s3cret";
const deadLetters = "telesales.dlq";
const topics = "customers.registrations customers.purchases customers.campaigns";

Deno.test("telesales runs on the rights that kafka_acls.sh gives, and on no other topic", async () => {
  await using world = await startWorld({
    partitions: 2,
    kafka: {
      listeners: [{ name: "LOGIN", protocol: "SASL_PLAINTEXT" }],
      scramUsers: [{ user: "sluice", password, mechanism: "SCRAM-SHA-512" }],
      properties: {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
      },
    },
  });
  const { bootstrap, listeners } = world.kafka;
  const admin = kafkaClient(bootstrap).admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: false,
    topics: [{ topic: deadLetters }, { topic: "salaries" }],
  });
  await admin.disconnect();
  await grant("User:sluice", "telesales", topics, deadLetters, "--bootstrap-server", bootstrap);

  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: listeners["LOGIN"] ?? "",
    CONNECT_SECURITY_PROTOCOL: "SASL_PLAINTEXT",
    CONNECT_SASL_MECHANISM: "SCRAM-SHA-512",
    CONNECT_SASL_JAAS_CONFIG: scramJaas(password, "sluice"),
    BANK2_URL: world.postgres.urlOf("bank2", "telesales_worker", "worker"),
    TELESALES_KEY_SECRET: "a secret of at least thirty-two bytes",
  };
  const args = ["--connector", "telesales"];
  const admins = { ...variables, BANK2_ADMIN_URL: world.bank2AdminUrl };
  assert.equal((await runTask("migrate", { args, variables: admins })).code, 0);
  await using program = startTask("start", { args, variables });
  await world.bank1.fill({ customers: 20, events: 50 });
  const producer = await world.startProducer();
  await producer.until(world.bank1.lastEventId());
  const bad = kafkaClient(bootstrap).producer();
  await bad.connect();
  await bad.send({
    topic: "customers.purchases",
    messages: [{ key: "17", value: '{"customer":{"id":17}}' }],
  });
  await bad.disconnect();
  const sql = postgres(world.bank2AdminUrl, { max: 1, onnotice: () => {} });
  try {
    await pollUntil(`twenty people\n${program.log()}`, waitMsMax, async () => {
      const [row] = await sql<{ n: number }[]>`select count(*)::int as n from telesales.contacts`;
      return row?.n === 20 ? true : undefined;
    });
  } finally {
    await sql.end();
  }
  const refused = await pollUntil("the dead letter", waitMsMax, async () => {
    let count = 0;
    await readTopics(bootstrap, [deadLetters], () => count++);
    return count > 0 ? count : undefined;
  });
  assert.equal(refused, 1);
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  const others = stderr.replaceAll(/^.*"Records rejected: 1 by name_missing, .*$/gm, "");
  assert.doesNotMatch(others, /authoriz|"level":"(warn|error)".*kafka/i, "nothing was asked for in vain");

  const elsewhere = await Deno.makeTempFile({ suffix: ".json" });
  const config = {
    "connector.class": "PostgresSink",
    topics: "salaries",
    "connection.url": variables.BANK2_URL,
  };
  await Deno.writeTextFile(elsewhere, JSON.stringify({ name: "telesales", config }));
  const greedy = await runTask("start", { args: ["--config", elsewhere], variables });
  await Deno.remove(elsewhere);
  assert.equal(greedy.code, 1);
  assert.match(greedy.stderr, /authoriz/i);
});

/** Runs the script with the jars' own command instead of Kafka's wrapper script. */
async function grant(...args: readonly string[]): Promise<void> {
  const { java, jars } = await installKafka();
  const command = [
    ...[java, "-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp", join(jars, "*")],
    "org.apache.kafka.tools.AclCommand",
  ];
  const { code, stdout, stderr } = await runOwned(join(projectFolder, "deploy/kafka_acls.sh"), {
    args,
    env: { KAFKA_ACLS: command.join(" ") },
  });
  assert.equal(code, 0, stdout + stderr);
}
