import assert from "node:assert/strict";
import { dirname } from "node:path";
import { parsePhoneNumberFromString } from "libphonenumber-js";
import postgres from "postgres";
import { type Bank1, type ExpectedContact, openBank1 } from "../../../sandbox/bank1/bank1.ts";
import { shopTopics } from "../../../sandbox/bank1/events.ts";
import { type ShopProducerOptions, startShopProducer } from "../../../sandbox/bank1/producer.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { exists } from "../../../sandbox/machine.ts";
import { monotonic, pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { startWorld, type World } from "../../../sandbox/world.ts";

/** A record as a consumer gets it. */
interface Seen {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: EventJson;
}

/** The fields of the three shapes that this test reads. */
interface EventJson extends ContactJson {
  readonly event: string;
  readonly created_at: string;
  readonly customer?: ContactJson;
  readonly lead?: ContactJson;
}

/** A contact, with each shape's field names. */
interface ContactJson {
  readonly id?: number;
  readonly customer_id?: number;
  readonly name?: string;
  readonly full_name?: string;
  readonly phone?: string;
  readonly phone_number?: string;
  readonly region?: string | null;
  readonly state?: string | null;
}
import { freshDatabase, freshTopics, sharedWorld } from "../../support/world.ts";

const partitions = 3;

await sharedWorld();

/** All records of the world's topics, ordered within each partition. */
async function readAll(world: World): Promise<readonly Seen[]> {
  const client = kafkaClient(world.kafka.bootstrap);
  const admin = client.admin();
  await admin.connect();
  const ends = await Promise.all(Object.values(world.topics).map((topic) => admin.fetchTopicOffsets(topic)));
  await admin.disconnect();
  const total = ends.flat().reduce((sum, { high }) => sum + Number(high), 0);
  const seen: Seen[] = [];
  const consumer = client.consumer({ groupId: `reader-${crypto.randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.subscribe({ topics: Object.values(world.topics), fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: ({ topic, partition, message }) => {
      const value = JSON.parse(message.value?.toString() ?? "null");
      seen.push({ topic, partition, key: message.key?.toString() ?? "", value });
      return Promise.resolve();
    },
  });
  await pollUntil(`${total} records`, waitMsMax, () => seen.length >= total ? true : undefined);
  await consumer.disconnect();
  return seen;
}

/** Event ids by customer and time: a customer has no two events of the same time. */
async function eventIds(world: World): Promise<ReadonlyMap<string, number>> {
  const sql = postgres(world.bank1.url, { max: 1 });
  const rows = await sql<{ id: number; customer: string; at: Date }[]>`
    select event_id::int as id, customer_id::text as customer, created_at as at from outbox`;
  await sql.end({ timeout: 5 });
  return new Map(rows.map(({ id, customer, at }) => [`${customer} ${at.toISOString()}`, id]));
}

function assertOnceAndInOrder(seen: readonly Seen[], ids: ReadonlyMap<string, number>): void {
  const found = seen.map((record) => ({
    ...record,
    id: ids.get(`${record.key} ${record.value.created_at}`) ?? 0,
  }));
  const expected = Array.from(ids.values()).sort((a, b) => a - b);
  assert.deepEqual(found.map(({ id }) => id).sort((a, b) => a - b), expected, "each row once");
  for (const records of Map.groupBy(found, ({ topic, partition }) => `${topic}-${partition}`).values()) {
    const inPartition = records.map(({ id }) => id);
    assert.deepEqual(inPartition, inPartition.toSorted((a, b) => a - b), "in the order of Bank 1");
  }
}

/** Newest wins in plain TypeScript, from the records in Kafka. */
function foldOf(seen: readonly Seen[]): readonly ExpectedContact[] {
  const events = seen.map(({ key, value }) => {
    const { name, full_name, phone, phone_number, region, state } = value.customer ?? value.lead ?? value;
    return {
      customerId: key,
      name: (name ?? full_name ?? "").normalize("NFC").trim().replace(/\s+/g, " "),
      phone: parsePhoneNumberFromString(phone ?? phone_number ?? "", "BR")?.number ?? "",
      region: (region ?? state ?? "").trim() || null,
      updatedAt: new Date(value.created_at),
    };
  });
  const newestFirst = events.sort((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime());
  return Array.from(Map.groupBy(newestFirst, ({ customerId }) => customerId).values(), (ofCustomer) => ({
    ...(ofCustomer[0] ?? assert.fail()),
    region: ofCustomer.find(({ region }) => region !== null)?.region ?? null,
  })).sort((a, b) => Number(a.customerId) - Number(b.customerId));
}

Deno.test("the producer publishes each of Bank 1's rows once and in order, over its own and the broker's restart", async () => {
  await using world = await startWorld({ partitions, seed: 1 });
  await world.bank1.fill({ customers: 300, events: 4000 });
  const first = await world.startProducer({ eventsPerSecond: 5000 });
  await first.until(500);
  await first.stop();
  assert.ok(first.publishedTo() < 4000, "it was stopped in the middle");
  const second = await world.startProducer({ eventsPerSecond: 5000 });
  await second.until(first.publishedTo() + 200);
  await world.kafka.restart();
  await world.bank1.happen(500);
  await second.until(4500);

  const seen = await readAll(world);
  assertOnceAndInOrder(seen, await eventIds(world));
  for (const { topic, key, value } of seen) {
    const ids: Readonly<Record<string, unknown>> = {
      [shopTopics.registration]: value.event === "registration" && value.customer_id,
      [shopTopics.purchase]: value.event === "purchase" && value.customer?.id,
      [shopTopics.campaign]: value.event === "campaign" && value.lead?.customer_id,
    };
    assert.equal(ids[topic], Number(key));
  }
  const homes = Map.groupBy(seen, ({ key }) => key).values();
  for (const records of homes) {
    assert.equal(
      new Set(records.map(({ partition }) => partition)).size,
      1,
      "one partition number per customer",
    );
  }
  assert.deepEqual([...await world.bank1.expectedContacts()], foldOf(seen), "Bank 1 knows what must arrive");
});

Deno.test("the past holds late events, and what Bank 1 expects is only what was published", async () => {
  await using database = await freshDatabase();
  await using bank1 = await openBank1(database.url, 2);
  await bank1.fill({ customers: 50, events: 600 });
  const sql = postgres(database.url, { max: 1 });
  const [late] = await sql<{ count: number }[]>`
    select count(*)::int from (
      select created_at < max(created_at) over (partition by customer_id order by event_id) as is_late from outbox
    ) as events where is_late`;
  await sql.end({ timeout: 5 });
  assert.ok(
    late !== undefined && late.count > 0,
    "some event came in after a younger one of the same customer",
  );
  assert.deepEqual([...await bank1.expectedContacts()], []);
  await using producer = await startShopProducer(await onSharedKafka(bank1));
  await producer.until(600);
  assert.equal((await bank1.expectedContacts()).length, 50);
});

Deno.test("a producer at a set rate publishes no faster, and follows the shop's life", async () => {
  await using database = await freshDatabase();
  await using bank1 = await openBank1(database.url, 3);
  await using producer = await startShopProducer({ ...await onSharedKafka(bank1), eventsPerSecond: 200 });
  const stopping = new AbortController();
  const life = bank1.live(1000, stopping.signal);
  const start = monotonic();
  await producer.until(150);
  const elapsedMs = monotonic() - start;
  stopping.abort();
  await life;
  assert.ok(elapsedMs >= 600, `150 events at 200/s took ${elapsedMs} ms`);
  assert.ok(bank1.lastEventId() >= 150);
  await producer.stop();
  await assert.rejects(producer.until(1_000_000), /Cannot publish beyond event \d+/);
});

/** Topics for this test on the shared broker. */
async function onSharedKafka(bank1: Bank1): Promise<ShopProducerOptions> {
  const { bootstrap } = await sharedWorld();
  const kinds = ["registration", "purchase", "campaign"] as const;
  const [registration = "", purchase = "", campaign = ""] = await freshTopics(kinds, 1);
  return { bank1Url: bank1.url, bootstrap, topics: { registration, purchase, campaign } };
}

Deno.test("a world touches nothing that the environment names, and is gone after stop()", async () => {
  let touched = 0;
  using trap = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const watching = (async () => {
    for await (const connection of trap) {
      touched++;
      connection.close();
    }
  })();
  const address = `127.0.0.1:${(trap.addr as Deno.NetAddr).port}`;
  const url = `postgres://sluice@${address}/bank2`;
  const names = {
    CONNECT_BOOTSTRAP_SERVERS: address,
    BANK2_URL: url,
    BANK2_ADMIN_URL: url,
    KAFKA_OPTS: "-Dno",
  };
  for (const [name, value] of Object.entries(names)) Deno.env.set(name, value);
  try {
    const world = await startWorld({ partitions });
    const folder = dirname(dirname(world.kafka.logFile));
    await world.bank1.happen(10);
    await (await world.startProducer()).until(10);
    const bank2 = postgres(world.bank2AdminUrl, { max: 1 });
    assert.deepEqual([...await bank2`select current_database() as name`], [{ name: "bank2" }]);
    await bank2.end({ timeout: 5 });
    await world.stop();
    await world.stop();
    assert.ok(!await exists(folder));
  } finally {
    for (const name of Object.keys(names)) Deno.env.delete(name);
  }
  trap.close();
  await watching.catch(() => {}); // ends with the listener
  assert.equal(touched, 0);
});
