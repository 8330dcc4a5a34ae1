/** The demo's servers: its own, or with --external those named in environment variables. @module */

import { createKafkaClients } from "../../connect/kafka/mod.ts";
import { type Bank1, openBank1 } from "../bank1/bank1.ts";
import { type ShopTopics, shopTopics } from "../bank1/events.ts";
import { type ShopProducer, startShopProducer } from "../bank1/producer.ts";
import { createTopics } from "../kafka/kafka_client.ts";
import { startPostgres } from "../postgres/postgres.ts";
import { startWorld } from "../world.ts";
import { requireDatabase } from "../../cli/governance/admin_database.ts";
import { kafkaProblem } from "../../cli/kafka_check.ts";
import { openLog } from "../../cli/process/log.ts";
import { writeLog } from "../../cli/output.ts";
import { systemTime } from "../../cli/process/system_time.ts";
import { TaskError } from "../../cli/task_program.ts";
import { UsageError } from "../../cli/usage_error.ts";

export interface DemoWorld extends AsyncDisposable {
  readonly bootstrap: string;
  readonly bank1: Bank1;
  /** Bank 2's URL for its administrator. */
  readonly adminUrl: string;
  /** Bank 2's URL for the worker. */
  readonly workerUrl: string;
  readonly keySecret: string;
  readonly topics: ShopTopics;
  /** Whether Kafka and Bank 2 are external: what the demo leaves there stays. */
  readonly isExternal: boolean;
  /** Starts the shop's producer; without a rate as fast as possible. */
  startProducer(options?: { readonly eventsPerSecond?: number }): Promise<ShopProducer>;
}

const partitions = 4;
const seed = 2026;

/** Starts the demo's own Kafka and PostgreSQL, whatever the environment names. */
export async function openEmbeddedWorld(): Promise<DemoWorld> {
  const world = await startWorld({
    partitions,
    seed,
    postgres: { settings: { track_commit_timestamp: "on" } },
  });
  return {
    bootstrap: world.kafka.bootstrap,
    bank1: world.bank1,
    adminUrl: world.bank2AdminUrl,
    workerUrl: world.postgres.urlOf("bank2", "telesales_worker", randomSecret()),
    keySecret: randomSecret(),
    topics: world.topics,
    isExternal: false,
    startProducer: (options) => world.startProducer(options),
    [Symbol.asyncDispose]: () => world.stop(),
  };
}

/**
 * Uses the Kafka and the Bank 2 named in the program's variables. Bank 1, its producer and the topics are the
 * demo's own, so it never reads real events and other consumers don't get the demo's.
 */
export async function openExternalWorld(): Promise<DemoWorld> {
  const bootstrap = variable("CONNECT_BOOTSTRAP_SERVERS");
  const [adminUrl, workerUrl] = [variable("BANK2_ADMIN_URL"), variable("BANK2_URL")];
  const keySecret = variable("TELESALES_KEY_SECRET");
  const bank2 = requireDatabase("telesales", { "connector.class": "PostgresSink" });
  bank2.checkUrl(adminUrl, "BANK2_ADMIN_URL");
  bank2.checkUrl(workerUrl, "BANK2_URL");
  await refuseSilentKafka(bootstrap);
  const topics = topicsBelow(`sluice-demo-${Deno.pid}-${performance.timeOrigin.toFixed()}`);
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await startPostgres());
  const bank1 = stack.use(await openBank1(await database.createDatabase("bank1"), seed));
  await createTopics(bootstrap, Object.values(topics), partitions);
  const everything = stack.move();
  return {
    bootstrap,
    bank1,
    adminUrl,
    workerUrl,
    keySecret,
    topics,
    isExternal: true,
    startProducer: async (options) =>
      everything.use(await startShopProducer({ bank1Url: bank1.url, bootstrap, topics, ...options })),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/** The sandbox's own clients would wait for an unreachable Kafka silently and without limit. */
async function refuseSilentKafka(bootstrap: string): Promise<void> {
  const settings = { "bootstrap.servers": bootstrap };
  const kafka = createKafkaClients(settings, {
    time: systemTime,
    logger: openLog({ format: "text", level: "error", write: writeLog }),
    currentWorker: () => Promise.resolve(settings),
  });
  const problem = await kafkaProblem(kafka, settings, {});
  if (problem !== undefined) throw new TaskError(`Cannot use CONNECT_BOOTSTRAP_SERVERS: ${problem}`);
}

function topicsBelow(prefix: string): ShopTopics {
  const { registration, purchase, campaign } = shopTopics;
  return {
    registration: `${prefix}.${registration}`,
    purchase: `${prefix}.${purchase}`,
    campaign: `${prefix}.${campaign}`,
  };
}

function variable(name: string): string {
  const value = Deno.env.get(name);
  if (value !== undefined && value !== "") return value;
  throw new UsageError(`Cannot use --external: the environment variable ${name} is not set`);
}

function randomSecret(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}
