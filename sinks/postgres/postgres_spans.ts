/** Writes rows of spans: a transaction is one flight, so it takes one round trip. @module */

import type { ColumnShape, TablePlan, WriteCount } from "../sql/dialect.ts";
import type { ExpectedProgress, SpanDialect, SpanStatement } from "../sql/span_dialect.ts";
import { SqlFailure } from "../sql/sql_failure.ts";
import { checkCommitted, sqlFailure } from "./connection/failures.ts";
import type { Session } from "./connection/session.ts";
import type { SessionKeeper } from "./connection/session_keeper.ts";
import { offsetsMovedState, type OffsetStore } from "./offsets/offset_store.ts";
import type { NewestWinsWay } from "./postgres_transaction.ts";
import { insertSql } from "./statements/insert.ts";
import { newestWinsSql } from "./statements/newest_wins.ts";
import { commitSql, limitsSql, plainBeginSql, type TransactionLimits } from "./statements/transaction.ts";
import type { PostgresColumn, PostgresTable } from "./tables/catalog.ts";
import { type PostgresSpanForm, spanForm } from "./tables/span_forms.ts";
import type { FlightAnswer } from "./wire/flight_answers.ts";
import { ServerError } from "./wire/server_error.ts";
import { columnParameter } from "./wire/span_parameters.ts";
import type { FlightStatement, Parameter } from "./wire/wire.ts";

interface PostgresSpansOptions {
  readonly keeper: SessionKeeper;
  readonly limits: TransactionLimits;
  /** For exactly once; null if it's off. */
  readonly store: OffsetStore | null;
  readonly way: NewestWinsWay;
  /** Runs a transaction; after a failure the session is usable again, or dropped. */
  readonly guarded: <T>(session: Session, work: () => Promise<T>) => Promise<T>;
}

/** SQLSTATE of a prepared statement that isn't there: something has discarded it. */
const discardedState = "26000";

/** The span dialect of PostgreSQL. */
export class PostgresSpans implements SpanDialect {
  readonly #options: PostgresSpansOptions;
  readonly #forms = new WeakMap<ColumnShape, PostgresSpanForm>();

  constructor(options: PostgresSpansOptions) {
    this.#options = options;
  }

  formOf(shape: ColumnShape): PostgresSpanForm | null {
    const known = this.#forms.get(shape) ?? spanForm(shape as PostgresColumn);
    if (known !== null) this.#forms.set(shape, known);
    return known;
  }

  takesPlan(plan: TablePlan): boolean {
    return plan.guard === null || this.#mergeOf(plan) !== null;
  }

  async write(
    statements: readonly SpanStatement[],
    progress: readonly ExpectedProgress[],
  ): Promise<readonly WriteCount[] | "offsets moved"> {
    if (statements.length === 0 && progress.length === 0) return [];
    try {
      return await this.#try(statements, progress);
    } catch (error) {
      if (error instanceof OffsetsMoved) return "offsets moved";
      const isDiscarded = error instanceof SqlFailure && error.facts.sqlstate === discardedState;
      if (!isDiscarded || error.kind === "data") throw error;
      return await this.#try(statements, progress); // a new session prepares them again
    }
  }

  async #try(
    statements: readonly SpanStatement[],
    progress: readonly ExpectedProgress[],
  ): Promise<readonly WriteCount[]> {
    const { keeper, guarded } = this.#options;
    const session = await keeper.session();
    return await guarded(session, () => this.#transaction(session, statements, progress));
  }

  /** If a statement fails, the server skips the rest of its flight, and so the commit. */
  async #transaction(
    session: Session,
    statements: readonly SpanStatement[],
    progress: readonly ExpectedProgress[],
  ): Promise<readonly WriteCount[]> {
    const counts: WriteCount[] = [];
    let steps = this.#firstSteps(session, statements, progress);
    for (const [index, statement] of statements.entries()) {
      const { text, countClosed } = this.#textsOf(statement);
      const parameters = this.#parametersOf(statement);
      const take = ({ count }: FlightAnswer) => void (counts[index] = { touched: count, closed: 0 });
      steps.push({ sent: { text, parameters, isAwaited: true }, take });
      if (countClosed === null) continue;
      await send(session, steps);
      steps = [];
      const touched = counts[index]?.touched ?? 0;
      if (touched === statement.rows.count) continue;
      const takeClosed = ({ rows }: FlightAnswer) =>
        void (counts[index] = { touched, closed: Number(rows[0]?.[0]) });
      steps.push({ sent: { text: countClosed, parameters, isAwaited: true }, take: takeClosed });
    }
    await send(session, [...steps, { sent: withoutParameters(commitSql), take: checkCommitted }]);
    return counts;
  }

  #firstSteps(
    session: Session,
    statements: readonly SpanStatement[],
    progress: readonly ExpectedProgress[],
  ): FlightStep[] {
    const { limits, store } = this.#options;
    const hasJoins = progress.length > 0 || statements.some(({ plan }) => plan.guard !== null);
    const begin = [plainBeginSql, limitsSql(session.facts.version, limits, hasJoins)];
    const steps: FlightStep[] = begin.map((text) => ({ sent: withoutParameters(text) }));
    if (progress.length === 0) return steps;
    if (store === null) throw new Error("Cannot keep offsets: exactly once is off");
    return [...steps, { sent: store.move(progress), work: "bookkeeping" }];
  }

  #textsOf({ kind, plan }: SpanStatement): { readonly text: string; readonly countClosed: string | null } {
    if (kind === "upsert" && plan.guard !== null) {
      const text = this.#mergeOf(plan);
      if (text !== null) return { text, countClosed: newestWinsSql(plan).countClosed };
    } else if (kind === "insert" || kind === "upsert" || kind === "ignore") {
      return { text: insertSql[kind](plan), countClosed: null };
    }
    throw new Error(`Cannot write spans by ${kind}: this plan takes cells only`);
  }

  /** Returns the statement of a plan with a guard; null if newest wins goes by steps, which take cells. */
  #mergeOf(plan: TablePlan): string | null {
    const { keeper, way } = this.#options;
    const isMerge = (plan.table as PostgresTable).takesMerge && way.isMerge(keeper.version);
    return isMerge ? newestWinsSql(plan).merge : null;
  }

  #parametersOf({ plan: { columns }, rows }: SpanStatement): readonly Parameter[] {
    return columns.map(({ shape }, index) => {
      const form = this.formOf(shape);
      if (form === null) throw new Error(`Cannot write spans to column ${shape.name}: it takes cells only`);
      return columnParameter(form, rows, index, columns.length);
    });
  }
}

interface FlightStep {
  readonly sent: FlightStatement;
  readonly take?: (answer: FlightAnswer) => void;
  readonly work?: "bookkeeping";
}

function withoutParameters(text: string): FlightStatement {
  return { text, parameters: [] };
}

/** A partition's fence or offset isn't the expected one. */
class OffsetsMoved extends Error {
  override readonly name = "OffsetsMoved";
}

async function send(session: Session, steps: readonly FlightStep[]): Promise<void> {
  try {
    const answers = await session.flight(steps.map(({ sent }) => sent));
    answers.forEach((answer, index) => steps[index]?.take?.(answer));
  } catch (error) {
    if (!(error instanceof ServerError) || steps[error.statement]?.work !== "bookkeeping") throw error;
    const failure = sqlFailure(error, "bookkeeping");
    throw failure.facts.sqlstate === offsetsMovedState ? new OffsetsMoved() : failure;
  }
}
