/** Makes the table in which {@link OffsetStore} keeps offsets, or says how to get it. @module */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import { advisoryLock } from "../connection/advisory_lock.ts";
import { quoteIdentifier } from "../tables/identifier.ts";
import type { OffsetStore, SqlSession } from "./offset_store.ts";
import { sqlFacts } from "../connection/sqlstate.ts";

/** A connection that can begin a transaction: a pool of npm:postgres, or a session that brings its own way. */
export type BeginningSession = SqlSession & {
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

/** The table's definition. The primary key also gives the order in which rows are locked. */
export async function createOffsetTable(tx: SqlSession, table: string): Promise<void> {
  await tx.unsafe(`
    create table if not exists ${table} (
      connector text not null,
      kafka_cluster_id text not null,
      topic text not null,
      partition int not null check (partition >= 0),
      next_offset bigint check (next_offset >= 0),
      last_timestamp bigint,
      fence bigint not null check (fence > 0),
      updated_at timestamptz not null,
      primary key (connector, kafka_cluster_id, topic, partition)
    ) with (fillfactor = 50)`); // each commit rewrites the rows: room in the page keeps the index out of it
}

/**
 * Lets a login use the rows of a connector only if it is a member of the connector's writer role; connectors without
 * such a role are as before. Only the owner can do this, so it is done by `migrate`.
 */
export async function guardOffsets(tx: SqlSession, table: string): Promise<void> {
  const [row] = await tx<{ guarded: boolean }[]>`
    select relrowsecurity as guarded from pg_class where oid = to_regclass(${table})`;
  if (row?.guarded === true) return;
  await tx.unsafe(`
    create policy sluice_own_connector on ${table} using (coalesce(pg_has_role(to_regrole(quote_ident(
      lower(regexp_replace(connector, '[^A-Za-z0-9]+', '_', 'g')) || '_writer')), 'MEMBER'), true))`);
  await tx.unsafe(`alter table ${table} enable row level security`);
}

async function create(sql: BeginningSession, store: OffsetStore): Promise<void> {
  try {
    await sql.begin(async (tx) => {
      await advisoryLock(tx, "offset_table");
      await createOffsetTable(tx, store.table);
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
  const [row] = await sql<{ found: boolean }[]>`select to_regclass(${table}) is not null as found`;
  return row?.found === true;
}

async function missingPrivileges(sql: SqlSession, table: string): Promise<readonly string[]> {
  const rows = await sql<{ privilege: string }[]>`
    select privilege from unnest(array['SELECT', 'INSERT', 'UPDATE']) as privilege
     where not has_table_privilege(to_regclass(${table}), privilege)`;
  return rows.map(({ privilege }) => privilege);
}

/** The table's quoted name with its schema, as the session finds it; null where it finds none. */
export async function findOffsetTable(sql: SqlSession, store: OffsetStore): Promise<string | null> {
  const [row] = await sql<{ schema: string; name: string }[]>`
    select n.nspname as schema, c.relname as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.oid = to_regclass(${store.table})`;
  return row === undefined ? null : quoteIdentifier(row.schema, row.name);
}
