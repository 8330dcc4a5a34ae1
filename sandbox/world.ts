/**
 * The embedded world of demo and tests: Kafka, PostgreSQL with Bank 1 and Bank 2, and the shop's producer.
 *
 * It's all its own: whatever Kafka or database the environment names is neither read nor touched.
 *
 * @module
 */

import { type Bank1, openBank1 } from "./bank1/bank1.ts";
import { type ShopTopics, shopTopics } from "./bank1/events.ts";
import { type ShopProducer, startShopProducer } from "./bank1/producer.ts";
import { type KafkaOptions, type KafkaServer, startKafka } from "./kafka/kafka.ts";
import { createTopics } from "./kafka/kafka_client.ts";
import { makeOwnedFolder } from "./owned_folder.ts";
import { type PostgresOptions, type PostgresServer, startPostgres } from "./postgres/postgres.ts";

/** How to set the world up; everything has a default. */
export interface WorldOptions {
  /** Of each of the three topics. */
  readonly partitions?: number;
  /** The same seed makes the same people. */
  readonly seed?: number;
  readonly topics?: ShopTopics;
  readonly kafka?: Omit<KafkaOptions, "owner">;
  readonly postgres?: Omit<PostgresOptions, "owner">;
}

/** A world that runs. */
export interface World extends AsyncDisposable {
  readonly kafka: KafkaServer;
  readonly postgres: PostgresServer;
  readonly bank1: Bank1;
  readonly topics: ShopTopics;
  /** Superuser's URL of the empty database `bank2`, for `BANK2_ADMIN_URL`. */
  readonly bank2AdminUrl: string;
  /** Starts the shop's producer; the caller stops it, or the world's end does. */
  startProducer(options?: { readonly eventsPerSecond?: number }): Promise<ShopProducer>;
  /** Ends everything and removes it; safe to call twice. */
  stop(): Promise<void>;
}

const partitionsDefault = 4;
const seedDefault = 2026;

/**
 * Starts a world: the topics are there, Bank 1 has its tables and no customers yet, Bank 2 is empty.
 *
 * @throws MachineLacksError where Java, Maven or PostgreSQL is missing.
 */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const topics = options.topics ?? shopTopics;
  await using stack = new AsyncDisposableStack();
  const owner = stack.use(await makeOwnedFolder());
  const [kafka, database] = await Promise.all([
    startKafka({ ...options.kafka, owner }),
    startPostgres({ ...options.postgres, owner }),
  ]);
  const bank1 = stack.use(
    await openBank1(await database.createDatabase("bank1"), options.seed ?? seedDefault),
  );
  const bank2AdminUrl = await database.createDatabase("bank2");
  await createTopics(kafka.bootstrap, Object.values(topics), options.partitions ?? partitionsDefault);
  const everything = stack.move();
  const stop = () => everything.disposeAsync();
  return {
    kafka,
    postgres: database,
    bank1,
    topics,
    bank2AdminUrl,
    startProducer: async (settings = {}) =>
      everything.use(
        await startShopProducer({ bank1Url: bank1.url, bootstrap: kafka.bootstrap, topics, ...settings }),
      ),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
