/** What PostgreSQL looks at beside a row's own columns, from its catalog. @module */

import type { TableRules } from "../../sql/dialect.ts";
import type { CatalogRow } from "./catalog.ts";

/** A row of {@link rulesQuery}. */
export interface RulesRow {
  /** `pg_class.relkind`: r = table, p = partitioned, v = view, f = foreign table. */
  readonly kind: string;
  /** Triggers that run per statement, after the row, or without seeing the rows before. */
  readonly countsStatements: boolean;
  readonly hasRowTriggers: boolean;
  readonly hasRules: boolean;
  readonly hasChecks: boolean;
  readonly hasForeignKeys: boolean;
  /** Whether a delete or a new key changes rows that refer to it. */
  readonly changesOthers: boolean;
  /** Whether a check, default or policy calls a function that isn't immutable: it may look at any row. */
  readonly callsFunctions: boolean;
  /** Whether it is a partition, a parent or a child. */
  readonly hasRelatives: boolean;
  readonly refersToItself: boolean;
  readonly hasPolicies: boolean;
  readonly policiesAsk: boolean;
  readonly hasDeferred: boolean;
  readonly withDefault: readonly string[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly hasOtherUnique: boolean;
}

/**
 * Asks for the rules of `$1`, a name that `to_regclass` reads, and of its partitions and children. What PostgreSQL
 * itself makes for foreign keys isn't a trigger here. `pg_trigger.tgtype` is a sum: 1 = for each row, 2 = before, 4 =
 * insert, 8 = delete, 16 = update, 64 = instead of.
 */
export const rulesQuery = `
  with recursive family as (
    select pg_catalog.to_regclass($1)::oid as id
    union
    select i.inhrelid from pg_catalog.pg_inherits i join family f on i.inhparent = f.id
  ), types as (
    select a.atttypid as id from pg_catalog.pg_attribute a
     where a.attrelid = any (array(select id from family)) and a.attnum > 0 and not a.attisdropped
    union
    select case when t.typtype = 'd' then t.typbasetype else t.typelem end
      from types y join pg_catalog.pg_type t on t.oid = y.id where t.typtype = 'd' or t.typelem <> 0
  ), triggers as (
    select t.tgtype, p.provolatile from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid
     where t.tgrelid = any (array(select id from family)) and t.tgenabled <> 'D' and (t.tgtype & 28) <> 0
       and (not t.tgisinternal or coalesce(pg_catalog.to_jsonb(t) ->> 'tgparentid', '0') <> '0' and not exists (
              select from pg_catalog.pg_constraint c where c.oid = t.tgconstraint and c.contype = 'f'))
  ), functions as (
    select p.provolatile from pg_catalog.pg_depend d join pg_catalog.pg_proc p on p.oid = d.refobjid
     where d.refclassid = 'pg_catalog.pg_proc'::regclass and p.pronamespace <> 'pg_catalog'::regnamespace
       and p.provolatile <> 'i' and (
         d.classid = 'pg_catalog.pg_constraint'::regclass and d.objid in (
           select c.oid from pg_catalog.pg_constraint c
            where c.conrelid = any (array(select id from family)) or c.contypid = any (array(select id from types)))
         or d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid in (
           select a.oid from pg_catalog.pg_attrdef a where a.adrelid = any (array(select id from family)))
         or d.classid = 'pg_catalog.pg_policy'::regclass and d.objid in (
           select p.oid from pg_catalog.pg_policy p where p.polrelid = any (array(select id from family))))
  ), keys as (
    select c.* from pg_catalog.pg_constraint c
     where c.contype = 'f' and (c.conrelid = any (array(select id from family)) or c.confrelid = any (array(select id from family)))
  ), uniques as (
    select i.indrelid = r.oid as "isOwn",
           i.indexprs is null and i.indpred is null and i.indimmediate and i.indisvalid and not i.indisexclusion as "isPlain",
           exists (select from pg_catalog.generate_subscripts(i.indcollation, 1) k
             join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[k]
            where a.attcollation <> i.indcollation[k]) as "isOtherwise",
           (select pg_catalog.json_agg(a.attname order by a.attname) from pg_catalog.pg_attribute a
             where a.attrelid = i.indrelid and a.attnum = any (i.indkey[0:i.indnkeyatts - 1])) as columns
      from pg_catalog.pg_index i, pg_catalog.pg_class r
     where r.oid = pg_catalog.to_regclass($1) and i.indrelid = any (array(select id from family))
       and (i.indisunique or i.indisexclusion)
  )
  select r.relkind as kind,
    exists (select from triggers where tgtype & 1 = 0 or tgtype & 66 = 0 or provolatile <> 'v') as "countsStatements",
    exists (select from triggers) as "hasRowTriggers",
    exists (select from pg_catalog.pg_rewrite w
             where w.ev_class = any (array(select id from family)) and w.rulename <> '_RETURN') as "hasRules",
    exists (select from pg_catalog.pg_constraint c where c.contype = 'c' and c.conrelid = any (array(select id from family)))
      or exists (select from pg_catalog.pg_attribute a where a.attrelid = any (array(select id from family)) and coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> '')
      or exists (select from pg_catalog.pg_index i where i.indrelid = any (array(select id from family))
                  and (i.indexprs is not null or i.indpred is not null)) as "hasChecks",
    exists (select from keys) as "hasForeignKeys",
    exists (select from keys where confrelid = any (array(select id from family))
             and (confdeltype in ('c', 'n', 'd') or confupdtype in ('c', 'n', 'd'))) as "changesOthers",
    exists (select from functions) as "callsFunctions",
    r.relispartition or exists (select from pg_catalog.pg_inherits i where i.inhrelid = r.oid or i.inhparent = r.oid)
      as "hasRelatives",
    exists (select from keys where (not condeferred or confdeltype in ('c', 'n', 'd'))
             and conrelid = any (array(select id from family)) and confrelid = any (array(select id from family))) as "refersToItself",
    pg_catalog.row_security_active(r.oid) as "hasPolicies",
    exists (select from pg_catalog.pg_policy p where p.polrelid = r.oid
             and coalesce(p.polqual::text, '') || coalesce(p.polwithcheck::text, '') ~ 'SUBLINK') as "policiesAsk",
    exists (select from pg_catalog.pg_trigger t
             where t.tgrelid = any (array(select id from family)) and t.tginitdeferred) as "hasDeferred",
    coalesce((select pg_catalog.json_agg(a.attname) from pg_catalog.pg_attribute a
       join pg_catalog.pg_type t on t.oid = a.atttypid
      where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        and (a.atthasdef or t.typdefault is not null or a.attidentity <> '')), '[]') as "withDefault",
    coalesce((select pg_catalog.json_agg(columns) from uniques where "isOwn" and "isPlain"), '[]') as "uniqueKeys",
    exists (select from uniques where not "isPlain"
             or "isOtherwise" or columns::text not in (select u.columns::text from uniques u where u."isOwn" and u."isPlain"))
      as "hasOtherUnique"
  from pg_catalog.pg_class r where r.oid = pg_catalog.to_regclass($1)`;

/** What the answer means for the order of rows. */
export function rulesOf(row: RulesRow, columns: readonly CatalogRow[]): TableRules {
  const isTable = row.kind === "r" || row.kind === "p";
  const isOneByOne = !isTable || row.countsStatements || row.hasRules || row.refersToItself ||
    row.callsFunctions ||
    (row.hasPolicies && row.policiesAsk);
  return {
    order: isOneByOne ? "one_by_one" : row.hasRowTriggers || row.changesOthers ? "in_order" : "apart",
    // A partitioned table refuses a row that has no partition.
    hasChecks: row.kind !== "r" || row.hasChecks || row.hasForeignKeys || row.hasRowTriggers ||
      row.hasPolicies || row.hasRelatives,
    hasRelations: !isTable || row.hasForeignKeys || row.hasRowTriggers || row.hasRules || row.hasPolicies ||
      row.callsFunctions || row.hasRelatives,
    hasDeferred: row.hasDeferred,
    required: columns
      .filter(({ column, isNullable, closed }) =>
        !isNullable && closed === null && !row.withDefault.includes(column)
      )
      .map(({ column }) => column),
    uniqueKeys: isTable ? row.uniqueKeys : null,
    hasOtherUnique: row.hasOtherUnique,
  };
}

/** Of a table whose rules weren't asked for: as strict as can be. */
export const unknownRules: TableRules = {
  order: "one_by_one",
  hasChecks: true,
  hasRelations: true,
  hasDeferred: true,
  required: [],
  uniqueKeys: null,
  hasOtherUnique: true,
};
