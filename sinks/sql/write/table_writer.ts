/**
 * Writes a batch into its tables, in one transaction; with exactly once including its offsets.
 *
 * If the database refuses a batch, the writer checks the catalog, then searches for the bad records.
 *
 * @module
 */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { OffsetMap, SinkRecord } from "../../../connect/api/record.ts";
import type { SinkTaskContext } from "../../../connect/api/sink_task.ts";
import { fewRows, type OffsetProgress, type RowsStatement, type SqlDialect } from "../dialect.ts";
import type { SqlTransaction, WriteCount } from "../dialect.ts";
import { type BadRecord, refusedRecord } from "../isolate/bad_record.ts";
import { isOfRecords, isolate } from "../isolate/record_isolation.ts";
import type { SinkSettings } from "../options/sink_settings.ts";
import type { BatchPlanner, PlannedBatch } from "../plan/batch_planner.ts";
import { StatementOrder } from "../plan/statement_order.ts";
import type { RowChange } from "../plan/table_row.ts";
import { onlyTogether, SqlFailure } from "../sql_failure.ts";
import type { Housekeeper } from "./housekeeper.ts";
import type { PartitionOwnership } from "./partition_ownership.ts";
import { countWrites } from "./write_counts.ts";

export interface TableWriterOptions {
  readonly settings: SinkSettings;
  readonly planner: BatchPlanner;
  readonly dialect: SqlDialect;
  /** For exactly once; null if it's off. */
  readonly ownership: PartitionOwnership | null;
  readonly housekeeper: Pick<Housekeeper, "delivered" | "rejected">;
  readonly context: SinkTaskContext;
}

/** `one_by_one` after a batch whose records succeeded alone and not together. */
type Pace = "apart" | "one_by_one";

type WriteResult =
  /** All of it is in the database. */
  | { readonly is: "written" }
  /** None of it is. The same records may be written again at once, at this pace. */
  | { readonly is: "again"; readonly pace: Pace }
  /** None of it is: these records are bad. */
  | { readonly is: "refused"; readonly bad: readonly BadRecord[] };

export interface Batch {
  /** The records whose offsets the write covers. */
  readonly admitted: readonly SinkRecord[];
  /** Of these, the records that become rows. */
  readonly rows: readonly SinkRecord[];
  readonly pace: Pace;
  /** Tables are read again at most once per batch. */
  readonly look: { isDone: boolean };
}

/** Milliseconds after which the tables are read again. */
export const knownMsMax = 500;

