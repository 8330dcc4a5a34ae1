/**
 * Finds the records that the database refuses. Where the database can tell the row it stopped at, that record is
 * refused and the search goes on behind it; else the records are halved until one is left. What is written well stays
 * written while the rest is looked at, so that records are judged in the order in which they came. Nothing of it
 * is kept: what the search takes for good is written again, and found again if it was bad after all.
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
    const statements = await this.#options.statementsOf(part);
    let done = 0;
    try {
      const saved = tx.savepoint(); // leaves together with the first statement
      for (const statement of statements) {
        await Promise.all([saved, tx.trace(statement)]);
        done++;
      }
      await saved;
      this.#good.push(part);
    } catch (error) {
      if (!(error instanceof SqlFailure) || error.kind !== "data") throw error;
      const row = await tx.rollbackToSavepoint();
      this.#refuse(part, error, row === null ? null : placeOf(statements, done, row));
    }
  }

  #refuse(part: readonly SinkRecord[], failure: SqlFailure, place: RefusedPlace | null): void {
    const record = place?.record ?? (part.length === 1 ? part[0] : undefined);
    if (record !== undefined) this.refused.push({ record, failure });
    if (place === null) this.#parts.push(...part.length === 1 ? [] : halves(part));
    else if (place.behind.length > 0) this.#parts.push(place.behind);
  }

  async #write(tx: SqlTransaction, records: readonly SinkRecord[]): Promise<void> {
    for (const statement of await this.#options.statementsOf(records)) await tx.write(statement);
  }
}

interface RefusedPlace {
  readonly record: SinkRecord;
  /** Records that weren't looked at any more. */
  readonly behind: readonly SinkRecord[];
}

/** The record of a row, and those of all rows behind it. */
function placeOf(statements: readonly RowsStatement[], index: number, row: number): RefusedPlace | null {
  const records = statements[index]?.records ?? [];
  const record = records[row];
  if (record === undefined) return null;
  const later = statements.slice(index + 1).flatMap((statement) => statement.records ?? []);
  return { record, behind: [...records.slice(row + 1), ...later] };
}

/** The second half first: the list is taken from its end. */
function halves(records: readonly SinkRecord[]): (readonly SinkRecord[])[] {
  const middle = records.length >> 1;
  return [records.slice(middle), records.slice(0, middle)].filter((part) => part.length > 0);
}
