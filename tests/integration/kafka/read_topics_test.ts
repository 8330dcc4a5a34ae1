import assert from "node:assert/strict";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { readTopics } from "../../../sandbox/kafka/read_topics.ts";
import type { ReadRecord } from "../../../sandbox/telesales_model.ts";
import { freshTopics, sharedWorld } from "../../support/world.ts";

const { bootstrap } = await sharedWorld();

async function readAll(topics: readonly string[]): Promise<readonly ReadRecord[]> {
  const records: ReadRecord[] = [];
  await readTopics(bootstrap, topics, (record) => records.push(record));
  return records;
}

Deno.test("readTopics() hands over every record of every partition in order, and ends", async () => {
  const topics = await freshTopics(["one", "two", "empty"], 2);
  // A new topic delays some answers, and without idempotence the client would send twice.
  const producer = kafkaClient(bootstrap).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (const topic of topics.slice(0, 2)) {
    for (let round = 0; round < 3; round++) {
      const messages = Array.from({ length: 50 }, (_, index) => ({
        key: String(index),
        value: index % 10 === 0 ? null : `${round}`,
        partition: index % 2,
        timestamp: "1795403128000",
      }));
      await producer.send({ topic, messages });
    }
  }
  await producer.disconnect();
  const records = await readAll(topics);
  assert.equal(records.length, 300);
  const next = new Map<string, bigint>();
  for (const { topic, partition, offset, timestamp } of records) {
    assert.equal(offset, next.get(`${topic}-${partition}`) ?? 0n);
    next.set(`${topic}-${partition}`, offset + 1n);
    assert.equal(timestamp, 1795403128000);
  }
  assert.equal(records.filter(({ value }) => value === null).length, 30);
  assert.deepEqual(await readAll(topics.slice(2)), []);
});
