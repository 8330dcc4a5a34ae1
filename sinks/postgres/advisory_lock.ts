/** Locks by name, for work that only one session at a time may do. @module */

import type { SqlSession } from "./offset_store.ts";

/** What is locked; the numbers are ours for ever, since two versions of Sluice have to meet on them. */
const lockIds = { offset_table: 1, migrate: 2, ledger_upkeep: 3 } as const;

/** First half of the key, so that other programs' advisory locks aren't ours: the bytes of "SLUI". */
const lockSpace = 0x534c5549;

/** Waits for the lock and holds it until the transaction ends. */
export async function advisoryLock(tx: SqlSession, name: keyof typeof lockIds): Promise<void> {
  await tx`select pg_advisory_xact_lock(${lockSpace}, ${lockIds[name]})`;
}

/** The two halves of a lock's key, for statements that run in the database. */
export function lockKey(name: keyof typeof lockIds): string {
  return `${lockSpace}, ${lockIds[name]}`;
}
