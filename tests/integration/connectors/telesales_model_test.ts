/**
 * Telesales' transformation, sink and tables against the plain model, over random lives of a few people: ties, wrong
 * clocks, erasures, new registrations, partitions in any order, batches of any size, replays.
 */

import assert from "node:assert/strict";
import { findConnectorFolder } from "../../../cli/connector_folders.ts";
import type { ConsumerRecord } from "../../../connect/api/ports.ts";
import { partitionKey, PartitionMap, type SinkRecord } from "../../../connect/api/record.ts";
import { compareTelesales, type ContactRow } from "../../../sandbox/compare_telesales.ts";
import { OffsetStore } from "../../../sinks/postgres/offsets/offset_store.ts";
import { type ConnectorRun, startConnector } from "../../support/delivery/connector_runs.ts";
import { Random } from "../../support/random.ts";
import { sharedWorld } from "../../support/world.ts";

await sharedWorld();

const secret = "a secret of telesales with at least 32 bytes";
const topics = ["customers.registrations", "customers.purchases", "customers.campaigns"];
const people = 30;
const eventsPerRun = 600;
const partitions = 2;
const startMs = Date.UTC(2026, 10, 23);

const bytes = (text: string) => new TextEncoder().encode(text);

function eventOf(random: Random, topic: string, id: number): string {
  const name = random.pick(["Ana", "Bia", "Caio", "Davi"]);
  const phone = `(11) 9876${random.integer(0, 9)}-432${random.integer(0, 9)}`;
  const region = random.pick(["SP", "RJ", null, null]);
  const createdAt = new Date(startMs + 1000 * random.integer(0, 39)).toISOString();
  const created = random.chance(0.5) ? { created_at: createdAt } : {};
  if (topic === "customers.purchases") {
    return JSON.stringify({ customer: { id, name, phone, region }, ...created });
  }
  if (topic === "customers.campaigns") {
    const lead = { customer_id: id, full_name: name, phone_number: phone, state: region };
    return JSON.stringify({ lead, ...created });
  }
  return JSON.stringify({ event: "registration", customer_id: id, name, phone, region, ...created });
}

/** The records of the topics, by partition. */
function makeLogs(random: Random, erasures: number): PartitionMap<ConsumerRecord[]> {
  const logs = new PartitionMap<ConsumerRecord[]>();
  for (let index = 0; index < eventsPerRun; index++) {
    const id = random.integer(0, people - 1);
    const topic = random.pick(topics);
    const at = { topic, partition: id % partitions };
    const log = logs.get(at) ?? [];
    logs.set(at, log);
    log.push({
      ...at,
      offset: BigInt(log.length),
      timestamp: startMs + 1000 * random.integer(0, 39),
      timestampType: "CreateTime",
      key: bytes(String(id)),
      value: random.chance(erasures) ? null : bytes(random.chance(0.05) ? "{}" : eventOf(random, topic, id)),
      headers: [],
    });
  }
  return logs;
}

/** Delivers the logs from their offsets on, partitions in any order, in batches of any size. */
async function deliver(
  run: ConnectorRun,
  logs: PartitionMap<ConsumerRecord[]>,
  random: Random,
): Promise<void> {
  const next = new PartitionMap<number>();
  await run.task.open(logs.keys());
  for (;;) {
    const batch: SinkRecord[] = [];
    for (let parts = random.integer(1, 4); parts > 0; parts--) {
      const waiting = logs.keys().filter((at) => (next.get(at) ?? 0) < (logs.get(at)?.length ?? 0));
      if (waiting.length === 0) break;
      const at = random.pick(waiting);
      const from = next.get(at) ?? 0;
      const records = logs.get(at)?.slice(from, from + random.integer(1, 40)) ?? [];
      next.set(at, from + records.length);
      batch.push(...records.flatMap((raw) => transformed(run, raw)));
    }
    if (batch.length === 0 && logs.keys().every((at) => next.get(at) === logs.get(at)?.length)) return;
    await run.task.put(batch);
  }
}

