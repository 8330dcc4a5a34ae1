/** Who wants to know when something has failed for good. @module */

import type { Failure, TaskStatus } from "./task_status.ts";

/** A task, or a connector that couldn't start, FAILED for good. */
export interface FailedForGood {
  /** The connector's name. */
  readonly connector: string;
  /** The task; null where the connector couldn't start. */
  readonly task: TaskStatus | null;
  /** Why. */
  readonly failure: Failure;
}

/** Remembers the first failure of each connector, until it is deleted. */
export class FailureWatch {
  readonly #failures = new Map<string, FailedForGood>();
  readonly #told = new Set<(failure: FailedForGood) => void>();

  failed(failure: FailedForGood): void {
    if (!this.#failures.has(failure.connector)) this.#failures.set(failure.connector, failure);
    for (const tell of this.#told) tell(failure);
  }

  /** The connector is no more. */
  forget(connector: string): void {
    this.#failures.delete(connector);
  }

  /** The first failure of these connectors, of any where none are named; undefined when the signal aborts before there is one. */
  async first(signal: AbortSignal, connectors?: ReadonlySet<string>): Promise<FailedForGood | undefined> {
    const isMeant = ({ connector }: FailedForGood) => connectors?.has(connector) ?? true;
    const known = this.#failures.values().find(isMeant);
    if (known !== undefined || signal.aborted) return known;
    const { promise, resolve } = Promise.withResolvers<FailedForGood | undefined>();
    const tell = (failure: FailedForGood) => isMeant(failure) ? resolve(failure) : undefined;
    this.#told.add(tell);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    return await promise.finally(() => this.#told.delete(tell));
  }
}
