import type { ConsumerRecord, Logger } from "../api/ports.ts";
import { type ErrorReporter, type FailedRecord, isTombstone, reasonOf } from "./failed_record.ts";
import type { MissedErasures } from "./missed_erasures.ts";

interface ErasureWatchOptions {
  readonly connector: string;
  /** `erasure.topics`: topics as consumed, before any transformation. */
  readonly topics: ReadonlySet<string>;
  readonly missed: MissedErasures;
  readonly logger: Logger;
}

/**
 * Returns whether a failed record is an erasure. An empty value counts too: Connect reads it as a tombstone,
 * so its producer may have meant one.
 */
export function isMissedErasure(failed: FailedRecord, topics: ReadonlySet<string>): boolean {
  if (!topics.has(failed.record.topic)) return false;
  return isTombstone(failed) || reasonOf(failed.error) === "empty_value";
}

/** Logs and remembers rejected tombstones of erasure topics, with or without a dead letter queue. */
export class ErasureWatch implements ErrorReporter {
  readonly #options: ErasureWatchOptions;

  constructor(options: ErasureWatchOptions) {
    this.#options = options;
  }

  report(failed: FailedRecord): Promise<void> {
    const { connector, topics, missed, logger } = this.#options;
    if (isMissedErasure(failed, topics)) {
      const { topic, partition, offset } = failed.record;
      const rule = reasonOf(failed.error);
      missed.add(connector, { topic, partition, offset, rule });
      logger.error("An erasure was not done: a tombstone of an erasure topic was rejected", {
        ...{ topic, partition, offset, stage: failed.stage, reason: rule },
        remedy: "erase the person by sluice subject erase, then mark it as done on /ui",
      });
    }
    return Promise.resolve();
  }

  /** Call before a put; pass the number to `delivered`. */
  begin(): number {
    return this.#options.missed.last;
  }

  /** Marks delivered records as done if they were rejected before the put, and not again since. */
  delivered(records: () => readonly ConsumerRecord[], begun: number): void {
    const { connector, topics, missed } = this.#options;
    if (!missed.hasPlaces(connector)) return;
    for (const record of records()) if (topics.has(record.topic)) missed.passed(connector, record, begun);
  }
}
