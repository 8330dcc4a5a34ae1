/**
 * Finds the records that the database refuses, by halving: whatever is written well stays written while the rest is
 * looked at, so that records are judged in the order in which they came. Nothing of it is kept.
 *
 * @module
 */

import type { SinkRecord } from "../../connect/api/record.ts";
import type { RowsStatement, SqlDialect, SqlTransaction } from "./dialect.ts";
import { SqlFailure } from "./sql_failure.ts";

/** Savepoints of one transaction: PostgreSQL keeps that many subtransactions in fast memory. */
export const savepointsMax = 64;

/** A record that was refused alone, and how. */
export interface RefusedRecord {
  readonly record: SinkRecord;
  readonly failure: SqlFailure;
}

/** What isolation works with. */
export interface IsolationOptions {
  readonly dialect: Pick<SqlDialect, "transaction">;
  /** Statements for some of the records, made from the originals. */
  readonly statementsOf: (records: readonly SinkRecord[]) => Promise<readonly RowsStatement[]>;
}

/** Records of a batch that was refused as a whole, or none where they are fine one after the other. */
export async function isolate(
  records: readonly SinkRecord[],
  options: IsolationOptions,
): Promise<readonly RefusedRecord[]> {
  const search = new Search(records, options);
  while (!search.isDone) await options.dialect.transaction("rollback", (tx) => search.run(tx));
  return search.refused;
}

class Search {
  readonly refused: RefusedRecord[] = [];
  readonly #options: IsolationOptions;
  /** Parts still to be judged, the next one last. */
  readonly #parts: (readonly SinkRecord[])[];
  /** In the pieces in which they went in: together they might not. */
  readonly #good: (readonly SinkRecord[])[] = [];

  constructor(records: readonly SinkRecord[], options: IsolationOptions) {
    this.#options = options;
    this.#parts = halves(records);
  }

  get isDone(): boolean {
    return this.#parts.length === 0;
  }

  /** Goes on as far as the savepoints of one transaction allow. */
  async run(tx: SqlTransaction): Promise<void> {
    await tx.checkConstraintsAtOnce();
    for (const piece of this.#good) await this.#write(tx, piece); // what the transactions before found to be good
    for (let savepoints = 0; savepoints < savepointsMax; savepoints++) {
      const part = this.#parts.pop();
      if (part === undefined) return;
      await this.#judge(tx, part);
    }
  }

  async #judge(tx: SqlTransaction, part: readonly SinkRecord[]): Promise<void> {
    try {
      await Promise.all([tx.savepoint(), this.#write(tx, part)]); // both leave at once, in this order
      this.#good.push(part);
    } catch (error) {
      if (!(error instanceof SqlFailure) || error.kind !== "data") throw error;
      await tx.rollbackToSavepoint();
      const [record] = part;
      if (part.length === 1 && record !== undefined) this.refused.push({ record, failure: error });
      else this.#parts.push(...halves(part));
    }
  }

  async #write(tx: SqlTransaction, records: readonly SinkRecord[]): Promise<void> {
    for (const statement of await this.#options.statementsOf(records)) await tx.write(statement);
  }
}

/** The second half first: the list is taken from its end. */
function halves(records: readonly SinkRecord[]): (readonly SinkRecord[])[] {
  const middle = records.length >> 1;
  return [records.slice(middle), records.slice(0, middle)].filter((part) => part.length > 0);
}
