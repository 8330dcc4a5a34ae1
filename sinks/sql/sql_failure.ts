/** Errors of a database and of values for it, in a form that holds no value. @module */

/**
 * What to do about a failure.
 *
 * | kind | what to do |
 * |---|---|
 * | `outage` | keep the batch, wait, try again for ever |
 * | `timeout` | half of the batch at a time; one record alone: as `outage` |
 * | `retry_now` | the same transaction again at once |
 * | `auth` | at start a config error; after one good login an outage for a while |
 * | `data` | find the bad records, write the others |
 * | `structure` | ask the catalog: what is missing is `config`; if all is there, as `data` |
 * | `config` | stop the task: a person must change something |
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

/** What a failure is about, as far as it may be told. */
interface FailureFacts {
  /** Code of the database's own answer; null if it gave none. */
  readonly sqlstate: string | null;
  /** A column the database blames. */
  readonly column?: string;
  /** Whether a column that may not be NULL was given none. */
  readonly refusesNull?: boolean;
  /** Whether only a statement before it had failed. */
  readonly isEcho?: boolean;
}

/**
 * A statement that failed. The text names codes, tables, columns and constraints, never a value.
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
  /** A fixed word to count by. */
  get rule(): string {
    return this.facts.sqlstate === null ? "no_answer" : `sqlstate_${this.facts.sqlstate}`;
  }
}

/** A value that a column can't hold. Names the rule, never the value. */
export class CellProblem extends Error {
  override readonly name = "CellProblem";
  /**
   * @param rule a fixed word to count by
   * @param expected what the column takes
   * @param found what kind of value it was
   */
  constructor(readonly rule: string, readonly expected: string, readonly found: string) {
    super(`${rule}: expected ${expected}, found ${found}`);
  }
}

/** What comes again however often it's tried at once. */
export function givenUp(tries: number): SqlFailure {
  return new SqlFailure("outage", `no success after ${tries} tries in a row`, { sqlstate: null });
}

/** A rule that the database checks when all is written, and that no record breaks alone. */
export function onlyTogether(): SqlFailure {
  return new SqlFailure(
    "fatal",
    "the database takes each record of the batch alone and not all of them in one transaction: look at " +
      "constraints and triggers that wait for the commit",
    { sqlstate: null },
  );
}
