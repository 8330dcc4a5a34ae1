/** Members of a real group: joining, leaving, dying, and the offsets meanwhile. */

import assert from "node:assert/strict";
import { systemTime } from "../../../cli/process/system_time.ts";
import { ConnectException, RetriableException } from "../../../connect/api/exceptions.ts";
import { compileTopicsPattern } from "../../../connect/config/topics_pattern.ts";
import { PartitionMap } from "../../../connect/api/record.ts";
import { startOwned } from "../../../sandbox/owned_process.ts";
import {
  calmSession,
  eventually,
  KafkaFixture,
  shortSession,
  shortSessionMs,
} from "../../support/kafka/kafka_fixture.ts";
import { sharedWorld } from "../../support/world.ts";

const { bootstrap } = await sharedWorld();

Deno.test("a member of a consumer group", async (t) => {
  const fixture = new KafkaFixture(bootstrap);

  await t.step(
    "shares with a second member, commits before it gives up, and gets back what the other leaves",
    async () => {
      const topic = await fixture.topic(4);
      const group = fixture.name("group");
      await fixture.fill(topic, 4, 500);
      const first = await fixture.member(group, [topic]);
      first.onRevoked = () => first.commitAll();
      await first.until("the first half", () => first.records.length >= 1000);
      const second = await fixture.member(group, [topic]);
      second.onRevoked = () => second.commitAll();
      first.pollOn();
      second.pollOn();
      await eventually("sharing", () => second.consumer.assignment().length === 2);
      await fixture.fill(topic, 4, 100, 500);
      await eventually("all records", () => first.records.length + second.records.length >= 2400);
      await second.close();
      await eventually("everything back", () => first.events.at(-1) === "assigned 0+1+2+3");
      await fixture.fill(topic, 4, 1, 600);
      await eventually("the last records", () => first.records.length + second.records.length >= 2404);
      await first.close();

      const all = [...first.values(), ...second.values()];
      assert.equal(
        all.length,
        2404,
        "none is missing and none comes twice, as offsets are committed in revoked",
      );
      assert.equal(new Set(all).size, 2404);
      // The ids from Kafka decide which member gets which half.
      const half = first.events.find((event) => /assigned (0\+1|2\+3)$/.test(event)) ?? "";
      assert.deepEqual(first.events, [
        ...["assigned 0+1+2+3", "revoked 0+1+2+3"],
        ...[half, half.replace("assigned", "revoked")],
        ...["assigned 0+1+2+3", "revoked 0+1+2+3"],
      ]);
      const other = half.endsWith("0+1") ? "2+3" : "0+1";
      assert.deepEqual(second.events, [`assigned ${other}`, `revoked ${other}`]);
    },
  );

  await t.step("takes over from a member killed with -9, from its committed offsets", async () => {
    const topic = await fixture.topic(2);
    const group = fixture.name("group");
    await fixture.fill(topic, 2, 300);
    const script = new URL("../../support/kafka/kafka_member.ts", import.meta.url).pathname;
    const config = new URL("../../../sandbox/dev.json", import.meta.url).pathname;
    const child = startOwned(Deno.execPath(), {
      args: ["run", "-A", "--config", config, script, bootstrap, group, topic],
    });
    const errors = new Response(child.stderr).text();
    let seen = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      seen += text;
      if (seen.endsWith("600\n")) child.kill("SIGKILL");
    }
    await child.status;
    assert.ok(seen.endsWith("600\n"), `the member reads everything: ${seen}${await errors}`);
    await fixture.fill(topic, 2, 50, 300);
    const heir = await fixture.member(group, [topic], shortSession);
    await heir.until("the rest", () => heir.records.length >= 100);
    assert.deepEqual(heir.events, ["assigned 0+1"]);
    assert.equal(heir.records.length, 100);
    assert.ok(
      heir.records.every(({ offset }) => offset >= 300n),
      "what the dead one committed isn't read again",
    );
    await heir.close();
  });

  await t.step("keeps its partitions while a batch is held for several sessions", async () => {
    const topic = await fixture.topic(1);
    await fixture.fill(topic, 1, 10);
    const member = await fixture.member(fixture.name("group"), [topic], shortSession);
    await member.until("records", () => member.records.length === 10);
    await systemTime.sleep(2.5 * shortSessionMs);
    assert.ok(member.consumer.isOwned({ topic, partition: 0 }));
    await member.commitAll();
    await fixture.fill(topic, 1, 10, 10);
    await member.until("more records", () => member.records.length === 20);
    assert.deepEqual(member.events, ["assigned 0"]);
    await member.close();
  });

  await t.step("commits in revoked what it held when a rebalance began, before others get it", async () => {
    const topic = await fixture.topic(2);
    const group = fixture.name("group");
    await fixture.fill(topic, 2, 10);
    const holder = await fixture.member(group, [topic], shortSession);
    await holder.until("records", () => holder.records.length === 20);
    const newcomer = await fixture.member(group, [topic], shortSession);
    newcomer.pollOn();
    // The holder works on its batch while the group waits for it, longer than a session.
    await systemTime.sleep(1.5 * shortSessionMs);
    assert.ok(
      holder.consumer.isOwned({ topic, partition: 1 }),
      "until it rejoins, nobody else can have them",
    );
    assert.deepEqual(newcomer.events, []);
    let committed = false;
    holder.onRevoked = async () => {
      await systemTime.sleep(300);
      await holder.commitAll();
      committed = true;
      assert.deepEqual(newcomer.events, [], "the newcomer waits for what is awaited here");
    };
    holder.pollOn();
    await eventually("the newcomer's share", () => newcomer.events.length === 1);
    assert.ok(committed);
    holder.onRevoked = () => Promise.resolve();
    await fixture.fill(topic, 2, 1, 10);
    await eventually("the new records", () => holder.records.length + newcomer.records.length === 22);
    await holder.close();
    await newcomer.close();
    assert.equal(newcomer.records.length, 1, "no record of before comes again");
  });

  await t.step("knows that a blocked process may have lost its partitions, and says so in poll", async () => {
    const topic = await fixture.topic(2);
    const group = fixture.name("group");
    await fixture.fill(topic, 2, 10);
    const blocked = await fixture.member(group, [topic], shortSession);
    await blocked.until("records", () => blocked.records.length === 20);
    const position = blocked.consumer.position({ topic, partition: 0 });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * shortSessionMs); // blocks the event loop
    assert.equal(blocked.consumer.isOwned({ topic, partition: 0 }), false);
    await assert.rejects(blocked.commitAll(), ConnectException);
    await blocked.until("coming back", () => blocked.events.length === 3);
    assert.deepEqual(blocked.events, ["assigned 0+1", "lost 0+1", "assigned 0+1"]);
    await blocked.until("the records again", () => blocked.records.length === 40);
    assert.equal(position, 10n);
    await blocked.commitAll();
    await blocked.close();
  });

  await t.step(
    "leaves when nobody polls for max.poll.interval.ms, and comes back with the next poll",
    async () => {
      const topic = await fixture.topic(1);
      const group = fixture.name("group");
      const idle = await fixture.member(group, [topic], { ...calmSession, "max.poll.interval.ms": "5000" });
      await idle.until("its partition", () => idle.events.length === 1);
      await eventually("leaving", () => !idle.consumer.isOwned({ topic, partition: 0 }));
      await assert.rejects(idle.consumer.commit(offsetOf(topic, 0, 1n), 1_000), ConnectException);
      await idle.until("coming back", () => idle.events.length === 3);
      assert.deepEqual(idle.events, ["assigned 0", "lost 0", "assigned 0"]);
      await idle.close();
    },
  );

  await t.step("finds topics that match its pattern later, whole names only", async () => {
    const prefix = fixture.name("shop");
    await fixture.topic(1, `${prefix}.orders`);
    await fixture.topic(1, `x${prefix}.orders`);
    const pattern = compileTopicsPattern(`${prefix}\\.(orders|returns)`);
    const member = await fixture.member(fixture.name("group"), pattern, {
      ...calmSession,
      "metadata.max.age.ms": "300",
    });
    await member.until("the first topic", () => member.consumer.assignment().length === 1);
    await fixture.topic(2, `${prefix}.returns`);
    await fixture.topic(1, `${prefix}.returns.old`);
    await member.until("the later topic", () => member.consumer.assignment().length === 3);
    const topics = new Set(member.consumer.assignment().map(({ topic }) => topic));
    assert.deepEqual(topics, new Set([`${prefix}.orders`, `${prefix}.returns`]));
    await member.close();
  });

  await t.step("waits for a topic that doesn't exist yet, with one warning", async () => {
    const topic = fixture.name("later");
    const member = await fixture.member(fixture.name("group"), [topic]);
    await member.until("an empty assignment", () => member.events.length === 1);
    for (let polls = 0; polls < 15; polls++) await member.consumer.poll(100);
    await fixture.topic(1, topic);
    await fixture.fill(topic, 1, 3);
    await member.until("its records", () => member.records.length === 3);
    const warnings = fixture.logger.lines.filter(({ level, fields }) =>
      level === "warn" && fields.topic === topic
    );
    assert.equal(warnings.length, 1);
    assert.deepEqual(member.events, ["assigned ", "assigned 0"]);
    await member.close();
  });

  await t.step("shares partitions that were added while it runs", async () => {
    const topic = await fixture.topic(1);
    const member = await fixture.member(fixture.name("group"), [topic], {
      ...calmSession,
      "metadata.max.age.ms": "300",
    });
    await member.until("one partition", () => member.consumer.assignment().length === 1);
    await addPartitions(bootstrap, topic, 3);
    await member.until("all partitions", () => member.consumer.assignment().length === 3);
    await member.close();
  });

  await t.step("keeps partitions paused only until a rebalance, and loses no record by it", async () => {
    const topic = await fixture.topic(2);
    const group = fixture.name("group");
    const first = await fixture.member(group, [topic]);
    first.onRevoked = () => first.commitAll();
    await first.until("partitions", () => first.events.length === 1);
    first.consumer.pause([{ topic, partition: 0 }, { topic, partition: 1 }]);
    await fixture.fill(topic, 2, 20);
    for (let polls = 0; polls < 5; polls++) assert.deepEqual(await first.consumer.poll(100), []);
    const second = await fixture.member(group, [topic]);
    first.pollOn();
    second.pollOn();
    await eventually("all records", () => first.records.length + second.records.length === 40);
    await first.close();
    await second.close();
    assert.equal(new Set([...first.values(), ...second.values()]).size, 40);
  });

  await t.step("takes a static member back without a rebalance of the others", async () => {
    const topic = await fixture.topic(2);
    const group = fixture.name("group");
    const instance = (id: string) => ({
      ...calmSession,
      "group.instance.id": id,
    });
    const stays = await fixture.member(group, [topic], instance("a"));
    stays.pollOn();
    const restarts = await fixture.member(group, [topic], instance("b"));
    await restarts.until("its share", () => restarts.consumer.assignment().length === 1);
    await restarts.close();
    const again = await fixture.member(group, [topic], instance("b"));
    const before = stays.events.length;
    await again.until("its share again", () => again.consumer.assignment().length === 1);
    assert.equal(stays.events.length, before);
    await stays.close();
    await again.close();
  });

  await t.step("refuses to commit before it polls again when a rebalance took its place away", async () => {
    const topic = await fixture.topic(1);
    const member = await fixture.member(fixture.name("group"), [topic]);
    await assert.rejects(member.consumer.commit(offsetOf(topic, 0, 1n), 1_000), (thrown: unknown) => {
      return thrown instanceof ConnectException && !(thrown instanceof RetriableException);
    });
    await member.close();
    await member.close();
  });

  await t.step("says who is in a group that it can't share, and what to change", async () => {
    const { Kafka, logLevel } = await import("kafkajs");
    const topic = await fixture.topic(1);
    const group = fixture.name("group");
    const other = new Kafka({ brokers: [bootstrap], clientId: "legacy-report", logLevel: logLevel.NOTHING })
      .consumer({ groupId: group }); // with kafkajs' round robin
    await other.connect();
    await other.subscribe({ topic });
    const joined = new Promise((resolve) => other.on("consumer.group_join", resolve));
    await other.run({ eachMessage: () => Promise.resolve() });
    await joined;
    const member = await fixture.member(group, [topic]);
    await assert.rejects(member.until("nothing", () => false), (thrown: unknown) => {
      assert.ok(thrown instanceof ConnectException && !(thrown instanceof RetriableException));
      assert.equal(thrown.rule, "inconsistent_group_protocol");
      assert.match(
        thrown.message,
        new RegExp(
          `^Cannot join group ${group}: Kafka answered INCONSISTENT_GROUP_PROTOCOL, Sluice uses the protocol range ` +
            "of type consumer and the group RoundRobinAssigner of type consumer with legacy-report at /127\\.0\\.0\\.1: " +
            "set partition\\.assignment\\.strategy of that consumer to .*RangeAssignor, or stop it",
        ),
      );
      return true;
    });
    await member.close();
    await other.disconnect();
  });

  await fixture.close();
});

function offsetOf(topic: string, partition: number, offset: bigint) {
  return new PartitionMap([[{ topic, partition }, { offset, metadata: "" }] as const]);
}

async function addPartitions(bootstrap: string, topic: string, count: number): Promise<void> {
  const { Kafka, logLevel } = await import("kafkajs");
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createPartitions({ topicPartitions: [{ topic, count }] });
  await admin.disconnect();
}
