/**
 * A clock for tests: time stands still while code runs, and jumps to the next timer when none does. So hours pass in
 * milliseconds and always in the same order.
 *
 * @module
 */

import type { Time } from "../../../connect/api/ports.ts";

/** Turns after which `run` reports an endless loop. */
const turnsMax = 2_000_000;

interface Waiter {
  readonly atMs: number;
  readonly sequence: number;
  readonly resolve: () => void;
}

/** Virtual milliseconds after which `run` gives up. */
const runMsMax = 24 * 3_600_000;

/**
 * The Time port for tests.
 *
 * @example
 * ```ts
 * import { FakeClock } from "./fake_clock.ts";
 * const clock = new FakeClock();
 * await clock.run(clock.sleep(3_600_000));
 * if (clock.monotonic() !== 3_600_000) throw new Error("an hour passed");
 * ```
 */
export class FakeClock implements Time {
  /** The wall clock's start. */
  static readonly startMs = Date.UTC(2026, 0, 1);
  #elapsedMs = 0;
  #jumpedMs = 0;
  #sequence = 0;
  readonly #waiters: Waiter[] = [];

  now(): number {
    return FakeClock.startMs + this.#elapsedMs + this.#jumpedMs;
  }
  monotonic(): number {
    return this.#elapsedMs;
  }

  /** Sets the wall clock; timers aren't affected. */
  jump(ms: number): void {
    this.#jumpedMs += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter = {
        atMs: this.#elapsedMs + Math.max(0, ms),
        sequence: this.#sequence++,
        resolve: () => end(),
      };
      const end = () => {
        const index = this.#waiters.indexOf(waiter);
        if (index >= 0) this.#waiters.splice(index, 1);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      signal?.addEventListener("abort", end, { once: true });
      this.#insert(waiter);
    });
  }

  /** Lets time pass until the work is done. Returns or throws its result. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = () => void (isDone = true);
    work.then(done, done);
    const endMs = this.#elapsedMs + runMsMax;
    for (let turns = 0;; turns++) {
      if (turns > turnsMax) throw new Error(`Cannot go on: ${turnsMax} waits, and the work isn't done`);
      await turn();
      if (isDone) return await work;
      const next = this.#waiters[0];
      if (next === undefined) {
        throw new Error("Cannot go on: nothing waits for time, and the work isn't done");
      }
      if (next.atMs > endMs) throw new Error(`Cannot go on: the work isn't done after ${runMsMax} ms`);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.resolve();
    }
  }

  /** Lets this much time pass. */
  async advance(ms: number): Promise<void> {
    await this.run(this.sleep(ms));
  }

  /** Runs everything that can run without time passing. */
  async settle(): Promise<void> {
    await turn();
  }

  #insert(waiter: Waiter): void {
    let index = this.#waiters.length;
    while (index > 0 && isLater(this.#waiters[index - 1], waiter)) index -= 1;
    this.#waiters.splice(index, 0, waiter);
  }
}

function isLater(a: Waiter | undefined, b: Waiter): boolean {
  return a !== undefined && (a.atMs > b.atMs || (a.atMs === b.atMs && a.sequence > b.sequence));
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
