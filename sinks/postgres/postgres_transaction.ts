/** Statements within one PostgreSQL transaction. @module */

import type { PartitionMap, TopicPartition } from "../../connect/api/record.ts";
import {
  fewRows,
  type LockedOffset,
  type OffsetProgress,
  type RowsStatement,
  type SqlTransaction,
  type TablePlan,
  type WriteCount,
  type WriteKind,
} from "../sql/dialect.ts";
import { SqlFailure } from "../sql/sql_failure.ts";
import { isOfRecords } from "../sql/isolate/record_isolation.ts";
import { isDatabaseError, sqlFailure } from "./connection/failures.ts";
import type { OffsetStore } from "./offsets/offset_store.ts";
import type { PostgresTable } from "./tables/catalog.ts";
import type { Answer, Session } from "./connection/session.ts";
import { deleteSql } from "./statements/delete.ts";
import { sealSql } from "./statements/seal.ts";
import { insertSql, takeMarks, tracedSql } from "./statements/insert.ts";
import { newestWinsSql } from "./statements/newest_wins.ts";
import { rekeySql } from "./statements/rekey.ts";
import { arrayLiterals } from "./statements/rows.ts";
import { constraintsAtOnceSql, savepointSql, toSavepointSql } from "./statements/transaction.ts";
import { updateSql } from "./statements/update.ts";

type PlanSql = (plan: TablePlan) => string | null;

/** The statement of each kind of write; null = nothing to do. Seals and newest wins need several. */
const statementSql: Readonly<Record<Exclude<WriteKind, "seal">, PlanSql>> = {
  ...insertSql,
  update: updateSql,
  delete: deleteSql,
  rekey: rekeySql,
};

/** PostgreSQL 15 added MERGE. */
const mergeSince = 150_000;
/** Transactions after a failure that write newest wins step by step: two tasks with the same new rows may fail often. */
const stepsAfterFailure = 16;

/**
 * Chooses how newest wins is written. What a MERGE refuses, the steps decide: another session may have inserted the row
 * meanwhile, which they take as an existing one. So after a failure they write the next transactions, and all searches
 * for bad records.
 */
export class NewestWinsWay {
  #stepsFor = 0;

  /** @param version the server's, for example 180004 */
  isMerge(version: number): boolean {
    return version >= mergeSince && this.#stepsFor === 0;
  }
  failed(): void {
    this.#stepsFor = stepsAfterFailure;
  }
  committed(): void {
    this.#stepsFor = Math.max(0, this.#stepsFor - 1);
  }
}

/** An open transaction of a session. */
export class PostgresTransaction implements SqlTransaction {
  readonly #session: Session;
  readonly #store: OffsetStore | null;
  readonly #way: NewestWinsWay | null;
  #hasSavepoint = false;
  /** Rows of the traced statement that is pending or has failed. */
  #tracedRows: number | null = null;

  /** @param way null = newest wins goes step by step */
  constructor(session: Session, store: OffsetStore | null, way: NewestWinsWay | null) {
    this.#session = session;
    this.#store = store;
    this.#way = way;
  }

  write(statement: RowsStatement): Promise<WriteCount> {
    const { plan, kind } = statement;
    if (kind === "seal") return this.#seal(statement);
    if (kind === "upsert" && plan.guard !== null) return this.#upsertNewest(statement);
    return this.#writeOnce(statement, statementSql[kind]);
  }

  async trace(statement: RowsStatement): Promise<WriteCount> {
    const text = tracedSql(statement.kind, statement.plan);
    if (text === null) return await this.write(statement);
    this.#tracedRows = statement.rows.length;
    // After success the marks are released with the statement; after a failure the rollback reads them.
    const [touched] = await Promise.all([this.#run(text, arrayLiterals(statement.rows)), this.#takeMarks()]);
    this.#tracedRows = null;
    return { touched, closed: 0 };
  }

  /** Runs the kind's first statements without rows. */
  async tryWithoutRows({ plan, kind, rows }: RowsStatement): Promise<void> {
    const empty = (rows[0] ?? []).map(() => "{}");
    for (const text of firstSteps(kind, plan)) {
      if (text !== null) await this.#run(text, empty);
    }
  }

  async #writeOnce({ plan, rows }: RowsStatement, sql: PlanSql): Promise<WriteCount> {
    const text = sql(plan);
    if (text === null) return { touched: 0, closed: 0 };
    return { touched: await this.#run(text, arrayLiterals(rows)), closed: 0 };
  }

  async #upsertNewest(statement: RowsStatement): Promise<WriteCount> {
    const { plan, rows } = statement;
    const isMerge = (plan.table as PostgresTable).takesMerge &&
      this.#way?.isMerge(this.#session.facts.version) === true;
    if (!isMerge) return await this.#upsertBySteps(statement);
    const { merge, countClosed } = newestWinsSql(plan);
    const literals = arrayLiterals(rows);
    try {
      if (rows.length <= fewRows) return await this.#allAtOnce([merge], countClosed, literals);
      return await this.#withClosed(await this.#run(merge, literals), countClosed, rows);
    } catch (error) {
      if (!(error instanceof SqlFailure) || !isOfRecords(error)) throw error;
      throw new SqlFailure("retry_now", error.message, error.facts);
    }
  }

  /**
   * Runs each step only while rows are left that no step has touched. Mostly the first or the second step touches all.
   * The others handle newer rows, and rows that another session inserted or deleted meanwhile. Where MERGE can do the
   * same, a row that isn't written isn't built either, so no check of the table judges it.
   */
  async #upsertBySteps({ plan, rows }: RowsStatement): Promise<WriteCount> {
    const { overwrite, insert, insertOrLock, fill, countRest, countClosed } = newestWinsSql(plan);
    const literals = arrayLiterals(rows);
    const { takesMerge } = plan.table as PostgresTable;
    const steps = takesMerge ? [insert, overwrite, fill] : [insert, insertOrLock, overwrite, fill];
    const count = takesMerge ? countRest : countClosed;
    if (rows.length <= fewRows) return await this.#allAtOnce([overwrite, ...steps], count, literals);
    const places = await this.#query<{ place: number }>(overwrite, [...literals]);
    const overwritten = new Set(places.map(({ place }) => place));
    const left = rows.filter((_, index) => !overwritten.has(index + 1));
    const leftLiterals = left.length === rows.length ? literals : arrayLiterals(left);
    let touched = 0;
    for (const text of steps) {
      if (touched < left.length && text !== null) touched += await this.#run(text, leftLiterals);
    }
    const { closed } = await this.#withClosed(touched, count, left);
    return { touched: rows.length - left.length + touched, closed };
  }

