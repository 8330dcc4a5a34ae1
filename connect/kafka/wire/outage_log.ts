/**
 * Knows what of Kafka is out of reach, and tells once that it has been so for a while, and once that it's back.
 *
 * @module
 */

import type { KafkaAway, LogFields, Logger, Time } from "../../api/ports.ts";
import type { TopicPartition } from "../../api/record.ts";
import type { Cluster } from "./cluster.ts";

/** Brokers and coordinators move within a few tries: that is nobody's business. */
const quietFailures = 5;

/** Leads what has no leader. */
export const noNode = -1;

/** An answer that takes longer is missed. */
export const patienceMs = 8_000;

/** Elections and restarts take so long. */
const graceMs = 3_000;

/** What is out of reach. */
interface OutOfReach {
  /** On the monotonic clock. */
  readonly sinceMs: number;
  readonly reason: string;
  /** Brokers whose partitions wait; undefined: all of them do. */
  readonly nodes: ReadonlySet<number> | undefined;
}

/** What one client reaches of Kafka: each of its loops has a log here. */
export class KafkaReach {
  readonly time: Time;
  readonly #logs = new Set<OutageLog>();
  #sinceMs: number | undefined;

  constructor(time: Time) {
    this.time = time;
  }

  /** Takes a loop's log in. */
  add(log: OutageLog): void {
    this.#logs.add(log);
  }
  /** Its loop is over. */
  remove(log: OutageLog): void {
    this.#logs.delete(log);
    this.changed();
  }

  /** Something is reached again, or isn't any more. */
  changed(): void {
    const missed = this.#missed().map(({ missedSinceMs }) => missedSinceMs ?? Infinity);
    this.#sinceMs = missed.length === 0 ? undefined : Math.min(this.#sinceMs ?? Infinity, ...missed);
  }

  /** Undefined while all answers come in time. */
  away(): OutOfReach | undefined {
    this.changed();
    const sinceMs = this.#sinceMs;
    if (sinceMs === undefined || this.time.monotonic() - sinceMs < graceMs) return undefined;
    const missed = this.#missed();
    const reason = missed.find((log) => log.reason !== undefined)?.reason ??
      `no answer of ${missed[0]?.what}`;
    const nodes = missed.map(({ node }) => node);
    return { sinceMs, reason, nodes: nodes.includes(undefined) ? undefined : new Set(nodes as number[]) };
  }

  /** The same, with those of these partitions that wait for it. */
  awayFor(
    partitions: readonly TopicPartition[],
    cluster: Pick<Cluster, "leader">,
  ): KafkaAway | undefined {
    const away = this.away();
    if (away === undefined) return undefined;
    const { sinceMs, reason, nodes } = away;
    const leaderOf = ({ topic, partition }: TopicPartition) => cluster.leader(topic, partition) ?? noNode;
    return { sinceMs, reason, partitions: partitions.filter((at) => nodes?.has(leaderOf(at)) ?? true) };
  }

  #missed(): readonly OutageLog[] {
    return [...this.#logs].filter(({ missedSinceMs }) => missedSinceMs !== undefined);
  }
}

/** Where a log belongs. */
interface OutagePlace {
  /** Then the worker tells of it, and the log's own lines are for who looks for a fault. */
  readonly reach?: KafkaReach | undefined;
  /** The broker, if it's one. */
  readonly node?: number;
}

/** The log of one thing that can be out of reach. */
export class OutageLog {
  readonly what: string;
  readonly node: number | undefined;
  readonly #logger: Logger;
  readonly #reach: KafkaReach | undefined;
  #failures = 0;
  #askedAtMs: number | undefined;
  #patienceMs = patienceMs;
  #failedSinceMs: number | undefined;
  #reason: string | undefined;

  /** @param what is out of reach: `the group's coordinator` */
  constructor(logger: Logger, what: string, { reach, node }: OutagePlace = {}) {
    this.#logger = logger;
    this.what = what;
    this.#reach = reach;
    this.node = node;
    reach?.add(this);
  }

  /** Since when answers are missed, on the monotonic clock; undefined while they come. */
  get missedSinceMs(): number | undefined {
    if (this.#failedSinceMs !== undefined || this.#askedAtMs === undefined) return this.#failedSinceMs;
    const now = this.#reach?.time.monotonic() ?? this.#askedAtMs;
    return now - this.#askedAtMs > this.#patienceMs ? this.#askedAtMs : undefined;
  }
  get reason(): string | undefined {
    return this.#reason;
  }

  /** A request leaves. @param patienceMs an answer may take so long; Infinity where a broker may hold it back */
  asks(mayTakeMs = patienceMs): void {
    this.#patienceMs = mayTakeMs;
    this.#askedAtMs ??= this.#reach?.time.monotonic();
  }

  failed(cause: unknown, fields: LogFields = {}): void {
    this.#reason = cause instanceof Error ? cause.message : String(cause);
    this.#failedSinceMs ??= this.#askedAtMs ?? this.#reach?.time.monotonic();
    this.#reach?.changed();
    if (++this.#failures !== quietFailures) return;
    const text = `can't reach ${this.what} and goes on trying`;
    const told = { ...fields, reason: this.#reason };
    if (this.#reach === undefined) this.#logger.warn(text, told);
    else this.#logger.debug(text, told);
  }

  succeeded(): void {
    if (this.#failures >= quietFailures) {
      const text = `reaches ${this.what} again`;
      if (this.#reach === undefined) this.#logger.info(text);
      else this.#logger.debug(text);
    }
    this.forget();
  }

  /** Nothing is wanted of it any more. */
  forget(): void {
    this.#failures = 0;
    this.#askedAtMs = undefined;
    this.#failedSinceMs = undefined;
    this.#reason = undefined;
    this.#reach?.changed();
  }

  /** The loop is over. */
  close(): void {
    this.#reach?.remove(this);
  }
}
