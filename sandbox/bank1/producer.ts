/**
 * The shop's producer: reads Bank 1's new rows in order and publishes them.
 *
 * It stands for another team's program and uses only kafkajs and SQL.
 *
 * @module
 */

import { CompressionTypes, Partitioners, type Producer as KafkaProducer } from "kafkajs";
import postgres from "postgres";
import { kafkaClient } from "../kafka/kafka_client.ts";
import { monotonic, sleep } from "../wait.ts";
import { eventKey, eventValue, type OutboxRow, type ShopTopics } from "./events.ts";

export interface ShopProducerOptions {
  readonly bank1Url: string;
  readonly bootstrap: string;
  readonly topics: ShopTopics;
  /** If absent, as fast as possible. */
  readonly eventsPerSecond?: number;
  readonly compression?: "none" | "gzip";
}

export interface ShopProducer extends AsyncDisposable {
  /** Returns the id of the last published event; ids start at 1 without gaps. */
  publishedTo(): number;
  /** Resolves when the event is published; rejects if the producer fails or is stopped before. */
  until(eventId: number): Promise<void>;
  /** Finishes the current batch; safe to call twice. */
  stop(): Promise<void>;
}

const batchRowsMax = 2000;
const batchesPerSecondMin = 100;
const idleMs = 100;
const stopMsMax = 5000;

/** Starts a producer after the last event that Bank 1 knows to be published. */
export async function startShopProducer(options: ShopProducerOptions): Promise<ShopProducer> {
  const sql = postgres(options.bank1Url, { max: 2, onnotice: () => {} });
  const producer = kafkaClient(options.bootstrap).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: true, // no duplicates and no reordering, even if the broker fails
  });
  await producer.connect();
  const [start] = await sql<{ published_to: string }[]>`select published_to from producer`;
  const stopping = new AbortController();
  const progress = makeProgress(Number(start?.published_to ?? 0));
  const publishing = publish({ sql, producer, options, progress, signal: stopping.signal });
  publishing.then(() => progress.end(new Error("the producer was stopped")), progress.end);
  const stop = async () => {
    stopping.abort();
    // `until` has reported a failure; while Kafka is away this never ends.
    const ended = new AbortController();
    await Promise.race([publishing.catch(() => {}), sleep(stopMsMax, ended.signal)]);
    ended.abort();
    await producer.disconnect();
    await sql.end({ timeout: 5 });
  };
  return { publishedTo: progress.publishedTo, until: progress.until, stop, [Symbol.asyncDispose]: stop };
}

type Progress = ReturnType<typeof makeProgress>;

function makeProgress(start: number) {
  let published = start;
  let reason: Error | undefined;
  let waiting: readonly { readonly eventId: number; readonly done: PromiseWithResolvers<void> }[] = [];
  const settle = () => {
    const [reached, others] = [
      waiting.filter((w) => w.eventId <= published),
      waiting.filter((w) => w.eventId > published),
    ];
    for (const { done } of reached) done.resolve();
    waiting = reason === undefined ? others : [];
    if (reason !== undefined) { for (const { done } of others) done.reject(reason); }
  };
  return {
    publishedTo: () => published,
    advance: (eventId: number) => {
      published = eventId;
      settle();
    },
    end: (cause: unknown) => {
      reason = new Error(`Cannot publish beyond event ${published}`, { cause });
      settle();
    },
    until: (eventId: number) => {
      const done = Promise.withResolvers<void>();
      waiting = [...waiting, { eventId, done }];
      settle();
      return done.promise;
    },
  };
}

interface Publishing {
  readonly sql: postgres.Sql;
  readonly producer: KafkaProducer;
  readonly options: ShopProducerOptions;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

async function publish({ sql, producer, options, progress, signal }: Publishing): Promise<void> {
  const rate = options.eventsPerSecond ?? Infinity;
  const rowsMax = Math.max(1, Math.min(batchRowsMax, Math.ceil(rate / batchesPerSecondMin)));
  const bell = await makeBell(sql);
  let due = monotonic();
  while (!signal.aborted) {
    const rows = await readOutbox(sql, progress.publishedTo(), rowsMax);
    const last = rows.at(-1);
    if (last === undefined) {
      await bell.rung(signal);
      // Idle time isn't caught up.
      due = monotonic();
      continue;
    }
    await send(producer, options, rows);
    await sql`update producer set published_to = ${last.event_id}`;
    progress.advance(Number(last.event_id));
    due += rows.length / rate * 1000;
    await sleep(Math.max(0, due - monotonic()), signal);
  }
}

async function readOutbox(sql: postgres.Sql, after: number, rowsMax: number): Promise<readonly OutboxRow[]> {
  return await sql<OutboxRow[]>`
    select * from outbox where event_id > ${after} and event_id <= ${after + rowsMax} order by event_id`;
}

async function send(
  producer: KafkaProducer,
  options: ShopProducerOptions,
  rows: readonly OutboxRow[],
): Promise<void> {
  const byKind = Map.groupBy(rows, (row) => row.kind);
  await producer.sendBatch({
    acks: -1,
    compression: options.compression === "gzip" ? CompressionTypes.GZIP : CompressionTypes.None,
    topicMessages: Array.from(byKind, ([kind, ofKind]) => ({
      topic: options.topics[kind],
      messages: ofKind.map((row) => ({ key: eventKey(row), value: eventValue(row) })),
    })),
  });
}

/** Bank 1 announces new events; without an announcement the producer polls. */
async function makeBell(sql: postgres.Sql) {
  let ring = Promise.withResolvers<void>();
  await sql.listen("shop_events", () => ring.resolve());
  return {
    rung: async (signal: AbortSignal) => {
      const quiet = new AbortController();
      await Promise.race([ring.promise, sleep(idleMs, AbortSignal.any([signal, quiet.signal]))]);
      quiet.abort();
      ring = Promise.withResolvers<void>();
    },
  };
}
