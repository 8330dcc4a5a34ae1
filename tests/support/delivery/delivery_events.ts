/** Seeded events, and a producer for many of them. @module */

import { Partitioners, type Producer as KafkaProducer } from "kafkajs";
import type { OutboxRow } from "../../../sandbox/bank1/events.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { monotonic, sleep } from "../../../sandbox/wait.ts";
import { Random } from "../random.ts";

const names = ["Ana Beatriz Souza", "João da Silva", "Conceição Ribeiro", "Thaís Figueiredo", "José Nóbrega"];
const regions = ["SP", "RJ", "MG", "BA", "PE", "AM", null];
const products = ["Cafeteira elétrica", "Fone de ouvido", "Mochila 20L", "Livro de receitas"];
const digest = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".repeat(2);
const firstEventMs = Date.UTC(2026, 0, 1);

interface ProducedEvent {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
}

/** Returns the event of a number, always the same. */
export type EventOf = (index: number) => ProducedEvent;

export const customersMax = 20_000;

/** Registrations of some 900 bytes with an `event_id` of their own, on one topic. */
export function registrations(topic: string): EventOf {
  return (index) => {
    const random = new Random(index);
    const customer = 1 + random.integer(0, customersMax - 1);
    const name = random.pick(names);
    const price = random.integer(500, 90_000) / 100;
    const items = Array.from({ length: 4 }, (_, n) => ({
      sku: `SKU-${index}-${n}`,
      name: products[n],
      quantity: 1 + n,
      unit_price: price,
    }));
    const value = JSON.stringify({
      ...{ event: "registration", event_id: index, customer_id: customer, name, phone: phoneOf(index) },
      ...{ region: random.pick(regions), email: `cliente.${customer}@example.com.br`, cpf: "123.456.789-09" },
      birth_date: "1980-05-17",
      password_hash: `$2b$12$${digest.slice(index % 64, index % 64 + 53)}`,
      card: { number: "4111111111111111", holder: name, expiry: "05/29", cvv: "123" },
      address: {
        ...{ street: "Avenida Paulista", number: "1578", complement: `Apto ${index % 200}` },
        ...{ district: "Jardim Europa", city: "São Paulo", zip: "01310-200" },
      },
      items,
      total: price * 10,
      created_at: new Date(firstEventMs + index).toISOString(),
    });
    return { topic, key: String(customer), value };
  };
}

/** Returns a unique number, so that a row identifies its event. */
export function phoneOf(index: number): string {
  const digits = String(index).padStart(8, "0");
  return `+55 11 9${digits.slice(0, 4)}-${digits.slice(4)}`;
}

/** Rows of the shop's outbox: every third event is of another kind. */
export function shopRow(index: number): OutboxRow {
  const random = new Random(index);
  const kind = (["registration", "purchase", "campaign"] as const)[index % 3] ?? "registration";
  return {
    ...{ event_id: String(index + 1), kind, customer_id: String(1 + random.integer(0, customersMax - 1)) },
    ...{ name: random.pick(names), phone: phoneOf(index), region: random.pick(regions) },
    created_at: new Date(firstEventMs + index),
    details: {
      email: "cliente@example.com.br",
      card: { number: "4111111111111111", cvv: "123" },
      items: [{ sku: `SKU-${index}`, quantity: 1 }],
      campaign: "natal",
      utm: { source: "e-mail" },
    },
  };
}

interface ProducerOptions {
  readonly eventOf: EventOf;
  readonly count: number;
  readonly from?: number;
  /** Absent = without a limit. */
  readonly eventsPerSecond?: number;
  readonly signal?: AbortSignal;
}

const batchEventsMax = 2_000;
const batchesPerSecondMin = 20;

/** Produces events in order, without gaps or duplicates whatever happens to the broker. Returns their number. */
export async function produceEvents(bootstrap: string, options: ProducerOptions): Promise<number> {
  const producer = kafkaClient(bootstrap).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: true,
  });
  await producer.connect();
  try {
    return await writeAll(producer, options);
  } finally {
    await producer.disconnect();
  }
}

async function writeAll(producer: KafkaProducer, options: ProducerOptions): Promise<number> {
  const { eventOf, count, from = 0, eventsPerSecond = Infinity, signal } = options;
  const batchMax = Math.max(1, Math.min(batchEventsMax, Math.ceil(eventsPerSecond / batchesPerSecondMin)));
  const started = monotonic();
  let written = 0;
  while (written < count && signal?.aborted !== true) {
    const batch = Array.from(
      { length: Math.min(batchMax, count - written) },
      (_, n) => eventOf(from + written + n),
    );
    const topicMessages = Array.from(Map.groupBy(batch, ({ topic }) => topic), ([topic, messages]) => ({
      topic,
      messages: messages.map(({ key, value }) => ({ key, value })),
    }));
    await producer.sendBatch({ acks: -1, topicMessages });
    written += batch.length;
    await sleep(Math.max(0, started + written / eventsPerSecond * 1000 - monotonic()), signal);
  }
  return written;
}
