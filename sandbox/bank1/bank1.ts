/** Bank 1: the shop's database, in which events happen on their own. @module */

import postgres from "postgres";
import { monotonic, now, sleep } from "../wait.ts";
import { seededRandom } from "./random.ts";
import { openShop, type Shop, type ShopEvent } from "./shop.ts";
import { insertEvents } from "./shop_tables.ts";

/** A customer's contact as telesales must show it. */
export interface ExpectedContact {
  readonly customerId: string;
  readonly name: string;
  /** In E.164 format. */
  readonly phone: string;
  readonly region: string | null;
  /** Time of the newest event. */
  readonly updatedAt: Date;
}

/** Number of events in the past. */
interface Past {
  readonly customers: number;
  /** All events, including the customers' first registrations. */
  readonly events: number;
}

export interface Bank1 extends AsyncDisposable {
  readonly url: string;
  /** Returns the number of events so far, which is also the last event's id. */
  lastEventId(): number;
  /** Adds the events of the last thirty days; a few arrive late, after newer ones. */
  fill(past: Past): Promise<void>;
  /** Adds events that happen now. */
  happen(events: number): Promise<void>;
  /** Adds events at a steady rate until the signal aborts. */
  live(eventsPerSecond: number, signal: AbortSignal): Promise<void>;
  /** Returns what Bank 2 must contain, by customer id, once it has everything that the producer published. */
  expectedContacts(): Promise<readonly ExpectedContact[]>;
  /** Closes the connections; safe to call twice. */
  close(): Promise<void>;
}

const pastMs = 30 * 24 * 3600 * 1000;
const lateShare = 0.03;
const lateByEventsMax = 50;
const batchEvents = 1000;
const connectionsMax = 2;
const tickMs = 10;

/** Creates the shop's tables in an empty database and opens the shop. */
export async function openBank1(url: string, seed: number): Promise<Bank1> {
  const sql = postgres(url, { max: connectionsMax, onnotice: () => {} });
  await sql.unsafe(await Deno.readTextFile(new URL("schema.sql", import.meta.url)));
  const shop = openShop(seed);
  let lastEventId = 0;
  const add = async (events: readonly ShopEvent[]) => {
    await insertEvents(sql, events, lastEventId + 1);
    lastEventId += events.length;
  };
  const happen = async (events: number) => {
    for (let done = 0; done < events; done += batchEvents) {
      await add(Array.from({ length: Math.min(batchEvents, events - done) }, () => shop.next(now())));
    }
  };
  const close = () => sql.end({ timeout: 5 });
  return {
    url,
    lastEventId: () => lastEventId,
    fill: async (past) => {
      const events = arrivals(shop, past, seed);
      for (let done = 0; done < events.length; done += batchEvents) {
        await add(events.slice(done, done + batchEvents));
      }
    },
    happen,
    live: (eventsPerSecond, signal) => liveAtRate(happen, eventsPerSecond, signal),
    expectedContacts: () => readExpected(sql),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Returns past events in the order in which they arrived. */
function arrivals(shop: Shop, past: Past, seed: number): readonly ShopEvent[] {
  const random = seededRandom(seed);
  const start = now() - pastMs;
  const stepMs = pastMs / (past.events + 1);
  const rank = (index: number) => index + (random.chance(lateShare) ? random.int(lateByEventsMax) + 0.5 : 0);
  const happened = Array.from({ length: past.events }, (_, index) => {
    const atMs = Math.floor(start + index * stepMs);
    return { rank: rank(index), event: index < past.customers ? shop.newcomer(atMs) : shop.known(atMs) };
  });
  return happened.sort((a, b) => a.rank - b.rank).map(({ event }) => event);
}

async function liveAtRate(
  happen: (events: number) => Promise<void>,
  eventsPerSecond: number,
  signal: AbortSignal,
): Promise<void> {
  const start = monotonic();
  let done = 0;
  while (!signal.aborted) {
    const due = Math.floor((monotonic() - start) / 1000 * eventsPerSecond) - done;
    await happen(due);
    done += due;
    await sleep(tickMs, signal);
  }
}

async function readExpected(sql: postgres.Sql): Promise<readonly ExpectedContact[]> {
  return await sql<ExpectedContact[]>`
    select customer_id::text as "customerId", name, phone, region, updated_at as "updatedAt"
    from expected_contacts order by customer_id`;
}
