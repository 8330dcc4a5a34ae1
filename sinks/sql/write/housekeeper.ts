/**
 * A task's work besides delivery: it writes the ledger, and purges old rows once a day.
 *
 * Neither may delay a record. Failures are logged and counted, and tried again later.
 *
 * @module
 */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { SinkTaskContext } from "../../../connect/api/sink_task.ts";
import type { Housekeeping } from "../dialect.ts";
import { type LedgerCounts, LedgerInterval, type RecordPlace } from "./ledger.ts";
import { dayMs, purgeOrder } from "../options/retention.ts";
import type { SinkSettings } from "../options/sink_settings.ts";
import { SqlFailure } from "../sql_failure.ts";

interface HousekeeperOptions {
  readonly settings: SinkSettings;
  readonly housekeeping: Housekeeping;
  readonly context: SinkTaskContext;
}

const purgeRetryMs = 300_000;
/** Minimum time between two warnings that the ledger can't be written. */
const warningIntervalMs = 600_000;

/** Does the housekeeping of one task. */
export class Housekeeper {
  readonly #options: HousekeeperOptions;
  readonly #interval = new LedgerInterval();
  #nextPurgeMs = Number.NEGATIVE_INFINITY;
  #nextRowMs = Number.NEGATIVE_INFINITY;
  /** The columns come from the configuration, so a task writes them once. */
  #hasToldColumns = false;
  #lastWarningMs = Number.NEGATIVE_INFINITY;
  #clusterId: string | undefined;

  constructor(options: HousekeeperOptions) {
    this.#options = options;
  }

  /**
   * Checks at the task's start.
   *
   * @throws ConfigException if the ledger can't be written or rows can't be purged, and the options ask for it
   */
  async start(): Promise<void> {
    const { settings: { ledger, retention: { days, function: purge } }, housekeeping, context } =
      this.#options;
    if (days !== null && purge !== null) await housekeeping.checkRetention({ function: purge, days });
    if (ledger === null) return;
    this.#clusterId = await context.admin.clusterId();
    await housekeeping.checkLedger();
  }

  /** Counts a batch that is in the database, as `LedgerInterval.add`. */
  delivered(places: readonly RecordPlace[], counts: LedgerCounts): void {
    if (this.#options.settings.ledger !== null) this.#interval.add(places, counts);
  }
  rejected(count: number): void {
    if (this.#options.settings.ledger !== null) this.#interval.count({ rejected: count });
  }

  /** On each commit of offsets: writes the ledger's row if its interval is over. */
  async writeLedgerIfDue(): Promise<void> {
    if (this.#options.context.time.monotonic() >= this.#nextRowMs) await this.writeLedger();
  }

  /** Writes the ledger's row. After a failure, the next row includes it. */
  async writeLedger(): Promise<void> {
    const { context, settings: { ledger, egress, whitelist } } = this.#options;
    if (ledger === null || this.#interval.isEmpty) return;
    const { ranges, counts } = this.#interval.take();
    const columns = this.#hasToldColumns ? {} : { columns: [...egress ?? whitelist] };
    if (await this.#note({ event: "copied", ranges, counts, ...columns }) !== undefined) {
      this.#hasToldColumns = true;
      this.#nextRowMs = context.time.monotonic() + ledger.intervalMs;
      return;
    }
    context.count("ledger-failures", "not_written");
    this.#interval.restore(ranges, counts);
  }

  /** Purges once a day, in the first task of a process. */
  async purgeIfDue(): Promise<void> {
    const { context, settings, housekeeping } = this.#options;
    const { time } = context;
    if (context.taskId !== 0 || time.monotonic() < this.#nextPurgeMs) return;
    const order = purgeOrder(settings, time.now());
    this.#nextPurgeMs = time.monotonic() + dayMs;
    if (order.rows === null && order.ledgerDays === null) return;
    const result = await this.#attempt("purge", () => housekeeping.purge(order));
    if (result === undefined) {
      context.count("purge-failures", "not_done");
      this.#nextPurgeMs = time.monotonic() + purgeRetryMs;
      return;
    }
    const { emptied, removed, ledgerPartitionsDropped } = result;
    if (emptied > 0) {
      context.count("rows-emptied", "retention", emptied);
      context.logger.info("Emptied rows older than the retention", { emptied, removed });
    }
    if (emptied + ledgerPartitionsDropped > 0 && settings.ledger !== null) {
      await this.#note({ event: "purged", counts: { emptied, removed, ledgerPartitionsDropped } });
    }
    if (order.rows !== null && emptied >= order.rows.rowsMax) this.#nextPurgeMs = Number.NEGATIVE_INFINITY;
  }

  async #note(entry: Pick<Parameters<Housekeeping["note"]>[0], "event" | "ranges" | "counts" | "columns">) {
    const { context, housekeeping } = this.#options;
    const { connectorName: connector, taskId, configHash } = context;
    const clusterId = this.#clusterId === undefined ? {} : { clusterId: this.#clusterId };
    return await this.#attempt("write the ledger", async () => {
      await housekeeping.note({ ...entry, ...clusterId, connector, taskId, configHash });
      return true;
    });
  }

  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    const { context } = this.#options;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SqlFailure) && !(error instanceof ConfigException)) throw error;
      const now = context.time.monotonic();
      if (now - this.#lastWarningMs < warningIntervalMs) return undefined;
      this.#lastWarningMs = now;
      context.logger.warn(`Cannot ${what}: it will be tried again later`, { reason: error.message });
      return undefined;
    }
  }
}
