/** What happens to bad input of every kind, with a real Kafka, a real database and the real program. @module */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { CompressionTypes } from "kafkajs";
import { systemTime } from "../../../cli/process/system_time.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { waitMsMax } from "../../../sandbox/wait.ts";
import { connectorsFolder, freshBank2 } from "../../support/delivery/telesales.ts";
import { KafkaFixture } from "../../support/kafka/kafka_fixture.ts";
import { type Answer, startConnect } from "../../support/rest/connect_program.ts";
import { startTask } from "../../support/programs/program.ts";
import { freshName, freshTopics, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();

/** Is in every bad value, and must appear nowhere in the output. */
const marker = "Canária";

/** A registration of customer 1 with something else in it. */
function event(changes: Readonly<Record<string, unknown>>): string {
  const whole = {
    event: "registration",
    customer_id: 1,
    name: marker,
    phone: "(11) 98765-4321",
    region: "SP",
  };
  return JSON.stringify({ ...whole, ...changes });
}

interface BadInput {
  readonly value: string | Uint8Array;
  /** The rule in metrics and dead letters. */
  readonly rule: string;
}

const badInputs: Readonly<Record<string, BadInput>> = {
  "no JSON": { value: `{"name": ${marker}`, rule: "json_unreadable" },
  "JSON that isn't an object": { value: `["${marker}"]`, rule: "event_invalid" },
  "invalid UTF-8": {
    value: Buffer.from(event({}).replace("SP", "\xff\xfe"), "latin1"),
    rule: "json_unreadable",
  },
  "an integer beyond int64": {
    value: event({ customer_id: 0 }).replace(":0", ":18446744073709551617"),
    rule: "integer_too_large",
  },
  "a value over the limit": { value: event({ notes: marker.repeat(200_000) }), rule: "value_too_large" },
  "an empty object": { value: "{}", rule: "id_missing" },
  "a zero-length value": { value: "", rule: "empty_value" },
  "no id": { value: event({ customer_id: undefined }), rule: "id_missing" },
  "an id of a wrong type": { value: event({ customer_id: { id: marker } }), rule: "id_invalid" },
  "no name": { value: event({ name: undefined, notes: marker }), rule: "name_missing" },
  "a name of a wrong type": { value: event({ name: { first: marker } }), rule: "name_invalid" },
  "a NUL character": { value: event({ name: `${marker}\0` }), rule: "name_invalid" },
  "no phone": { value: event({ phone: null }), rule: "phone_missing" },
  "a phone that can't be": { value: event({ phone: `${marker} 12` }), rule: "phone_impossible" },
};
const kinds = Object.entries(badInputs);

interface ConnectorJson {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

/** Telesales as it ships, on a topic and a queue of this test's own. */
async function telesales(topic: string, changes: Readonly<Record<string, string>>): Promise<ConnectorJson> {
  const shipped = JSON.parse(await Deno.readTextFile(new URL("telesales/connector.json", connectorsFolder)));
  const own = {
    "topics": topic,
    "registration.topics": topic,
    "errors.deadletterqueue.topic.name": freshName("dlq"),
    "offset.flush.interval.ms": "200",
  };
  return { name: freshName("telesales"), config: { ...shipped.config, ...own, ...changes } };
}

async function produce(
  topic: string,
  messages: readonly { partition: number; key: string; value: string | Uint8Array | null }[],
) {
  const producer = kafkaClient(world.bootstrap).producer();
  await producer.connect();
  await producer.send({
    topic,
    compression: CompressionTypes.GZIP, // the broker limits the sent bytes, Sluice the unpacked ones
    messages: messages.map(({ value, ...at }) => ({
      ...at,
      value: value === null ? null : Buffer.from(value),
    })),
  });
  await producer.disconnect();
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = systemTime.monotonic() + waitMsMax;
  while (!await holds()) {
    if (systemTime.monotonic() > deadline) throw new Error(`Cannot go on: ${what} did not happen`);
    await systemTime.sleep(100);
  }
}

async function committed(name: string, topic: string): Promise<bigint> {
  const kafka = new KafkaFixture(world.bootstrap);
  const offsets = await kafka.admin.groupOffsets(`connect-${name}`);
  await kafka.close();
  return [...offsets].reduce((sum, [at, { offset }]) => sum + (at.topic === topic ? offset : 0n), 0n);
}

/** Values of all records of a topic with one partition. */
async function readAll(topic: string, count: number): Promise<readonly string[]> {
  const consumer = kafkaClient(world.bootstrap).consumer({ groupId: freshName("reader") });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const values: string[] = [];
  await consumer.run({
    eachMessage: ({ message }) => Promise.resolve(void values.push(String(message.value))),
  });
  await until(`${count} records on ${topic}`, () => Promise.resolve(values.length >= count));
  await consumer.disconnect();
  return values;
}

interface TaskStatus {
  readonly state: string;
  readonly trace?: string;
}

function tasksOf({ body }: Answer): readonly TaskStatus[] {
  return (body as { readonly tasks?: readonly TaskStatus[] }).tasks ?? []; // as the REST tests check
}

const secrets = { TELESALES_KEY_SECRET: "a secret of more than thirty-two bytes for tests" };

Deno.test("with errors.tolerance=all no bad input stops the task: each is reported by its rule, and offsets go past it", async () => {
  const [topic = ""] = await freshTopics(["registrations"], 1);
  await using bank2 = await freshBank2();
  const { name, config } = await telesales(topic, { "tasks.max": "1", "errors.tolerance.max.ratio": "1" });
  const good = kinds.map((_, index) => ({
    partition: 0,
    key: String(100 + index),
    value: event({ customer_id: 100 + index }),
  }));
  const bad = kinds.map(([, { value }]) => ({ partition: 0, key: "1", value }));
  const unknownTombstone = { partition: 0, key: "999", value: null };
  const messages = [...bad.flatMap((one, index) => [one, good[index] ?? one]), unknownTombstone];
  await produce(topic, messages);
  const folder = await Deno.makeTempDir();
  const file = join(folder, "telesales.json");
  await Deno.writeTextFile(file, JSON.stringify({ name, config }));
  await using program = startTask("start", {
    args: ["--config", file, "--log-level", "debug"],
    variables: { ...secrets, CONNECT_BOOTSTRAP_SERVERS: world.bootstrap, BANK2_URL: bank2.writerUrl },
  });
  await until(
    "the commit of all offsets",
    async () => await committed(name, topic) === BigInt(messages.length),
  );
  const letters = await readAll(config["errors.deadletterqueue.topic.name"] ?? "", kinds.length);
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended;
  await Deno.remove(folder, { recursive: true });
  assert.equal(code, 0, stderr);
  const told = letters.map((letter) => JSON.parse(letter));
  assert.deepEqual(
    told.map(({ offset, rule }) => [kinds[offset / 2]?.[0], rule]),
    kinds.map(([kind, { rule }]) => [kind, rule]),
  );
  assert.equal((await bank2.admin`select from telesales.contacts`).length, good.length);
  assert.doesNotMatch(stderr + letters.join(), new RegExp(marker));
});

Deno.test("with errors.tolerance=none each bad input fails its task, with topic, partition, offset and rule and without the value", async () => {
  // One connector each: after a task fails, its partitions would move to the next task of the group.
  const topics = await freshTopics(kinds.map((_, index) => `registrations-${index}`), 1);
  await using bank2 = await freshBank2();
  const runs = await Promise.all(kinds.map(async ([kind, input], index) => {
    const topic = topics[index] ?? "";
    const changes = { "tasks.max": "1", "errors.tolerance": "none", "task.restart.max": "0" };
    const id = 100 + index;
    await produce(topic, [
      { partition: 0, key: String(id), value: event({ customer_id: id }) },
      { partition: 0, key: "1", value: input.value },
      { partition: 0, key: "1", value: event({}) },
    ]);
    return { kind, rule: input.rule, topic, connector: await telesales(topic, changes) };
  }));
  await using worker = await startConnect({
    variables: {
      ...secrets,
      CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
      CONNECT_CONFIG_PROVIDERS_ENV_ALLOW: "BANK2_URL,TELESALES_KEY_SECRET,TELESALES_KEY_SECRET_PREVIOUS",
      BANK2_URL: bank2.writerUrl,
    },
  });
  for (const { connector } of runs) {
    const { status, text } = await worker.ask("POST", "/connectors", connector);
    assert.equal(status, 201, text);
  }
  const traces: string[] = [];
  for (const { kind, rule, topic, connector } of runs) {
    const path = `/connectors/${connector.name}/status`;
    const [task] = tasksOf(await worker.askUntil(path, (answer) => tasksOf(answer)[0]?.state === "FAILED"));
    const trace = task?.trace ?? "";
    assert.ok(trace.includes(`topic ${topic}, partition 0, offset 1,`), `${kind}: ${trace}`);
    assert.match(trace, new RegExp(rule), kind);
    traces.push(trace);
  }
  worker.program.signal("SIGTERM");
  const { stderr } = await worker.program.ended;
  assert.doesNotMatch(traces.join() + stderr, new RegExp(marker));
  const rows = await bank2.admin`select from telesales.contacts`;
  assert.equal(rows.length, kinds.length, "good before bad");
});
