/**
 * A transaction that can't outlive its owner's membership.
 *
 * A process that is stopped (SIGSTOP, a frozen machine) inside a transaction would go on holding its locks while
 * another member already owns the partition. So every transaction tells the server when to give up on it.
 *
 * @module
 */

import type { SqlSession } from "../offset_store.ts";

/** Limits of one transaction, in milliseconds; 0 = none. */
export interface TransactionLimits {
  /** Keep it below the consumer's session timeout. */
  readonly idleInTransactionMs: number;
  readonly lockMs: number;
  readonly statementMs: number;
  /** From PostgreSQL 17 on; older servers have no such limit. */
  readonly transactionMs: number;
}

/** Sets the limits until the transaction ends. The first statement after `begin`. */
export async function limitTransaction(tx: SqlSession, limits: TransactionLimits): Promise<void> {
  await tx.unsafe(
    `select set_config('idle_in_transaction_session_timeout', $1, true),
            set_config('lock_timeout', $2, true),
            set_config('statement_timeout', $3, true),
            case when current_setting('server_version_num')::int >= 170000
                 then set_config('transaction_timeout', $4, true) end`,
    [
      String(limits.idleInTransactionMs),
      String(limits.lockMs),
      String(limits.statementMs),
      String(limits.transactionMs),
    ],
    { prepare: true },
  );
}

/** Which sessions may be ended: Sluice's own, which have been waiting for their process for a while. */
export interface StoppedOwner {
  /** The session that waits for the lock, from `backendPid`. */
  readonly waitingPid: number;
  /** What the application_name of the connector's sessions begins with. */
  readonly applicationNamePrefix: string;
  /** A session that heard from its process more recently is left alone. Milliseconds. */
  readonly silentMsMin: number;
}

/** The server process of this session. */
export async function backendPid(tx: SqlSession): Promise<number> {
  const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
  if (row === undefined) throw new Error("Cannot read the session's process id: no row");
  return row.pid;
}

/**
 * Ends the sessions that block another one and whose process doesn't answer: a stop between two messages of the
 * protocol escapes every timeout before PostgreSQL 17. Only sessions of the same role can be ended, and
 * a session that is busy in the server never is: it ends by itself, and the fence decides.
 *
 * @param sql another connection than the waiting one
 * @returns how many were ended
 */
export async function terminateStoppedOwner(sql: SqlSession, owner: StoppedOwner): Promise<number> {
  const rows = await sql<{ ended: boolean }[]>`
    select pg_terminate_backend(a.pid) as ended
      from unnest(pg_blocking_pids(${owner.waitingPid})) as blocking(pid)
      join pg_stat_activity a on a.pid = blocking.pid
     where a.usename = session_user
       and starts_with(a.application_name, ${owner.applicationNamePrefix})
       and (a.state like 'idle in transaction%' or a.wait_event_type = 'Client')
       and a.state_change <= clock_timestamp() - make_interval(secs => ${owner.silentMsMin / 1000})`;
  return rows.filter(({ ended }) => ended).length;
}
