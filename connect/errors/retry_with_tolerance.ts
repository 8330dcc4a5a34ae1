/**
 * What happens when an operation on a record fails: again for a while, then reported, then skipped or the end.
 * (`org.apache.kafka.connect.runtime.errors.RetryWithToleranceOperator`, KIP-298)
 *
 * @module
 */

import { backoffMs } from "../api/backoff.ts";
import { ConnectException, javaClassOf, RetriableException, safeText } from "../api/exceptions.ts";
import type { Time } from "../api/ports.ts";
import { type ErrorCounters, type ErrorReporter, type FailedRecord, reasonOf } from "./failed_record.ts";
import type { ToleranceBreaker } from "./tolerance_breaker.ts";

/** First pause between two tries, milliseconds; each further one is twice as long. */
const retryDelayMsMin = 300;

/** How errors are handled, by the `errors.*` options. */
export interface RetryWithToleranceOptions {
  readonly tolerance: "none" | "all";
  /** Milliseconds; a timeout of 0 = no second try, -1 = for ever. */
  readonly retry: { readonly timeoutMs: number; readonly delayMsMax: number };
  readonly reporters: readonly ErrorReporter[];
  readonly breaker: ToleranceBreaker;
  readonly counters: ErrorCounters;
  readonly time: Time;
  /** Between 0 and 1, for the jitter. */
  readonly random: () => number;
  /** Ends retries: the task is stopping. */
  readonly signal: AbortSignal;
}

/** What became of a record that failed. */
type Verdict =
  /** Its report is durable when the promise resolves; not before may an offset move past it. */
  | { readonly kind: "skipped"; readonly durable: Promise<void> }
  /** The task has to stop in front of this record. */
  | { readonly kind: "fatal"; readonly error: ConnectException; readonly durable: Promise<void> };

/** What became of an operation that failed at first. */
type Recovery<T> =
  | { readonly kind: "done"; readonly value: T }
  /** The task is stopping: nothing is known of this record and those behind it. */
  | { readonly kind: "abandoned" }
  | Verdict;

/**
 * Decides what a failure means. The good case never comes here: the caller runs the operation first and turns to
 * `recover` only when it has thrown, so that a record that is fine costs no promise.
 */
export class RetryWithTolerance {
  readonly #options: RetryWithToleranceOptions;

  constructor(options: RetryWithToleranceOptions) {
    this.#options = options;
  }

  /** Records that are about to be processed, for the tolerance breaker. */
  processing(records: number): void {
    this.#options.breaker.processed(records);
  }

  /**
   * Goes on after an operation threw.
   *
   * @param operation is tried again while it throws RetriableException and `errors.retry.timeout` lasts
   * @param describe says where the operation was when it threw
   */
  async recover<T>(
    first: unknown,
    operation: () => T,
    describe: (error: unknown) => FailedRecord,
  ): Promise<Recovery<T>> {
    const { time, counters, retry: { timeoutMs }, signal } = this.#options;
    const deadline = timeoutMs < 0 ? Infinity : time.monotonic() + timeoutMs;
    let error = first;
    counters.recordFailure();
    for (let retry = 0; error instanceof RetriableException && time.monotonic() < deadline; retry++) {
      await time.sleep(this.#delayMs(retry, deadline), signal);
      if (signal.aborted) return { kind: "abandoned" };
      counters.recordRetry();
      try {
        return { kind: "done", value: operation() };
      } catch (again) {
        counters.recordFailure();
        error = again;
      }
    }
    return this.judge(describe(error));
  }

  /** Counts and reports a record that failed for good, and says whether the task may go on without it. */
  judge(failed: FailedRecord): Verdict {
    const { counters, breaker, reporters, time, tolerance } = this.#options;
    breaker.failed();
    counters.recordError(failed.stage, reasonOf(failed.error), time.now());
    const durable = reportAll(reporters, failed);
    const tooMany = tolerance === "all" && breaker.isOpen ? breakerText(breaker) : undefined;
    if (tolerance === "all" && tooMany === undefined && !isJavaError(failed.error)) {
      counters.recordSkipped();
      return { kind: "skipped", durable };
    }
    return { kind: "fatal", error: toleranceExceeded(failed, tooMany), durable };
  }

  /** Connect's exponential delay: 300 ms doubled each time, random below the maximum once that is reached. */
  #delayMs(retry: number, deadline: number): number {
    const { retry: { delayMsMax }, random, time } = this.#options;
    const doubled = backoffMs(retry, { msMin: retryDelayMsMin, msMax: Infinity });
    const delay = doubled > delayMsMax ? Math.floor(random() * delayMsMax) : doubled;
    return Math.max(0, Math.min(delay, deadline - time.monotonic()));
  }
}

/** Coordinates of a record for messages. */
function placeOf(failed: FailedRecord): string {
  const { topic, partition, offset, bad } = failed.record;
  const last = bad === undefined || bad.lastOffset === offset ? "" : ` to ${bad.lastOffset}`;
  return `topic ${topic}, partition ${partition}, offset ${offset}${last}, stage ${failed.stage}, rule ${
    reasonOf(failed.error)
  }`;
}

/** What Java calls an error and not an exception is never tolerated: the record isn't to blame. */
function isJavaError(error: unknown): boolean {
  return javaClassOf(error) === "java.lang.StackOverflowError";
}

function toleranceExceeded(failed: FailedRecord, tooMany: string | undefined): ConnectException {
  const why = tooMany === undefined ? "" : `${tooMany}; the last one at `;
  return new ConnectException(
    `Tolerance exceeded in error handler: ${why}${placeOf(failed)}: ${safeText(failed.error)}`,
    { cause: failed.error, connectText: "Tolerance exceeded in error handler" },
  );
}

function breakerText(breaker: ToleranceBreaker): string {
  const { records, failures } = breaker.counts;
  return `${failures} of ${records} records within a minute were bad, ` +
    `errors.tolerance.max.ratio allows ${breaker.ratioMax}`;
}

async function reportAll(reporters: readonly ErrorReporter[], failed: FailedRecord): Promise<void> {
  await Promise.all(reporters.map((reporter) => reporter.report(failed)));
}
