/** Locks by name, for work that only one session at a time may do. @module */

import type { SqlSession } from "./session.ts";
import { advisoryLockSql, lockTimeoutSql, setLockTimeoutSql } from "../statements/session.ts";
import { sqlFacts } from "./sqlstate.ts";

/** What is locked; the numbers are ours for ever, since two versions of Sluice have to meet on them. */
const lockIds = { offset_table: 1, migrate: 2, ledger_upkeep: 3 } as const;

/** First half of the key, so that other programs' advisory locks aren't ours: the bytes of "SLUI". */
const lockSpace = 0x534c5549;

/** SQLSTATE of a wait that took longer than `lock_timeout`. */
const lockNotAvailable = "55P03";

/** Waits for the lock and holds it until the transaction ends. */
export async function advisoryLock(tx: SqlSession, name: keyof typeof lockIds): Promise<void> {
  await tx.unsafe(advisoryLockSql, [lockSpace, lockIds[name]]);
}

/**
 * The same, for at most so long: any login can take the lock and keep it.
 *
 * @returns false if another session still has it; nothing more can be done in the transaction then
 */
export async function advisoryLockWithin(
  tx: SqlSession,
  name: keyof typeof lockIds,
  timeoutMs: number,
): Promise<boolean> {
  const [{ before = "0" } = {}] = await tx.unsafe<{ before: string }[]>(lockTimeoutSql);
  const limitWait = (value: string) => tx.unsafe(setLockTimeoutSql, [value]);
  await limitWait(`${timeoutMs}ms`);
  try {
    await advisoryLock(tx, name);
  } catch (error) {
    if (sqlFacts(error).sqlstate === lockNotAvailable) return false;
    throw error;
  }
  await limitWait(before);
  return true;
}

/** The two halves of a lock's key, for statements that run in the database. */
export function lockKey(name: keyof typeof lockIds): string {
  return `${lockSpace}, ${lockIds[name]}`;
}
