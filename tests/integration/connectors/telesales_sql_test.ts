import assert from "node:assert/strict";
import postgres from "postgres";
import { sqlFacts } from "../../../sinks/postgres/connection/sqlstate.ts";
import { newestWinsSql } from "../../../sinks/postgres/statements/newest_wins.ts";
import { freshBank2 } from "../../support/delivery/telesales.ts";
import { planOf, telesales } from "../../support/sinks/statement_plans.ts";
import { sharedWorld } from "../../support/world.ts";

await sharedWorld();

async function as(url: string, run: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await run(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function stateOf(sql: postgres.Sql, statement: string): Promise<string | null> {
  try {
    await sql.unsafe(statement);
    return null;
  } catch (error) {
    return sqlFacts(error).sqlstate;
  }
}

const refused = "42501";
const key = (fill: string) => `'\\x${fill.repeat(32)}'::bytea`;

const people = `
  insert into telesales.person (contact_key, name, phone, region, updated_at, registered_at, erased_at, objected_at, secret_fingerprint)
  values (${key("01")}, 'Ana', '+5511987654321', 'SP', now(), null, null, null, 'f'),
         (${key("02")}, 'Bia', '+5511987654322', null, now(), now(), now() - interval '1 day', null, 'f'),
         (${key("03")}, null, null, null, now(), null, now(), null, 'f'),
         (${key("04")}, null, null, null, now(), null, null, now(), 'f'),
         (${key("05")}, null, null, null, null, null, null, null, 'f')`;

Deno.test("the reader sees name, phone and region of whom one may call, and nobody else", async () => {
  await using bank2 = await freshBank2();
  await bank2.admin.unsafe(people);
  await as(bank2.readerUrl, async (sql) => {
    const rows = await sql`select * from telesales.contacts order by name`;
    assert.deepEqual([...rows], [
      { name: "Ana", phone: "+5511987654321", region: "SP" },
      { name: "Bia", phone: "+5511987654322", region: null },
    ]);
  });
});

Deno.test("every other statement of the reader is refused", async () => {
  await using bank2 = await freshBank2();
  await bank2.admin.unsafe(people);
  await as(bank2.readerUrl, async (sql) => {
    const statements = [
      "select * from telesales.person",
      "select contact_key from telesales.person",
      "select count(*) from telesales.person",
      "select name from telesales.person",
      "select * from telesales.contacts for update",
      "insert into telesales.contacts values ('x', '+1', 'y')",
      "update telesales.contacts set name = 'x'",
      "delete from telesales.contacts",
      "insert into telesales.person (contact_key) values ('x')",
      "update telesales.person set objected_at = now()",
      "delete from telesales.person",
      "truncate telesales.person",
      "do $$ begin lock table telesales.person; end $$",
      "copy telesales.person to stdout",
      "select * from sluice_offsets",
      "update sluice_offsets set next_offset = 0",
      "delete from sluice_offsets",
      "insert into sluice_offsets values ('telesales', 'k', 't', 0, 0, 0, 1, now())",
      "select * from sluice_migrations",
      "create table public.mine (a int)",
      "create table telesales.mine (a int)",
      "create temporary table mine (a int)",
      "create view telesales.mine as select 1",
      "create schema mine",
      "create function public.mine() returns int language sql as 'select 1'",
      "alter table telesales.person add column mine int",
      "alter view telesales.contacts owner to current_user",
      "drop view telesales.contacts",
      "comment on view telesales.contacts is 'mine'",
      "create index on telesales.person (name)",
      "create trigger mine after insert on telesales.person execute function suppress_redundant_updates_trigger()",
      "create role mine",
      "create database mine",
      "alter role current_user superuser",
      "set role telesales_writer",
      "grant telesales_writer to current_user",
      "set session authorization postgres",
      "alter database postgres set work_mem = '1MB'",
      "copy (select 1) to program 'true'",
      "select pg_read_file('/etc/passwd')",
      "select rolpassword from pg_authid",
    ];
    for (const statement of statements) assert.equal(await stateOf(sql, statement), refused, statement);
    const granted = await bank2
      .admin`select has_table_privilege('telesales_reader', 'telesales.contacts', 'SELECT') as may`;
    assert.deepEqual([...granted], [{ may: true }]);
  });
});

Deno.test("the reader's granting the view to others gives nothing", async () => {
  await using bank2 = await freshBank2();
  await as(bank2.readerUrl, async (sql) => {
    await stateOf(sql, "grant select on telesales.contacts to public");
  });
  const [row] = await bank2.admin<{ may: boolean }[]>`
    select has_table_privilege('telesales_writer', 'telesales.contacts', 'SELECT') as may`;
  assert.equal(row?.may, false);
});

const contract = ["contact_key", "name", "phone", "region"];
const bookkeeping = [
  ...["updated_at", "region_at", "registered_at", "erased_at"],
  ...["source_topic", "source_partition", "source_offset", "secret_fingerprint"],
];

Deno.test("the writer's privileges are exactly these", async () => {
  await using bank2 = await freshBank2();
  const columns = await bank2.admin<{ column: string; privilege: string }[]>`
    select a.attname as column, p.privilege
      from pg_attribute a, unnest(array['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) as p(privilege)
     where a.attrelid = 'telesales.person'::regclass and a.attnum > 0
       and has_column_privilege('telesales_writer', a.attrelid, a.attnum, p.privilege)`;
  const of = (wanted: string) =>
    columns.filter(({ privilege }) => privilege === wanted).map(({ column }) => column).sort();
  const written = [...contract, ...bookkeeping].sort();
  assert.deepEqual(of("INSERT"), written);
  assert.deepEqual(of("UPDATE"), written.filter((name) => name !== "contact_key"), "a row keeps its key");
  const decides = [...written.filter((name) => name !== "name" && name !== "phone"), "objected_at"].sort();
  assert.deepEqual(of("SELECT"), decides, "what decides which event wins, and no name or phone");
  assert.deepEqual(of("REFERENCES"), []);
  const tables = await bank2.admin<{ name: string; privilege: string }[]>`
    select c.oid::regclass::text as name, p.privilege
      from pg_class c join pg_namespace n on n.oid = c.relnamespace,
           unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) as p(privilege)
     where c.relkind in ('r', 'v', 'm', 'f', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
       and has_table_privilege('telesales_writer', c.oid, p.privilege)
     order by 1, 2`;
  assert.deepEqual(tables.map(({ name, privilege }) => `${privilege} ${name}`), [
    "INSERT sluice_offsets",
    "SELECT sluice_offsets",
    "UPDATE sluice_offsets",
  ]);
  const ledger = await bank2.admin<{ column: string }[]>`
    select attname as column from pg_attribute where attrelid = 'sluice_ledger'::regclass and attnum > 0
       and has_column_privilege('telesales_writer', attrelid, attnum, 'INSERT') order by attnum`;
  assert.deepEqual(ledger.map(({ column }) => column), [
    ...["event", "connector", "kafka_cluster_id", "task", "config_hash", "columns", "ranges", "counts"],
  ]);
  const [role] = await bank2.admin`
    select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin,
           has_schema_privilege('telesales_writer', 'public', 'CREATE') as public,
           has_schema_privilege('telesales_writer', 'telesales', 'CREATE') as telesales,
           has_database_privilege('telesales_writer', current_database(), 'CREATE') as database,
           has_database_privilege('telesales_writer', current_database(), 'TEMPORARY') as temporary
      from pg_roles where rolname = 'telesales_writer'`;
  assert.deepEqual(Object.values(role ?? {}), Array(10).fill(false));
});

Deno.test("the writer can't read names and phones, delete, lift an objection or see the team's view", async () => {
  await using bank2 = await freshBank2();
  await bank2.admin.unsafe(people);
  await as(bank2.writerUrl, async (sql) => {
    const statements = [
      "select name from telesales.person",
      "select phone from telesales.person",
      "select * from telesales.person",
      "select * from telesales.contacts",
      "update telesales.person set name = 'x' returning name",
      "delete from telesales.person",
      "truncate telesales.person",
      "update telesales.person set objected_at = null",
      `insert into telesales.person (contact_key, objected_at, secret_fingerprint) values (${
        key("06")
      }, now(), 'f')`,
      "delete from sluice_offsets",
      "truncate sluice_offsets",
      "create table public.mine (a int)",
      "create temporary table mine (a int)",
      "alter table telesales.person disable trigger all",
      "select * from sluice_migrations",
    ];
    for (const statement of statements) assert.equal(await stateOf(sql, statement), refused, statement);
  });
});

Deno.test("the writer may write people by one MERGE, and step by step", async () => {
  await using bank2 = await freshBank2();
  const { write: plan } = planOf(telesales);
  const nothing = plan.columns.map(() => "{}");
  await as(bank2.writerUrl, async (sql) => {
    for (const [name, text] of Object.entries(newestWinsSql(plan))) {
      assert.ok(text !== null, name);
      const answer = await sql.unsafe(text, nothing);
      assert.equal(answer.count, name.startsWith("count") ? 1 : 0, name);
    }
  });
});

Deno.test("the table keeps what no event may bring: half a person, a wrong key, a phone that is none", async () => {
  await using bank2 = await freshBank2();
  await bank2.admin.unsafe(people);
  const wrong: Readonly<Record<string, string>> = {
    "update telesales.person set phone = null where name = 'Ana'": "whole_or_empty",
    "update telesales.person set name = null, phone = null where name = 'Ana'": "whole_or_empty",
    "update telesales.person set erased_at = now() where name = 'Ana'": "erased_or_registered_since",
    "update telesales.person set erased_at = registered_at where name = 'Bia'": "erased_or_registered_since",
    "update telesales.person set objected_at = now() where name = 'Ana'": "objecting_is_empty",
    "update telesales.person set phone = '11987654321' where name = 'Ana'": "person_phone_check",
    "update telesales.person set name = '' where name = 'Ana'": "person_name_check",
    "update telesales.person set contact_key = 'short' where name = 'Ana'": "person_contact_key_check",
  };
  for (const [statement, constraint] of Object.entries(wrong)) {
    const error: unknown = await bank2.admin.unsafe(statement).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.deepEqual(sqlFacts(error), {
      sqlstate: "23514",
      schema: "telesales",
      table: "person",
      constraint,
    });
  }
});
