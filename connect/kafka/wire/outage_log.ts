/** Tracks what of Kafka is unreachable; logs once if an outage lasts, and once when it is over. @module */

import type { KafkaAway, LogFields, Logger, Time } from "../../api/ports.ts";
import type { TopicPartition } from "../../api/record.ts";
import type { Cluster } from "./cluster.ts";

/** Brokers and coordinators move within a few retries, which isn't logged. */
const quietFailures = 5;

/** Stands for the leader of partitions without one. */
export const noNode = -1;

/** An answer counts as missing after this long. */
export const patienceMs = 8_000;

/** Elections and restarts take this long. */
const graceMs = 3_000;

interface OutOfReach {
  /** On the monotonic clock. */
  readonly sinceMs: number;
  readonly reason: string;
  /** Brokers whose partitions wait; undefined = all. */
  readonly nodes: ReadonlySet<number> | undefined;
}

/** What one client can reach of Kafka; each of its loops has a log here. */
export class KafkaReach {
  readonly time: Time;
  readonly #logs = new Set<OutageLog>();
  #sinceMs: number | undefined;

  constructor(time: Time) {
    this.time = time;
  }

  add(log: OutageLog): void {
    this.#logs.add(log);
  }
  remove(log: OutageLog): void {
    this.#logs.delete(log);
    this.changed();
  }

  /** Something became reachable or unreachable. */
  changed(): void {
    const missed = this.#missed().map(({ missedSinceMs }) => missedSinceMs ?? Infinity);
    this.#sinceMs = missed.length === 0 ? undefined : Math.min(this.#sinceMs ?? Infinity, ...missed);
  }

  /** Returns undefined if all answers arrive in time. */
  away(): OutOfReach | undefined {
    this.changed();
    const sinceMs = this.#sinceMs;
    if (sinceMs === undefined || this.time.monotonic() - sinceMs < graceMs) return undefined;
    const missed = this.#missed();
    const reason = missed.find((log) => log.reason !== undefined)?.reason ??
      `no answer from ${missed[0]?.what}`;
    const nodes = missed.map(({ node }) => node);
    return { sinceMs, reason, nodes: nodes.includes(undefined) ? undefined : new Set(nodes as number[]) };
  }

  /** Returns the same with those of the partitions that wait for it. */
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

interface OutagePlace {
  /** If set, the worker reports the outage, and the log's own lines are debug lines. */
  readonly reach?: KafkaReach | undefined;
  /** The broker, if there is one. */
  readonly node?: number;
}

/** Tracks one thing that can be unreachable. */
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

  /** @param what for the text: `the group's coordinator` */
  constructor(logger: Logger, what: string, { reach, node }: OutagePlace = {}) {
    this.#logger = logger;
    this.what = what;
    this.#reach = reach;
    this.node = node;
    reach?.add(this);
  }

  /** Since when answers are missing, on the monotonic clock; undefined if they arrive. */
  get missedSinceMs(): number | undefined {
    if (this.#failedSinceMs !== undefined || this.#askedAtMs === undefined) return this.#failedSinceMs;
    const now = this.#reach?.time.monotonic() ?? this.#askedAtMs;
    return now - this.#askedAtMs > this.#patienceMs ? this.#askedAtMs : undefined;
  }
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Call before a request. @param patienceMs how long the answer may take; Infinity if a broker may delay it */
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

  /** Forgets an outage, because no answer is needed any more. */
  forget(): void {
    this.#failures = 0;
    this.#askedAtMs = undefined;
    this.#failedSinceMs = undefined;
    this.#reason = undefined;
    this.#reach?.changed();
  }

  /** Call when the loop ends. */
  close(): void {
    this.#reach?.remove(this);
  }
}
