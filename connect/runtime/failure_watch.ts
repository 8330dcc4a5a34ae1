/** Who wants to know when something has failed for good. @module */

import type { Failure, TaskStatus } from "./task_status.ts";

/** A task, or a connector that couldn't start, FAILED for good. */
export interface FailedForGood {
  readonly connector: string;
  readonly task: TaskStatus | null;
  readonly failure: Failure;
}

/** Remembers the first failure. */
export class FailureWatch {
  readonly #first = Promise.withResolvers<FailedForGood>();

  failed(failure: FailedForGood): void {
    this.#first.resolve(failure);
  }

  /** The first failure; undefined when the signal aborts before there is one. */
  async first(signal: AbortSignal): Promise<FailedForGood | undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    return await Promise.race([this.#first.promise, promise]);
  }
}
