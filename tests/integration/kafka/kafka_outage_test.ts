/** A broker that is missing, goes away and comes back. */

import assert from "node:assert/strict";
import { ConnectException, RetriableException } from "../../../connect/api/exceptions.ts";
import { startKafka } from "../../../sandbox/kafka/kafka.ts";
import { freePort } from "../../../sandbox/machine.ts";
import { eventually, KafkaFixture, shortSession, textRecord } from "../../support/kafka/kafka_fixture.ts";

Deno.test("a broker that is away", async (t) => {
  const port = freePort();
  const fixture = new KafkaFixture(`127.0.0.1:${port}`);
  const early = await fixture.member("early", ["early"]);
  early.pollOn();
  await assert.rejects(
    fixture.clients.producer("hasty", { "delivery.timeout.ms": "300" }).send([textRecord("early", 0, "x")]),
    (thrown: unknown) => thrown instanceof RetriableException && /Cannot write to early/.test(thrown.message),
  );
  await assert.rejects(
    fixture.clients.admin("hasty", { "default.api.timeout.ms": "300" }).clusterId(),
    (thrown: unknown) =>
      thrown instanceof RetriableException && /Cannot ask for the cluster's id/.test(thrown.message),
  );

  await using kafka = await startKafka({ port });

  await t.step("is waited for at start", async () => {
    await fixture.topic(2, "early");
    await fixture.fill("early", 2, 10);
    await eventually("its records", () => early.records.length === 20);
    await early.close();
  });

  await t.step("that is restarted while records are read and written costs none of them", async () => {
    const topic = await fixture.topic(2);
    const group = fixture.name("group");
    const member = await fixture.member(group, [topic], shortSession);
    member.onRevoked = () => member.commitAll();
    member.pollOn();
    let written = 0;
    let writing = true;
    const writer = (async () => {
      for (; writing; written += 20) await fixture.fill(topic, 2, 10, written / 2);
    })();
    await eventually("a thousand records", () => member.records.length > 1_000);
    await kafka.restart();
    const before = member.records.length;
    await eventually("more after the restart", () => member.records.length > before + 1_000);
    writing = false;
    await writer;
    await eventually("all records", () => new Set(member.values()).size === written);
    await member.rest();
    await member.commitAll();
    await member.close();
  });

  await t.step(
    "makes a commit fail at its deadline, and the next one work where the member still is one",
    async () => {
      const topic = await fixture.topic(1);
      await fixture.fill(topic, 1, 10);
      const member = await fixture.member(fixture.name("group"), [topic]);
      await member.until("records", () => member.records.length === 10);
      await kafka.kill();
      const began = performance.now();
      await assert.rejects(member.commitAll(1_000), RetriableException);
      assert.ok(performance.now() - began >= 900, "it tries until its deadline");
      assert.deepEqual(await member.consumer.poll(200), [], "an outage isn't an error of poll");
      await kafka.restart();
      await member.commitAll();
      assert.deepEqual(member.events, ["assigned 0"]);
      await fixture.fill(topic, 1, 5, 10);
      await member.until("new records", () => member.records.length === 15);
      await member.close();
    },
  );

  await t.step("that stays away longer than the session can't tell a member from a dead one", async () => {
    const topic = await fixture.topic(1);
    await fixture.fill(topic, 1, 10);
    const member = await fixture.member(fixture.name("group"), [topic], shortSession);
    await member.until("records", () => member.records.length === 10);
    await kafka.kill();
    await eventually("doubt", () => !member.consumer.isOwned({ topic, partition: 0 }));
    await kafka.restart();
    await fixture.fill(topic, 1, 5, 10);
    await member.until("its partition again", () => member.consumer.isOwned({ topic, partition: 0 }));
    await member.until("new records", () => new Set(member.values()).size === 15);
    await member.commitAll();
    await member.close();
  });

  await t.step("doesn't hold up closing", async () => {
    const topic = await fixture.topic(1);
    const member = await fixture.member(fixture.name("group"), [topic]);
    await member.until("its partition", () => member.events.length === 1);
    await kafka.kill();
    await member.consumer.close(500);
    await assert.rejects(member.consumer.poll(0), ConnectException);
    const never = await fixture.member(fixture.name("group"), [topic]);
    await never.consumer.poll(100);
    await never.consumer.close(500);
  });

  await fixture.close();
});
