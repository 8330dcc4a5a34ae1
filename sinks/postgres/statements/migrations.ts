/** Statements of migrations: the files that were run, the functions' rules, and the worker's login. @module */

import { quoteIdentifier } from "../tables/identifier.ts";
import { rulesTable } from "./ledger.ts";

/** Creates the table of files that were run. */
export const createHistorySql = `
  create table if not exists sluice_migrations (
    connector text not null,
    version int not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    primary key (connector, version)
  )`;

/** Returns the first file of connector `$1` after number `$2`. */
export const migrationBehindSql = `
  select name from sluice_migrations
   where connector = $1 and version > $2
   order by version limit 1`;

/** Returns the file of connector `$1` with number `$2`. */
export const migrationSql = `
  select name, checksum from sluice_migrations where connector = $1 and version = $2`;

/** Records a file that was run. */
export const addMigrationSql = `
  insert into sluice_migrations (connector, version, name, checksum)
  values ($1, $2, $3, $4)`;

/** Creates the table of the functions' rules. Only its owner has rights on it. */
export const createRulesSql = `
  create table if not exists ${rulesTable} (
    connector text not null,
    function text not null,
    rules jsonb not null,
    stored_at timestamptz not null default now(),
    primary key (connector, function)
  )`;

/** Deletes connector `$1`'s rules, except those of the functions `$2`, a JSON array. */
export const deleteRulesSql = `
  delete from ${rulesTable} where connector = $1
     and function not in (select jsonb_array_elements_text($2::text::jsonb))`;

/** Stores the rules `$3` of a connector's function. */
export const storeRuleSql = `
  insert into ${rulesTable} (connector, function, rules) values ($1, $2, $3::text::jsonb)
  on conflict (connector, function) do update set rules = excluded.rules, stored_at = now()`;

/** Returns the role `$1`. */
export const roleSql = "select rolcanlogin, rolsuper from pg_roles where rolname = $1";

/**
 * Creates a login, or lets an existing role log in. Its password can't be a parameter, and the text may be logged, so
 * the text has a SCRAM verifier.
 */
export function loginSql(verb: "create" | "alter", role: string, verifier: string | null): string {
  const secret = verifier === null ? "" : ` password '${verifier}'`;
  return `${verb} role ${quoteIdentifier(role)} login${secret}`;
}

/** Makes a login a member of a role. */
export function grantRoleSql(role: string, login: string): string {
  return `grant ${quoteIdentifier(role)} to ${quoteIdentifier(login)}`;
}
