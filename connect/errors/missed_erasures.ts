/**
 * Erasures that weren't done: tombstones of an erasure topic that were rejected. A person who asked to be forgotten is
 * still there, so a worker shows them until they are handled.
 *
 * @module
 */

import { partitionKey, type TopicPartition } from "../api/record.ts";

/** Coordinates that are kept of one connector, at most; what comes then is only counted. */
export const placesMax = 100;

/** One rejected tombstone. Its key names a person and isn't here. */
export interface MissedErasure {
  /** Where it came from, whatever a transformation made of it. */
  readonly topic: string;
  /** Its partition there. */
  readonly partition: number;
  /** Its offset there. */
  readonly offset: bigint;
  /** The rule that rejected it. */
  readonly rule: string;
}

/** What is open of one connector. */
interface OpenErasures {
  /** Those whose coordinates are kept. */
  readonly places: readonly MissedErasure[];
  /** Those whose coordinates aren't kept. */
  readonly others: number;
  /** Number of the newest one: `handled` takes it. */
  readonly last: number;
}

interface Kept {
  readonly erasure: MissedErasure;
  readonly number: number;
}

interface OfConnector {
  readonly places: Map<string, Kept>;
  others: number;
  /** Of the newest that is only counted. */
  othersLast: number;
}

/**
 * The open ones of a worker's connectors, in memory: a restart of the process forgets them, while the log and the dead
 * letter queue still have them.
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

  /** Adds one; the same coordinates again are the same one, and the newest. */
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

  /** Number of the newest one of all: what is added from now on is newer. */
  get last(): number {
    return this.#last;
  }

  /** The open ones of a connector. */
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

  /** The record passed in the end: whatever was open of it up to this number is done. */
  passed(connector: string, at: TopicPartition & { readonly offset: bigint }, upTo: number): void {
    const places = this.#byConnector.get(connector)?.places;
    const key = keyOf(at, at.offset);
    const kept = places?.get(key);
    if (kept !== undefined && kept.number <= upTo) places?.delete(key);
  }

  /** An operator has done those up to this number in another way; how many that are. */
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

  /** Whether a connector has coordinates that are open. */
  hasPlaces(connector: string): boolean {
    return (this.#byConnector.get(connector)?.places.size ?? 0) > 0;
  }

  /** Forgets a deleted connector. */
  forget(connector: string): void {
    this.#byConnector.delete(connector);
  }
}

function keyOf(at: TopicPartition, offset: bigint): string {
  return `${partitionKey(at)}@${offset}`;
}
