/** Reads records by their offsets from a real broker. */

import assert from "node:assert/strict";
import { CompressionTypes } from "kafkajs";
import { systemTime } from "../../../cli/process/system_time.ts";
import { createPartitionReader } from "../../../connect/kafka/mod.ts";
import type { PartitionReader } from "../../../connect/kafka/fetch/partition_reader.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { FakeLogger } from "../../support/fakes/fake_logger.ts";
import { textOf } from "../../support/kafka/kafka_fixture.ts";
import { freshName, freshTopics, sharedWorld } from "../../support/world.ts";

const { bootstrap } = await sharedWorld();

async function withReader(
  overrides: Readonly<Record<string, string>>,
  work: (reader: PartitionReader) => Promise<void>,
): Promise<void> {
  const reader = createPartitionReader(
    { "bootstrap.servers": bootstrap },
    { time: systemTime, logger: new FakeLogger() },
    { clientId: "test", overrides },
  );
  try {
    await work(reader);
  } finally {
    reader.close();
  }
}

async function produced(topic: string, values: readonly string[], compression = CompressionTypes.None) {
  const producer = kafkaClient(bootstrap).producer();
  await producer.connect();
  await producer.send({ topic, compression, messages: values.map((value) => ({ value, partition: 0 })) });
  await producer.disconnect();
}

Deno.test("a record is read from the middle of a batch, packed or not, and what is behind it comes along", async () => {
  const [topic = ""] = await freshTopics(["people"], 1);
  const at = { topic, partition: 0 };
  await produced(topic, ["a", "b", "c"]);
  await produced(topic, ["d", "e"], CompressionTypes.GZIP);
  await withReader({}, async (reader) => {
    const found = await reader.read(at, 1n);
    assert.deepEqual(found?.records.map((record) => [record.offset, textOf(record)]), [
      [1n, "b"],
      [2n, "c"],
      [3n, "d"],
      [4n, "e"],
    ]);
    assert.deepEqual([found?.next, found?.end], [5n, 5n]);
    const last = await reader.read(at, 4n);
    assert.deepEqual(last?.records.map(textOf), ["e"]);
    const nothingYet = await reader.read(at, 5n);
    assert.deepEqual([nothingYet?.records, nothingYet?.next], [[], 5n]);
  });
});

Deno.test("what isn't there any more, or never was, is null and no error", async () => {
  const [topic = ""] = await freshTopics(["people"], 1);
  await produced(topic, ["a", "b", "c"]);
  const admin = kafkaClient(bootstrap).admin();
  await admin.connect();
  await admin.fetchTopicOffsets(topic); // without metadata the client throws
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "2" }] });
  await admin.disconnect();
  await withReader({}, async (reader) => {
    assert.equal(await reader.read({ topic, partition: 0 }, 0n), null, "deleted");
    assert.deepEqual((await reader.read({ topic, partition: 0 }, 2n))?.records.map(textOf), ["c"]);
    assert.equal(await reader.read({ topic, partition: 0 }, 99n), null, "not written yet");
    assert.equal(await reader.read({ topic, partition: 7 }, 0n), null, "no such partition");
    assert.equal(await reader.read({ topic: freshName("nowhere"), partition: 0 }, 0n), null, "no such topic");
  });
});

Deno.test("with isolation.level=read_committed a transaction that was given up brings nothing", async () => {
  const [topic = ""] = await freshTopics(["people"], 1);
  const at = { topic, partition: 0 };
  const producer = kafkaClient(bootstrap).producer({
    transactionalId: freshName("tx"),
    maxInFlightRequests: 1,
  });
  await producer.connect();
  for (const [value, isKept] of [["a", true], ["b", false], ["c", true]] as const) {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value, partition: 0 }] });
    await (isKept ? transaction.commit() : transaction.abort());
  }
  await producer.disconnect();
  const values = async (reader: PartitionReader) => (await reader.read(at, 0n))?.records.map(textOf);
  await withReader({}, async (reader) => assert.deepEqual(await values(reader), ["a", "b", "c"]));
  await withReader(
    { "isolation.level": "read_committed" },
    async (reader) => assert.deepEqual(await values(reader), ["a", "c"]),
  );
});
