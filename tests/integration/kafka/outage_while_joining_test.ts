/** Kafka hangs while a task waits for its group: the coordinator may delay that answer for minutes, but no other. */

import assert from "node:assert/strict";
import { createTopics, kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { startKafka } from "../../../sandbox/kafka/kafka.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { startConnect } from "../../support/rest/connect_program.ts";
import { KafkaFixture } from "../../support/kafka/kafka_fixture.ts";

const topic = "joined";

Deno.test("a Kafka that hangs while a group is joined is away on /health, and back when it answers", async () => {
  await using kafka = await startKafka();
  await createTopics(kafka.bootstrap, [topic], 2);
  const fixture = new KafkaFixture(kafka.bootstrap);
  const member = await fixture.member("connect-late", [topic]);
  await pollUntil("the first member to be in", waitMsMax, async () => {
    await member.consumer.poll(500);
    return member.consumer.assignment().length > 0 || undefined;
  });
  // It isn't polled any more, so it sends heartbeats and doesn't rejoin: the next member waits for it.
  await using worker = await startConnect({ variables: { CONNECT_BOOTSTRAP_SERVERS: kafka.bootstrap } });
  const config = { "connector.class": "FileStreamSink", topics: topic };
  await worker.ask("POST", "/connectors", { name: "late", config });
  await worker.askUntil("/connectors/late/status", ({ text }) => /"id":0,"state":"RUNNING"/.test(text));
  const admin = kafkaClient(kafka.bootstrap).admin();
  await admin.connect();
  await pollUntil("the group to rebalance", waitMsMax, async () => {
    const { groups } = await admin.describeGroups(["connect-late"]);
    return groups[0]?.state === "PreparingRebalance" || undefined;
  });
  await admin.disconnect();
  Deno.kill(kafka.pid, "SIGSTOP");
  try {
    const { text } = await worker.askUntil("/health", (answer) => /Kafka at .* is away/.test(answer.text));
    assert.match(text, /"status":"degraded"/);
  } finally {
    Deno.kill(kafka.pid, "SIGCONT");
  }
  await worker.askUntil("/health", ({ text }) => /"status":"healthy"/.test(text));
  await member.consumer.close(1_000);
  await fixture.close();
});
