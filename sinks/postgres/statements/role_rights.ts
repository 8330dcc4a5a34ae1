/**
 * Reads all rights of the session's role in its database from PostgreSQL's catalogs.
 *
 * Counts what the role can reach: its own rights, those of every role that it is a member of (inherited, or by SET
 * ROLE), and those of PUBLIC. Rights that a new database or an extension gives everyone are left out.
 *
 * @module
 */

/** A role that the session's role is or can become. */
export interface HeldRole {
  readonly name: string;
  readonly isSelf: boolean;
  readonly isSuperuser: boolean;
  /** Names of its other attributes beyond a writer's, such as `CREATEDB`, separated by blanks. */
  readonly attributes: string;
}

/** A granted right or an ownership. */
export interface HeldRight {
  readonly kind: "relation" | "schema" | "database" | "function" | "owner" | "admin" | "other";
  /** The object as PostgreSQL describes it, such as `table telesales.person`. */
  readonly object: string;
  /** Which of the tables and functions that Sluice uses it is. */
  readonly place: "contract" | "offsets" | "ledger" | "function" | null;
  readonly column: string | null;
  readonly privilege: string;
  readonly isGrantable: boolean;
  readonly isPublic: boolean;
  /** For functions: SECURITY DEFINER with a fixed search_path. */
  readonly isFixed: boolean;
}

/** Returns the roles. Superusers can become any role. */
export const heldRolesSql = `
  select r.rolname as name, r.rolname = session_user as "isSelf", r.rolsuper as "isSuperuser",
         concat_ws(' ',
           case when r.rolcreaterole then 'CREATEROLE' end,
           case when r.rolcreatedb then 'CREATEDB' end,
           case when r.rolreplication then 'REPLICATION' end,
           case when r.rolbypassrls then 'BYPASSRLS' end) as attributes
    from pg_catalog.pg_roles r
   where pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')
   order by r.rolname = session_user desc, r.rolname`;

const held = `
  with held (oid) as (
    select oid from pg_catalog.pg_roles where pg_catalog.pg_has_role(session_user, oid, 'MEMBER')
    union all select 0::oid
  ), places (oid, place) as (
    values (pg_catalog.to_regclass($1)::oid, 'contract'), (pg_catalog.to_regclass($2)::oid, 'offsets'),
           (pg_catalog.to_regclass($3)::oid, 'ledger')
  ), functions (oid) as (
    select pg_catalog.to_regprocedure(name)::oid from unnest($4::text[]) as given(name)
  )`;

/** Whether the catalog, or the extension that made the object, came with the grant. */
const isInitial = (catalog: string, oid: string, part: string) => `
  exists (select from pg_catalog.pg_init_privs i cross join pg_catalog.aclexplode(i.initprivs) p
           where i.classoid = 'pg_catalog.${catalog}'::regclass and i.objoid = ${oid} and i.objsubid = ${part}
             and p.grantee = a.grantee and p.privilege_type = a.privilege_type)`;

const row = (
  kind: string,
  object: string,
  more: Partial<Record<"place" | "column" | "fixed", string>> = {},
) =>
  `select ${kind} as kind, ${object} as object, ${more.place ?? "null::text"} as place,
          ${
    more.column ?? "null::text"
  } as "column", a.privilege_type as privilege, a.is_grantable as "isGrantable",
          a.grantee = 0 as "isPublic", ${more.fixed ?? "false"} as "isFixed"`;

const described = (catalog: string, oid: string) =>
  `pg_catalog.pg_describe_object('pg_catalog.${catalog}'::regclass, ${oid}, 0)`;

