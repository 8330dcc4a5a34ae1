/** Reports that were handed over and may not be durable yet. (`WorkerErrantRecordReporter.awaitFutures`) @module */

/**
 * Waits for reports before offsets move past their records.
 *
 * @example
 * ```ts
 * import { PendingReports } from "./pending_reports.ts";
 * const reports = new PendingReports();
 * let written = false;
 * void reports.track(Promise.resolve().then(() => void (written = true)));
 * await reports.durable();
 * if (!written) throw new Error("what was tracked is waited for");
 * ```
 */
export class PendingReports {
  readonly #pending = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** Remembers a report until it's durable; a failed one makes `durable` fail from then on. */
  track(report: Promise<void>): Promise<void> {
    const settled = report.then(
      () => void this.#pending.delete(settled),
      (error: unknown) => {
        this.#pending.delete(settled);
        this.#failure ??= { error };
      },
    );
    this.#pending.add(settled);
    return report;
  }

  /** Resolves when everything tracked so far is durable; rejects when a report was lost. */
  async durable(): Promise<void> {
    if (this.#pending.size > 0) await Promise.all(this.#pending);
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
