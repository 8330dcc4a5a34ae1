/**
 * Tells once that something has been out of reach for a while, and once that it's back.
 *
 * @module
 */

import type { LogFields, Logger } from "../api/ports.ts";

/** Brokers and coordinators move within a few tries: that is nobody's business. */
const quietFailures = 5;

/** The log of one thing that can be out of reach. */
export class OutageLog {
  readonly #logger: Logger;
  readonly #what: string;
  #failures = 0;

  /** @param what is out of reach: `the group's coordinator` */
  constructor(logger: Logger, what: string) {
    this.#logger = logger;
    this.#what = what;
  }

  failed(cause: unknown, fields: LogFields = {}): void {
    if (++this.#failures !== quietFailures) return;
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#logger.warn(`can't reach ${this.#what} and goes on trying`, { ...fields, reason });
  }

  succeeded(): void {
    if (this.#failures >= quietFailures) this.#logger.info(`reaches ${this.#what} again`);
    this.#failures = 0;
  }
}
