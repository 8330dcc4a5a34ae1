/** Retries through outages, up to a deadline. @module */

import type { BackoffRange } from "../../api/backoff.ts";
import { RetriableException } from "../../api/exceptions.ts";
import type { Time } from "../../api/ports.ts";
import { BrokerAwayError, connectExceptionOf, isOutage } from "./kafka_error.ts";
import { Backoff, withDeadline } from "./waiting.ts";

export interface Attempts {
  readonly time: Time;
  readonly timeoutMs: number;
  readonly backoff: BackoffRange;
  /** The action for messages: `commit offsets of group g`. */
  readonly action: string;
}

/**
 * Returns the result of the first successful attempt.
 *
 * @param attempt receives the time left
 * @throws RetriableException after the deadline, ConnectException for a permanent failure
 */
export async function untilDeadline<T>(
  attempts: Attempts,
  attempt: (leftMs: number) => Promise<T>,
): Promise<T> {
  const { time, timeoutMs, action } = attempts;
  const backoff = new Backoff(time, attempts.backoff);
  const end = time.monotonic() + timeoutMs;
  const late = new BrokerAwayError(`no answer within ${timeoutMs} ms`);
  let last: unknown;
  while (true) {
    const leftMs = end - time.monotonic();
    if (leftMs <= 0) throw tooLate(attempts, last);
    try {
      return await withDeadline(time, leftMs, attempt(leftMs), () => late);
    } catch (cause) {
      if (!isOutage(cause)) throw connectExceptionOf(cause, action);
      // An attempt cut off by the deadline knows less than the one before it.
      if (cause !== late || last === undefined) last = cause;
    }
    await withDeadline(
      time,
      Math.max(end - time.monotonic(), 1),
      backoff.wait(),
      () => tooLate(attempts, last),
    );
  }
}

function tooLate({ action, timeoutMs }: Attempts, last: unknown): RetriableException {
  const reason = last instanceof Error ? `, last error: ${last.message}` : "";
  return new RetriableException(
    `Cannot ${action}: Kafka didn't complete it within ${timeoutMs} ms${reason}`,
    {
      cause: last,
    },
  );
}
