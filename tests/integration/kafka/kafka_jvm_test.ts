/** A Java consumer and Sluice's in one group, as in a cut-over from a running Connect worker. */

import assert from "node:assert/strict";
import { installKafka } from "../../../sandbox/kafka/kafka_install.ts";
import { startOwned } from "../../../sandbox/owned_process.ts";
import { eventually, KafkaFixture, type TestMember } from "../../support/kafka/kafka_fixture.ts";
import { sharedWorld } from "../../support/world.ts";

const { bootstrap } = await sharedWorld();

Deno.test("a member shares its group with Java's consumer, whoever of them leads", async () => {
  const fixture = new KafkaFixture(bootstrap);
  const topic = await fixture.topic(4);
  const group = fixture.name("mixed");
  await fixture.fill(topic, 4, 50);

  const first = await fixture.member(group, [topic]);
  first.onRevoked = () => first.commitAll();
  first.pollOn();
  await eventually("everything", () => first.records.length === 200);
  await using java = await startJavaConsumer(bootstrap, group, topic);
  await eventually("half of it", () => first.consumer.assignment().length === 2);
  await fixture.fill(topic, 4, 10, 50);
  await eventually("Java's half", () => java.lines().length === 20);
  await eventually("our half", () => first.records.length === 220);
  const all = [...first.values(), ...java.lines()];
  assert.equal(new Set(all).size, 240, "nothing is missing and nothing comes twice");

  // The longest member leads: Java's consumer from here on.
  await first.close();
  await eventually("Java alone", () => java.assigned() === 4);
  const second: TestMember = await fixture.member(group, [topic]);
  second.pollOn();
  await eventually("the share Java gives", () => second.consumer.assignment().length === 2);
  await fixture.fill(topic, 4, 5, 60);
  await eventually("its records", () => second.records.length === 10);
  await second.close();
  await fixture.close();
});

async function startJavaConsumer(bootstrap: string, group: string, topic: string) {
  const { java, jars } = await installKafka();
  const properties = ["session.timeout.ms=45000", "heartbeat.interval.ms=300"];
  const child = startOwned(java, {
    args: [
      ...["-Xmx128m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=info", "-cp", `${jars}/*`],
      "org.apache.kafka.tools.consumer.ConsoleConsumer",
      ...["--bootstrap-server", bootstrap, "--group", group, "--topic", topic],
      ...properties.flatMap((property) => ["--consumer-property", property]),
    ],
  });
  let records = "";
  let log = "";
  const reading = Promise.all([
    (async () => {
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) records += text;
    })(),
    (async () => {
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) log += text;
    })(),
  ]);
  return {
    /** The records; it prints warnings among them. */
    lines: () => records.split("\n").filter((line) => /^\d:\d+$/.test(line)),
    /** The partitions of its last assignment, from its log. */
    assigned: () =>
      /newly assigned partitions: (.*)\n(?![^]*newly assigned)/.exec(log)?.[1]?.split(",").length ?? 0,
    async [Symbol.asyncDispose]() {
      await child.end();
      await reading;
    },
  };
}
