import type { Logger, Time } from "../api/ports.ts";
import { type ErrorReporter, type FailedRecord, reasonOf } from "./failed_record.ts";

/** Shortest time between two log lines, milliseconds. */
const tellEveryMs = 60_000;

/** Most rules counted apart; further ones are counted as `other`. */
const rulesMax = 200;

/** Most rules in a log line. */
const rulesShownMax = 10;

/** Records of a task rejected by one rule. */
export interface Rejection {
  readonly rule: string;
  readonly count: number;
  readonly last: { readonly topic: string; readonly partition: number; readonly offset: bigint };
}

/**
 * Counts the records that a task rejects by rule, across its restarts, and logs the counts whatever
 * `errors.log.enable` says.
 *
 * @example
 * ```ts
 * import { DataException } from "../api/exceptions.ts";
 * import { RejectedRecords } from "./rejected_records.ts";
 * const lines: string[] = [];
 * const tell = (line: string) => void lines.push(line);
 * const logger = { debug: tell, info: tell, warn: tell, error: tell, with: () => logger };
 * const rejected = new RejectedRecords({ now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() }, logger);
 * const record = {
 *   topic: "orders", partition: 0, offset: 7n, timestamp: -1, timestampType: "NoTimestampType" as const,
 *   key: null, value: null, headers: [],
 * };
 * const error = new DataException("no phone", { rule: "phone_missing" });
 * await rejected.report({ record, stage: "TRANSFORMATION", className: "Contact", error });
 * rejected.tellIfDue();
 * if (lines[0] !== "Records rejected: 1 by phone_missing, the last at orders-0@7") throw new Error(lines[0]);
 * ```
 */
export class RejectedRecords implements ErrorReporter {
  readonly #time: Time;
  readonly #logger: Logger;
  readonly #byRule = new Map<string, Rejection>();
  /** Not logged yet. */
  readonly #untold = new Map<string, number>();
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(time: Time, logger: Logger) {
    this.#time = time;
    this.#logger = logger;
  }

  /** The most frequent first. */
  get list(): readonly Rejection[] {
    return [...this.#byRule.values()].sort((a, b) => b.count - a.count);
  }

  report({ record, error }: FailedRecord): Promise<void> {
    const reason = reasonOf(error);
    const rule = this.#byRule.has(reason) || this.#byRule.size < rulesMax ? reason : "other";
    const { topic, partition, offset } = record;
    const count = (this.#byRule.get(rule)?.count ?? 0) + 1;
    this.#byRule.set(rule, { rule, count, last: { topic, partition, offset } });
    this.#untold.set(rule, (this.#untold.get(rule) ?? 0) + 1);
    return Promise.resolve();
  }

  /** Logs new rejections, at most once a minute. */
  tellIfDue(): void {
    if (this.#time.monotonic() - this.#toldMs >= tellEveryMs) this.tell();
  }

  /** Logs new rejections now. */
  tell(): void {
    if (this.#untold.size === 0) return;
    const counts = [...this.#untold].sort(([, a], [, b]) => b - a);
    this.#untold.clear();
    this.#toldMs = this.#time.monotonic();
    const shown = counts.slice(0, rulesShownMax).map(([rule, count]) => {
      const last = this.#byRule.get(rule)?.last;
      const at = last === undefined ? "" : `, the last at ${last.topic}-${last.partition}@${last.offset}`;
      return `${count} by ${rule}${at}`;
    });
    const others = counts.length - shown.length;
    const more = others > 0 ? `; and by ${others} more rules` : "";
    const rejected = counts.reduce((sum, [, count]) => sum + count, 0);
    this.#logger.warn(`Records rejected: ${shown.join("; ")}${more}`, { rejected });
  }
}
