/**
 * What an installed Sluice leaves behind: the files of this folder, which `make_world.ts` writes and `upgrade_test.ts`
 * starts from.
 *
 * @module
 */

import type postgres from "postgres";
import type { ConnectProgram } from "../../support/rest/connect_program.ts";
import { fetchGroupOffsets } from "../../support/kafka/group_offsets.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";

/** What isn't in the database, on disk or in a topic. */
export interface Installed {
  /** Short id of the commit whose program made it. */
  readonly commit: string;
  readonly clusterId: string;
  /** Number of partitions of each topic. */
  readonly topics: Readonly<Record<string, number>>;
  /** What Kafka's groups have committed, by connector. */
  readonly groups: Readonly<Record<string, readonly GroupOffset[]>>;
  /** Name and type of each metric. */
  readonly metrics: readonly string[];
  /** Names of options by class. */
  readonly plugins: Readonly<Record<string, readonly string[]>>;
}

/** Where a group goes on in a partition. */
interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly metadata: string | null;
}

/** A record of Kafka; bytes are UTF-8. */
export interface InstalledRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

/** The topics of telesales. */
export const topics = ["customers.registrations", "customers.purchases", "customers.campaigns"] as const;

/** The connectors that are kept. */
export const connectors = ["telesales", "purchase-totals"] as const;

/** The secret of today, and the one before it. */
export const secrets = {
  current: "second-secret-of-people-for-tests-alone",
  previous: "first-secret-of-people-for-tests-alone",
};

/** For Kafka: the records are older than it keeps others. */
export const keptForEver = { "log.retention.ms": "-1" };

/** Where the servers are. */
export interface Servers {
  readonly bootstrap: string;
  readonly databasePort: number;
}

/** Variables of the worker and of the commands. */
export function variablesOf({ bootstrap, databasePort }: Servers, storage: string) {
  const url = (login: string) => `postgres://${login}@127.0.0.1:${databasePort}/bank2`;
  return {
    CONNECT_BOOTSTRAP_SERVERS: bootstrap,
    CONNECT_CONFIG_STORAGE_DIR: storage,
    CONNECT_CONFIG_PROVIDERS_ENV_ALLOW:
      "BANK2_URL,PURCHASE_TOTALS_URL,TELESALES_KEY_SECRET,TELESALES_KEY_SECRET_PREVIOUS",
    BANK2_URL: url("bank2_worker:w"),
    BANK2_ADMIN_URL: url("postgres:postgres"),
    PURCHASE_TOTALS_URL: url("totals_worker:w"),
    PURCHASE_TOTALS_ADMIN_URL: url("postgres:postgres"),
    TELESALES_KEY_SECRET: secrets.current,
    TELESALES_KEY_SECRET_PREVIOUS: secrets.previous,
  };
}

/** Waits until telesales' rows say that it's at the ends of its topics. */
export async function caughtUp(sql: postgres.Sql, { bootstrap }: Servers): Promise<void> {
  const admin = kafkaClient(bootstrap).admin();
  await admin.connect();
  try {
    await pollUntil("telesales to catch up", waitMsMax, async () => {
      const ends = await Promise.all(
        topics.map(async (topic) =>
          (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => `${topic}-${partition}@${high}`)
        ),
      );
      const rows = await sql<{ place: string }[]>`
        select topic || '-' || partition || '@' || next_offset as place
          from sluice_offsets where connector = 'telesales'`;
      const reached = new Set(rows.map(({ place }) => place));
      return ends.flat().every((place) => place.endsWith("@0") || reached.has(place)) || undefined;
    });
  } finally {
    await admin.disconnect();
  }
}

/** What the group of a connector has committed. */
export async function groupOffsets(bootstrap: string, connector: string): Promise<readonly GroupOffset[]> {
  const admin = kafkaClient(bootstrap).admin();
  await admin.connect();
  try {
    const found = await fetchGroupOffsets(admin, `connect-${connector}`, topics);
    return found.flatMap(({ topic, partitions }) =>
      partitions.filter(({ offset }) => offset !== "-1").map(({ partition, offset, metadata }) => (
        { topic, partition, offset, metadata }
      ))
    ).sort((a, b) => a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1);
  } finally {
    await admin.disconnect();
  }
}

/** Names and types that a scrape shows. */
export function metricsOf(scrape: string): readonly string[] {
  return [...scrape.matchAll(/^# TYPE (.+)$/gm)].map(([, metric = ""]) => metric).sort();
}

/** Names of options by class, of all that a worker has. */
export async function pluginsOf(worker: ConnectProgram): Promise<Installed["plugins"]> {
  const { text } = await worker.ask("GET", "/connector-plugins?connectorsOnly=false");
  const options: Record<string, readonly string[]> = {};
  for (const { class: name } of JSON.parse(text) as readonly { readonly class: string }[]) {
    const { text } = await worker.ask("GET", `/connector-plugins/${encodeURIComponent(name)}/config`);
    options[name] = (JSON.parse(text) as readonly { readonly name: string }[]).map(({ name }) => name);
  }
  return options;
}

/** How a customer of a test is written in the shop's events. */
export interface Customer {
  readonly id: number;
  readonly name: string;
  readonly region?: string;
  readonly phone?: string;
}

/** An event on its way to Kafka. */
export interface ShopMessage {
  readonly topic: string;
  readonly message: {
    readonly key: string;
    readonly value: string | null;
    readonly timestamp: string;
    readonly partition: number;
  };
}

/** Events of the shop, by their own time. */
export const events = {
  registered: (at: number, customer: Customer, more: Readonly<Record<string, unknown>> = {}) =>
    message(topics[0], at, customer.id, {
      event: "registration",
      ...{ customer_id: customer.id, name: customer.name, phone: phoneOf(customer), region: customer.region },
      ...more,
    }),
  bought: (at: number, customer: Customer, order: number) =>
    message(topics[1], at, customer.id, {
      ...{ event: "purchase", order_id: order, total: order / 10 },
      customer: { id: customer.id, name: customer.name, phone: phoneOf(customer), region: customer.region },
    }),
  signedUp: (at: number, { id, name, region, phone }: Customer) =>
    message(topics[2], at, id, {
      event: "campaign",
      lead: {
        customer_id: id,
        full_name: name,
        phone_number: phoneOf({ id, name, ...(phone === undefined ? {} : { phone }) }),
        state: region,
      },
    }),
  erased: (at: number, id: number) => message(topics[0], at, id, null),
};

function phoneOf({ id, phone }: Customer): string {
  return phone ?? `11 9${87_650_000 + id}`;
}

function message(
  topic: string,
  at: number,
  id: number,
  value: Readonly<Record<string, unknown>> | null,
): ShopMessage {
  const text = value === null ? null : JSON.stringify({ ...value, created_at: new Date(at).toISOString() });
  return { topic, message: { key: String(id), value: text, timestamp: String(at), partition: id % 2 } };
}

/** Writes them in their order. */
export async function produce(bootstrap: string, messages: readonly ShopMessage[]): Promise<void> {
  const producer = kafkaClient(bootstrap).producer();
  await producer.connect();
  try {
    const byTopic = Map.groupBy(messages, ({ topic }) => topic);
    const topicMessages = [...byTopic].map(([topic, ofTopic]) => ({
      topic,
      messages: ofTopic.map(({ message }) => message),
    }));
    await producer.sendBatch({ acks: -1, topicMessages });
  } finally {
    await producer.disconnect();
  }
}
