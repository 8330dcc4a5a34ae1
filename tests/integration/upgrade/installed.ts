/**
 * The files that an installed Sluice left in this folder: `make_world.ts` writes them, and `upgrade_test.ts` starts
 * from them.
 *
 * @module
 */

import type postgres from "postgres";
import type { ConnectProgram } from "../../support/rest/connect_program.ts";
import { fetchGroupOffsets } from "../../support/kafka/group_offsets.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";

/** Facts that aren't in the database, on disk or in a topic. */
export interface Installed {
  /** Short id of the commit that wrote them. */
  readonly commit: string;
  readonly clusterId: string;
  /** Number of partitions of each topic. */
  readonly topics: Readonly<Record<string, number>>;
  /** Committed offsets, by connector. */
  readonly groups: Readonly<Record<string, readonly GroupOffset[]>>;
  /** Name and type of each metric. */
  readonly metrics: readonly string[];
  /** Names of options by class. */
  readonly plugins: Readonly<Record<string, readonly string[]>>;
}

interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly metadata: string | null;
}

/** A record of Kafka; bytes are UTF-8 text. */
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

/** The connectors in the configuration storage. */
export const connectors = ["telesales", "purchase-totals"] as const;

/** The current secret and the former one. */
export const secrets = {
  current: "second-secret-of-people-for-tests-alone",
  previous: "first-secret-of-people-for-tests-alone",
};

/** A setting for Kafka: the records are older than its default retention. */
export const keptForEver = { "log.retention.ms": "-1" };

/** Addresses of the servers. */
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

/** Waits until telesales' rows have reached the ends of its topics. */
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

/** Returns the committed offsets of a connector's group. */
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

export function metricsOf(scrape: string): readonly string[] {
  return [...scrape.matchAll(/^# TYPE (.+)$/gm)].map(([, metric = ""]) => metric).sort();
}

/** Returns the option names of all classes of a worker, by class. */
export async function pluginsOf(worker: ConnectProgram): Promise<Installed["plugins"]> {
  const { text } = await worker.ask("GET", "/connector-plugins?connectorsOnly=false");
  const options: Record<string, readonly string[]> = {};
  for (const { class: name } of JSON.parse(text) as readonly { readonly class: string }[]) {
    const { text } = await worker.ask("GET", `/connector-plugins/${encodeURIComponent(name)}/config`);
    options[name] = (JSON.parse(text) as readonly { readonly name: string }[]).map(({ name }) => name);
  }
  return options;
}

/** A test's customer, with the shop's field names. */
export interface Customer {
  readonly id: number;
  readonly name: string;
  readonly region?: string;
  readonly phone?: string;
}

/** An event for Kafka. */
export interface ShopMessage {
  readonly topic: string;
  readonly message: {
    readonly key: string;
    readonly value: string | null;
    readonly timestamp: string;
    readonly partition: number;
  };
}

/** Makes the shop's events, by their own time. */
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

/** Produces messages in order. */
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
