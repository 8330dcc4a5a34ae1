/** Errors of a database, and of values for it, without any value. @module */

/**
 * What to do about a failure.
 *
 * | kind | what to do |
 * |---|---|
 * | `outage` | keep the batch, wait, try again |
 * | `timeout` | halve the batch; for one record: as `outage` |
 * | `retry_now` | try the same transaction again at once |
 * | `auth` | before the first login: as `config`; later: as `outage` for a while |
 * | `data` | find the bad records, write the others |
 * | `structure` | read the catalog: if something is missing, as `config`, else as `data` |
 * | `config` | stop the task: an operator must change something |
 * | `fatal` | stop the task: another try may not help |
 */
export type FailureKind =
  | "outage"
  | "timeout"
  | "retry_now"
  | "auth"
  | "data"
  | "structure"
  | "config"
  | "fatal";

interface FailureFacts {
  /** SQLSTATE of the database's answer, or null. */
  readonly sqlstate: string | null;
  /** The column that the database blames. */
  readonly column?: string;
  /** Whether a required column got NULL. */
  readonly refusesNull?: boolean;
  /** Whether it failed only because an earlier statement had failed. */
  readonly isEcho?: boolean;
}

/**
 * A failed statement. The text names codes, tables, columns and constraints, never a value.
 *
 * @example
 * ```ts
 * import { SqlFailure } from "./sql_failure.ts";
 * const failure = new SqlFailure("data", "SQLSTATE 23505 unique_violation", { sqlstate: "23505" });
 * if (failure.rule !== "sqlstate_23505") throw new Error("a rule to count by");
 * ```
 */
export class SqlFailure extends Error {
  override readonly name = "SqlFailure";
  constructor(readonly kind: FailureKind, message: string, readonly facts: FailureFacts) {
    super(message);
  }
  /** A fixed word for metrics. */
  get rule(): string {
    return this.facts.sqlstate === null ? "no_answer" : `sqlstate_${this.facts.sqlstate}`;
  }
}

/** A value that a column can't hold. Names the rule, never the value. */
export class CellProblem extends Error {
  override readonly name = "CellProblem";
  /**
   * @param rule a fixed word for metrics
   * @param expected what the column takes
   * @param found the kind of value
   */
  constructor(readonly rule: string, readonly expected: string, readonly found: string) {
    super(`${rule}: expected ${expected}, found ${found}`);
  }
}

/** The failure that comes again after many immediate tries. */
export function givenUp(tries: number): SqlFailure {
  return new SqlFailure("outage", `no success after ${tries} tries in a row`, { sqlstate: null });
}

/** A deferred rule that no record breaks alone. */
export function onlyTogether(): SqlFailure {
  return new SqlFailure(
    "fatal",
    "the database accepts each record of the batch alone, but not all in one transaction: look at deferred " +
      "constraints and triggers",
    { sqlstate: null },
  );
}