  /** Counts the closed rows among those that no statement has touched. */
  async #withClosed(
    touched: number,
    countClosed: string | null,
    rows: RowsStatement["rows"],
  ): Promise<WriteCount> {
    if (touched === rows.length || countClosed === null) return { touched, closed: 0 };
    const [answer] = await this.#query<RestCount>(countClosed, arrayLiterals(rows));
    return { touched, closed: closedIn(answer) };
  }

  /** For few rows, needless steps cost less than waiting: no step touches a row that an earlier one has touched. */
  async #allAtOnce(
    steps: readonly (string | null)[],
    countClosed: string | null,
    literals: string[],
  ): Promise<WriteCount> {
    const runs = steps.flatMap((text) => text === null ? [] : [this.#run(text, literals)]);
    const asked = countClosed === null ? null : this.#query<RestCount>(countClosed, [...literals]);
    // Answers may come together: throw the first failure, not one that it caused.
    for (const end of await Promise.allSettled([...runs, asked])) {
      if (end.status === "rejected") throw end.reason;
    }
    const touched = await Promise.all(runs);
    const [answer] = await asked ?? [];
    return { touched: touched.reduce((sum, count) => sum + count, 0), closed: closedIn(answer) };
  }

  async #seal({ plan, rows }: RowsStatement): Promise<WriteCount> {
    const texts = sealSql(plan);
    const literals = arrayLiterals(rows);
    if (rows.length <= fewRows) return await this.#allAtOnce([texts.empty, texts.mark], null, literals);
    let touched = await this.#run(texts.empty, literals);
    if (touched < rows.length) touched += await this.#run(texts.mark, literals);
    return { touched, closed: 0 };
  }

  async #run(text: string, literals: string[]): Promise<number> {
    // The driver replaces parameters by what it sent, so each statement gets a list of its own.
    return (await this.#query(text, [...literals])).count;
  }

  async #query<R extends object>(text: string, parameters?: string[]): Promise<Answer<R>> {
    try {
      return await this.#session.query<R>(text, parameters);
    } catch (error) {
      throw sqlFailure(error);
    }
  }

  async savepoint(): Promise<void> {
    const text = this.#hasSavepoint ? savepointSql.next : savepointSql.first;
    this.#hasSavepoint = true;
    await this.#query(text);
  }
  async rollbackToSavepoint(): Promise<number | null> {
    const rows = this.#tracedRows;
    this.#tracedRows = null;
    const rolledBack = this.#query(toSavepointSql);
    if (rows === null) return await rolledBack.then(() => null);
    const [, places] = await Promise.all([rolledBack, this.#takeMarks()]);
    const [place] = places;
    // At the last row, a check of all rows may have failed instead.
    const isKnown = place !== undefined && places.length === 1 && place < rows;
    return isKnown ? place - 1 : null;
  }

  async checkConstraintsAtOnce(): Promise<void> {
    await Promise.all([this.#query(constraintsAtOnceSql), this.#takeMarks()]);
  }

  async #takeMarks(): Promise<readonly number[]> {
    return (await this.#query<{ place: number }>(takeMarks)).map(({ place }) => place);
  }

  lockOffsets(partitions: readonly TopicPartition[]): Promise<PartitionMap<LockedOffset>> {
    return this.#bookkeeping((store) => store.lock(this.#session.sql, partitions));
  }
  advanceOffsets(progress: readonly OffsetProgress[]): Promise<void> {
    return this.#bookkeeping((store) => store.advance(this.#session.sql, progress));
  }

  /** No record is to blame for a data error in Sluice's own tables. */
  async #bookkeeping<T>(work: (store: OffsetStore) => Promise<T>): Promise<T> {
    const store = this.#store;
    if (store === null) throw new Error("Cannot keep offsets: exactly once is off");
    try {
      return await this.#session.run(() => work(store));
    } catch (error) {
      throw isDatabaseError(error) ? sqlFailure(error, "bookkeeping") : error;
    }
  }
}

/** What became of the rows that no statement has touched; only steps know of missing ones. */
interface RestCount {
  readonly closed: number;
  readonly missing?: number;
}

function closedIn(rest: RestCount | undefined): number {
  const { closed, missing = 0 } = rest ?? { closed: 0 };
  if (missing === 0) return closed;
  throw new SqlFailure("retry_now", "another session deleted a row meanwhile", { sqlstate: null });
}

/** The first statements of a kind. */
function firstSteps(kind: WriteKind, plan: TablePlan): readonly (string | null)[] {
  if (kind === "seal") return [sealSql(plan).empty];
  if (kind !== "upsert" || plan.guard === null) return [statementSql[kind](plan)];
  const { overwrite, insert } = newestWinsSql(plan);
  return [overwrite, insert];
}
