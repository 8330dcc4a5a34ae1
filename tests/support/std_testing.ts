/**
 * The part of `@std/testing/time` that the tests use, over the runtime's own mock timers, with the same names.
 * `deno.json` says which of the two `@std/testing` is; docs/adr/0001 says why.
 *
 * @module
 */

import { mock } from "node:test";

/**
 * Replaces the clock and the timers until disposed.
 *
 * @example
 * ```ts
 * import { FakeTime } from "./std_testing.ts";
 * using time = new FakeTime();
 * let rang = false;
 * setTimeout(() => rang = true, 500);
 * time.tick(500);
 * if (!rang) throw new Error("time goes on when it is told to");
 * ```
 */
export class FakeTime implements Disposable {
  constructor() {
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: Date.now() });
  }

  /** Advances the time and runs the timers that are due. */
  tick(ms: number): void {
    mock.timers.tick(ms);
  }

  [Symbol.dispose](): void {
    mock.timers.reset();
  }
}
