/**
 * The world of demo and tests: Kafka, PostgreSQL with Bank 1 and Bank 2, and the shop's producer.
 *
 * It ignores any Kafka or database named in the environment.
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

interface WorldOptions {
  /** Partitions of each of the three topics. */
  readonly partitions?: number;
  /** The same seed generates the same people. */
  readonly seed?: number;
  readonly topics?: ShopTopics;
  readonly kafka?: Omit<KafkaOptions, "owner">;
  readonly postgres?: Omit<PostgresOptions, "owner">;
}

export interface World extends AsyncDisposable {
  readonly kafka: KafkaServer;
  readonly postgres: PostgresServer;
  readonly bank1: Bank1;
  readonly topics: ShopTopics;
  /** The superuser's URL of the empty database `bank2`, for `BANK2_ADMIN_URL`. */
  readonly bank2AdminUrl: string;
  /** Starts the shop's producer; the caller or the world's end stops it. */
  startProducer(options?: { readonly eventsPerSecond?: number }): Promise<ShopProducer>;
  /** Stops and removes everything; safe to call twice. */
  stop(): Promise<void>;
}

const partitionsDefault = 4;
const seedDefault = 2026;

/**
 * Starts a world: the topics exist, Bank 1 has its tables but no customers, Bank 2 is empty.
 *
 * @throws MachineLacksError if Java, Maven or PostgreSQL is missing.
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
