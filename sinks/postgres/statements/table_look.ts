/** Reads a table's columns and rules from the catalog. @module */

/**
 * Returns the columns of `$1`, a quoted name that `to_regclass` takes. Follows domains to their base type, also those
 * of array elements. Works from PostgreSQL 11 on: `to_jsonb` reads catalog columns that later versions added.
 */
export const tableColumnsSql = `
  with recursive columns as (
    select n.nspname as schema, r.relname as table, a.attname as column, a.attnum, a.atttypid as typid, a.atttypmod as typmod,
           false as "isElement", not a.attnotnull as "isNullable",
           exists (select from pg_catalog.pg_constraint k
                    where k.conrelid = a.attrelid and k.contype in ('c', 'f') and a.attnum = any (k.conkey)) as "isChecked",
           coalesce(pg_catalog.to_jsonb(c) ->> 'collisdeterministic', 'true') = 'true' as "isDeterministic",
           case when coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> '' then 'generated'
                when a.attidentity = 'a' then 'identity' end as closed
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_class r on r.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = r.relnamespace
      left join pg_catalog.pg_collation c on c.oid = a.attcollation
     where a.attrelid = pg_catalog.to_regclass($1) and a.attnum > 0 and not a.attisdropped
  ), types as (
    select * from columns
    union all
    select b.schema, b.table, b.column, b.attnum,
           case when t.typtype = 'd' then t.typbasetype else t.typelem end,
           case when t.typtype = 'd' then t.typtypmod else b.typmod end,
           b."isElement" or t.typtype <> 'd',
           b."isNullable" and (b."isElement" or not t.typnotnull),
           b."isChecked" or exists (select from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype = 'c'),
           b."isDeterministic", b.closed
      from types b
      join pg_catalog.pg_type t on t.oid = b.typid
      left join pg_catalog.pg_type e on e.oid = t.typelem and e.typarray = t.oid
     where t.typtype = 'd' or (e.oid is not null and not b."isElement")
  ), bases as (
    select b.*, t.typname, t.typnamespace = 'pg_catalog'::regnamespace as "isBuiltin", t.typtype = 'e' as "isEnum", t.typdelim
      from types b join pg_catalog.pg_type t on t.oid = b.typid
     where t.typtype <> 'd'
  )
  select b.schema, b.table, b.column, b.closed, b."isNullable", b."isChecked", b."isDeterministic",
         pg_catalog.current_setting('server_encoding') = 'UTF8' as "isUnicode",
         b.typname as type, b."isBuiltin", b."isEnum",
         b.typdelim = ',' and exists (select from pg_catalog.pg_cast k
            where k.castsource = 'pg_catalog.text'::regtype and k.casttarget = b.typid and k.castmethod = 'f')
           as "hasTextCast",
         e.typname as "elementType", coalesce(e."isBuiltin", false) as "isElementBuiltin", e.typdelim::text as delimiter,
         pg_catalog.format_type(b.typid, -1) as cast,
         nullif(coalesce(e.typmod, b.typmod), -1) as modifier
    from bases b
    left join bases e on e.attnum = b.attnum and e."isElement"
   where not b."isElement"
   order by b.attnum`;

/**
 * Returns the rules of `$1`, a name that `to_regclass` takes, and of its partitions and children. Leaves out the
 * triggers of foreign keys. `pg_trigger.tgtype` is a sum: 1 = for each row, 2 = before, 4 = insert, 8 = delete, 16 =
 * update, 64 = instead of.
 */
export const tableRulesSql = `
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

/** Returns a row whose fingerprint, in the column, isn't one of the array `$1`. */
export function foreignFingerprintSql(table: string, column: string): string {
  return `select 1 as found from ${table} where ${column} is null or ${column} <> all ($1::text[]) limit 1`;
}

/** Calls the re-keying function of that quoted name for no rows; `$1` is its word. */
export function rekeyNothingSql(name: string): string {
  return `select from ${name}('{}', '{}', $1::text)`;
}
