import { backoffMs } from "../api/backoff.ts";
import { ConnectException, javaClassOf, RetriableException, safeText } from "../api/exceptions.ts";
import type { Time } from "../api/ports.ts";
import { type ErrorCounters, type ErrorReporter, type FailedRecord, reasonOf } from "./failed_record.ts";
import type { ToleranceBreaker } from "./tolerance_breaker.ts";

/** First delay of a retry, milliseconds; it doubles each time. */
const retryDelayMsMin = 300;

/** The `errors.*` options, and what error handling uses. */
export interface RetryWithToleranceOptions {
  readonly tolerance: "none" | "all";
  /** Milliseconds; a timeout of 0 = no retry, -1 = no limit. */
  readonly retry: { readonly timeoutMs: number; readonly delayMsMax: number };
  readonly reporters: readonly ErrorReporter[];
  readonly breaker: ToleranceBreaker;
  readonly counters: ErrorCounters;
  readonly time: Time;
  /** Returns a number from 0 to 1, for the jitter. */
  readonly random: () => number;
  /** Ends retries: the task is stopping. */
  readonly signal: AbortSignal;
}

type Verdict =
  /** Offsets may move past the record once `durable` resolves. */
  | { readonly kind: "skipped"; readonly durable: Promise<void> }
  /** The task must stop in front of this record. */
  | { readonly kind: "fatal"; readonly error: ConnectException; readonly durable: Promise<void> };

type Recovery<T> =
  | { readonly kind: "done"; readonly value: T }
  /** The task is stopping: the record and those after it are undecided. */
  | { readonly kind: "abandoned" }
  | Verdict;

/**
 * Retries a failed operation, then reports the record, then skips it or fails the task. Callers run the
 * operation first and call `recover` only if it throws, so a good record costs no promise.
 * (`org.apache.kafka.connect.runtime.errors.RetryWithToleranceOperator`, KIP-298)
 */
export class RetryWithTolerance {
  readonly #options: RetryWithToleranceOptions;

  constructor(options: RetryWithToleranceOptions) {
    this.#options = options;
  }

  /** Counts records before they are processed, for the tolerance breaker. */
  processing(records: number): void {
    this.#options.breaker.processed(records);
  }

  /**
   * Retries after an operation threw.
   *
   * @param operation is retried while it throws RetriableException, within `errors.retry.timeout`
   * @param describe returns the failed record and where it failed
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

  /** Counts and reports a record that failed for good, and decides whether the task may skip it. */
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

  /** Connect's backoff: doubled from 300 ms; beyond the maximum, random below it. */
  #delayMs(retry: number, deadline: number): number {
    const { retry: { delayMsMax }, random, time } = this.#options;
    const doubled = backoffMs(retry, { msMin: retryDelayMsMin, msMax: Infinity });
    const delay = doubled > delayMsMax ? Math.floor(random() * delayMsMax) : doubled;
    return Math.max(0, Math.min(delay, deadline - time.monotonic()));
  }
}

function placeOf(failed: FailedRecord): string {
  const { topic, partition, offset, bad } = failed.record;
  const last = bad === undefined || bad.lastOffset === offset ? "" : ` to ${bad.lastOffset}`;
  return `topic ${topic}, partition ${partition}, offset ${offset}${last}, stage ${failed.stage}, rule ${
    reasonOf(failed.error)
  }`;
}

/** A Java Error, unlike an Exception, is never tolerated: the record isn't its cause. */
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
