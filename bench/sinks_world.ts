/** A Kafka full of registrations, a PostgreSQL, and the two sinks to compare on them. @module */

import { join } from "node:path";
import postgres from "postgres";
import { createTopics } from "../sandbox/kafka/kafka_client.ts";
import { startKafka } from "../sandbox/kafka/kafka.ts";
import { makeOwnedFolder } from "../sandbox/owned_folder.ts";
import { type PostgresServer, startPostgres } from "../sandbox/postgres/postgres.ts";
import { pollUntil } from "../sandbox/wait.ts";
import { customersTable, upsertAtLeastOnce } from "../tests/support/delivery/delivery_world.ts";
import { type EventOf, produceEvents, registrations } from "../tests/support/delivery/delivery_events.ts";
import { projectFolder, runTask } from "../tests/support/programs/program.ts";

/** The topic of the events. */
export const topic = "customers.registrations";
const arrivedMsMax = 600_000;
const tickMs = 10;
const secret = "a secret of the benchmark, longer than thirty-two bytes";

/** `generic` keeps three fields and upserts; `telesales` is the shipped connector with one task. */
export type SinkName = "generic" | "telesales";

interface SinkSetup {
  readonly settings: (url: string) => Readonly<Record<string, string>>;
  readonly schema?: string;
  /** A sum that shows that the last event of each customer has arrived. */
  readonly sum: string;
}

/** One sink with its own database and group. */
export interface PreparedSink extends AsyncDisposable {
  /** Its configuration file, for `start --config`. */
  readonly file: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Waits until the table matches the events exactly. */
  arrived(): Promise<void>;
}

/** Other events than the registrations, as many of them. */
interface OtherEvents {
  readonly eventOf: EventOf;
  /** Whether the event becomes its customer's row, changes nothing, or deletes the row. */
  readonly effectOf: (index: number) => "row" | "nothing" | "deletion";
}

/** Servers and events. */
export interface SinksWorld extends AsyncDisposable {
  readonly server: PostgresServer;
  /** Produces other events into a topic of their own, for sinks whose setting `topics` names it. */
  produce(topic: string, events: OtherEvents): Promise<void>;
  prepare(
    sink: SinkName,
    name: string,
    settings?: Readonly<Record<string, string>>,
  ): Promise<PreparedSink>;
}

const shipped = JSON.parse(await Deno.readTextFile(`${projectFolder}connectors/telesales/connector.json`));
const sinks: Readonly<Record<SinkName, SinkSetup>> = {
  generic: {
    settings: (url) => ({
      ...upsertAtLeastOnce,
      ...{ "connector.class": "PostgresSink", topics: topic, "connection.url": url },
      ...{ "errors.tolerance": "all", "transforms": "keep" },
      "transforms.keep.include": "customer_id,event_id,phone",
      "transforms.keep.type": "org.apache.kafka.connect.transforms.ReplaceField$Value",
    }),
    schema: customersTable,
    sum: "select coalesce(sum(event_id), 0)::text as sum, count(*)::int as rows from customers",
  },
  telesales: {
    settings: () => ({ ...shipped.config, topics: topic, "tasks.max": "1" }),
    // An event's phone number contains the event's number.
    sum: `select coalesce(sum(right(phone, 8)::bigint), 0)::text as sum, count(*)::int as rows
            from telesales.person`,
  },
};

/** Starts the servers and produces the given number of events. */
export async function startSinksWorld(
  { count, partitions }: { readonly count: number; readonly partitions: number },
): Promise<SinksWorld> {
  await using stack = new AsyncDisposableStack();
  const owner = stack.use(await makeOwnedFolder());
  const [kafka, server] = await Promise.all([startKafka({ owner }), startPostgres({ owner })]);
  const expectedOf = new Map<string, Expected>();
  const produce = async (name: string, events: OtherEvents) => {
    await createTopics(kafka.bootstrap, [name], partitions);
    await produceEvents(kafka.bootstrap, { eventOf: events.eventOf, count });
    expectedOf.set(name, whatArrives(events, count));
  };
  await produce(topic, { eventOf: registrations(topic), effectOf: () => "row" });
  const everything = stack.move();
  return {
    server,
    produce,
    prepare: async (sink, name, settings = {}) => {
      const setup = sinks[sink];
      const adminUrl = await server.createDatabase(name);
      const ask = async <R extends object>(text: string) => {
        const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
        try {
          return await sql.unsafe<R[]>(text);
        } finally {
          await sql.end({ timeout: 1 });
        }
      };
      const variables = {
        CONNECT_BOOTSTRAP_SERVERS: kafka.bootstrap,
        TELESALES_KEY_SECRET: secret,
        BANK2_ADMIN_URL: adminUrl,
        BANK2_URL: server.urlOf(name, `worker_${name}`, "worker"),
      };
      if (setup.schema !== undefined) await ask(setup.schema);
      else await runTask("migrate", { args: ["--connector", "telesales"], variables });
      const file = join(owner.path, `${name}.json`);
      const config = { ...setup.settings(adminUrl), ...settings };
      await Deno.writeTextFile(file, JSON.stringify({ name, config }));
      const expected = expectedOf.get(config["topics"] ?? "");
      if (expected === undefined) throw new Error(`Cannot prepare ${name}: no events for its topics`);
      return {
        ...{ file, variables },
        arrived: async () => {
          await pollUntil(`the last event in ${name}`, arrivedMsMax, async () => {
            const [row] = await ask<{ sum: string; rows: number }>(setup.sum);
            return row?.sum === expected.sum && row.rows === expected.rows ? true : undefined;
          });
        },
        [Symbol.asyncDispose]: () => server.dropDatabase(name),
      };
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

interface Expected {
  readonly sum: string;
  readonly rows: number;
}

/** Computes the result from each customer's last event that counts. */
function whatArrives({ eventOf, effectOf }: OtherEvents, count: number): Expected {
  const last = new Map<string | null, number>();
  for (let index = 0; index < count; index++) {
    const effect = effectOf(index);
    if (effect === "nothing") continue;
    const { key } = eventOf(index);
    if (effect === "row") last.set(key, index);
    else last.delete(key);
  }
  return { sum: String([...last.values()].reduce((sum, index) => sum + index, 0)), rows: last.size };
}

/** Returns a process's CPU seconds so far. */
export async function cpuOf(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs / 1000;
}
