/**
 * From a batch to the database: planned, written, and where something is bad, told apart.
 *
 * A bad record is reported before any offset moves past it, and never inside a transaction. Whoever isn't allowed to
 * skip it (`errors.tolerance=none`) still has everything in front of it written, partition by partition, and nothing
 * behind it.
 *
 * @module
 */

import { ConfigException, ConnectException } from "../../../connect/api/exceptions.ts";
import { PartitionMap, type SinkRecord } from "../../../connect/api/record.ts";
import type { SinkTaskContext } from "../../../connect/api/sink_task.ts";
import { type BadRecord, inFrontOf, placeOf, refusedRecord } from "../isolate/bad_record.ts";
import type { BatchPlanner, PlannedBatch } from "../plan/batch_planner.ts";
import { BatchWriter, OffsetsMoved } from "./batch_writer.ts";
import type { RowsStatement, SqlDialect, WriteCount } from "../dialect.ts";
import type { Housekeeper } from "./housekeeper.ts";
import type { LedgerCounts } from "./ledger.ts";
import type { PartitionOwnership } from "./partition_ownership.ts";
import { isOfRecords, isolate } from "../isolate/record_isolation.ts";
import type { SinkSettings } from "../options/sink_settings.ts";
import { givenUp, onlyTogether, SqlFailure } from "../sql_failure.ts";
import { StatementOrder } from "../plan/statement_order.ts";
import type { RowChange } from "../plan/table_row.ts";
import { countWrites, type WrittenBatch } from "./write_counts.ts";

/** What the delivery is made of. */
export interface RecordDeliveryOptions {
  readonly settings: SinkSettings;
  readonly planner: BatchPlanner;
  readonly dialect: SqlDialect;
  /** For exactly once; null if it's off. */
  readonly ownership: PartitionOwnership | null;
  readonly housekeeper: Pick<Housekeeper, "delivered" | "rejected">;
  readonly context: SinkTaskContext;
}

/** Tries at once after a deadlock or a changed table, before it counts as an outage. */
const triesAtOnceMax = 10;
/** Milliseconds after which the tables are looked at again. */
const knownMsMax = 500;
/** After a timeout: batches written in a row before they may grow again. */
const piecesUntilGrowth = 8;

/** What one try came to. */
type Attempt =
  | { readonly is: "written" }
  | { readonly is: "again" }
  | { readonly is: "refused"; readonly bad: readonly BadRecord[] };

/** What is known of the batch in hand. */
interface BatchState {
  /** `one_by_one` once the records were fine alone and not together. */
  pace: "apart" | "one_by_one";
  hasLookedAgain: boolean;
}

