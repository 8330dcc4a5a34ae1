/**
 * From a batch to the database: planned, written, and where something is bad, told apart.
 *
 * A bad record is reported before any offset moves past it, and never inside a transaction. Whoever isn't allowed to
 * skip it (`errors.tolerance=none`) still has everything in front of it written, partition by partition, and nothing
 * behind it.
 *
 * @module
 */

import { ConnectException } from "../../connect/api/exceptions.ts";
import { PartitionMap, type SinkRecord } from "../../connect/api/record.ts";
import type { SinkTaskContext } from "../../connect/api/sink_task.ts";
import { type BadRecord, refusedRecord } from "./bad_record.ts";
import type { BatchPlanner, PlannedBatch } from "./batch_planner.ts";
import type { OffsetProgress, RowsStatement, SqlDialect, SqlTransaction, WriteCount } from "./dialect.ts";
import { countWrites } from "./write_counts.ts";
import type { PartitionOwnership } from "./partition_ownership.ts";
import type { Housekeeper } from "./housekeeper.ts";
import type { LedgerCounts } from "./ledger.ts";
import { isolate } from "./record_isolation.ts";
import { SqlFailure } from "./sql_failure.ts";

/** What the delivery works with. */
export interface RecordDeliveryOptions {
  readonly planner: BatchPlanner;
  readonly dialect: SqlDialect;
  /** For exactly once; null where it's off. */
  readonly ownership: PartitionOwnership | null;
  readonly housekeeper: Pick<Housekeeper, "delivered" | "rejected">;
  readonly context: SinkTaskContext;
}

/** Tries at once after a deadlock or a stale table, before it counts as an outage. */
const triesAtOnceMax = 10;
/** A statement behind the one that failed. */
const afterFailure = "25P02";
/** One row of a statement twice: keys that differ as text and are equal to the database. */
const sameRowTwice = "21000";

/** What one delivery has learnt so far. */
interface AttemptState {
  oneByOne: boolean;
  /** The tables' columns were looked up again. */
  hasLookedAgain: boolean;
}

/** What a look at the locked offsets ended a transaction with: somebody else wrote, or the records are written. */
class OffsetsMoved extends Error {
  override readonly name = "OffsetsMoved";
}

/** Delivers batches, one at a time. */
export class RecordDelivery {
  readonly #options: RecordDeliveryOptions;
  /** Reported and skipped for good: a batch that comes again isn't reported again. */
  readonly #skipped = new WeakSet<SinkRecord>();

  constructor(options: RecordDeliveryOptions) {
    this.#options = options;
  }

  /**
   * Writes what can be written.
   *
   * @throws SqlFailure that isn't about the data; what a reporter refused with; ConfigException
   */
  async deliver(records: readonly SinkRecord[]): Promise<void> {
    let batch = records;
    const state: AttemptState = { oneByOne: false, hasLookedAgain: false };
    for (let tries = 0;;) {
      const admitted = this.#options.ownership?.admit(batch) ?? batch;
      if (admitted.length === 0) return;
      const bad = await this.#attempt(admitted, state);
      if (bad === "done") return;
      if (bad === "again") {
        if (++tries >= triesAtOnceMax) throw givenUp();
      } else if (bad.length === 0) {
        if (state.oneByOne) throw givenUp();
        state.oneByOne = true; // fine one after the other: only their order made it fail
      } else {
        batch = await this.#report(admitted, bad);
      }
    }
  }

