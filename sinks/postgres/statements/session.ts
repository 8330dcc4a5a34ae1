/** Statements of sessions. @module */

/** Returns the server's facts, after the login. */
export const serverFactsSql = `
  select pg_backend_pid() as pid, current_setting('server_version_num')::int as version,
         (pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on') as "isReadOnly"`;

/** Whether the server is read-only or in recovery. */
export const takesNoneSql = `
  select (pg_is_in_recovery() or current_setting('transaction_read_only') = 'on') as "takesNone"`;

/** Whether schema `$1`, a quoted name, exists. */
export const isSchemaSql = `
  select pg_catalog.to_regnamespace($1) is not null as "isThere"`;

/** Whether table `$1`, a quoted name, exists. */
export const isTableSql = "select to_regclass($1) is not null as found";

/** Waits for an advisory lock, held until the transaction ends. */
export const advisoryLockSql = "select pg_advisory_xact_lock($1, $2)";

/** Returns the transaction's lock_timeout. */
export const lockTimeoutSql = "select current_setting('lock_timeout') as before";

/** Sets the transaction's lock_timeout. */
export const setLockTimeoutSql = "select set_config('lock_timeout', $1, true)";
