/** Tells of erasures that a task didn't do, and of those that it did in the end. @module */

import type { ConsumerRecord, Logger } from "../api/ports.ts";
import { type ErrorReporter, type FailedRecord, isTombstone, reasonOf } from "./failed_record.ts";
import type { MissedErasures } from "./missed_erasures.ts";

/** What a watch knows of its connector. */
interface ErasureWatchOptions {
  readonly connector: string;
  /** `erasure.topics`: names of topics as records come from them, whatever a transformation makes of them. */
  readonly topics: ReadonlySet<string>;
  readonly missed: MissedErasures;
  readonly logger: Logger;
}

/**
 * Whether a failed record is an erasure that isn't done. A value that is there and empty counts: Connect takes it for
 * a tombstone, so its producer may have meant one.
 */
export function isMissedErasure(failed: FailedRecord, topics: ReadonlySet<string>): boolean {
  if (!topics.has(failed.record.topic)) return false;
  return isTombstone(failed) || reasonOf(failed.error) === "empty_value";
}

/** A reporter of every stage, whether or not there is a dead letter queue. */
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

  /** A batch is about to be put; `delivered` takes the answer. */
  begin(): number {
    return this.#options.missed.last;
  }

  /** Records were put: those that were rejected before the batch began, and not again since, are done. */
  delivered(records: readonly ConsumerRecord[], begun: number): void {
    const { connector, topics, missed } = this.#options;
    if (!missed.hasPlaces(connector)) return;
    for (const record of records) if (topics.has(record.topic)) missed.passed(connector, record, begun);
  }
}
