/**
 * Erasure and objection: an erased person stays erased, in every order of the topics, on every replay, and by command.
 */

import assert from "node:assert/strict";
import { findConnectorFolder } from "../../../cli/connector_folders.ts";
import type { ConsumerRecord } from "../../../connect/api/ports.ts";
import { PartitionMap, type SinkRecord } from "../../../connect/api/record.ts";
import { OffsetStore } from "../../../sinks/postgres/offsets/offset_store.ts";
import { readPostgresSettings } from "../../../sinks/postgres/postgres_settings.ts";
import { SubjectRows, subjectTable } from "../../../sinks/postgres/privacy/subject_rows.ts";
import { type ConnectorRun, exampleNowMs, startConnector } from "../../support/delivery/connector_runs.ts";
import { sharedWorld } from "../../support/world.ts";

await sharedWorld();

const secret = "the_secret_of_this_year_with_at_least_32_bytes";
const topics = ["customers.registrations", "customers.purchases", "customers.campaigns"] as const;
type Topic = typeof topics[number];
const [registrations, purchases, campaigns] = topics;
/** In the past, so that every clock is later. */
const startMs = Date.UTC(2024, 0, 1);
const bytes = (text: string) => new TextEncoder().encode(text);

/** An event of a person at a second; the third element is its form. */
type Life = readonly (readonly [second: number, topic: Topic, form: "own" | "gone" | "flat"])[];

const known: Life = [[10, registrations, "own"], [20, purchases, "own"], [30, campaigns, "own"]];
const erased: Life = [...known, [40, registrations, "gone"]];
const later: Life = [[50, purchases, "own"], [60, campaigns, "own"]];

/** People, and each one's expected name; null = none. */
const lives: Readonly<Record<string, { readonly life: Life; readonly left: string | null }>> = {
  "1": { life: [...known, ...later], left: "P1 at 60" },
  "2": { life: erased, left: null },
  "3": { life: [...erased, ...later], left: null },
  "4": { life: [...erased, [70, registrations, "own"]], left: "P4 at 70" },
  "5": {
    life: [...erased, ...later, [70, registrations, "own"], [80, purchases, "own"]],
    left: "P5 after 60",
  },
  "6": { life: [...erased, [70, purchases, "flat"], [75, campaigns, "flat"]], left: null },
  "7": { life: [[40, registrations, "gone"]], left: null },
  "8": { life: [[40, registrations, "gone"], ...later], left: null },
  "9": { life: [...erased, [70, registrations, "own"], [90, registrations, "gone"]], left: null },
};

function valueOf(id: string, [second, topic, form]: Life[number]): Uint8Array | null {
  if (form === "gone") return null;
  const name = `P${id} at ${second}`;
  const phone = "+5511987654321";
  if (form === "own" && topic === purchases) return json({ customer: { id, name, phone } });
  if (form === "own" && topic === campaigns) {
    return json({ lead: { customer_id: id, full_name: name, phone_number: phone } });
  }
  return json({ customer_id: id, name, phone });
}

function json(value: unknown): Uint8Array {
  return bytes(JSON.stringify(value));
}

/** The records of each topic: one partition, ordered by time. */
function makeLogs(): PartitionMap<ConsumerRecord[]> {
  const logs = new PartitionMap<ConsumerRecord[]>();
  const events = Object.entries(lives).flatMap(([id, { life }]) => life.map((event) => ({ id, event })));
  for (const { id, event } of events.sort((a, b) => a.event[0] - b.event[0])) {
    append(logs, event[1], { id, second: event[0], value: valueOf(id, event) });
  }
  return logs;
}

function append(
  logs: PartitionMap<ConsumerRecord[]>,
  topic: string,
  { id, second, value }: { readonly id: string; readonly second: number; readonly value: Uint8Array | null },
): void {
  const at = { topic, partition: 0 };
  const log = logs.get(at) ?? [];
  logs.set(at, log);
  log.push({
    ...{ ...at, offset: BigInt(log.length), timestamp: startMs + second * 1000, timestampType: "CreateTime" },
    ...{ key: bytes(id), value, headers: [] },
  });
}

async function withRun(
  logs: PartitionMap<ConsumerRecord[]>,
  work: (run: ConnectorRun) => Promise<void>,
): Promise<void> {
  await using run = await startConnector(await findConnectorFolder("telesales"), {
    TELESALES_KEY_SECRET: secret,
  });
  for (const [at, log] of logs) {
    run.kafka.createPartitions(at.topic, 1);
    run.kafka.append(at, ...log.map(() => ({})));
  }
  await work(run);
  assert.deepEqual(run.reported, []);
}