/** Writes batches, one at a time. */
export class TableWriter {
  readonly #options: TableWriterOptions;
  readonly #order: StatementOrder;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: TableWriterOptions) {
    this.#options = options;
    this.#order = new StatementOrder(options.settings);
  }

  /** @throws SqlFailure that isn't about the data; ConfigException */
  async write(batch: Batch): Promise<WriteResult> {
    const planned = await this.#plan(batch);
    if (planned.bad.length > 0) return { is: "refused", bad: planned.bad };
    const statements = this.#order.statements(planned.changes, batch.pace);
    try {
      const counts = await this.#send(batch.admitted, statements);
      if (counts === "offsets moved") return { is: "again", pace: batch.pace };
      const { metrics, ledger } = countWrites({ ...planned, statements }, counts);
      for (const { name, reason, by } of metrics) this.#options.context.count(name, reason, by);
      this.#options.housekeeper.delivered(batch.admitted, ledger);
      return { is: "written" };
    } catch (error) {
      if (!(error instanceof SqlFailure)) throw error;
      return await this.#judge(error, { batch, changes: planned.changes, statements });
    }
  }

  /** Moves offsets without rows. */
  async advanceTo(offsets: OffsetMap): Promise<"written" | "again"> {
    const { dialect, ownership } = this.#options;
    const progress = ownership?.progressTo(offsets) ?? [];
    if (ownership === null || progress.length === 0) return "written";
    try {
      const found = await dialect.transaction<"written" | "again">(async (tx) => {
        if (!await this.#isAsExpected(tx, ownership, progress)) return { by: "rollback", result: "again" };
        await tx.advanceOffsets(progress);
        return { by: "commit", result: "written" };
      });
      if (found === "written") ownership.advanced(progress);
      return found;
    } catch (error) {
      if (error instanceof SqlFailure && error.kind === "retry_now") return "again";
      throw error;
    }
  }

  /** Whether a batch may leave out bad records (`errors.tolerance`). */
  get tolerates(): boolean {
    return this.#options.context.configs()["errors.tolerance"] === "all";
  }

  async #send(
    admitted: readonly SinkRecord[],
    statements: readonly RowsStatement[],
  ): Promise<readonly WriteCount[] | "offsets moved"> {
    const { dialect, ownership } = this.#options;
    if (ownership === null) {
      if (!statements.some(takesSteps)) return await dialect.writeAll(statements);
      return await dialect.transaction(async (tx) => ({
        by: "commit",
        result: await writeInTurn(tx, statements),
      }));
    }
    const progress = ownership.progressOf(admitted);
    const found = await dialect.transaction<readonly WriteCount[] | "offsets moved">(async (tx) => {
      // All statements are sent at once: nothing counts before the commit, and a failure undoes the rest.
      const ends = await Promise.allSettled([
        this.#isAsExpected(tx, ownership, progress),
        writeInTurn(tx, statements),
        tx.advanceOffsets(progress),
      ]);
      const [locked, written, moved] = ends;
      if (locked.status === "fulfilled" && !locked.value) return { by: "rollback", result: "offsets moved" };
      const isDone = locked.status === "fulfilled" && moved.status === "fulfilled";
      if (!isDone || written.status === "rejected") throw causeOf(ends);
      return { by: "commit", result: written.value };
    });
    if (found !== "offsets moved") ownership.advanced(progress);
    return found;
  }

  /** Locks the offsets. False if another task has written, or the records are in the database already. */
  async #isAsExpected(
    tx: SqlTransaction,
    ownership: PartitionOwnership,
    progress: readonly OffsetProgress[],
  ): Promise<boolean> {
    const { context } = this.#options;
    const partitions = progress.map(({ at }) => at);
    const locked = await tx.lockOffsets(partitions);
    const { isAsExpected, lost } = ownership.check(partitions, locked, context.time.monotonic());
    if (lost.length > 0) {
      context.count("partitions-lost", "foreign_fence", lost.length);
      context.logger.warn(
        "Another task has claimed partitions, or the database was restored: this task drops its records of them, nothing is lost",
        {
          partitions: lost.map(({ topic, partition }) => `${topic}-${partition}`).join(" "),
        },
      );
    }
    return isAsExpected;
  }

  /** Decides what a failure means, by its kind and by the catalog. */
  async #judge(
    failure: SqlFailure,
    { batch, changes, statements }: {
      readonly batch: Batch;
      readonly changes: readonly RowChange[];
      readonly statements: readonly RowsStatement[];
    },
  ): Promise<WriteResult> {
    const { dialect, context } = this.#options;
    const { pace } = batch;
    if (failure.kind === "retry_now") {
      context.count("database-retries", failure.rule);
      return { is: "again", pace };
    }
    if (!isOfRecords(failure)) throw failure;
    if (failure.kind === "structure") {
      if (await this.#hasChanged(batch)) return { is: "again", pace };
      await dialect.checkStatements(statements);
    }
    const bad = await this.#isolate(changes);
    if (bad.length > 0) return { is: "refused", bad };
    if (pace === "one_by_one") throw onlyTogether();
    return { is: "again", pace: "one_by_one" };
  }

  async #isolate(changes: readonly RowChange[]): Promise<readonly BadRecord[]> {
    const { dialect, context } = this.#options;
    context.count("batches-isolated", "data_error");
    const refused = await isolate(changes, {
      dialect,
      statementsOf: (part) => this.#order.statements(part, "in_order"),
      stopsPartitions: !this.tolerates,
    });
    return refused.map(({ record, change, failure }) => ({ record, error: refusedRecord(change, failure) }));
  }

  /**
   * Plans the batch. Before it reports bad records it reads the tables again, once per batch. Cached tables are at most
   * a moment old, since a changed table may also accept what it shouldn't.
   */
  async #plan(batch: Pick<Batch, "rows" | "look">): Promise<PlannedBatch> {
    const { planner, context } = this.#options;
    const { rows } = batch;
    const nowMs = context.time.monotonic();
    if (nowMs - this.#lookedAtMs > knownMsMax) await this.#hasChanged({ rows, look: { isDone: false } });
    try {
      const planned = await planner.plan(rows);
      if (planned.bad.length === 0 || !await this.#hasChanged(batch)) return planned;
    } catch (error) {
      if (!(error instanceof ConfigException) || !await this.#hasChanged(batch)) throw error;
    }
    return await planner.plan(rows);
  }

  async #hasChanged({ rows, look }: Pick<Batch, "rows" | "look">): Promise<boolean> {
    const { dialect, planner, context } = this.#options;
    if (look.isDone) return false;
    look.isDone = true;
    this.#lookedAtMs = context.time.monotonic();
    const hasChanged = await dialect.lookAgain(planner.tablesOf(rows));
    if (hasChanged) context.count("database-retries", "table_changed");
    return hasChanged;
  }
}

/** The first failure in this order that isn't an echo of another; undefined if there is none. */
function causeOf(ends: readonly PromiseSettledResult<unknown>[]): unknown {
  const reasons: readonly unknown[] = ends.flatMap((end) => end.status === "rejected" ? [end.reason] : []);
  const isEcho = (reason: unknown) => reason instanceof SqlFailure && reason.facts.isEcho === true;
  return reasons.find((reason) => !isEcho(reason)) ?? reasons[0];
}

/** A guarded write of many rows takes steps, each after the one before. */
function takesSteps({ plan }: RowsStatement): boolean {
  return plan.guard !== null;
}

/** Most pending statements: those after a failure are sent for nothing. */
const statementsAtOnceMax = 50;

/** Awaits statements with several steps; sends the others together. */
async function writeInTurn(
  tx: SqlTransaction,
  statements: readonly RowsStatement[],
): Promise<readonly WriteCount[]> {
  const written: WriteCount[] = [];
  for (let from = 0; from < statements.length;) {
    const under: Promise<WriteCount>[] = [];
    for (let last = false; !last && from < statements.length && under.length < statementsAtOnceMax; from++) {
      const statement = statements[from];
      if (statement === undefined) break;
      last = takesSteps(statement) && statement.rows.length > fewRows;
      under.push(tx.write(statement));
    }
    const ends = await Promise.allSettled(under);
    for (const end of ends) {
      if (end.status === "rejected") throw causeOf(ends);
      written.push(end.value);
    }
  }
  return written;
}
