import { type OffsetMap, PartitionMap, type SinkRecord } from "../api/record.ts";

type ReportedRecord = Pick<SinkRecord, "origin" | "offset">;

/**
 * Tracks reports, so that offsets move past a record only when its report is durable.
 * (`WorkerErrantRecordReporter.awaitFutures`)
 *
 * @example
 * ```ts
 * import { PendingReports } from "./pending_reports.ts";
 * const reports = new PendingReports();
 * const record = { origin: { topic: "customers", partition: 0 }, offset: 7n };
 * let written = false;
 * void reports.track(record, Promise.resolve().then(() => void (written = true)));
 * await reports.durable();
 * if (!written) throw new Error("what was tracked is waited for");
 * ```
 */
export class PendingReports {
  readonly #pending = new Set<Promise<void>>();
  /** By partition: the first record whose report failed. */
  readonly #limits = new PartitionMap<bigint>();
  #failure: { readonly error: unknown } | undefined;

  /** Tracks a report; if it fails, `durable` rejects from then on. */
  track(record: ReportedRecord, report: Promise<void>): Promise<void> {
    const settled = report.then(
      () => void this.#pending.delete(settled),
      (error: unknown) => {
        this.#pending.delete(settled);
        this.refuse(record, error);
      },
    );
    this.#pending.add(settled);
    return report;
  }

  /** Stops commits in front of a record that `errors.tolerance` doesn't allow, whatever the sink does. */
  refuse(record: ReportedRecord, error: unknown): void {
    this.#failure ??= { error };
    const known = this.#limits.get(record.origin);
    if (known === undefined || record.offset < known) this.#limits.set(record.origin, record.offset);
  }

  /** @throws the error of a failed report, without waiting for open ones */
  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Resolves when everything tracked is durable; rejects if a report failed. */
  async durable(): Promise<void> {
    await this.settled();
    this.throwIfFailed();
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** Resolves when everything tracked has succeeded or failed. */
  async settled(): Promise<void> {
    if (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** Returns the offsets, limited to the first record whose report failed. */
  capped(offsets: OffsetMap): OffsetMap {
    if (this.#limits.size === 0) return offsets;
    return new PartitionMap([...offsets].map(([at, offset]) => {
      const limit = this.#limits.get(at);
      return [at, limit !== undefined && limit < offset ? limit : offset];
    }));
  }
}
