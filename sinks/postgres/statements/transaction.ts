/**
 * Transactions that end before their task's group membership does.
 *
 * A process that is stopped (SIGSTOP, a frozen machine) inside a transaction would hold its locks while another member
 * already owns the partition. So every transaction tells the server when to end it.
 *
 * @module
 */

/** Limits of one transaction, in milliseconds; 0 = none. */
export interface TransactionLimits {
  /** Must be below the consumer's session timeout. */
  readonly idleInTransactionMs: number;
  readonly lockMs: number;
  readonly statementMs: number;
  /** From PostgreSQL 17 on; older servers have no such limit. */
  readonly transactionMs: number;
}

/** Since PostgreSQL 13 servers can add parameters to the context of errors. */
const parametersInErrorsSince = 130_000;
/** PostgreSQL 17 added transaction_timeout. */
const transactionTimeoutSince = 170_000;

/**
 * Begins, and limits how long a stopped process can hold its locks.
 *
 * @param version the server's, for example 180004
 * @param hasJoins whether rows are found by key. A custom plan would read the whole table as soon as that seems as
 *   cheap, and so would a plan cached while the table was small. A generic plan expects short arrays, and without
 *   sequential scans it uses the index for a table of any size.
 */
export function beginSql(version: number, limits: TransactionLimits, hasJoins: boolean): string {
  const settings = settingsOf(version, limits, hasJoins);
  return ["begin", ...settings.map(([name, value]) => `set local ${name} = ${value}`)].join("; ");
}

/** The limits of `beginSql` as one statement, after {@link plainBeginSql}. */
export function limitsSql(version: number, limits: TransactionLimits, hasJoins: boolean): string {
  const settings = settingsOf(version, limits, hasJoins);
  return `select ${settings.map(([name, value]) => `set_config('${name}', '${value}', true)`).join(", ")}`;
}

function settingsOf(
  version: number,
  limits: TransactionLimits,
  hasJoins: boolean,
): readonly (readonly [name: string, value: string | number])[] {
  return [
    // The context tells errors of triggers and policies from the statement's own; it must not hold values.
    ...version >= parametersInErrorsSince ? [["log_parameter_max_length_on_error", 0] as const] : [],
    ["idle_in_transaction_session_timeout", limits.idleInTransactionMs],
    ["lock_timeout", limits.lockMs],
    ["statement_timeout", limits.statementMs],
    ...version >= transactionTimeoutSince ? [["transaction_timeout", limits.transactionMs] as const] : [],
    ...hasJoins
      ? [["plan_cache_mode", "force_generic_plan"] as const, ["enable_seqscan", "off"] as const]
      : [],
  ];
}

export const [commitSql, rollbackSql] = ["commit", "rollback"];

/** Begins a transaction without limits. */
export const plainBeginSql = "begin";

export const readOnlyBeginSql = "begin transaction read only";

/** Sets the savepoint of the search for bad records; `next` also releases the one before. */
export const savepointSql = { first: "savepoint sluice", next: "release savepoint sluice; savepoint sluice" };

/** Undoes everything since the savepoint, which stays. */
export const toSavepointSql = "rollback to savepoint sluice";

/** Checks deferred constraints with each statement. */
export const constraintsAtOnceSql = "set constraints all immediate";
