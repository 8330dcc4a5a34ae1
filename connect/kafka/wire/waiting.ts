/** A deadline, a latch, a backoff and turns, on the Time port. @module */

import { backoffMs, type BackoffRange } from "../../api/backoff.ts";
import type { Time } from "../../api/ports.ts";

/** Returns the result of `work`, or throws the error of `onLate` after `timeoutMs`. The work itself isn't cancelled. */
export async function withDeadline<T>(
  time: Time,
  timeoutMs: number,
  work: Promise<T>,
  onLate: () => Error,
): Promise<T> {
  const done = new AbortController();
  const late = time.sleep(timeoutMs, done.signal).then(() => {
    if (!done.signal.aborted) throw onLate();
    return undefined;
  });
  try {
    // A late failure of the work is ignored.
    work.catch(() => {});
    return await Promise.race([work, late as Promise<never>]);
  } finally {
    done.abort();
  }
}

/** Lets one waiter sleep until a notification; one that comes earlier ends the next wait. */
export class Latch {
  readonly #time: Time;
  #waiting: AbortController | undefined;
  #notified = false;

  constructor(time: Time) {
    this.#time = time;
  }

  /** Ends the current wait, or else the next one. */
  notify(): void {
    this.#notified = true;
    this.#waiting?.abort();
  }

  /** Resolves when notified, after `timeoutMs`, or when the signal aborts. */
  async wait(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (!this.#notified && !signal?.aborted) {
      const waiting = new AbortController();
      this.#waiting = waiting;
      const stop = () => waiting.abort();
      signal?.addEventListener("abort", stop, { once: true });
      await this.#time.sleep(timeoutMs, waiting.signal);
      signal?.removeEventListener("abort", stop);
      this.#waiting = undefined;
    }
    this.#notified = false;
  }
}

/** Waits longer after each failure in a row, with jitter so that clients don't retry at the same time. */
export class Backoff {
  readonly #time: Time;
  readonly #range: BackoffRange;
  readonly #random: () => number;
  #failures = 0;

  constructor(time: Time, range: BackoffRange, random: () => number = Math.random) {
    this.#time = time;
    this.#range = { jitter, ...range };
    this.#random = random;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Counts a failure and waits. (`org.apache.kafka.common.utils.ExponentialBackoff`) */
  async wait(signal?: AbortSignal): Promise<void> {
    await this.#time.sleep(backoffMs(this.#failures++, this.#range, this.#random), signal);
  }
}

const jitter = { from: 0.8, to: 1.2 } as const;

/** A caller that works for longer than this without waiting keeps answers and heartbeats from being read. */
const turnMs = 8;

/** Lets other ready work run now and then. */
export class Turns {
  readonly #time: Time;
  #begunAt: number;

  constructor(time: Time) {
    this.#time = time;
    this.#begunAt = time.monotonic();
  }

  /** Lets other work run if the turn has lasted long enough. */
  async next(): Promise<void> {
    if (this.#time.monotonic() - this.#begunAt < turnMs) return;
    await this.#time.sleep(0);
    this.begin();
  }

  /** Begins a turn: other work has just run. */
  begin(): void {
    this.#begunAt = this.#time.monotonic();
  }
}
