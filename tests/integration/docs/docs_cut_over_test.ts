/** Follows docs/cutover.md with a JVM Connect worker, while events arrive. */

import assert from "node:assert/strict";
import { type JvmConnect, startJvmConnect } from "../../../sandbox/kafka/jvm_connect.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { sleep } from "../../../sandbox/wait.ts";
import { docBlocks } from "../../support/docs/doc_blocks.ts";
import { DocShell } from "../../support/docs/doc_shell.ts";
import {
  type DeliveryWorld,
  rowCount,
  startDeliveryWorld,
  until,
} from "../../support/delivery/delivery_world.ts";
import { projectFolder } from "../../support/programs/program.ts";
import { cutOverPage } from "../../tidy/doc_pages.ts";

const password = "change-me";
const name = "people";
const schema = {
  type: "struct",
  fields: [{ field: "id", type: "int64", optional: false }, {
    field: "name",
    type: "string",
    optional: true,
  }],
};

Deno.test(`${cutOverPage} can be followed from its first command to its last, beside a JVM worker`, async () => {
  await using world = await startDeliveryWorld({
    name,
    topics: [name],
    schema: [
      "create table people (id bigint primary key, name text)",
      `create role writer login password '${password}'`,
      "grant usage on schema public to writer",
      "grant select, insert, update on people to writer",
    ],
  });
  await using jvm = await startJvm(world);
  const ending = new AbortController();
  const producing = produce(world, ending.signal);
  await until("the JVM worker to write", async () => await rowCount(world, name) > 100);
  const text = await Deno.readTextFile(projectFolder + cutOverPage);
  await using shell = await DocShell.open();
  await shell.follow(docBlocks(onWorld(text, world, jvm)), async (block) => {
    if (block.text.includes("/stop")) await hasStopped(world, jvm);
    if (block.text.includes("/resume")) await grows(world, "the JVM worker to go on");
    if (block.text.includes("task start")) await grows(world, "somebody to write");
  });
  ending.abort();
  const produced = await producing;
  await until("all to arrive", async () => await rowCount(world, name) === produced);
  await until("all to be committed in the database", async () => {
    const [found] = await world.sql<{ sum: number }[]>`
      select sum(next_offset)::int as sum from sluice_offsets where connector = ${name}`;
    return found?.sum === produced;
  });
  assert.ok(jvm.running(), await jvm.log());
});

/** Replaces the page's addresses and names by this world's. */
function onWorld(text: string, { kafka, url }: DeliveryWorld, jvm: JvmConnect): string {
  const { host, username, password: owner } = new URL(url);
  const places: readonly (readonly [string, string])[] = [
    ["localhost:9092", kafka.bootstrap],
    ["postgres://owner:…@localhost:5432/target", `postgres://${username}:${owner}@${host}/target`],
    ["localhost:5432", host],
    ["PEOPLE_PASSWORD=…", `PEOPLE_PASSWORD=${password}`],
    ["http://localhost:8083", jvm.url],
  ];
  return places.reduce((page, [there, here]) => {
    assert.ok(page.includes(there), `the page names ${there}`);
    return page.replaceAll(there, here);
  }, text);
}

async function startJvm({ kafka, url }: DeliveryWorld): Promise<JvmConnect> {
  const { host, pathname } = new URL(url);
  return await startJvmConnect({
    bootstrap: kafka.bootstrap,
    worker: { "offset.flush.interval.ms": "1000" },
    connector: {
      "name": name,
      "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
      "tasks.max": "2",
      "topics": name,
      "value.converter": "org.apache.kafka.connect.json.JsonConverter",
      "connection.url": `jdbc:postgresql://${host}${pathname}`,
      "connection.username": "writer",
      "connection.password": password,
      "collection.name.format": name,
      "insert.mode": "upsert",
      "primary.key.mode": "record_value",
      "primary.key.fields": "id",
      "schema.evolution": "none",
    },
  });
}

/** Produces events one after the other until it's aborted. Returns their number. */
async function produce({ kafka }: DeliveryWorld, signal: AbortSignal): Promise<number> {
  const producer = kafkaClient(kafka.bootstrap).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  let count = 0;
  while (!signal.aborted) {
    const value = JSON.stringify({ schema, payload: { id: count, name: "somebody" } });
    await producer.send({ topic: name, messages: [{ key: String(count), value }] });
    count++;
    await sleep(10);
  }
  await producer.disconnect();
  return count;
}

/** Waits as the page says, until no task of the JVM worker is a member any more. */
async function hasStopped({ kafka }: DeliveryWorld, jvm: JvmConnect): Promise<void> {
  await until("the JVM's connector to be STOPPED", async () => {
    const answer = await fetch(`${jvm.url}/connectors/${name}/status`);
    const { connector, tasks } = await answer.json() as { connector: { state: string }; tasks: unknown[] };
    return connector.state === "STOPPED" && tasks.length === 0;
  });
  const admin = kafkaClient(kafka.bootstrap).admin();
  await admin.connect();
  try {
    await until("its tasks to leave the group", async () => {
      const { groups: [group] } = await admin.describeGroups([`connect-${name}`]);
      return group !== undefined && group.members.length <= 1;
    });
  } finally {
    await admin.disconnect();
  }
}

async function grows(world: DeliveryWorld, what: string): Promise<void> {
  const before = await rowCount(world, name);
  await until(what, async () => await rowCount(world, name) > before + 20);
}
