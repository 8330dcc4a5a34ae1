-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- the rights that a refused statement lacks
-- 1.
with t as (select pg_catalog.to_regclass($1)::oid as id),
sequences as (
  select s.oid, s.relname, s.relkind from t
    join pg_catalog.pg_attrdef d on d.adrelid = t.id
    join pg_catalog.pg_attribute a on a.attrelid = t.id and a.attnum = d.adnum
    join pg_catalog.pg_depend p on p.classid = 'pg_catalog.pg_attrdef'::regclass and p.objid = d.oid
     and p.refclassid = 'pg_catalog.pg_class'::regclass
    join pg_catalog.pg_class s on s.oid = p.refobjid
   where pg_catalog.cardinality($2::text[]) > 0 and a.attname <> all ($2::text[])
), wanted as (
  select 'INSERT' as name, pg_catalog.unnest($2::text[]) as "column"
  union all select 'UPDATE', pg_catalog.unnest($3::text[])
  union all select 'SELECT', pg_catalog.unnest($4::text[])
), lacking as (
  select w.name as right, w."column" as name from wanted w, t
    join pg_catalog.pg_attribute a on a.attrelid = t.id and a.attnum > 0
   where a.attname = w."column" and not pg_catalog.has_column_privilege(t.id, a.attnum, w.name)
  union all
  select 'DELETE', null from t where $5::text = 'delete' and not pg_catalog.has_table_privilege(t.id, 'DELETE')
  union all
  select 'USAGE of schema', n.nspname::text from t join pg_catalog.pg_class r on r.oid = t.id
    join pg_catalog.pg_namespace n on n.oid = r.relnamespace where not pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  union all
  select 'USAGE of sequence', relname::text from sequences
   where case when relkind = 'S' then not pg_catalog.has_sequence_privilege(oid, 'USAGE')
           and not pg_catalog.has_sequence_privilege(oid, 'UPDATE') end
)
select "right", pg_catalog.string_agg(name, ', ' order by name) as names from lacking group by "right" order by "right";