/** Delivers batches, one at a time. */
export class RecordDelivery {
  readonly #options: RecordDeliveryOptions;
  readonly #order: StatementOrder;
  readonly #writer: BatchWriter;
  /** Reported, or written by a part of a batch: a batch that comes again has them behind it. */
  readonly #settled = new WeakSet<SinkRecord>();
  /** Less than a batch after one took longer than the database allows. */
  #recordsMax = Number.POSITIVE_INFINITY;
  #pieces = 0;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RecordDeliveryOptions) {
    this.#options = options;
    this.#order = new StatementOrder(options.settings);
    this.#writer = new BatchWriter(options);
  }

  /**
   * Writes what can be written. A batch that takes longer than the database allows is halved until it passes. With
   * errors.tolerance=none that is each partition up to its first bad record, whose report ends the task.
   *
   * @throws SqlFailure that isn't about the data; what a reporter refused with; ConfigException
   */
  async deliver(records: readonly SinkRecord[]): Promise<void> {
    const untolerated: BadRecord[] = [];
    for (let from = 0; from < records.length;) {
      const piece = records.slice(from, from + this.#recordsMax);
      try {
        await this.#deliverTogether(piece, untolerated);
      } catch (error) {
        if (!(error instanceof SqlFailure) || error.kind !== "timeout") throw error;
        if (piece.length === 1) throw tooSlow(error, piece[0]);
        this.#halve(piece.length, error);
        continue;
      }
      if (piece.length < records.length) { for (const record of piece) this.#settled.add(record); }
      from += piece.length;
      this.#grow();
    }
    if (untolerated.length > 0) await this.#refuse(records, untolerated);
  }

  #halve(length: number, failure: SqlFailure): void {
    const { context } = this.#options;
    this.#recordsMax = length >> 1;
    this.#pieces = 0;
    context.count("database-retries", failure.rule);
    context.logger.warn("A batch takes longer than statement.timeout.ms: it's written in halves", {
      records: this.#recordsMax,
    });
  }

  #grow(): void {
    if (this.#recordsMax === Number.POSITIVE_INFINITY || ++this.#pieces < piecesUntilGrowth) return;
    this.#pieces = 0;
    this.#recordsMax *= 2;
  }

  /** Moves offsets past records that never came here: filtered by a transformation, or reported before. */
  async advanceTo(offsets: PartitionMap<bigint>): Promise<void> {
    for (let tries = 0; tries < triesAtOnceMax; tries++) {
      try {
        return await this.#writer.advanceTo(offsets);
      } catch (error) {
        const isAgain = error instanceof OffsetsMoved ||
          (error instanceof SqlFailure && error.kind === "retry_now");
        if (!isAgain) throw error;
      }
    }
    throw givenUp(triesAtOnceMax);
  }

  /**
   * One transaction with all that can be written of it.
   *
   * @param untolerated bad records that nothing of their partition may be written behind; it's added to
   */
  async #deliverTogether(records: readonly SinkRecord[], untolerated: BadRecord[]): Promise<void> {
    const state: BatchState = { pace: "apart", hasLookedAgain: false };
    for (let tries = 0;;) {
      const admitted = inFrontOf(this.#options.ownership?.admit(records) ?? records, untolerated);
      if (admitted.length === 0) return;
      const attempt = await this.#attempt(admitted, state);
      if (attempt.is === "written") return;
      if (attempt.is === "again" && ++tries >= triesAtOnceMax) throw givenUp(triesAtOnceMax);
      if (attempt.is !== "refused") continue;
      if (attempt.bad.length === 0) setOneByOne(state);
      else if (this.#tolerates) await this.#report(attempt.bad);
      else untolerated.push(...attempt.bad);
    }
  }

  /** Of records that are settled the offsets count, the values don't. */
  async #attempt(admitted: readonly SinkRecord[], state: BatchState): Promise<Attempt> {
    const { housekeeper } = this.#options;
    const rest = admitted.filter((record) => !this.#settled.has(record));
    const planned = await this.#plan(rest, state);
    if (planned.bad.length > 0) return { is: "refused", bad: planned.bad };
    const statements = this.#order.statements(planned.changes, state.pace);
    try {
      const counts = await this.#writer.write(admitted, statements);
      housekeeper.delivered(admitted, this.#count({ ...planned, statements }, counts));
      return { is: "written" };
    } catch (error) {
      if (error instanceof OffsetsMoved) return { is: "again" };
      if (!(error instanceof SqlFailure)) throw error;
      return await this.#judge(error, { changes: planned.changes, statements, rest, state });
    }
  }

  /** What a failure means, by itself and by the catalog. */
  async #judge(
    failure: SqlFailure,
    { changes, statements, rest, state }: {
      readonly changes: readonly RowChange[];
      readonly statements: readonly RowsStatement[];
      readonly rest: readonly SinkRecord[];
      readonly state: BatchState;
    },
  ): Promise<Attempt> {
    const { dialect, context } = this.#options;
    if (failure.kind === "retry_now") {
      context.count("database-retries", failure.rule);
      return { is: "again" };
    }
    if (!isOfRecords(failure)) throw failure;
    if (failure.kind === "structure") {
      if (await this.#hasChanged(rest, state)) return { is: "again" };
      await dialect.checkStatements(statements);
    }
    return { is: "refused", bad: await this.#isolate(changes) };
  }

  /**
   * What is refused by what is known of the tables is held against the tables as they are now, once a batch; and what
   * is known is never older than a moment, since a changed table may also take what it should not.
   */
  async #plan(records: readonly SinkRecord[], state: BatchState): Promise<PlannedBatch> {
    const { planner, context } = this.#options;
    const nowMs = context.time.monotonic();
    if (nowMs - this.#lookedAtMs > knownMsMax) await this.#hasChanged(records, { hasLookedAgain: false });
    try {
      const planned = await planner.plan(records);
      if (planned.bad.length === 0 || !await this.#hasChanged(records, state)) return planned;
    } catch (error) {
      if (!(error instanceof ConfigException) || !await this.#hasChanged(records, state)) throw error;
    }
    return await planner.plan(records);
  }

  async #hasChanged(
    records: readonly SinkRecord[],
    state: Pick<BatchState, "hasLookedAgain">,
  ): Promise<boolean> {
    const { dialect, planner, context } = this.#options;
    if (state.hasLookedAgain) return false;
    state.hasLookedAgain = true;
    this.#lookedAtMs = context.time.monotonic();
    const hasChanged = await dialect.lookAgain(planner.tablesOf(records));
    if (hasChanged) context.count("database-retries", "table_changed");
    return hasChanged;
  }

  async #isolate(changes: readonly RowChange[]): Promise<readonly BadRecord[]> {
    const { dialect, context } = this.#options;
    context.count("batches-isolated", "data_error");
    const refused = await isolate(changes, {
      dialect,
      statementsOf: (part) => this.#order.statements(part, "in_order"),
      stopsPartitions: !this.#tolerates,
    });
    return refused.map(({ record, change, failure }) => ({ record, error: refusedRecord(change, failure) }));
  }

  get #tolerates(): boolean {
    return this.#options.context.configs()["errors.tolerance"] === "all";
  }

  async #report(bad: readonly BadRecord[]): Promise<void> {
    const outcomes = await Promise.allSettled(bad.map((one) => this.#reportOne(one)));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** What is in front of the bad records is written; the report of the first of them is refused, and so ends the task. */
  async #refuse(records: readonly SinkRecord[], bad: readonly BadRecord[]): Promise<void> {
    const inFront = new Set(inFrontOf(records, bad));
    const first = records.find((record) => !inFront.has(record));
    const found = bad.find(({ record }) => record === first);
    if (found === undefined) throw new Error("Cannot tell the first bad record: none of the batch is it");
    const next = nextOffsetsOf([...inFront]);
    try {
      await this.#reportOne(found);
    } catch (error) {
      this.#options.context.delivered(next);
      throw error;
    }
    for (const record of inFront) this.#settled.add(record);
    await this.deliver(records); // it was tolerated after all
  }

  async #reportOne({ record, error }: BadRecord): Promise<void> {
    const { context } = this.#options;
    const reporter = context.errantRecordReporter();
    if (reporter !== null) await reporter.report(record, error);
    else if (this.#tolerates) context.count("records-rejected", error.rule ?? "data");
    else throw new ConnectException(error.message, { cause: error });
    this.#settled.add(record);
    this.#options.housekeeper.rejected(1);
  }

  #count(
    planned: PlannedBatch & Pick<WrittenBatch, "statements">,
    counts: readonly WriteCount[],
  ): LedgerCounts {
    const { metrics, ledger } = countWrites(planned, counts);
    for (const { name, reason, by } of metrics) this.#options.context.count(name, reason, by);
    return ledger;
  }
}

function nextOffsetsOf(records: readonly SinkRecord[]): PartitionMap<bigint> {
  return new PartitionMap(records.map(({ origin, offset }) => [origin, offset + 1n] as const));
}

/** The records are fine one after the other. */
function setOneByOne(state: BatchState): void {
  if (state.pace === "one_by_one") throw onlyTogether();
  state.pace = "one_by_one";
}

function tooSlow({ kind, message, facts }: SqlFailure, record: SinkRecord | undefined): SqlFailure {
  const place = record === undefined ? "one record" : `record ${placeOf(record)}`;
  return new SqlFailure(
    kind,
    `${message}: ${place} alone takes longer than statement.timeout.ms, and is tried again`,
    facts,
  );
}
