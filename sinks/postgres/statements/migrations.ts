/**
 * Bookkeeping of migrations: which files were run, what functions keep to, and the worker's login. Whole texts are in
 * tests/unit/sinks/postgres/statements/migrations.sql.
 *
 * @module
 */

import { quoteIdentifier } from "../tables/identifier.ts";
import { rulesTable } from "./ledger.ts";

/** Makes the table of files that were run. */
export const createHistorySql = `
  create table if not exists sluice_migrations (
    connector text not null,
    version int not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    primary key (connector, version)
  )`;

/** The first file of connector `$1` behind number `$2`. */
export const migrationBehindSql = `
  select name from sluice_migrations
   where connector = $1 and version > $2
   order by version limit 1`;

/** The file of connector `$1` with number `$2`. */
export const migrationSql = `
  select name, checksum from sluice_migrations where connector = $1 and version = $2`;

/** Notes a file that was run. */
export const addMigrationSql = `
  insert into sluice_migrations (connector, version, name, checksum)
  values ($1, $2, $3, $4)`;

/** Makes the table of rules that functions keep to. Only its owner has a right to it. */
export const createRulesSql = `
  create table if not exists ${rulesTable} (
    connector text not null,
    function text not null,
    rules jsonb not null,
    stored_at timestamptz not null default now(),
    primary key (connector, function)
  )`;

/** Deletes connector `$1`'s rules but for those of the functions `$2`, a JSON array. */
export const deleteRulesSql = `
  delete from ${rulesTable} where connector = $1
     and function not in (select jsonb_array_elements_text($2::text::jsonb))`;

/** Stores the rules `$3` of a connector's function. */
export const storeRuleSql = `
  insert into ${rulesTable} (connector, function, rules) values ($1, $2, $3::text::jsonb)
  on conflict (connector, function) do update set rules = excluded.rules, stored_at = now()`;

/** The role `$1`. */
export const roleSql = "select rolcanlogin, rolsuper from pg_roles where rolname = $1";

/**
 * Makes a login, or lets a role that is there log in. A statement can't take the password as a parameter, and what it says
 * may be logged: so it says a verifier.
 */
export function loginSql(verb: "create" | "alter", role: string, verifier: string | null): string {
  const secret = verifier === null ? "" : ` password '${verifier}'`;
  return `${verb} role ${quoteIdentifier(role)} login${secret}`;
}

/** Gives a login what a role may do. */
export function grantRoleSql(role: string, login: string): string {
  return `grant ${quoteIdentifier(role)} to ${quoteIdentifier(login)}`;
}