/** Delivers all topics from their beginning, one after the other. */
async function deliver(
  run: ConnectorRun,
  logs: PartitionMap<ConsumerRecord[]>,
  order: readonly string[],
): Promise<void> {
  const store = new OffsetStore({ connector: "telesales", clusterId: await run.kafka.admin().clusterId() });
  await store.set(run.admin, new PartitionMap(logs.keys().map((at) => [at, 0n] as const)));
  await run.task.close(logs.keys());
  await run.task.open(logs.keys());
  for (const topic of order) {
    await run.task.put(transformed(run, logs.get({ topic, partition: 0 }) ?? []));
  }
}

function transformed(run: ConnectorRun, log: readonly ConsumerRecord[]): readonly SinkRecord[] {
  return log.map((raw) => run.pipeline.apply(raw)).filter((record) => record !== null);
}

async function namesIn(run: ConnectorRun): Promise<readonly string[]> {
  const rows = await run.admin<{ name: string }[]>`select name from telesales.contacts order by name`;
  // A tombstone also empties what a later purchase wrote before the registration between them arrived.
  return rows.map(({ name }) => name.replace(/^P5 at [78]0$/, "P5 after 60"));
}

function orders<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item) =>
    orders(items.filter((other) => other !== item)).map((rest) => [item, ...rest])
  );
}

const expected = Object.values(lives).flatMap(({ left }) => left ?? []).sort();

Deno.test("in every order of the three topics, and replayed in every order, the erased are gone", async () => {
  const logs = makeLogs();
  let deliveries = 0;
  await withRun(logs, async (run) => {
    for (const first of orders(topics)) {
      await run.admin`delete from telesales.person`;
      await deliver(run, logs, first);
      assert.deepEqual(await namesIn(run), expected, first.join());
      for (const again of orders(topics)) {
        await deliver(run, logs, again);
        assert.deepEqual(await namesIn(run), expected, `${first}, then ${again}`);
        deliveries += 1;
      }
    }
    const [left] = await run.admin`select count(*)::int as n from telesales.person
      where name is null and (phone is not null or region is not null or updated_at is not null)`;
    assert.deepEqual({ ...left }, { n: 0 }, "of the gone, nothing is left but marks");
  });
  assert.equal(deliveries, 36);
});

/** Runs a command's work on the person's row. */
async function byCommand<T>(
  run: ConnectorRun,
  id: string,
  work: (rows: SubjectRows) => Promise<T>,
): Promise<T> {
  const { sink } = readPostgresSettings(run.props);
  const tombstone = run.pipeline.apply({
    ...{ topic: registrations, partition: 0, offset: 0n, timestamp: 0, timestampType: "CreateTime" },
    ...{ key: bytes(id), value: null, headers: [] },
  });
  assert.ok(tombstone !== null);
  return await run.admin.begin(async (tx) =>
    await work(new SubjectRows(tx, await subjectTable(tx, sink), tombstone, exampleNowMs))
  ) as T;
}

Deno.test("who objects stays out when registering again and on a replay, until subject allow", async () => {
  const logs = makeLogs();
  await withRun(logs, async (run) => {
    await deliver(run, logs, topics);
    await byCommand(run, "1", (rows) => rows.block());
    await byCommand(run, "3", (rows) => rows.block()); // erased before
    const without = expected.filter((name) => name !== "P1 at 60");
    assert.deepEqual(await namesIn(run), without);
    for (const id of ["1", "3"]) {
      append(logs, registrations, { id, second: 100, value: valueOf(id, [100, registrations, "own"]) });
    }
    run.kafka.append({ topic: registrations, partition: 0 }, {}, {});
    for (const again of orders(topics)) {
      await deliver(run, logs, again);
      assert.deepEqual(await namesIn(run), without, again.join());
    }
    assert.equal(await byCommand(run, "1", (rows) => rows.unblock()), true);
    assert.equal(await byCommand(run, "3", (rows) => rows.unblock()), true);
    assert.equal(
      await byCommand(run, "1", (rows) => rows.unblock()),
      false,
      "there is no objection any more",
    );
    assert.deepEqual(await namesIn(run), without, "nobody comes in by the command alone");
    await deliver(run, logs, topics);
    assert.deepEqual(await namesIn(run), [...without, "P1 at 100", "P3 at 100"].sort());
  });
});

