/** How long to wait while the database is away, and when to give up. @module */

import { backoffMs } from "../../../connect/api/backoff.ts";
import { ConnectException, RetriableException } from "../../../connect/api/exceptions.ts";
import type { SqlFailure } from "../sql_failure.ts";

interface OutageBackoffOptions {
  /** Tries after the first one; null = for ever. */
  readonly retriesMax: number | null;
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  /** Between 0 and 1, for the jitter. */
  readonly random: () => number;
}

const jitter = { from: 0.5, to: 1 } as const;

/**
 * Counts the tries of one outage.
 *
 * @example
 * ```ts
 * import { OutageBackoff } from "./outage_backoff.ts";
 * import { SqlFailure } from "../sql_failure.ts";
 * const backoff = new OutageBackoff({ retriesMax: null, backoffMs: 100, backoffMsMax: 1000, random: () => 1 });
 * const away = new SqlFailure("outage", "ECONNREFUSED", { sqlstate: null });
 * const waits = [1, 2, 3, 4, 5].map(() => backoff.failed(away).waitMs);
 * if (waits.join() !== "100,200,400,800,1000") throw new Error("doubled, up to the maximum");
 * ```
 */
export class OutageBackoff {
  readonly #options: OutageBackoffOptions;
  #failures = 0;

  constructor(options: OutageBackoffOptions) {
    this.#options = options;
  }

  /** The exception to throw, and how long to wait before the next try: between half and all of the doubled time. */
  failed(failure: SqlFailure): { readonly error: ConnectException; readonly waitMs: number } {
    const { retriesMax, backoffMs: msMin, backoffMsMax: msMax, random } = this.#options;
    const tries = this.#failures++;
    const waitMs = Math.round(backoffMs(tries, { msMin, msMax, jitter }, random));
    const what = `Cannot write to the database: ${failure.message}`;
    if (retriesMax === null || tries < retriesMax) return { error: new RetriableException(what), waitMs };
    return { error: new ConnectException(`${what}, after ${tries} retries (max.retries)`), waitMs };
  }

  /** The database works: the next outage begins anew. */
  succeeded(): void {
    this.#failures = 0;
  }
}
