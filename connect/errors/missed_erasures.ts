import { partitionKey, type TopicPartition } from "../api/record.ts";

/** Most coordinates per connector; further erasures are only counted. */
export const placesMax = 100;

/** A rejected tombstone of an erasure topic. Its key identifies a person and isn't stored. */
export interface MissedErasure {
  /** Topic, partition and offset as consumed. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly rule: string;
}

interface OpenErasures {
  readonly places: readonly MissedErasure[];
  /** How many more there are, without coordinates. */
  readonly others: number;
  /** Number of the newest one, for `handled`. */
  readonly last: number;
}

interface Kept {
  readonly erasure: MissedErasure;
  readonly number: number;
}

interface OfConnector {
  readonly places: Map<string, Kept>;
  others: number;
  /** Number of the newest one without coordinates. */
  othersLast: number;
}

/**
 * Erasures that a worker's connectors rejected, so that it can show them until an operator has done them.
 * They are kept in memory: after a restart only the log and the dead letter queue have them.
 *
 * @example
 * ```ts
 * import { MissedErasures } from "./missed_erasures.ts";
 * const missed = new MissedErasures();
 * missed.add("telesales", { topic: "customers", partition: 0, offset: 7n, rule: "id_invalid" });
 * const { places, last } = missed.of("telesales");
 * if (places[0]?.offset !== 7n) throw new Error("it is open");
 * missed.handled("telesales", last);
 * if (missed.of("telesales").places.length !== 0) throw new Error("nothing is open");
 * ```
 */
export class MissedErasures {
  readonly #byConnector = new Map<string, OfConnector>();
  #last = 0;

  /** Adds an erasure; one with known coordinates replaces the older entry. */
  add(connector: string, erasure: MissedErasure): void {
    const open = this.#byConnector.get(connector) ?? { places: new Map(), others: 0, othersLast: 0 };
    this.#byConnector.set(connector, open);
    const key = keyOf(erasure, erasure.offset);
    const number = this.#last += 1;
    if (open.places.has(key) || open.places.size < placesMax) {
      open.places.set(key, { erasure, number });
      return;
    }
    open.others += 1;
    open.othersLast = number;
  }

  get last(): number {
    return this.#last;
  }

  of(connector: string): OpenErasures {
    const open = this.#byConnector.get(connector);
    if (open === undefined) return { places: [], others: 0, last: 0 };
    const places = [...open.places.values()];
    return {
      places: places.map(({ erasure }) => erasure),
      others: open.others,
      last: places.reduce((last, { number }) => Math.max(last, number), open.othersLast),
    };
  }

  /** Marks a record's erasure as done, if it isn't newer than `upTo`. */
  passed(connector: string, at: TopicPartition & { readonly offset: bigint }, upTo: number): void {
    const places = this.#byConnector.get(connector)?.places;
    const key = keyOf(at, at.offset);
    const kept = places?.get(key);
    if (kept !== undefined && kept.number <= upTo) places?.delete(key);
  }

  /** Marks a connector's erasures up to this number as done; returns how many. */
  handled(connector: string, upTo: number): number {
    const open = this.#byConnector.get(connector);
    if (open === undefined) return 0;
    const done = [...open.places].filter(([, { number }]) => number <= upTo);
    for (const [key] of done) open.places.delete(key);
    if (open.othersLast > upTo) return done.length;
    const count = done.length + open.others;
    open.others = 0;
    return count;
  }

  hasPlaces(connector: string): boolean {
    return (this.#byConnector.get(connector)?.places.size ?? 0) > 0;
  }

  forget(connector: string): void {
    this.#byConnector.delete(connector);
  }
}

function keyOf(at: TopicPartition, offset: bigint): string {
  return `${partitionKey(at)}@${offset}`;
}
