/** The same topic in columns and as objects, by the real program: the same rows, dead letters, offsets and metrics. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { endProgram, eventually } from "../../support/delivery/delivery_lane.ts";
import { randomEvents } from "../../support/delivery/both_ways.ts";
import { fetchGroupOffsets } from "../../support/kafka/group_offsets.ts";
import { KafkaFixture } from "../../support/kafka/kafka_fixture.ts";
import { Random } from "../../support/random.ts";
import { type ConnectProgram, startConnect } from "../../support/rest/connect_program.ts";
import { freshDatabase, freshName, freshTopics, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();
const partitions = 3;
const records = 2_000;
const seedMax = 2 ** 31;

/** Texts of records: the log never quotes one. */
const values = /canary-cpf|João|Ana|long long|Zoë|refused|quoted/;
const table =
  `(id bigint primary key, name text check (name <> 'refused'), n int, score float8, at timestamptz, ok boolean)`;
const whole = "id,name,n,score,at,ok";
const byValue = { "pk.mode": "record_value", "pk.fields": "id" };
const replace = "org.apache.kafka.connect.transforms.ReplaceField$Value";

interface Case {
  readonly name: string;
  readonly table: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Transformations before the one that forces objects. */
  readonly transforms: string;
}

const cases: readonly Case[] = [
  {
    ...{ name: "upsert", table, transforms: "" },
    settings: { ...byValue, "insert.mode": "upsert", "fields.whitelist": "name,n,score,at,ok" },
  },
  {
    ...{ name: "upsert once", table, transforms: "" },
    settings: {
      ...{ ...byValue, "insert.mode": "upsert", "fields.whitelist": whole, "exactly.once.enabled": "true" },
      "errors.deadletterqueue.raw.enable": "true",
    },
  },
  {
    ...{
      name: "ignore, renamed",
      table: table.replace("name text", "who text").replace("(name <>", "(who <>"),
    },
    transforms: "keep",
    settings: {
      ...{ ...byValue, "insert.mode": "ignore", "transforms.keep.type": replace },
      ...{ "transforms.keep.include": whole, "transforms.keep.renames": "name:who" },
    },
  },
  {
    ...{ name: "insert once", table: table.replace(" primary key", ""), transforms: "" },
    settings: {
      ...{
        "pk.mode": "none",
        "insert.mode": "insert",
        "fields.whitelist": whole,
        "exactly.once.enabled": "true",
      },
    },
  },
  {
    ...{ name: "newest wins", transforms: "" },
    table: "(id text primary key, name text, n int, at timestamptz, st text, sp int, so bigint)",
    settings: {
      ...{
        "pk.mode": "record_key",
        "pk.fields": "id",
        "insert.mode": "upsert",
        "fields.whitelist": "name,n",
      },
      ...{ "newest.wins.field": "at", "source.position.columns": "st,sp,so", "exactly.once.enabled": "true" },
      "errors.deadletterqueue.context.headers.enable": "false",
    },
  },
];

type Way = "columns" | "objects";

interface Outcome {
  readonly rows: readonly string[];
  readonly letters: readonly string[];
  readonly metrics: readonly string[];
}

for (const one of cases) {
  Deno.test(`what a worker writes in columns is what it writes as objects: ${one.name}`, async () => {
    const seed = Math.floor(Math.random() * seedMax);
    await using stack = new AsyncDisposableStack();
    const [topic = ""] = await freshTopics(["events"], partitions);
    const database = stack.use(await freshDatabase());
    const sql = postgres(database.url, { max: 1, onnotice: () => {} });
    stack.defer(() => sql.end({ timeout: 1 }));
    const fixture = new KafkaFixture(world.bootstrap);
    stack.defer(() => fixture.close());
    await fixture.write(randomEvents(new Random(seed), topic, partitions, records));
    const worker = await startConnect({
      args: ["--log-level", "debug"],
      variables: {
        ...{ CONNECT_BOOTSTRAP_SERVERS: world.bootstrap, CONNECT_OFFSET_FLUSH_INTERVAL_MS: "300" },
        ...{ CONNECT_CONFIG_PROVIDERS_ENV_ALLOW: "BOTH_URL", BOTH_URL: database.url },
      },
    });
    stack.use(worker);
    const prefix = freshName("both");
    const ends = new Map((await endsOf(topic)).map(({ partition, high }) => [partition, high]));
    const outcomes = new Map<Way, Outcome>();
    for (const way of ["columns", "objects"] as const) {
      const name = `${prefix}-${way}`;
      await sql.unsafe(`create schema ${way}; create table ${way}.people ${one.table}`);
      const { status, text } = await worker.ask("POST", "/connectors", {
        name,
        config: configOf(one, way, { topic, deadLetters: `dlq.${name}` }),
      });
      assert.equal(status, 201, text);
      await eventually(`${name} has committed all`, async () => {
        if (/"state":"FAILED"/.test((await worker.ask("GET", `/connectors/${name}/status`)).text)) {
          throw new Error(`seed ${seed}: the task has failed: ${worker.program.log().slice(-2000)}`);
        }
        const offsets = await offsetsOf(name, topic);
        return offsets.length === partitions &&
          offsets.every(({ partition, offset }) => offset === ends.get(partition));
      });
      const rows = await sql.unsafe(`select t::text as row from ${way}.people t order by 1`);
      outcomes.set(way, {
        rows: rows.map(({ row }) => String(row)),
        letters: (await lettersOf(`dlq.${name}`, name)).map((text) =>
          text.replaceAll(`${way}.people`, "people")
        ),
        metrics: await metricsOf(worker, name),
      });
    }
    const byWay = deliveriesOf(worker.program.log(), prefix);
    assert.doesNotMatch(worker.program.log(), values, `seed ${seed}`);
    await endProgram(worker.program);
    const [columns, objects] = [outcomes.get("columns"), outcomes.get("objects")];
    assert.ok(columns !== undefined && objects !== undefined && objects.rows.length > 10);
    for (const part of ["rows", "letters", "metrics"] as const) {
      const onlyIn = (a: Outcome, b: Outcome) =>
        a[part].filter((text) => !b[part].includes(text)).slice(0, 5);
      assert.deepEqual(onlyIn(columns, objects), onlyIn(objects, columns), `${part} of seed ${seed}`);
      assert.equal(columns[part].length, objects[part].length, `${part} of seed ${seed}`);
    }
    assert.ok((byWay.columns.inColumns ?? 0) > 0, `seed ${seed}: ${JSON.stringify(byWay)}`);
    assert.equal(byWay.objects.inColumns, 0);
  });
}

