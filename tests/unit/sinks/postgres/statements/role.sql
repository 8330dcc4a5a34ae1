-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- what the role may do, before a table with a contract is used
-- 1.
select r.rolname as name, r.rolname = session_user as "isSelf", r.rolsuper as "isSuperuser",
       concat_ws(' ',
         case when r.rolcreaterole then 'CREATEROLE' end,
         case when r.rolcreatedb then 'CREATEDB' end,
         case when r.rolreplication then 'REPLICATION' end,
         case when r.rolbypassrls then 'BYPASSRLS' end) as attributes
  from pg_catalog.pg_roles r
 where pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')
 order by r.rolname = session_user desc, r.rolname;
-- 2.
with held (oid) as (
  select oid from pg_catalog.pg_roles where pg_catalog.pg_has_role(session_user, oid, 'MEMBER')
  union all select 0::oid
), places (oid, place) as (
  values (pg_catalog.to_regclass($1)::oid, 'contract'), (pg_catalog.to_regclass($2)::oid, 'offsets'),
         (pg_catalog.to_regclass($3)::oid, 'ledger')
), functions (oid) as (
  select pg_catalog.to_regprocedure(name)::oid from unnest($4::text[]) as given(name)
) 
select 'relation' as kind, pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, c.oid, 0) as object, l.place as place,
        t.attname::text as "column", a.privilege_type as privilege, a.is_grantable as "isGrantable",
        a.grantee = 0 as "isPublic", false as "isFixed"
  from pg_catalog.pg_class c
  cross join pg_catalog.aclexplode(c.relacl) a
  left join places l on l.oid = c.oid
  left join pg_catalog.pg_attribute t on l.place = 'contract' and t.attrelid = c.oid and t.attnum > 0
        and not t.attisdropped and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE')
 where c.relacl is not null and a.grantee in (select oid from held) and a.grantee <> c.relowner and not 
exists (select from pg_catalog.pg_init_privs i cross join pg_catalog.aclexplode(i.initprivs) p
         where i.classoid = 'pg_catalog.pg_class'::regclass and i.objoid = c.oid and i.objsubid = 0
           and p.grantee = a.grantee and p.privilege_type = a.privilege_type) and not (c.relnamespace = 'information_schema'::regnamespace and a.grantee = 0 and a.privilege_type = 'SELECT')
union all
select 'relation' as kind, pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, c.oid, 0) as object, l.place as place,
        t.attname::text as "column", a.privilege_type as privilege, a.is_grantable as "isGrantable",
        a.grantee = 0 as "isPublic", false as "isFixed"
  from pg_catalog.pg_attribute t
  join pg_catalog.pg_class c on c.oid = t.attrelid
  cross join pg_catalog.aclexplode(t.attacl) a
  left join places l on l.oid = c.oid
 where t.attacl is not null and not t.attisdropped and a.grantee in (select oid from held) and a.grantee <> c.relowner and not 
exists (select from pg_catalog.pg_init_privs i cross join pg_catalog.aclexplode(i.initprivs) p
         where i.classoid = 'pg_catalog.pg_class'::regclass and i.objoid = c.oid and i.objsubid = t.attnum
           and p.grantee = a.grantee and p.privilege_type = a.privilege_type) union all 
select 'schema' as kind, pg_catalog.pg_describe_object('pg_catalog.pg_namespace'::regclass, n.oid, 0) as object, null::text as place,
        null::text as "column", a.privilege_type as privilege, a.is_grantable as "isGrantable",
        a.grantee = 0 as "isPublic", false as "isFixed"
  from pg_catalog.pg_namespace n
  cross join pg_catalog.aclexplode(n.nspacl) a
 where a.grantee in (select oid from held) and a.grantee <> n.nspowner
union all
select 'database' as kind, pg_catalog.pg_describe_object('pg_catalog.pg_database'::regclass, d.oid, 0) as object, null::text as place,
        null::text as "column", a.privilege_type as privilege, a.is_grantable as "isGrantable",
        a.grantee = 0 as "isPublic", false as "isFixed"
  from pg_catalog.pg_database d
  cross join pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
 where d.datname = current_database() and a.grantee in (select oid from held) and a.grantee <> d.datdba union all 