  /** Of records skipped before the offsets count, the values don't. */
  async #attempt(
    admitted: readonly SinkRecord[],
    state: AttemptState,
  ): Promise<"done" | "again" | readonly BadRecord[]> {
    const rest = admitted.filter((record) => !this.#skipped.has(record));
    try {
      const planned = await this.#plan(rest, state.oneByOne);
      if (planned.bad.length > 0) return planned.bad;
      const counts = await this.#write(admitted, planned.statements);
      this.#options.housekeeper.delivered(admitted, this.#count(planned, counts));
      return "done";
    } catch (error) {
      if (error instanceof OffsetsMoved) return "again";
      if (!(error instanceof SqlFailure)) throw error;
      if (error.kind === "data") return await this.#isolate(rest);
      if (error.facts.sqlstate === sameRowTwice) return [];
      return this.#again(error, state);
    }
  }

  #again(failure: SqlFailure, state: AttemptState): "again" {
    const { dialect, context } = this.#options;
    const looksAgain = failure.facts.isStale === true && !state.hasLookedAgain;
    if (failure.kind !== "retry_now" && !looksAgain) throw failure;
    context.count("database-retries", failure.rule);
    if (looksAgain) {
      state.hasLookedAgain = true;
      dialect.forgetTables();
    }
    return "again";
  }

  async #isolate(records: readonly SinkRecord[]): Promise<readonly BadRecord[]> {
    const { dialect, planner, context } = this.#options;
    context.count("batches-isolated", "data_error");
    const refused = await isolate(records, {
      dialect,
      statementsOf: async (part) => (await planner.plan(part, "arrival")).statements,
    });
    return refused.map(({ record, failure }) => ({
      record,
      error: refusedRecord(record, planner.tableOf(record.topic), failure),
    }));
  }

  async #plan(records: readonly SinkRecord[], oneByOne: boolean): Promise<PlannedBatch> {
    const { planner } = this.#options;
    if (!oneByOne) return await planner.plan(records);
    const plans = [];
    for (const record of records) plans.push(await planner.plan([record]));
    return {
      statements: plans.flatMap(({ statements }) => statements),
      bad: plans.flatMap(({ bad }) => bad),
      tombstonesIgnored: plans.reduce((sum, { tombstonesIgnored }) => sum + tombstonesIgnored, 0),
      tooOld: plans.reduce((sum, { tooOld }) => sum + tooOld, 0),
    };
  }

  async #write(
    admitted: readonly SinkRecord[],
    statements: readonly RowsStatement[],
  ): Promise<readonly WriteCount[]> {
    const { dialect, ownership } = this.#options;
    if (ownership === null) return await dialect.writeAll(statements);
    const progress = ownership.progressOf(admitted);
    const counts = await dialect.transaction("commit", async (tx) => {
      // All of it leaves at once: nothing counts before the commit, and what fails undoes the rest.
      const locked = this.#lock(tx, ownership, progress);
      const written = writeInTurn(tx, statements);
      const ends = await Promise.allSettled([locked, written, tx.advanceOffsets(progress)]);
      throwCauseOf(ends);
      return await written;
    });
    ownership.advanced(progress);
    return counts;
  }

  /** Moves offsets past records that never came here: filtered by a transformation, or reported before. */
  async advanceTo(offsets: PartitionMap<bigint>): Promise<void> {
    const { dialect, ownership } = this.#options;
    if (ownership === null) return;
    for (let tries = 0; tries < triesAtOnceMax; tries++) {
      const progress = ownership.progressTo(offsets);
      if (progress.length === 0) return;
      try {
        await dialect.transaction("commit", async (tx) => {
          await this.#lock(tx, ownership, progress);
          await tx.advanceOffsets(progress);
        });
        return ownership.advanced(progress);
      } catch (error) {
        const isAgain = error instanceof OffsetsMoved ||
          (error instanceof SqlFailure && error.kind === "retry_now");
        if (!isAgain) throw error;
      }
    }
    throw givenUp();
  }

  async #lock(
    tx: SqlTransaction,
    ownership: PartitionOwnership,
    progress: readonly OffsetProgress[],
  ): Promise<void> {
    const { context } = this.#options;
    const partitions = progress.map(({ at }) => at);
    const locked = await tx.lockOffsets(partitions);
    const { isAsExpected, lost } = ownership.check(partitions, locked, context.time.monotonic());
    if (lost.length > 0) {
      context.count("partitions-lost", "foreign_fence", lost.length);
      context.logger.warn(
        "Another owner has raised the fence, or the database went back: these partitions' records are dropped",
        {
          partitions: lost.map(({ topic, partition }) => `${topic}-${partition}`).join(" "),
        },
      );
    }
    if (!isAsExpected) throw new OffsetsMoved("Cannot write: the offsets aren't what was expected");
  }

  /** Reports bad records; what is left is to be planned anew. Throws after the good ones in front are written. */
  async #report(records: readonly SinkRecord[], bad: readonly BadRecord[]): Promise<readonly SinkRecord[]> {
    const { context } = this.#options;
    const tolerates = context.configs()["errors.tolerance"] === "all";
    // With errors.tolerance=none the first report is refused, and nothing behind it is looked at.
    const reported = tolerates ? bad : bad.slice(0, 1);
    const outcomes = await Promise.allSettled(reported.map((one) => this.#reportOne(one, tolerates)));
    const refused = reported.map((_, index) => outcomes[index]).find((outcome) =>
      outcome?.status === "rejected"
    );
    if (refused === undefined) return records;
    const inFront = inFrontOf(records, bad.filter(({ record }) => !this.#skipped.has(record)));
    await this.deliver(inFront);
    context.delivered(nextOffsetsOf(inFront));
    throw refused.reason;
  }

  async #reportOne({ record, error }: BadRecord, tolerates: boolean): Promise<void> {
    const { context } = this.#options;
    const reporter = context.errantRecordReporter();
    if (reporter !== null) await reporter.report(record, error);
    else if (tolerates) context.count("records-rejected", error.rule ?? "data");
    else throw new ConnectException(error.message, { cause: error });
    this.#skipped.add(record);
    this.#options.housekeeper.rejected(1);
  }

  #count(planned: PlannedBatch, counts: readonly WriteCount[]): LedgerCounts {
    const { metrics, ledger } = countWrites(planned, counts);
    for (const { name, reason, by } of metrics) this.#options.context.count(name, reason, by);
    return ledger;
  }
}

/** The records in front of the first bad one of their partition. */
function inFrontOf(records: readonly SinkRecord[], bad: readonly BadRecord[]): readonly SinkRecord[] {
  const first = new PartitionMap<bigint>();
  for (const { record: { origin, offset } } of bad) {
    const known = first.get(origin);
    if (known === undefined || offset < known) first.set(origin, offset);
  }
  const isInFront = ({ origin, offset }: SinkRecord) => offset < (first.get(origin) ?? offset + 1n);
  return records.filter(isInFront);
}

/** Throws what failed first in this order, and not what only came behind a failure. */
function throwCauseOf(ends: readonly PromiseSettledResult<unknown>[]): void {
  const reasons: readonly unknown[] = ends.flatMap((end) => end.status === "rejected" ? [end.reason] : []);
  const isEcho = (reason: unknown) => reason instanceof SqlFailure && reason.facts.sqlstate === afterFailure;
  if (reasons.length > 0) throw reasons.find((reason) => !isEcho(reason)) ?? reasons[0];
}

async function writeInTurn(
  tx: SqlTransaction,
  statements: readonly RowsStatement[],
): Promise<readonly WriteCount[]> {
  const written: WriteCount[] = [];
  for (const statement of statements) written.push(await tx.write(statement));
  return written;
}

function nextOffsetsOf(records: readonly SinkRecord[]): PartitionMap<bigint> {
  return new PartitionMap(records.map(({ origin, offset }) => [origin, offset + 1n] as const));
}

function givenUp(): SqlFailure {
  return new SqlFailure("outage", `no success after ${triesAtOnceMax} tries in a row`, { sqlstate: null });
}
