/** The program's dead letters equal Apache Kafka Connect's, in the raw form. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { startRawConnect } from "../../support/rest/connect_worker.ts";
import { KafkaFixture } from "../../support/kafka/kafka_fixture.ts";
import { endProgram, eventually } from "../../support/delivery/delivery_lane.ts";
import { freshName, freshTopics, sharedWorld } from "../../support/world.ts";
import recorded from "../../conformance/recording/dead_letters.json" with { type: "json" };

interface Letter {
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
}

interface RecordedCase {
  readonly config: Readonly<Record<string, string>>;
  readonly input: readonly {
    readonly key: string | null;
    readonly value: string;
    readonly partition: number;
    readonly timestamp: number;
    readonly headers?: readonly (readonly [name: string, value: string | null])[];
  }[];
  readonly partitions: number;
  readonly records: readonly Letter[];
}

const world = await sharedWorld();
const cases = Object.entries(recorded as unknown as Readonly<Record<string, RecordedCase>>); // this repository's own file
const json = "org.apache.kafka.connect.json.JsonConverter";
const traceHeader = "__connect.errors.exception.stacktrace";

/** The recording worker's converters. */
const converters = {
  "key.converter": json,
  "key.converter.schemas.enable": "false",
  "value.converter": json,
  "value.converter.schemas.enable": "false",
};

Deno.test("the raw form of dead letters is what Kafka Connect was seen to write, header by header", async () => {
  const folder = await Deno.makeTempDir();
  const kafka = kafkaClient(world.bootstrap);
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = await freshTopics(cases.map(([, { config }]) => config["topics"] ?? ""), 2);
    const set = cases.map(([, { config }], index) => {
      const topic = topics[index] ?? "";
      const deadLetters = freshName("dlq");
      const name = config["name"] ?? "";
      const own = {
        topics: topic,
        "file": join(folder, `${name}.txt`),
        "errors.deadletterqueue.topic.name": deadLetters,
        "errors.deadletterqueue.raw.enable": "true",
      };
      return { topic, deadLetters, connector: { name, config: { ...converters, ...config, ...own } } };
    });
    await produceInputs(topics);
    await using worker = await startRawConnect({ variables: { CONNECT_BOOTSTRAP_SERVERS: world.bootstrap } });
    for (const { connector } of set) {
      const { status } = await worker.call("POST", "/connectors", connector);
      assert.equal(status, 201, connector.name);
    }
    await eventually("a letter in each queue", async () => {
      const topics = await admin.listTopics();
      const ends = await Promise.all(
        set.map(({ deadLetters }) =>
          topics.includes(deadLetters) ? admin.fetchTopicOffsets(deadLetters) : []
        ),
      );
      return ends.every((partitions) => partitions.some(({ high }) => high !== "0"));
    });
    const letters = await readLetters(kafka, set.map(({ deadLetters }) => deadLetters));
    await endProgram(worker.program);
    for (const [index, [name, { config, partitions, records }]] of cases.entries()) {
      const { topic, deadLetters } = set[index] ?? { topic: "", deadLetters: "" };
      const found = letters.get(deadLetters) ?? [];
      assert.deepEqual(
        found.map((letter) => recordedForm(letter, topic, config["topics"] ?? "")),
        records,
        name,
      );
      assert.equal((await admin.fetchTopicOffsets(deadLetters)).length, partitions);
    }
  } finally {
    await admin.disconnect();
    await Deno.remove(folder, { recursive: true });
  }
});

/** Uses Sluice's producer: kafkajs can't write a header without a value. */
async function produceInputs(topics: readonly string[]): Promise<void> {
  const fixture = new KafkaFixture(world.bootstrap);
  await fixture.write(
    cases.flatMap(([, { input }], index) =>
      input.map(({ key, value, partition, timestamp, headers = [] }) => ({
        ...{ topic: topics[index] ?? "", partition, timestamp, key: bytesOf(key), value: bytesOf(value) },
        headers: headers.map(([name, text]) => ({ key: name, value: bytesOf(text) })),
      }))
    ),
  );
  await fixture.close();
}

function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : new TextEncoder().encode(text);
}

async function readLetters(
  kafka: ReturnType<typeof kafkaClient>,
  topics: readonly string[],
): Promise<ReadonlyMap<string, readonly Letter[]>> {
  const consumer = kafka.consumer({ groupId: freshName("reader") });
  const found = new Map<string, Letter[]>();
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    eachMessage: ({ topic, message: { key, value, timestamp, headers = {} } }) => {
      const letter = {
        key: key?.toString() ?? null,
        value: value?.toString() ?? null,
        timestamp: Number(timestamp),
        headers: Object.entries(headers).map(([name, text]) => [name, text?.toString() ?? null] as const),
      };
      found.set(topic, [...found.get(topic) ?? [], letter]);
      return Promise.resolve();
    },
  });
  await eventually("the letters", () => topics.every((topic) => found.has(topic)));
  await consumer.disconnect();
  return found;
}

/** Puts the recording's topic name in, and keeps the first line of a trace. */
function recordedForm(letter: Letter, topic: string, recordedTopic: string): Letter {
  const headers = letter.headers.map(([name, value]) => {
    if (name === traceHeader) return [name, value?.split("\n")[0] ?? null] as const;
    return [name, value === topic ? recordedTopic : value] as const;
  });
  return { ...letter, headers };
}