/** For the contract's own table, rights on the whole table count for each column. */
const relations = `
  ${row("'relation'", described("pg_class", "c.oid"), { place: "l.place", column: "t.attname::text" })}
    from pg_catalog.pg_class c
    cross join pg_catalog.aclexplode(c.relacl) a
    left join places l on l.oid = c.oid
    left join pg_catalog.pg_attribute t on l.place = 'contract' and t.attrelid = c.oid and t.attnum > 0
          and not t.attisdropped and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE')
   where c.relacl is not null and a.grantee in (select oid from held) and a.grantee <> c.relowner and not ${
  isInitial("pg_class", "c.oid", "0")
} and not (c.relnamespace = 'information_schema'::regnamespace and a.grantee = 0 and a.privilege_type = 'SELECT')
  union all
  ${row("'relation'", described("pg_class", "c.oid"), { place: "l.place", column: "t.attname::text" })}
    from pg_catalog.pg_attribute t
    join pg_catalog.pg_class c on c.oid = t.attrelid
    cross join pg_catalog.aclexplode(t.attacl) a
    left join places l on l.oid = c.oid
   where t.attacl is not null and not t.attisdropped and a.grantee in (select oid from held) and a.grantee <> c.relowner and not ${
  isInitial("pg_class", "c.oid", "t.attnum")
}`;

const containers = `
  ${row("'schema'", described("pg_namespace", "n.oid"))}
    from pg_catalog.pg_namespace n
    cross join pg_catalog.aclexplode(n.nspacl) a
   where a.grantee in (select oid from held) and a.grantee <> n.nspowner
  union all
  ${row("'database'", described("pg_database", "d.oid"))}
    from pg_catalog.pg_database d
    cross join pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
   where d.datname = current_database() and a.grantee in (select oid from held) and a.grantee <> d.datdba`;

const systemSchemas = "array['pg_catalog'::regnamespace, 'information_schema'::regnamespace]";

/**
 * Functions that run as their owner; functions of the system that PUBLIC may not call; and functions in untrusted
 * languages, unless they belong to an extension.
 */
const functions = `
  ${
  row("'function'", described("pg_proc", "f.oid"), {
    place: "case when f.oid in (select oid from functions) then 'function' end",
    column: `case when not g.lanpltrusted and not f.prosecdef and f.pronamespace <> all (${systemSchemas})
                   then 'language ' || g.lanname end`,
    fixed: "exists (select from unnest(f.proconfig) s where s like 'search\\_path=%')",
  })
}
    from pg_catalog.pg_proc f
    join pg_catalog.pg_language g on g.oid = f.prolang
    cross join pg_catalog.aclexplode(coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))) a
   where (f.prosecdef or f.proacl is not null or not g.lanpltrusted) and a.grantee in (select oid from held) and a.grantee <> f.proowner
     and case when f.pronamespace = any (${systemSchemas})
              then f.proacl is not null and not ${isInitial("pg_proc", "f.oid", "0")}
              else f.prosecdef or (not g.lanpltrusted and not exists (
                     select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_proc'::regclass
                        and e.objid = f.oid and e.deptype = 'e')) end`;

/** All other ownerships, and rights on all other kinds of objects. */
const others = `
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
   where m.admin_option and m.member in (select oid from held)`;

/** Kinds whose grants to PUBLIC the list above misses, since those name no role. */
const publicly = [
  ["pg_foreign_server", "srvacl"],
  ["pg_foreign_data_wrapper", "fdwacl"],
  ["pg_largeobject_metadata", "lomacl"],
  ["pg_tablespace", "spcacl"],
].map(([catalog = "", acl]) =>
  `${row("'other'", described(catalog === "pg_largeobject_metadata" ? "pg_largeobject" : catalog, "o.oid"))}
    from pg_catalog.${catalog} o cross join pg_catalog.aclexplode(o.${acl}) a where a.grantee = 0`
);

/**
 * Returns the rights. `$1` is the contract's table, `$2` that of the offsets and `$3` the ledger, as `to_regclass`
 * takes them; `$4` is an array of functions, as `to_regprocedure` takes them.
 */
export const heldRightsSql = [`${held} ${relations}`, containers, functions, others, ...publicly]
  .join(" union all ");

/**
 * Returns the rights on a table that a statement needs and the role lacks. `$1` is the table; `$2`, `$3` and `$4` are
 * the columns that are inserted, updated and read; `$5` is the kind of statement. Without its column a statement needs
 * the default's sequence.
 */
export const lackingRightsSql = `
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
  select "right", pg_catalog.string_agg(name, ', ' order by name) as names from lacking group by "right" order by "right"`;
