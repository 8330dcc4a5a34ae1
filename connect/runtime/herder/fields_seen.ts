/**
 * Which fields values have that a connector was given, whether it reads them or not: how many it leaves behind can then
 * be told. What fields are called can be data, so the names stay in memory and only their number is ever shown.
 *
 * @module
 */

import type { Converter } from "../../api/plugins.ts";
import { type ConnectValue, type SchemalessMap, Struct } from "../../api/schema.ts";

/** A topic's first records are looked at, and then one of so many. */
const firstRecords = 20;
const recordsBetween = 1_000;
/** Most names of one topic, and most topics of one connector, that are kept. */
const namesMax = 500;
const topicsMax = 100;

/**
 * The names, by connector and topic.
 *
 * @example
 * ```ts
 * import { FieldsSeen } from "./fields_seen.ts";
 * const seen = new FieldsSeen();
 * seen.add("people", "customers", { id: 17, address: { street: "Rua Augusta" } });
 * if ([...seen.of("people").get("customers") ?? []].join() !== "id,address.street") throw new Error("names, no values");
 * ```
 */
export class FieldsSeen {
  readonly #byConnector = new Map<string, Map<string, Set<string>>>();

  add(connector: string, topic: string, value: ConnectValue): void {
    const topics = this.#byConnector.get(connector) ?? new Map<string, Set<string>>();
    this.#byConnector.set(connector, topics);
    const names = topics.get(topic) ?? new Set<string>();
    if (topics.size < topicsMax) topics.set(topic, names);
    addNames(value, "", names);
  }

  of(connector: string): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#byConnector.get(connector) ?? new Map<string, Set<string>>();
  }

  forget(connector: string): void {
    this.#byConnector.delete(connector);
  }
}

function addNames(value: ConnectValue, at: string, names: Set<string>): void {
  if (names.size >= namesMax) return;
  if (Array.isArray(value) && value.length > 0) {
    for (const entry of value) addNames(entry, `${at}[]`, names);
    return;
  }
  let isEmpty = true;
  for (const [name, part] of partsOf(value)) {
    isEmpty = false;
    addNames(part, at === "" ? name : `${at}.${name}`, names);
    if (names.size >= namesMax) return; // an object may have a hundred thousand
  }
  if (isEmpty && at !== "") names.add(at);
}

function* partsOf(value: ConnectValue): Iterable<readonly [string, ConnectValue]> {
  if (value instanceof Struct) {
    for (const { name } of value.schema.fields) yield [name, value.get(name)];
  } else if (typeof value === "object" && value !== null && isPlain(value)) {
    const members = value as SchemalessMap;
    for (const name in members) yield [name, members[name] ?? null];
  }
}

function isPlain(value: object): boolean {
  return [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

/**
 * A converter that has now and then a look at all of a value's fields, although it reads but a few of them.
 *
 * @param whole the same converter, reading everything
 * @param add takes what it saw
 */
export function looking(
  reading: Converter,
  whole: Converter,
  add: (topic: string, value: ConnectValue) => void,
): Converter {
  const countdowns = new Map<string, Countdown>();
  let [lastTopic, countdown] = ["", new Countdown()];
  const countdownOf = (topic: string): Countdown => {
    if (topic === lastTopic) return countdown;
    lastTopic = topic;
    countdown = countdowns.get(topic) ?? new Countdown();
    if (countdowns.size < topicsMax) countdowns.set(topic, countdown);
    return countdown;
  };
  const look = (topic: string, bytes: Uint8Array) => {
    try {
      add(topic, whole.toConnectData(topic, bytes).value);
    } catch {
      // What can't be read is about to fail where it counts, and is told of there.
    }
  };
  return {
    toConnectData: (topic, bytes, headers) => {
      const isDue = bytes !== null && countdownOf(topic).isDue();
      if (isDue && reading !== whole) look(topic, bytes);
      const data = reading.toConnectData(topic, bytes, headers);
      if (isDue && reading === whole) add(topic, data.value);
      return data;
    },
    fromConnectData: (topic, schema, value) => reading.fromConnectData(topic, schema, value),
    ...whole.valuesIn === undefined ? {} : { valuesIn: (bytes) => whole.valuesIn?.(bytes) ?? 1 },
  };
}

/** When a topic's next record is looked at. */
class Countdown {
  #looked = 0;
  #left = 0;

  isDue(): boolean {
    if (this.#left > 0) {
      this.#left -= 1;
      return false;
    }
    this.#looked += 1;
    this.#left = this.#looked < firstRecords ? 0 : recordsBetween;
    return true;
  }
}