select 'function' as kind, pg_catalog.pg_describe_object('pg_catalog.pg_proc'::regclass, f.oid, 0) as object, case when f.oid in (select oid from functions) then 'function' end as place,
        case when not g.lanpltrusted and not f.prosecdef and f.pronamespace <> all (array['pg_catalog'::regnamespace, 'information_schema'::regnamespace])
                 then 'language ' || g.lanname end as "column", a.privilege_type as privilege, a.is_grantable as "isGrantable",
        a.grantee = 0 as "isPublic", exists (select from unnest(f.proconfig) s where s like 'search\_path=%') as "isFixed"
  from pg_catalog.pg_proc f
  join pg_catalog.pg_language g on g.oid = f.prolang
  cross join pg_catalog.aclexplode(coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))) a
 where (f.prosecdef or f.proacl is not null or not g.lanpltrusted) and a.grantee in (select oid from held) and a.grantee <> f.proowner
   and case when f.pronamespace = any (array['pg_catalog'::regnamespace, 'information_schema'::regnamespace])
            then f.proacl is not null and not 
exists (select from pg_catalog.pg_init_privs i cross join pg_catalog.aclexplode(i.initprivs) p
         where i.classoid = 'pg_catalog.pg_proc'::regclass and i.objoid = f.oid and i.objsubid = 0
           and p.grantee = a.grantee and p.privilege_type = a.privilege_type)
            else f.prosecdef or (not g.lanpltrusted and not exists (
                   select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_proc'::regclass
                      and e.objid = f.oid and e.deptype = 'e')) end union all 
select case when s.deptype = 'o' then 'owner' else 'other' end,
       case when s.dbid = 0 or s.dbid = d.oid
            then coalesce(pg_catalog.pg_describe_object(s.classid, s.objid, s.objsubid), 'something')
            else 'something in another database' end,
       null, null, case when s.deptype = 'o' then 'OWNER' else 'a right' end, false, false, false
  from pg_catalog.pg_shdepend s
  join pg_catalog.pg_database d on d.datname = current_database()
 where s.refclassid = 'pg_catalog.pg_authid'::regclass and s.refobjid in (select oid from held)
   and (s.deptype = 'o' or (s.deptype = 'a' and s.dbid in (0, d.oid) and s.classid not in (
        'pg_catalog.pg_class'::regclass, 'pg_catalog.pg_namespace'::regclass,
        'pg_catalog.pg_database'::regclass, 'pg_catalog.pg_proc'::regclass)))
union all
select 'admin', 'role ' || r.rolname, null, null, 'ADMIN OPTION', false, false, false
  from pg_catalog.pg_auth_members m
  join pg_catalog.pg_roles r on r.oid = m.roleid
 where m.admin_option and m.member in (select oid from held) union all select 'other' as kind, pg_catalog.pg_describe_object('pg_catalog.pg_foreign_server'::regclass, o.oid, 0) as object, null::text as place,
        null::text as "column", a.privilege_type as privilege, a.is_grantable as "isGrantable",
        a.grantee = 0 as "isPublic", false as "isFixed"
  from pg_catalog.pg_foreign_server o cross join pg_catalog.aclexplode(o.srvacl) a where a.grantee = 0 union all select 'other' as kind, pg_catalog.pg_describe_object('pg_catalog.pg_foreign_data_wrapper'::regclass, o.oid, 0) as object, null::text as place,
        null::text as "column", a.privilege_type as privilege, a.is_grantable as "isGrantable",
        a.grantee = 0 as "isPublic", false as "isFixed"
  from pg_catalog.pg_foreign_data_wrapper o cross join pg_catalog.aclexplode(o.fdwacl) a where a.grantee = 0 union all select 'other' as kind, pg_catalog.pg_describe_object('pg_catalog.pg_largeobject'::regclass, o.oid, 0) as object, null::text as place,
        null::text as "column", a.privilege_type as privilege, a.is_grantable as "isGrantable",
        a.grantee = 0 as "isPublic", false as "isFixed"
  from pg_catalog.pg_largeobject_metadata o cross join pg_catalog.aclexplode(o.lomacl) a where a.grantee = 0 union all select 'other' as kind, pg_catalog.pg_describe_object('pg_catalog.pg_tablespace'::regclass, o.oid, 0) as object, null::text as place,
        null::text as "column", a.privilege_type as privilege, a.is_grantable as "isGrantable",
        a.grantee = 0 as "isPublic", false as "isFixed"
  from pg_catalog.pg_tablespace o cross join pg_catalog.aclexplode(o.spcacl) a where a.grantee = 0;
