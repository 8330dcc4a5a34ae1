/** Advisory locks by name, for work that only one session at a time may do. @module */

import type { SqlSession } from "./session.ts";
import { advisoryLockSql, lockTimeoutSql, setLockTimeoutSql } from "../statements/session.ts";
import { sqlFacts } from "./sqlstate.ts";

/** The locks' numbers. They never change, since different versions of Sluice must use the same. */
const lockIds = { offset_table: 1, migrate: 2, ledger_upkeep: 3 } as const;

/** First half of the key, the bytes of "SLUI": it keeps other programs' advisory locks apart. */
const lockSpace = 0x534c5549;

/** SQLSTATE if `lock_timeout` ends a wait. */
const lockNotAvailable = "55P03";

/** Takes the lock and holds it until the transaction ends. */
export async function advisoryLock(tx: SqlSession, name: keyof typeof lockIds): Promise<void> {
  await tx.unsafe(advisoryLockSql, [lockSpace, lockIds[name]]);
}

/**
 * Takes the lock, waiting at most this long: any login can hold it for ever.
 *
 * @returns false if another session still holds it; the transaction has failed then
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

/** Returns both halves of a lock's key, for SQL texts. */
export function lockKey(name: keyof typeof lockIds): string {
  return `${lockSpace}, ${lockIds[name]}`;
}
