/**
 * A transaction that can't outlive its owner's membership.
 *
 * A process that is stopped (SIGSTOP, a frozen machine) inside a transaction would go on holding its locks while
 * another member already owns the partition. So every transaction tells the server when to give up on it.
 * Whole texts are in tests/unit/sinks/postgres/statements/transaction.sql.
 *
 * @module
 */

/** Limits of one transaction, in milliseconds; 0 = none. */
export interface TransactionLimits {
  /** Keep it below the consumer's session timeout. */
  readonly idleInTransactionMs: number;
  readonly lockMs: number;
  readonly statementMs: number;
  /** From PostgreSQL 17 on; older servers have no such limit. */
  readonly transactionMs: number;
}

/** Since PostgreSQL 13 a server may add parameters to the context of errors. */
const parametersInErrorsSince = 130_000;
/** transaction_timeout is there from PostgreSQL 17 on. */
const transactionTimeoutSince = 170_000;

/**
 * Begins, and bounds how long a process that was stopped can hold its locks.
 *
 * @param version the server's, for example 180004
 * @param hasJoins whether rows are looked up by key: a plan for the arrays at hand would read the whole table as soon as
 * that seems as cheap, and one that is kept from when the table was small would go on doing so. A plan for any arrays
 * takes them for short, and without sequential scans finds the index in a table of any size.
 */
export function beginSql(version: number, limits: TransactionLimits, hasJoins: boolean): string {
  return [
    "begin",
    // A context tells errors of triggers and policies from the statement's own, and the log is no place for values.
    ...version >= parametersInErrorsSince ? ["set local log_parameter_max_length_on_error = 0"] : [],
    `set local idle_in_transaction_session_timeout = ${limits.idleInTransactionMs}`,
    `set local lock_timeout = ${limits.lockMs}`,
    `set local statement_timeout = ${limits.statementMs}`,
    ...version >= transactionTimeoutSince ? [`set local transaction_timeout = ${limits.transactionMs}`] : [],
    ...hasJoins ? ["set local plan_cache_mode = force_generic_plan", "set local enable_seqscan = off"] : [],
  ].join("; ");
}

/** Ends a transaction. */
export const [commitSql, rollbackSql] = ["commit", "rollback"];

/** Begins one without limits, for bookkeeping. */
export const plainBeginSql = "begin";

/** Begins one that can't write. */
export const readOnlyBeginSql = "begin transaction read only";

/** Where a search for bad records goes back to; the one before is released. */
export const savepointSql = { first: "savepoint sluice", next: "release savepoint sluice; savepoint sluice" };

/** Undoes everything since the savepoint, which stays. */
export const toSavepointSql = "rollback to savepoint sluice";

/** Checks constraints with each statement, also those that wait for the commit otherwise. */
export const constraintsAtOnceSql = "set constraints all immediate";
