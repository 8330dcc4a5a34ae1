/** A worker, a database and a topic for `churn`. @module */

import { join } from "node:path";
import postgres from "postgres";
import { databaseUrl } from "../../../sandbox/postgres/databases.ts";
import { createTopics } from "../../../sandbox/kafka/kafka_client.ts";
import { startConnect } from "./connect_program.ts";
import type { ConnectProgram } from "./connect_program.ts";
import type { TracePlaces } from "./rest_churn.ts";

/** Every fifth connector writes to PostgreSQL, as many as its server has sessions for. */
const databaseEvery = 5;

interface ChurnWorldOptions {
  readonly bootstrap: string;
  /** A database of its own. */
  readonly databaseUrl: string;
  /** Prefix of names. */
  readonly prefix: string;
}

export interface ChurnWorld extends AsyncDisposable {
  readonly worker: ConnectProgram;
  readonly places: TracePlaces;
  readonly config: (index: number, name: string) => Readonly<Record<string, string>>;
}

export async function churnWorld(
  { bootstrap, databaseUrl: url, prefix }: ChurnWorldOptions,
): Promise<ChurnWorld> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const topic = `${prefix}.events`;
  await createTopics(bootstrap, [topic], 1);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql`create table orders (order_id bigint primary key, total float8)`;
  await sql.end({ timeout: 5 });
  const storage = join(folder, "connectors");
  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: bootstrap,
    CONNECT_CONFIG_STORAGE_DIR: storage,
    CONNECT_CONFIG_PROVIDERS_ENV_ALLOW: "ORDERS_URL",
    ORDERS_URL: url,
  };
  const worker = stack.use(await startConnect({ variables }));
  const file = { "connector.class": "FileStreamSink", topics: topic };
  const database = {
    "connector.class": "PostgresSink",
    topics: topic,
    "connection.url": "${env:ORDERS_URL}",
    "table.name.format": "orders",
    "insert.mode": "upsert",
    "pk.mode": "record_value",
    "pk.fields": "order_id",
  };
  const kept = stack.move();
  return {
    worker,
    places: {
      pid: worker.program.pid,
      bootstrap,
      databaseUrl: databaseUrl(url, new URL(url).pathname.slice(1)),
      groupPrefix: `connect-${prefix}`,
      storage,
    },
    config: (index, name) =>
      index % databaseEvery === 0 ? database : { ...file, file: join(folder, `${name}.txt`) },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
