/**
 * Runs only the shop, on the Kafka and the Bank 1 in CONNECT_BOOTSTRAP_SERVERS and BANK1_URL: past events
 * first, and then EVENTS_PER_SECOND (20) until a signal. `compose.yaml` runs it.
 *
 * The shop starts anew each time, so BANK1_URL must be an empty database or one that a shop has filled.
 *
 * @module
 */

import postgres from "postgres";
import { openBank1 } from "./bank1/bank1.ts";
import { shopTopics } from "./bank1/events.ts";
import { startShopProducer } from "./bank1/producer.ts";
import { createTopics } from "./kafka/kafka_client.ts";

const past = { customers: 300, events: 1_200 };
const partitions = 4;
const seed = 2026;

const bank1Url = variable("BANK1_URL");
const bootstrap = variable("CONNECT_BOOTSTRAP_SERVERS");
const ending = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(name, () => ending.abort());

await forgetEarlierShop(bank1Url);
await using bank1 = await openBank1(bank1Url, seed);
await createTopics(bootstrap, Object.values(shopTopics), partitions);
await bank1.fill(past);
await using producer = await startShopProducer({ bank1Url, bootstrap, topics: shopTopics });
await producer.until(bank1.lastEventId());
console.log(`The shop is open: ${past.customers} customers, ${past.events} events so far`);
await bank1.live(Number(Deno.env.get("EVENTS_PER_SECOND") ?? "20"), ending.signal);

function variable(name: string): string {
  const value = Deno.env.get(name);
  if (value !== undefined && value !== "") return value;
  throw new Error(`Cannot open the shop: the environment variable ${name} is not set`);
}

/** Drops a shop's tables; refuses a database with other tables. */
async function forgetEarlierShop(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const found = await sql<{ name: string }[]>`
      select table_name as name from information_schema.tables where table_schema = 'public'`;
    const names = new Set(found.map(({ name }) => name));
    if (names.size === 0) return;
    if (!names.has("outbox") || !names.has("campaign_signups")) {
      throw new Error("Cannot open the shop: BANK1_URL names a database with other tables");
    }
    await sql.unsafe("drop schema public cascade; create schema public");
  } finally {
    await sql.end({ timeout: 5 });
  }
}
