/** One transaction with the rows of a batch, and with exactly once its offsets. @module */

import { PartitionMap, type SinkRecord } from "../../../connect/api/record.ts";
import type { SinkTaskContext } from "../../../connect/api/sink_task.ts";
import {
  fewRows,
  type OffsetProgress,
  type RowsStatement,
  type SqlDialect,
  type SqlTransaction,
  type WriteCount,
} from "../dialect.ts";
import type { PartitionOwnership } from "./partition_ownership.ts";
import { SqlFailure } from "../sql_failure.ts";

/** What the writer is made of. */
export interface BatchWriterOptions {
  readonly dialect: Pick<SqlDialect, "transaction" | "writeAll">;
  /** For exactly once; null if it's off. */
  readonly ownership: PartitionOwnership | null;
  readonly context: Pick<SinkTaskContext, "count" | "logger" | "time">;
}

/** What a look at the locked offsets ended a transaction with: another owner wrote, or the records are written. */
export class OffsetsMoved extends Error {
  override readonly name = "OffsetsMoved";
}

/** Writes batches. Its methods throw OffsetsMoved if the offsets aren't what was expected; nothing is written then. */
export class BatchWriter {
  readonly #options: BatchWriterOptions;

  constructor(options: BatchWriterOptions) {
    this.#options = options;
  }

  /** @param admitted the records whose offsets the statements stand for */
  async write(
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

  /** Moves offsets without rows. */
  async advanceTo(offsets: PartitionMap<bigint>): Promise<void> {
    const { dialect, ownership } = this.#options;
    const progress = ownership?.progressTo(offsets) ?? [];
    if (ownership === null || progress.length === 0) return;
    await dialect.transaction("commit", async (tx) => {
      await this.#lock(tx, ownership, progress);
      await tx.advanceOffsets(progress);
    });
    ownership.advanced(progress);
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
        "Another task has claimed partitions, or the database went back: this task drops its records of them, nothing is lost",
        {
          partitions: lost.map(({ topic, partition }) => `${topic}-${partition}`).join(" "),
        },
      );
    }
    if (!isAsExpected) throw new OffsetsMoved("Cannot write: the offsets aren't what was expected");
  }
}

/** Throws what failed first in this order, and not what only came behind a failure. */
function throwCauseOf(ends: readonly PromiseSettledResult<unknown>[]): void {
  const reasons: readonly unknown[] = ends.flatMap((end) => end.status === "rejected" ? [end.reason] : []);
  const isEcho = (reason: unknown) => reason instanceof SqlFailure && reason.facts.isEcho === true;
  if (reasons.length > 0) throw reasons.find((reason) => !isEcho(reason)) ?? reasons[0];
}

/** Statements under way at one time: what comes behind a failure is sent for nothing. */
const statementsAtOnceMax = 50;

/** Those that take several steps are waited for; the others leave together. */
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
      last = statement.plan.guard !== null && statement.rows.length > fewRows;
      under.push(tx.write(statement));
    }
    throwCauseOf(await Promise.allSettled(under));
    written.push(...await Promise.all(under));
  }
  return written;
}
