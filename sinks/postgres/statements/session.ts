/** What a session asks of its server. Whole texts are in tests/unit/sinks/postgres/statements/session.sql. @module */

/** What the server says of itself, after the login. */
export const serverFactsSql = `
  select pg_backend_pid() as pid, current_setting('server_version_num')::int as version,
         (pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on') as "isReadOnly"`;

/** Whether the server takes rows now. */
export const takesNoneSql = `
  select (pg_is_in_recovery() or current_setting('transaction_read_only') = 'on') as "takesNone"`;

/** Whether there is a schema `$1`, a quoted name. */
export const isSchemaSql = `
  select pg_catalog.to_regnamespace($1) is not null as "isThere"`;

/** Whether there is a table `$1`, a quoted name. */
export const isTableSql = "select to_regclass($1) is not null as found";

/** Waits for an advisory lock, which ends with the transaction. */
export const advisoryLockSql = "select pg_advisory_xact_lock($1, $2)";

/** How long the transaction waits for locks. */
export const lockTimeoutSql = "select current_setting('lock_timeout') as before";

/** Sets that, for this transaction. */
export const setLockTimeoutSql = "select set_config('lock_timeout', $1, true)";
