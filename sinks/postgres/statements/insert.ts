/**
 * `insert.mode` insert, ignore and upsert, as in the JDBC sink, over arrays. (`PostgreSqlDatabaseDialect`)
 *
 * @module
 */

import type { TablePlan, WriteKind } from "../../sql/dialect.ts";
import { columnSql, oncePerPlan, wordsOf } from "./rows.ts";

type InsertKind = "insert" | "ignore" | "upsert";

/** The statement of each kind. */
export const insertSql: Readonly<Record<InsertKind, (plan: TablePlan) => string>> = {
  insert: oncePerPlan((plan) => insert("insert", plan)),
  ignore: oncePerPlan((plan) => insert("ignore", plan)),
  upsert: oncePerPlan((plan) => insert("upsert", plan)),
};

function insert(kind: InsertKind, plan: TablePlan): string {
  const { table, names, values, arrays, elements } = wordsOf(plan);
  return `
    insert into ${table} as r (${names})
    select ${values}
      from unnest(${arrays}) as u(${elements})
    ${onConflict(kind, plan)}`;
}

function onConflict(kind: InsertKind, plan: TablePlan): string {
  if (kind === "insert") return "";
  const { keys } = wordsOf(plan);
  const others = plan.columns.filter(({ role }) => role !== "key").map(columnSql);
  if (kind === "ignore" || others.length === 0) return `on conflict (${keys}) do nothing`;
  return `on conflict (${keys})
    do update set ${others.map((name) => `${name} = excluded.${name}`).join(",\n                  ")}`;
}

/**
 * Returns the statement that also marks the row it is at; null if the kind doesn't process rows in order.
 *
 * The mark is an advisory lock of the session, since a rollback doesn't release it. Each row takes its own lock and
 * releases that of the row before. The first half of the key is the session's own process id. If another session holds
 * such a lock the statement waits, so no mark is missing.
 */
export function tracedSql(kind: WriteKind, plan: TablePlan): string | null {
  if (plan.guard !== null || (kind !== "insert" && kind !== "ignore" && kind !== "upsert")) return null;
  const { table, names, values, arrays, elements } = wordsOf(plan);
  return `
    insert into ${table} as r (${names})
    select ${values}
      from unnest(${arrays}) with ordinality as u(${elements}, place)
     where (pg_advisory_lock(pg_backend_pid(), u.place::int) is not null
            and (u.place = 1 or pg_advisory_unlock(pg_backend_pid(), u.place::int - 1)))
    ${onConflict(kind, plan)}`;
}

/** Releases the remaining marks: one, if a traced statement failed at a row. */
export const takeMarks = `
  select objid::int8::int as place, pg_advisory_unlock(classid::int8::int, objid::int8::int) as "isFree"
    from pg_catalog.pg_locks
   where locktype = 'advisory' and pid = pg_backend_pid() and classid = pg_backend_pid()::oid and objsubid = 2`;