function configOf(
  { settings, transforms }: Case,
  way: Way,
  { topic, deadLetters }: { readonly topic: string; readonly deadLetters: string },
): Readonly<Record<string, string>> {
  const stages = [transforms, ...way === "objects" ? ["force"] : []].filter((name) => name !== "");
  return {
    ...{ "connector.class": "PostgresSink", topics: topic, "connection.url": "${env:BOTH_URL}" },
    ...{
      "table.name.format": `${way}.people`,
      "errors.tolerance": "all",
      "value.converter.schemas.enable": "false",
    },
    ...{ "value.converter": "org.apache.kafka.connect.json.JsonConverter" },
    ...{ "key.converter": "org.apache.kafka.connect.storage.StringConverter" },
    "consumer.override.max.poll.records": "100",
    "errors.deadletterqueue.topic.name": deadLetters,
    "errors.deadletterqueue.topic.replication.factor": "1",
    "errors.deadletterqueue.context.headers.enable": "true",
    ...settings,
    ...stages.length === 0 ? {} : { transforms: stages.join() },
    ...way === "columns" ? {} : {
      "transforms.force.type": "org.apache.kafka.connect.transforms.DropHeaders",
      "transforms.force.headers": "no-such-header",
    },
  };
}

async function endsOf(topic: string) {
  const admin = kafkaClient(world.bootstrap).admin();
  await admin.connect();
  try {
    return await admin.fetchTopicOffsets(topic);
  } finally {
    await admin.disconnect();
  }
}

async function offsetsOf(name: string, topic: string) {
  const admin = kafkaClient(world.bootstrap).admin();
  await admin.connect();
  try {
    const [found] = await fetchGroupOffsets(admin, `connect-${name}`, [topic]);
    return found?.partitions ?? [];
  } finally {
    await admin.disconnect();
  }
}

/** Configurations differ, and so do times. */
const namedOrTimed = /((?:config_hash|time|config\.hash|timestamp)\\*"?[:=]\\*"?)[-\w:.]+/g;
/** Shows each byte as a character. */
const latin = new TextDecoder("latin1");

/** Dead letters in the order of their records, without what names the connector. */
async function lettersOf(topic: string, name: string): Promise<readonly string[]> {
  const consumer = kafkaClient(world.bootstrap).consumer({ groupId: freshName("reader") });
  const high = (await endsOf(topic)).reduce((sum, { high }) => sum + Number(high), 0);
  const found: string[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message: { key, value, headers = {} } }) => {
        const text = (bytes: Uint8Array | null) => bytes === null ? null : latin.decode(bytes);
        const texts = Object.entries(headers).map(([header, value]) => `${header}=${value?.toString()}`)
          .filter((text) => !text.startsWith("__connect.errors.exception.stacktrace"));
        found.push(
          JSON.stringify([text(key), text(value), texts]).replaceAll(name, "NAME").replaceAll(
            namedOrTimed,
            "$1",
          ),
        );
        return Promise.resolve();
      },
    });
    await eventually("all letters", () => found.length >= high);
  } finally {
    await consumer.disconnect();
  }
  return found.toSorted();
}

const isTimed = /time|seconds|rate|latency|bytes|batch_size|lag|put_batch|offset_commit|retries|_avg|_max/;

/** Counters of records and rows. */
async function metricsOf(worker: ConnectProgram, name: string): Promise<readonly string[]> {
  const { text } = await worker.ask("GET", "/metrics");
  return text.split("\n").filter((line) => line.includes(`"${name}"`) && !isTimed.test(line))
    .map((line) => line.replaceAll(name, "NAME")).toSorted();
}

/** How many batches each way had, and how many of them were in columns. */
function deliveriesOf(log: string, prefix: string) {
  const lines = log.split("\n").filter((line) => line.includes("Batch delivered")).map((line) =>
    JSON.parse(line)
  );
  const of = (way: Way) => {
    const own = lines.filter((line) => JSON.stringify(line).includes(`${prefix}-${way}`));
    return { batches: own.length, inColumns: own.filter(({ columns }) => columns === true).length };
  };
  return { columns: of("columns"), objects: of("objects") };
}
