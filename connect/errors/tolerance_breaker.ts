import type { Time } from "../api/ports.ts";

/** The window and its parts. */
const windowMs = 60_000;
const sliceMs = 5_000;

/** A share of fewer records isn't judged. */
const breakerRecordsMin = 1_000;

interface Slice {
  readonly index: number;
  records: number;
  failures: number;
}

/**
 * Stops a task that skips too large a share of records within a minute, for example after a field was
 * renamed at the source.
 *
 * @example
 * ```ts
 * import { ToleranceBreaker } from "./tolerance_breaker.ts";
 * const time = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() };
 * const breaker = new ToleranceBreaker(0.5, time);
 * breaker.processed(1_000);
 * for (let i = 0; i < 500; i++) breaker.failed();
 * if (breaker.isOpen) throw new Error("half is still allowed");
 * breaker.failed();
 * if (!breaker.isOpen) throw new Error("more than half is not");
 * ```
 */
export class ToleranceBreaker {
  readonly #slices: Slice[] = [];
  readonly #time: Time;

  /** @param ratioMax largest share of bad records, 0 to 1; 1 = no limit */
  constructor(readonly ratioMax: number, time: Time) {
    this.#time = time;
  }

  processed(records: number): void {
    this.#slice().records += records;
  }

  failed(): void {
    this.#slice().failures += 1;
  }

  get isOpen(): boolean {
    if (this.ratioMax >= 1) return false;
    const { records, failures } = this.counts;
    return records >= breakerRecordsMin && failures > records * this.ratioMax;
  }

  /** Records and bad records within the window. */
  get counts(): { readonly records: number; readonly failures: number } {
    this.#slice();
    let records = 0;
    let failures = 0;
    for (const slice of this.#slices) {
      records += slice.records;
      failures += slice.failures;
    }
    return { records, failures };
  }

  /** Drops slices outside the window and returns the current one. */
  #slice(): Slice {
    const index = Math.floor(this.#time.monotonic() / sliceMs);
    while (this.#slices[0] !== undefined && this.#slices[0].index <= index - windowMs / sliceMs) {
      this.#slices.shift();
    }
    const last = this.#slices.at(-1);
    if (last?.index === index) return last;
    const fresh = { index, records: 0, failures: 0 };
    this.#slices.push(fresh);
    return fresh;
  }
}
