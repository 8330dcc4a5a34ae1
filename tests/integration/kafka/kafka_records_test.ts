/** Reads and writes records, and manages topics and offsets, on a real broker. */

import assert from "node:assert/strict";
import { Kafka, logLevel } from "kafkajs";
import { ConfigException, ConnectException, RetriableException } from "../../../connect/api/exceptions.ts";
import type { ConsumerRecord } from "../../../connect/api/ports.ts";
import { PartitionMap } from "../../../connect/api/record.ts";
import { calmSession, KafkaFixture, textOf, textRecord } from "../../support/kafka/kafka_fixture.ts";
import { sharedWorld } from "../../support/world.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const { bootstrap } = await sharedWorld();

Deno.test("records on a real broker", async (t) => {
  const fixture = new KafkaFixture(bootstrap);

  await t.step("come back as they were written, with null parts, headers in order and times", async () => {
    const topic = await fixture.topic(1);
    const headers = [
      { key: "b", value: bytes("1") },
      { key: "a", value: null },
      { key: "b", value: bytes("2") },
      { key: "7", value: new Uint8Array() },
    ];
    await fixture.write([
      { topic, key: bytes("k"), value: bytes("v"), timestamp: 1_700_000_000_123, headers },
      { topic, key: null, value: null, timestamp: 1_600_000_000_000, headers: [] },
      { topic, key: new Uint8Array(), value: new Uint8Array(), timestamp: 1_500_000_000_000, headers: [] },
    ]);
    const member = await fixture.member(fixture.name("group"), [topic]);
    await member.until("all", () => member.records.length === 3);
    const plain = member.records.map((record) => ({
      ...record,
      key: record.key === null ? null : new TextDecoder().decode(record.key),
      value: record.value === null ? null : textOf(record),
      headers: record.headers.map((
        { key, value },
      ) => [key, value === null ? null : new TextDecoder().decode(value)]),
    }));
    const rest = { topic, partition: 0, timestampType: "CreateTime" as const };
    assert.deepEqual(plain, [
      {
        ...rest,
        offset: 0n,
        timestamp: 1_700_000_000_123,
        key: "k",
        value: "v",
        headers: [["b", "1"], ["a", null], ["b", "2"], ["7", ""]],
      },
      { ...rest, offset: 1n, timestamp: 1_600_000_000_000, key: null, value: null, headers: [] },
      { ...rest, offset: 2n, timestamp: 1_500_000_000_000, key: "", value: "", headers: [] },
    ]);
    await member.close();
  });

  for (const compression of ["gzip", "zstd"]) {
    await t.step(`written with ${compression} are read`, async () => {
      const topic = await fixture.topic(1);
      const producer = fixture.clients.producer("compressing", { "compression.type": compression });
      await producer.send(Array.from({ length: 500 }, (_, n) => textRecord(topic, 0, `value ${n}`)));
      await producer.close();
      const member = await fixture.member(fixture.name("group"), [topic]);
      await member.until("all", () => member.records.length === 500);
      assert.deepEqual(member.records.map(textOf), Array.from({ length: 500 }, (_, n) => `value ${n}`));
      await member.close();
    });
  }

  await t.step(
    "of one partition aren't held up by another that is paused, however little memory there is",
    async () => {
      const topic = await fixture.topic(2);
      const long = "x".repeat(10_000);
      for (let n = 0; n < 10; n++) {
        const ten = Array.from({ length: 10 }, () => [textRecord(topic, 0, long), textRecord(topic, 1, long)])
          .flat();
        await fixture.write(ten);
      }
      const limit = 200_000;
      const small = {
        ...calmSession,
        "sluice.fetch.buffer.bytes": String(limit),
        "max.partition.fetch.bytes": "100000",
      };
      const member = await fixture.member(fixture.name("group"), [topic], small);
      await member.until(
        "something of both",
        () => new Set(member.records.map(({ partition }) => partition)).size === 2,
      );
      member.consumer.pause([{ topic, partition: 0 }]);
      const ofFirst = member.records.filter(({ partition }) => partition === 0).length;
      let buffered = 0;
      await member.until("all of the other", () => {
        buffered = Math.max(buffered, member.consumer.bufferedBytes());
        return member.records.filter(({ partition }) => partition === 1).length === 100;
      });
      assert.equal(member.records.filter(({ partition }) => partition === 0).length, ofFirst);
      assert.ok(
        buffered <= limit + 120_000,
        `no more than the budget and one batch is buffered, not ${buffered}`,
      );
      member.consumer.resume([{ topic, partition: 0 }]);
      await member.until("the rest", () => member.records.length === 200);
      const offsets = member.records.filter(({ partition }) => partition === 0).map(({ offset }) => offset);
      assert.deepEqual(offsets, Array.from({ length: 100 }, (_, n) => BigInt(n)));
      await member.close();
    },
  );

  await t.step("are read again, or left out, where the position is set", async () => {
    const topic = await fixture.topic(1);
    await fixture.fill(topic, 1, 100);
    const at = { topic, partition: 0 };
    const member = await fixture.member(fixture.name("group"), [topic], {
      ...calmSession,
      "max.poll.records": "10",
    });
    member.onAssigned = () => member.consumer.seek(at, 50n);
    await member.until("ten", () => member.records.length === 10);
    assert.equal(member.records[0]?.offset, 50n);
    assert.equal(member.consumer.position(at), 60n);
    assert.equal(member.consumer.lag().get(at), 40n);
    member.consumer.seek(at, 5n);
    assert.equal(member.consumer.position(at), 5n);
    const [first] = await polled(member.consumer.poll.bind(member.consumer));
    assert.equal(first?.offset, 5n);
    assert.throws(() => member.consumer.seek({ topic, partition: 9 }, 0n), /No current assignment/);
    await member.close();
  });

  await t.step("that retention took are told as a loss, and never jumped over", async () => {
    const topic = await fixture.topic(1);
    await fixture.fill(topic, 1, 100);
    const at = { topic, partition: 0 };
    const group = fixture.name("group");
    await deleteRecords(bootstrap, topic, "40");
    const fresh = await fixture.member(fixture.name("group"), [topic]);
    await fresh.until("the rest", () => fresh.records.length === 60);
    assert.equal(fresh.records[0]?.offset, 40n, "without a committed offset it begins where the log does");
    await fresh.close();

    await fixture.admin.alterGroupOffsets(group, new PartitionMap([[at, 17n]]));
    const member = await fixture.member(group, [topic]);
    const text =
      `Cannot read ${topic}-0 at offset 17: its log begins at 40 and ends at 100, 23 records lost by retention`;
    const told = (thrown: unknown) => thrown instanceof ConnectException && thrown.message === text;
    await assert.rejects(member.until("it", () => false), told);
    await assert.rejects(member.consumer.poll(100), told);
    member.consumer.seek(at, 40n);
    await member.until("the rest", () => member.records.length === 60);
    member.consumer.seek(at, 101n);
    await assert.rejects(
      member.until("it", () => false),
      /at offset 101: its log begins at 40 and ends at 100, the topic/,
    );
    await member.close();
  });

  await t.step("need a position to begin with when auto.offset.reset is none or latest", async () => {
    const topic = await fixture.topic(1);
    await fixture.fill(topic, 1, 10);
    const strict = await fixture.member(fixture.name("group"), [topic], {
      ...calmSession,
      "auto.offset.reset": "none",
    });
    await assert.rejects(
      strict.until("it", () => false),
      /has no committed offset, and auto.offset.reset is none/,
    );
    await strict.close();
    const late = await fixture.member(fixture.name("group"), [topic], {
      ...calmSession,
      "auto.offset.reset": "latest",
    });
    await late.until("a position", () => late.consumer.position({ topic, partition: 0 }) === 10n);
    await fixture.fill(topic, 1, 1, 10);
    await late.until("the new one", () => late.records.length === 1);
    assert.equal(late.records[0]?.offset, 10n);
    await late.close();
  });

  await t.step(
    "of an aborted transaction are left out by read_committed, and markers never show",
    async () => {
      const topic = await fixture.topic(1);
      await inTransactions(bootstrap, topic);
      const committed = await fixture.member(fixture.name("group"), [topic], {
        ...calmSession,
        "isolation.level": "read_committed",
      });
      await committed.until("two", () => committed.records.length === 2);
      await fixture.fill(topic, 1, 1);
      await committed.until("three", () => committed.records.length === 3);
      assert.deepEqual(committed.records.map(textOf), ["kept 1", "kept 2", "0:0"]);
      assert.equal(
        committed.consumer.position({ topic, partition: 0 }),
        7n,
        "markers have offsets of their own",
      );
      await committed.close();
      const all = await fixture.member(fixture.name("group"), [topic]);
      await all.until("all", () => all.records.length === 4);
      assert.deepEqual(all.records.map(textOf), ["kept 1", "dropped", "kept 2", "0:0"]);
      await all.close();
    },
  );

  await t.step("have offsets whose metadata Kafka keeps, for members and for the admin", async () => {
    const topic = await fixture.topic(3);
    const group = fixture.name("group");
    const at = (partition: number) => ({ topic, partition });
    const member = await fixture.member(group, [topic]);
    await member.until("partitions", () => member.events.length === 1);
    await member.consumer.commit(new PartitionMap([[at(1), { offset: 7n, metadata: "mark é" }]]), 5_000);
    const read = await member.consumer.committed([at(0), at(1)], 5_000);
    assert.deepEqual([...read], [[at(1), { offset: 7n, metadata: "mark é" }]]);
    assert.equal((await fixture.admin.groupMembers(group)).length, 1);
    await assert.rejects(
      fixture.admin.alterGroupOffsets(group, new PartitionMap([[at(0), 1n]])),
      /it has 1 members/,
    );
    await member.close();
    await fixture.admin.alterGroupOffsets(group, new PartitionMap([[at(0), 5n], [at(2), 6n]]));
    await fixture.admin.deleteGroupOffsets(group, [at(1)]);
    assert.deepEqual(
      [...await fixture.admin.groupOffsets(group)].map(([p, { offset }]) => `${p.partition}:${offset}`)
        .toSorted(),
      ["0:5", "2:6"],
    );
    await fixture.admin.deleteGroupOffsets(group);
    await fixture.admin.deleteGroupOffsets(group);
    assert.equal((await fixture.admin.groupOffsets(group)).size, 0);
    assert.deepEqual(await fixture.admin.groupMembers(group), []);
  });

  await t.step("live in topics that the admin makes, describes and measures", async () => {
    const topic = await fixture.topic(3);
    await fixture.admin.createTopic(topic, 3, -1);
    await fixture.fill(topic, 2, 4);
    const described = await fixture.admin.describeTopics([topic, fixture.name("nowhere")]);
    assert.deepEqual([...described], [[topic, [0, 1, 2]]]);
    assert.ok((await fixture.admin.listTopics()).includes(topic));
    const bounds = await fixture.admin.logBounds([{ topic, partition: 1 }, { topic, partition: 2 }]);
    assert.deepEqual(bounds.get({ topic, partition: 1 }), { start: 0n, end: 4n });
    assert.deepEqual(bounds.get({ topic, partition: 2 }), { start: 0n, end: 0n });
    const timestampsAt = (places: readonly (readonly [partition: number, offset: bigint])[]) =>
      fixture.admin.recordTimestamps(
        new PartitionMap(places.map(([partition, offset]) => [{ topic, partition }, offset])),
      );
    const timestamps = await timestampsAt([[0, 9n], [1, 2n], [2, 0n]]);
    assert.deepEqual(timestamps.keys(), [{ topic, partition: 1 }]);
    const [, written = 0] = [...timestamps][0] ?? [];
    assert.ok(written > 0 && written <= Date.now());
    assert.match(await fixture.admin.clusterId(), /^[\w-]{22}$/);
    await assert.rejects(
      fixture.admin.createTopic(fixture.name("topic"), 1, 3),
      /INVALID_REPLICATION_FACTOR/,
    );
    await assert.rejects(fixture.admin.createTopic("not/a/name", 1, 1), /INVALID_TOPIC_EXCEPTION/);
  });

  await t.step(
    "are refused by name where a broker wouldn't take them, and properties where they're wrong",
    async () => {
      const topic = await fixture.topic(1);
      await assert.rejects(
        fixture.write([textRecord(topic, 0, "x".repeat(2_000_000))]),
        (thrown: unknown) =>
          thrown instanceof ConnectException && /-0: Kafka answered MESSAGE_TOO_LARGE/.test(thrown.message),
      );
      const consumer = (overrides: Record<string, string>) => () =>
        fixture.clients.consumer({ groupId: "g", clientId: "c", overrides });
      assert.throws(consumer({ "max.poll.records": "many" }), ConfigException);
      assert.throws(consumer({ "max.poll.records": "0" }), /Value must be at least 1/);
      assert.throws(
        consumer({ "session.timeout.ms": "100", "heartbeat.interval.ms": "100" }),
        /session timeout/,
      );
      assert.throws(consumer({ "bootstrap.servers": "nowhere" }), /expected host:port/);
    },
  );

  await t.step(
    "that are too many for one batch of the topic go in smaller ones, and one too large says what to raise",
    async () => {
      const topic = fixture.name("small");
      await makeTopic(bootstrap, topic, { "max.message.bytes": "2000" });
      await fixture.write(
        Array.from({ length: 100 }, (_, n) => textRecord(topic, 0, `${n} ${"x".repeat(100)}`)),
      );
      const member = await fixture.member(fixture.name("group"), [topic]);
      await member.until("all", () => member.records.length === 100);
      const numbers = member.records.map((record) => Number(textOf(record).split(" ")[0]));
      assert.deepEqual(numbers, [...Array(100).keys()]);
      await member.close();
      const tooLarge = textRecord(topic, 0, "y".repeat(3_000));
      await assert.rejects(fixture.write([tooLarge]), (thrown: unknown) => {
        assert.ok(thrown instanceof ConnectException && !(thrown instanceof RetriableException));
        assert.equal(thrown.rule, "record_too_large");
        assert.match(
          thrown.message,
          /-0: Kafka answered MESSAGE_TOO_LARGE, a record takes 30\d\d bytes: raise max\.message\.bytes of the topic, or message\.max\.bytes of the brokers$/,
        );
        return true;
      });
      const limited = fixture.clients.producer("limited", { "max.request.size": "1000" });
      await assert.rejects(limited.send([tooLarge]), (thrown: unknown) => {
        assert.ok(thrown instanceof ConnectException);
        assert.equal(thrown.rule, "record_too_large");
        assert.match(
          thrown.message,
          /a record takes 30\d\d bytes, max\.request\.size of the producer allows 1000: raise it$/,
        );
        return true;
      });
      await limited.close();
    },
  );

  await fixture.close();
});

async function makeTopic(bootstrap: string, topic: string, config: Readonly<Record<string, string>>) {
  const admin = plainKafka(bootstrap).admin();
  await admin.connect();
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
  await admin.disconnect();
}

async function polled(
  poll: (ms: number) => Promise<readonly ConsumerRecord[]>,
): Promise<readonly ConsumerRecord[]> {
  for (let tries = 0; tries < 50; tries++) {
    const records = await poll(100);
    if (records.length > 0) return records;
  }
  return [];
}

function plainKafka(bootstrap: string): Kafka {
  return new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
}

async function deleteRecords(bootstrap: string, topic: string, before: string): Promise<void> {
  const admin = plainKafka(bootstrap).admin();
  await admin.connect();
  await admin.fetchTopicOffsets(topic); // kafkajs deletes only in topics that it has metadata of
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: before }] });
  await admin.disconnect();
}

async function inTransactions(bootstrap: string, topic: string): Promise<void> {
  const producer = plainKafka(bootstrap).producer({
    transactionalId: topic,
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  for (const [value, end] of [["kept 1", "commit"], ["dropped", "abort"], ["kept 2", "commit"]] as const) {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value }] });
    await transaction[end]();
  }
  await producer.disconnect();
}
