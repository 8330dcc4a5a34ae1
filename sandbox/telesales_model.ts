/**
 * Computes what Bank 2 must contain for telesales: applies its specification to each person's events. It
 * parses events with its own code, since it checks the connector, which also parses them.
 *
 * Partitions have no order between them, so for example two events with equal times in different partitions
 * have several valid outcomes. The model returns all of them, including those of a replay.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";
import {
  after,
  type Person,
  type PersonEvent,
  type Position,
  type Report,
  type ShopErasure,
  unknownPerson,
} from "../domain/telesales/person.ts";

/** A record as read from Kafka. */
export interface ReadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970. The processing time, used if there is none, is unknown here. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

export interface TelesalesModelOptions {
  readonly secret: string;
  /** Topics on which a tombstone erases and an event in the flat shape registers. */
  readonly registrationTopics?: readonly string[];
  readonly phoneRegion?: CountryCode;
}

/** One person's events by partition, each in order. */
type Life = Map<string, PersonEvent[]>;

/** Collects events and computes the valid outcomes. */
export class TelesalesModel {
  readonly #options: Required<TelesalesModelOptions>;
  readonly #people = new Map<string, Life>();
  #rejected = 0;

  constructor(options: TelesalesModelOptions) {
    this.#options = { registrationTopics: ["customers.registrations"], phoneRegion: "BR", ...options };
  }

  /** Number of records that lead to no row. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Adds a record; the records of one partition must come in offset order. */
  add(record: ReadRecord): void {
    const id = record.key === null ? "" : decodeUtf8(record.key);
    if (record.value === null) this.#tombstone(record, id ?? "");
    else this.#event(record, id ?? "");
  }

  /** Returns the valid outcomes by contact key in hex. */
  expected(): ReadonlyMap<string, readonly Person[]> {
    const rows = new Map<string, readonly Person[]>();
    for (const [id, life] of this.#people) rows.set(this.#contactKey(id), outcomesOf([...life.values()]));
    return rows;
  }

  #tombstone(record: ReadRecord, id: string): void {
    if (id === "") this.#rejected++;
    else if (this.#options.registrationTopics.includes(record.topic)) {
      this.#happened(id, { kind: "shop_erasure", at: record.timestamp, position: positionOf(record) });
    }
  }

  #event(record: ReadRecord, id: string): void {
    const report = reportOf(record, id, this.#options);
    if (report === undefined) this.#rejected++;
    else this.#happened(id, report);
  }

  #happened(id: string, event: Report | ShopErasure): void {
    const life = this.#people.get(id) ?? new Map<string, PersonEvent[]>();
    this.#people.set(id, life);
    const queue = event.position?.queue ?? "";
    const events = life.get(queue);
    if (events === undefined) life.set(queue, [event]);
    else events.push(event);
  }

  #contactKey(id: string): string {
    return createHmac("sha256", this.#options.secret).update(`v1:${id}`).digest("hex");
  }
}

/** Returns the valid outcomes of events in any interleaving of the queues, and after a full replay. */
function outcomesOf(queues: readonly (readonly PersonEvent[])[]): readonly Person[] {
  const events = queues.flat();
  const times = new Set(events.map((event) => event.kind === "report" ? event.updatedAt : null));
  // Events with different times may come in any order.
  if (queues.length === 1 || (times.size === events.length && !times.has(null))) {
    return [events.reduce(after, unknownPerson)];
  }
  const ends = new Map<string, Person>();
  const starts = [unknownPerson];
  for (const start of starts) {
    for (const [text, end] of endsFrom(start, queues)) {
      if (ends.has(text)) continue;
      ends.set(text, end);
      starts.push(end);
    }
  }
  return [...ends.values()];
}

/** Returns the results of all interleavings of the queues; those that reach the same state are merged. */
function endsFrom(start: Person, queues: readonly (readonly PersonEvent[])[]): ReadonlyMap<string, Person> {
  let ways = new Map([["", { person: start, taken: queues.map(() => 0) }]]);
  for (let left = queues.flat().length; left > 0; left--) {
    const longer: typeof ways = new Map();
    for (const { person, taken } of ways.values()) {
      for (const [index, queue] of queues.entries()) {
        const event = queue[taken[index] ?? 0];
        if (event === undefined) continue;
        const way = { person: after(person, event), taken: taken.with(index, (taken[index] ?? 0) + 1) };
        longer.set(`${way.taken} ${textOf(way.person)}`, way);
      }
    }
    ways = longer;
  }
  return new Map([...ways.values()].map(({ person }) => [textOf(person), person]));
}

function textOf(person: Person): string {
  return JSON.stringify(person, (_name, value) => typeof value === "bigint" ? String(value) : value);
}

/** Returns undefined if the contract rejects the record. */
function reportOf(
  record: ReadRecord,
  key: string,
  { registrationTopics, phoneRegion }: Required<TelesalesModelOptions>,
): Report | undefined {
  const event = parseObject(record.value ?? new Uint8Array());
  if (event === undefined) return undefined;
  const said = fieldsOf(event);
  const name = text(said.name)?.normalize("NFC").trim().replaceAll(/\s+/g, " ") ?? "";
  const phone = parsePhoneNumberFromString(text(said.phone) ?? "", phoneRegion);
  const region = said.region === null || said.region === undefined ? "" : text(said.region)?.trim();
  const isNamed = name !== "" && [...name].length <= 200 && !hasControls(name);
  const isLocated = region !== undefined && [...region].length <= 64 && !hasControls(region);
  if (idText(said.id) !== key || key === "" || !isNamed || !isLocated || !phone?.isPossible()) {
    return undefined;
  }
  const isOwn = said.isFlat && [undefined, null, "registration"].some((kind) => kind === event["event"]);
  const time = timeOf(event["created_at"], record.timestamp);
  return {
    ...{ kind: "report", name, phone: phone.number, updatedAt: time, position: positionOf(record) },
    ...region === "" ? { region: null, regionAt: null } : { region, regionAt: time },
    registeredAt: isOwn && registrationTopics.includes(record.topic) ? time : null,
  };
}

function positionOf({ topic, partition, offset }: ReadRecord): Position {
  return { queue: `${topic}-${partition}`, place: offset };
}

type JsonObject = Readonly<Record<string, unknown>>;

function fieldsOf(event: JsonObject) {
  const { customer, lead } = event;
  if (isObject(customer)) {
    const { id, name, phone, region } = customer;
    return { isFlat: false, id, name, phone, region };
  }
  if (isObject(lead)) {
    const { customer_id: id, full_name: name, phone_number: phone, state: region } = lead;
    return { isFlat: false, id, name, phone, region };
  }
  const { customer_id: id, name, phone, region } = event;
  return { isFlat: true, id, name, phone, region };
}

function timeOf(createdAt: unknown, timestamp: number): number {
  const iso = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/;
  const said = typeof createdAt === "string" && iso.test(createdAt) ? Date.parse(createdAt) : NaN;
  return Number.isNaN(said) ? timestamp : Math.min(said, timestamp);
}

function idText(id: unknown): string | undefined {
  return typeof id === "bigint" && BigInt.asIntN(64, id) === id ? String(id) : text(id);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.isWellFormed() ? value : undefined;
}

function hasControls(value: string): boolean {
  return /\p{Cc}/u.test(value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseObject(bytes: Uint8Array): JsonObject | undefined {
  const json = decodeUtf8(bytes);
  if (json === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(json, exactIntegers);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined; // not JSON: the contract rejects it
  }
}

function exactIntegers(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? "";
  return typeof value === "number" && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // not text
  }
}
