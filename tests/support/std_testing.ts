/**
 * The part of `@std/testing/time` that the tests use, over the runtime's own mock timers, with the same names.
 * `deno.json` says which of the two `@std/testing` is; docs/adr/0001 says why.
 *
 * @module
 */

import { mock } from "node:test";

const mockedApis = ["setTimeout", "setInterval", "Date"] as const;

/**
 * Takes the place of the clock and the timers until it is disposed of.
 *
 * @example
 * ```ts
 * import { FakeTime } from "./std_testing.ts";
 * using time = new FakeTime(1_000);
 * let rang = false;
 * setTimeout(() => rang = true, 500);
 * time.tick(500);
 * if (!rang || time.now !== 1_500) throw new Error("time goes on when it is told to");
 * ```
 */
export class FakeTime implements Disposable {
  constructor(start: number | Date = Date.now()) {
    mock.timers.enable({ apis: [...mockedApis], now: Number(start) });
  }

  /** Milliseconds since 1970, as everybody sees them now. */
  get now(): number {
    return Date.now();
  }

  /** Moves on and runs the timers that are due. */
  tick(ms = 0): void {
    mock.timers.tick(ms);
  }

  /** As `tick`, after whatever waits for a promise has run. */
  async tickAsync(ms = 0): Promise<void> {
    await this.runMicrotasks();
    this.tick(ms);
    await this.runMicrotasks();
  }

  /** Lets promises that are settled go on. */
  async runMicrotasks(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Gives the real clock and timers back. */
  restore(): void {
    mock.timers.reset();
  }

  [Symbol.dispose](): void {
    this.restore();
  }
}
