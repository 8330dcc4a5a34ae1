import type { Converter } from "../../api/plugins.ts";
import { type ConnectValue, type SchemalessMap, Struct } from "../../api/schema.ts";

/** Every one of a topic's first records is sampled, then one in so many. */
const firstRecords = 20;
const recordsBetween = 1_000;
/** Most names per topic, and most topics per connector. */
const namesMax = 500;
const topicsMax = 100;

/**
 * Collects the names of all fields in records, by connector and topic, so that the page can count fields
 * that aren't copied. Names can be data, so they stay in memory and only their number is shown.
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

/** Chooses records whose fields are all looked at. */
export class FieldSampler {
  readonly #whole: Converter;
  readonly #add: (topic: string, value: ConnectValue) => void;
  readonly #countdowns = new Map<string, Countdown>();
  #lastTopic = "";
  #countdown = new Countdown();

  /**
   * @param whole reads all fields
   * @param add takes the value of a chosen record
   */
  constructor(whole: Converter, add: (topic: string, value: ConnectValue) => void) {
    this.#whole = whole;
    this.#add = add;
  }

  /** Whether the next record of a topic is chosen; call it once for each. */
  isDue(topic: string): boolean {
    if (topic !== this.#lastTopic) {
      this.#lastTopic = topic;
      this.#countdown = this.#countdowns.get(topic) ?? new Countdown();
      if (this.#countdowns.size < topicsMax) this.#countdowns.set(topic, this.#countdown);
    }
    return this.#countdown.isDue();
  }

  look(topic: string, bytes: Uint8Array): void {
    try {
      this.add(topic, this.#whole.toConnectData(topic, bytes).value);
    } catch {
      // The other converter fails on it, too, and that error is reported.
    }
  }

  add(topic: string, value: ConnectValue): void {
    this.#add(topic, value);
  }
}

/**
 * Returns a converter that reads some fields, and samples all fields of some records.
 *
 * @param whole the same converter, reading everything
 */
export function looking(reading: Converter, whole: Converter, sampler: FieldSampler): Converter {
  return {
    toConnectData: (topic, bytes, headers) => {
      const isDue = bytes !== null && sampler.isDue(topic);
      if (isDue && reading !== whole) sampler.look(topic, bytes);
      const data = reading.toConnectData(topic, bytes, headers);
      if (isDue && reading === whole) sampler.add(topic, data.value);
      return data;
    },
    fromConnectData: (topic, schema, value) => reading.fromConnectData(topic, schema, value),
    ...whole.valuesIn === undefined ? {} : { valuesIn: (bytes) => whole.valuesIn?.(bytes) ?? 1 },
  };
}

/** Decides which records of a topic are sampled. */
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
