/** Compares tables with topics. @module */

import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import type { DeliveryWorld } from "./delivery_world.ts";
import { until } from "./delivery_world.ts";
import { type EventOf, phoneOf } from "./delivery_events.ts";

interface Delivered {
  readonly records: number;
  readonly rows: number;
  readonly missing: number;
  /** Rows beyond a record's first. */
  readonly twice: number;
}

/** Counts by each record's partition and offset. */
export async function deliveredOnce(world: DeliveryWorld): Promise<Delivered> {
  const ends = await world.ends();
  const records = [...ends.values()].reduce((sum, end) => sum + Number(end), 0);
  const [found] = await world.sql<{ rows: number; places: number }[]>`
    select count(*)::int as rows, count(distinct (part, off))::int as places from arrived`;
  const { rows, places } = found ?? { rows: 0, places: 0 };
  return { records, rows, missing: records - places, twice: rows - places };
}

/** Counts the events' numbers that arrived, and the rows with other numbers. */
export async function eventsArrived(world: DeliveryWorld, count: number): Promise<number> {
  const [found] = await world.sql<{ n: number }[]>`
    select count(distinct event_id)::int as n from arrived where event_id >= 0 and event_id < ${count}`;
  return found?.n ?? 0;
}

/** Counts customers whose row differs from their last event, is missing, or shouldn't exist. */
export async function wrongCustomers(world: DeliveryWorld, eventOf: EventOf, count: number): Promise<number> {
  const last = new Map<string, number>();
  for (let index = 0; index < count; index++) last.set(eventOf(index).key ?? "", index);
  const rows = await world.sql<{ id: string; event: string; phone: string }[]>`
    select customer_id::text as id, event_id::text as event, phone from customers`;
  let wrong = 0;
  for (const { id, event, phone } of rows) {
    const index = last.get(id);
    if (index === undefined || String(index) !== event || phone !== phoneOf(index)) wrong++;
    last.delete(id);
  }
  return wrong + last.size;
}

/** Waits until the group has committed the ends of all partitions. */
export async function allCommitted(world: DeliveryWorld, msMax?: number): Promise<void> {
  const ends = await world.ends();
  await until("the group's offsets to reach the topics' ends", async () => {
    const offsets = await world.groupOffsets();
    return [...ends].every(([place, end]) => end === 0n || offsets.get(place) === end);
  }, msMax);
}

/** Counts records in the dead letter topic; 0 if the topic doesn't exist. */
export async function deadLetters(world: DeliveryWorld, topic: string): Promise<number> {
  const admin = kafkaClient(world.kafka.bootstrap).admin();
  await admin.connect();
  try {
    if (!(await admin.listTopics()).includes(topic)) return 0;
    const partitions = await admin.fetchTopicOffsets(topic);
    return partitions.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  } finally {
    await admin.disconnect();
  }
}