Deno.test("a person erased by command stays so in every order, until a registration that is newer", async () => {
  const logs = makeLogs();
  await withRun(logs, async (run) => {
    await deliver(run, logs, topics);
    await byCommand(run, "1", (rows) => rows.seal(Date.now()));
    await byCommand(run, "77", (rows) => rows.seal(Date.now())); // an unknown person
    const without = expected.filter((name) => name !== "P1 at 60");
    for (const again of orders(topics)) {
      await deliver(run, logs, again);
      assert.deepEqual(await namesIn(run), without, again.join());
    }
    const [row] = await run.admin<{ erased: string }[]>`
      select max(erased_at)::text as erased from telesales.person where name is null`;
    assert.ok(row !== undefined && Math.abs(new Date(row.erased).getTime() - Date.now()) < 600_000);
    const found = await byCommand(run, "1", (rows) => rows.find());
    assert.deepEqual([found?.["name"], found?.["phone"], found?.["source_topic"]], [null, null, null]);
    const later = Math.ceil((exampleNowMs - startMs) / 1000) - 1;
    for (const id of ["1", "77"]) {
      append(logs, purchases, { id, second: later, value: valueOf(id, [later, purchases, "own"]) });
    }
    run.kafka.append({ topic: purchases, partition: 0 }, {}, {});
    await deliver(run, logs, topics);
    assert.deepEqual(await namesIn(run), without, "no purchase lifts it, however late");
    append(logs, registrations, {
      id: "1",
      second: later,
      value: valueOf("1", [later, registrations, "own"]),
    });
    run.kafka.append({ topic: registrations, partition: 0 }, {});
    await deliver(run, logs, topics);
    assert.deepEqual(await namesIn(run), [...without, `P1 at ${later}`].sort());
  });
});

Deno.test("after a rotation a command finds the row under its former key, and nobody is there twice", async () => {
  const logs = makeLogs();
  await withRun(logs, async (run) => {
    await deliver(run, logs, topics);
    const before = await run.admin`select from telesales.person`;
    const newer = "the_secret_of_next_year_with_at_least_32_bytes";
    await run.restart({ TELESALES_KEY_SECRET: newer, TELESALES_KEY_SECRET_PREVIOUS: secret });
    const shown = await byCommand(run, "1", (rows) => rows.find());
    assert.equal(shown?.["name"], "P1 at 60", "looking changes no key");
    await byCommand(run, "1", (rows) => rows.seal(Date.now()));
    await byCommand(run, "4", (rows) => rows.block());
    assert.equal((await run.admin`select from telesales.person`).length, before.length);
    await deliver(run, logs, topics);
    assert.deepEqual(await namesIn(run), ["P5 after 60"]);
    const [row] = await run.admin<{ people: number; secrets: number }[]>`
      select count(*)::int as people, count(distinct secret_fingerprint)::int as secrets from telesales.person`;
    assert.deepEqual({ ...row }, { people: before.length, secrets: 1 }, "the replay has met everybody");
  });
});

Deno.test("an erasure by command also finds the double that a worker with the former secret has made", async () => {
  const logs = makeLogs();
  await withRun(logs, async (run) => {
    await deliver(run, logs, topics);
    const [former] = await run.admin`select * from telesales.person where name = 'P1 at 60'`;
    const newer = "the_secret_of_next_year_with_at_least_32_bytes";
    await run.restart({ TELESALES_KEY_SECRET: newer, TELESALES_KEY_SECRET_PREVIOUS: secret });
    await deliver(run, logs, topics);
    assert.ok(former !== undefined);
    await run.admin`insert into telesales.person ${run.admin(former)}`;
    assert.equal((await namesIn(run)).filter((name) => name === "P1 at 60").length, 2);
    await byCommand(run, "1", (rows) => rows.seal(Date.now()));
    assert.deepEqual(await namesIn(run), expected.filter((name) => name !== "P1 at 60"));
    const old = { name: null, phone: null, region: null, registered_at: null, objected_at: new Date() };
    await run.admin`insert into telesales.person ${run.admin({ ...former, ...old })}`;
    await byCommand(run, "1", (rows) => rows.seal(Date.now()));
    const shown = await byCommand(run, "1", (rows) => rows.find());
    assert.ok(typeof shown?.["objected_at"] === "string", "the double's objection holds");
    const [row] = await run.admin`select count(*)::int as n from telesales.person`;
    assert.deepEqual({ ...row }, { n: Object.keys(lives).length });
  });
});

Deno.test("a race of an erasure by command against 1,000 events of the same person leaves nothing", async () => {
  const logs = new PartitionMap<ConsumerRecord[]>();
  for (let index = 0; index < 1_000; index++) {
    const topic = topics[index % topics.length] ?? registrations;
    append(logs, topic, { id: "1", second: index, value: valueOf("1", [index, topic, "own"]) });
  }
  await withRun(logs, async (run) => {
    for (const eraseAfter of [0, 1, 10, 24]) {
      await run.admin`delete from telesales.person`;
      await deliver(run, logs, []);
      const batches = batchesOf(transformed(run, logs.keys().flatMap((at) => logs.get(at) ?? [])), 40);
      let erasing: Promise<void> | undefined;
      for (const [index, batch] of batches.entries()) {
        const putting = run.task.put(batch);
        if (index === eraseAfter) {
          erasing = byCommand(run, "1", (rows) => rows.seal(Date.now()));
          erasing.catch(() => {}); // awaited below
        }
        await putting;
      }
      await erasing;
      assert.deepEqual(await namesIn(run), [], `erased beside batch ${eraseAfter} of ${batches.length}`);
    }
  });
});

function batchesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, n) => items.slice(n * size, (n + 1) * size),
  );
}