function transformed(run: ConnectorRun, raw: ConsumerRecord): readonly SinkRecord[] {
  try {
    const record = run.pipeline.apply(raw);
    return record === null ? [] : [record];
  } catch {
    return []; // refused, as in the model
  }
}

async function rowsOf(run: ConnectorRun): Promise<readonly ContactRow[]> {
  return await run.admin<ContactRow[]>`
    select encode(contact_key, 'hex') as key, name, phone, region,
           (extract(epoch from updated_at) * 1000)::float8 as "updatedAt"
      from telesales.person`;
}

async function rewind(run: ConnectorRun, logs: PartitionMap<ConsumerRecord[]>): Promise<void> {
  const store = new OffsetStore({ connector: "telesales", clusterId: await run.kafka.admin().clusterId() });
  await store.set(run.admin, new PartitionMap(logs.keys().map((at) => [at, 0n] as const)));
  await run.task.close(logs.keys());
}

async function runSeed(seed: number, erasures: number): Promise<void> {
  const random = new Random(seed);
  const logs = makeLogs(random, erasures);
  await using run = await startConnector(await findConnectorFolder("telesales"), {
    TELESALES_KEY_SECRET: secret,
  });
  for (const [at, log] of logs) {
    run.kafka.createPartitions(at.topic, partitions);
    run.kafka.append(at, ...log.map(() => ({})));
  }
  const records = [...logs].flatMap(([, log]) => log);
  for (const round of ["first", "replayed"]) {
    await deliver(run, logs, random);
    const comparison = compareTelesales(records, await rowsOf(run), { secret });
    assert.ok(
      comparison.isEqual,
      `seed ${seed}, ${round}: ${JSON.stringify(comparison)}, partitions ${logs.keys().map(partitionKey)}`,
    );
    await rewind(run, logs);
  }
  assert.deepEqual(run.reported, []);
}

for (const seed of [1, 2, 3]) {
  Deno.test(`whatever the order, Bank 2 holds what the events say, also after a replay (seed ${seed})`, () =>
    runSeed(seed, 0));
}

for (const seed of [11, 12, 13]) {
  Deno.test(`the erased stay erased until they register again, also after a replay (seed ${seed})`, () =>
    runSeed(seed, 0.08));
}

Deno.test("a new secret and a replay: nobody is there twice, and nobody erased comes back", async () => {
  const random = new Random(21);
  const logs = makeLogs(random, 0.08);
  const [older, newer] = ["the_secret_of_last_year_with_32_bytes", "the_secret_of_this_year_with_32_bytes"];
  await using run = await startConnector(await findConnectorFolder("telesales"), {
    TELESALES_KEY_SECRET: older,
  });
  for (const [at, log] of logs) {
    run.kafka.createPartitions(at.topic, partitions);
    run.kafka.append(at, ...log.map(() => ({})));
  }
  await deliver(run, logs, random);
  await rewind(run, logs);
  await run.restart({ TELESALES_KEY_SECRET: newer, TELESALES_KEY_SECRET_PREVIOUS: older });
  await deliver(run, logs, random);
  const records = [...logs].flatMap(([, log]) => log);
  const comparison = compareTelesales(records, await rowsOf(run), { secret: newer });
  assert.ok(comparison.isEqual, JSON.stringify(comparison));
});

Deno.test("a mistyped secret is refused while there are rows of the right one", async () => {
  const random = new Random(22);
  const logs = makeLogs(random, 0);
  await using run = await startConnector(await findConnectorFolder("telesales"), {
    TELESALES_KEY_SECRET: secret,
  });
  for (const [at, log] of logs) {
    run.kafka.createPartitions(at.topic, partitions);
    run.kafka.append(at, ...log.map(() => ({})));
  }
  await deliver(run, logs, random);
  const before = await rowsOf(run);
  await rewind(run, logs);
  await assert.rejects(async () => {
    await run.restart({ TELESALES_KEY_SECRET: `${secret}!` });
    await deliver(run, logs, random);
  }, (error: Error) => error.name === "ConfigException" && !error.message.includes(secret));
  assert.equal((await rowsOf(run)).length, before.length);
});
