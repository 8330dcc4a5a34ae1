/**
 * A Kafka, a PostgreSQL behind a proxy, and workers to kill, for tests of lost and duplicate records. All of it belongs
 * to one test, which may stop any part.
 *
 * @module
 */

import { join } from "node:path";
import postgres from "postgres";
import { type KafkaServer, startKafka } from "../../../sandbox/kafka/kafka.ts";
import { createTopics, kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { makeOwnedFolder } from "../../../sandbox/owned_folder.ts";
import { type PostgresServer, startPostgres } from "../../../sandbox/postgres/postgres.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { fetchGroupOffsets } from "../kafka/group_offsets.ts";
import { type PgProxy, startPgProxy } from "../sinks/pg_proxy.ts";
import { type RunningProgram, startTask } from "../programs/program.ts";

export type ConnectorSettings = Readonly<Record<string, string>>;

interface DeliveryOptions {
  readonly name?: string;
  readonly topics?: readonly string[];
  readonly partitions?: number;
  /** Statements for the database, run as its superuser. */
  readonly schema?: readonly string[];
  /** The connector's settings besides class, topics and URL. */
  readonly settings?: ConnectorSettings;
  readonly kafkaProperties?: Readonly<Record<string, string>>;
}

export interface DeliveryWorld extends AsyncDisposable {
  readonly name: string;
  readonly topics: readonly string[];
  readonly kafka: KafkaServer;
  readonly postgres: PostgresServer;
  readonly proxy: PgProxy;
  /** URL of the database, past the proxy, for the superuser. */
  readonly url: string;
  /** The same through the proxy, for workers. */
  readonly proxiedUrl: string;
  /** A session past the proxy; it connects again after a restart. */
  readonly sql: postgres.Sql;
  /** The connector's JSON. */
  readonly configFile: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Writes the connector's JSON with other settings. */
  configure(settings: ConnectorSettings): Promise<void>;
  /** Starts a worker with the connector. */
  startWorker(): RunningProgram;
  /** End offsets of the topics' partitions. */
  ends(): Promise<ReadonlyMap<string, bigint>>;
  /** The group's offsets, without partitions that have no commit. */
  groupOffsets(): Promise<ReadonlyMap<string, bigint>>;
}

/** A table with one row per record, by its place, without a key, so that a duplicate is visible. */
export const arrivedTable =
  `create table arrived (event_id bigint, customer_id bigint, phone text, source text, part int, off bigint)`;

const insertedOnce: ConnectorSettings = {
  "table.name.format": "arrived",
  "insert.mode": "insert",
  "exactly.once.enabled": "true",
};

/** Insert mode, exactly once: duplicates and losses can be counted. Batches go in columns. */
export const insertOnce: ConnectorSettings = {
  ...insertedOnce,
  "pk.mode": "kafka",
  "pk.fields": "source,part,off",
  "fields.whitelist": "event_id,customer_id,phone",
};

/** The same; a transformation that needs values makes batches of objects. */
export const insertOnceByObjects: ConnectorSettings = {
  ...insertedOnce,
  "pk.mode": "none",
  "transforms": "place",
  "transforms.place.type": "org.apache.kafka.connect.transforms.InsertField$Value",
  "transforms.place.partition.field": "part",
  "transforms.place.offset.field": "off",
  "fields.whitelist": "event_id,customer_id,phone,part,off",
};

/** A table with one row per customer. */
export const customersTable =
  `create table customers (customer_id bigint primary key, event_id bigint, phone text)`;

/** Upsert mode, at least once. */
export const upsertAtLeastOnce: ConnectorSettings = {
  "table.name.format": "customers",
  "insert.mode": "upsert",
  "pk.mode": "record_value",
  "pk.fields": "customer_id",
  "fields.whitelist": "customer_id,event_id,phone",
};

/** Short sessions, so that a test sees them expire; and two tasks. */
const quick: ConnectorSettings = {
  "connector.class": "PostgresSink",
  "tasks.max": "2",
  "connection.url": "${env:DELIVERY_URL}",
  "offset.flush.interval.ms": "1000",
  "consumer.override.session.timeout.ms": "4000",
  "consumer.override.heartbeat.interval.ms": "500",
  "idle.in.transaction.timeout.ms": "2000",
  "lock.timeout.ms": "3000",
  "statement.timeout.ms": "6000",
  "retry.backoff.ms": "200",
  "retry.backoff.max.ms": "1000",
};

const partitionsDefault = 4;

export async function startDeliveryWorld(options: DeliveryOptions = {}): Promise<DeliveryWorld> {
  const { name = "delivery", topics = ["events"], partitions = partitionsDefault } = options;
  await using stack = new AsyncDisposableStack();
  const owner = stack.use(await makeOwnedFolder());
  const [kafka, server] = await Promise.all([
    startKafka({ owner, properties: options.kafkaProperties ?? {} }),
    startPostgres({ owner }),
  ]);
  await createTopics(kafka.bootstrap, topics, partitions);
  const url = await server.createDatabase("target");
  const proxy = stack.use(startPgProxy(server.port));
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  stack.defer(() => sql.end({ timeout: 1 }));
  for (const statement of options.schema ?? []) await sql.unsafe(statement);
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const configFile = join(folder, "connector.json");
  const configure = (settings: ConnectorSettings) =>
    Deno.writeTextFile(
      configFile,
      JSON.stringify({ name, config: { ...quick, topics: topics.join(), ...settings } }),
    );
  await configure(options.settings ?? {});
  const proxiedUrl = url.replace(`:${server.port}/`, `:${proxy.port}/`);
  const variables = { CONNECT_BOOTSTRAP_SERVERS: kafka.bootstrap, DELIVERY_URL: proxiedUrl };
  const workers = stack.use(new AsyncDisposableStack());
  const everything = stack.move();
  return {
    ...{ name, topics, kafka, proxy, url, proxiedUrl, sql, configFile, variables, configure },
    postgres: server,
    startWorker: () =>
      workers.use(startTask("start", { args: ["--config", configFile, "--log-level", "debug"], variables })),
    ends: () => endsOf(kafka.bootstrap, topics),
    groupOffsets: () => groupOffsetsOf(kafka.bootstrap, `connect-${name}`, topics),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

async function endsOf(bootstrap: string, topics: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
  const admin = kafkaClient(bootstrap).admin();
  await admin.connect();
  try {
    const ends = await Promise.all(topics.map(async (topic) => {
      const partitions = await admin.fetchTopicOffsets(topic);
      return partitions.map(({ partition, high }) => [`${topic}-${partition}`, BigInt(high)] as const);
    }));
    return new Map(ends.flat());
  } finally {
    await admin.disconnect();
  }
}

async function groupOffsetsOf(
  bootstrap: string,
  groupId: string,
  topics: readonly string[],
): Promise<ReadonlyMap<string, bigint>> {
  const admin = kafkaClient(bootstrap).admin();
  await admin.connect();
  try {
    const found = await fetchGroupOffsets(admin, groupId, topics);
    return new Map(found.flatMap(({ topic, partitions }) =>
      partitions.filter(({ offset }) => offset !== "-1")
        .map(({ partition, offset }) => [`${topic}-${partition}`, BigInt(offset)] as const)
    ));
  } finally {
    await admin.disconnect();
  }
}

/** Waits; the deadline only ends a hanging test. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  msMax = waitMsMax,
): Promise<void> {
  await pollUntil(what, msMax, async () => await holds() || undefined);
}

/** Counts a table's rows; retries while the database is away. */
export async function rowCount({ sql }: DeliveryWorld, table: string): Promise<number> {
  try {
    const [row] = await sql.unsafe<{ n: number }[]>(`select count(*)::int as n from ${table}`);
    return row?.n ?? 0;
  } catch {
    return 0; // the database is away, as the test wants
  }
}
