/** Makes the table in which {@link OffsetStore} keeps offsets, or says how to get it. @module */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import { advisoryLock } from "../connection/advisory_lock.ts";
import {
  createOffsetsSql,
  guardOffsetsSql,
  isGuardedSql,
  lackingOffsetRightsSql,
} from "../statements/offsets.ts";
import { isTableSql } from "../statements/session.ts";
import type { OffsetStore, SqlSession } from "./offset_store.ts";
import { sqlFacts } from "../connection/sqlstate.ts";

/** A connection that can begin a transaction: a pool of npm:postgres, or a session that brings its own way. */
type BeginningSession = SqlSession & {
  begin(work: (tx: SqlSession) => Promise<unknown>): Promise<unknown>;
};

/**
 * Makes sure that the offset table is there and that this role can use it. A role that may make it does, one at a
 * time; the right to delete from it is never needed.
 *
 * @throws ConfigException that names the command to run where the role may not
 */
export async function ensureOffsetTable(sql: BeginningSession, store: OffsetStore): Promise<void> {
  if (!await tableExists(sql, store.table)) await create(sql, store);
  const missing = await missingPrivileges(sql, store.table);
  if (missing.length === 0) return;
  throw new ConfigException(
    `Cannot keep offsets: this role has no right to ${missing.join(", ")} on ${store.table}; ${
      remedy(store)
    }`,
  );
}

/** Keeps a connector's rows from the logins of others. Only the owner can do this, so it is done by `migrate`. */
export async function guardOffsets(tx: SqlSession, table: string): Promise<void> {
  const [row] = await tx.unsafe<{ guarded: boolean }[]>(isGuardedSql, [table]);
  if (row?.guarded === true) return;
  for (const text of guardOffsetsSql(table)) await tx.unsafe(text);
}

async function create(sql: BeginningSession, store: OffsetStore): Promise<void> {
  try {
    await sql.begin(async (tx) => {
      await advisoryLock(tx, "offset_table");
      await tx.unsafe(createOffsetsSql(store.table));
    });
  } catch (error) {
    const { sqlstate } = sqlFacts(error);
    const mayNot = sqlstate === "42501";
    const noSchema = sqlstate === "3F000";
    if (!mayNot && !noSchema) throw error;
    throw new ConfigException(
      `Cannot keep offsets: there is no table ${store.table} and this role may not make it; ${remedy(store)}`,
      { cause: error },
    );
  }
}

function remedy(store: OffsetStore): string {
  return `run deno task migrate --connector ${store.options.connector}, or set exactly.once.enabled=false`;
}

async function tableExists(sql: SqlSession, table: string): Promise<boolean> {
  const [row] = await sql.unsafe<{ found: boolean }[]>(isTableSql, [table]);
  return row?.found === true;
}

async function missingPrivileges(sql: SqlSession, table: string): Promise<readonly string[]> {
  const rows = await sql.unsafe<{ privilege: string }[]>(lackingOffsetRightsSql, [table]);
  return rows.map(({ privilege }) => privilege);
}
