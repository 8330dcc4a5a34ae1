/** The worker's role: any right beyond the contract keeps telesales from starting, and the message names it. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { postgresSinkWith } from "../../../sinks/postgres/postgres_sink.ts";
import { fakeKafka, FakeSinkContext } from "../../support/fakes/fake_sink_context.ts";
import { type Bank2, freshBank2, sqlState } from "../../support/delivery/telesales.ts";
import { freshName, sharedWorld } from "../../support/world.ts";
import { wholeOf } from "../../support/shipped_config.ts";

await sharedWorld();

const config = await wholeOf("telesales");

/** Starts the sink as the writer and stops it. Returns the log. */
async function startWith(bank2: Bank2, options: Props, allowBroadRole: boolean): Promise<readonly string[]> {
  const props = {
    ...options,
    "connection.url": `${bank2.writerUrl}?sslmode=disable`,
    "key.secret": "a-secret-of-telesales-with-more-than-32-bytes",
    "key.secret.previous": "",
  };
  const context = new FakeSinkContext({ props, connectorName: "telesales", kafka: fakeKafka([]) });
  const task = postgresSinkWith({ allowBroadRole }).createTask();
  task.initialize(context);
  try {
    await task.start(props);
  } finally {
    await task.stop();
  }
  return context.logs;
}

async function refusal(bank2: Bank2): Promise<string> {
  const error = await startWith(bank2, config, false).then(() => undefined, (thrown: unknown) => thrown);
  if (error === undefined) return "nothing";
  assert.ok(error instanceof ConfigException, String(error));
  return error.message;
}

/** One excess right: its grant, its revocation, and the text that names it. */
interface Excess {
  readonly give: string;
  readonly take: string;
  readonly named: string;
}

const onTable = (privilege: string, table: string, named = `${privilege} on table ${table}`): Excess => ({
  give: `grant ${privilege} on ${table} to W`,
  take: `revoke ${privilege} on ${table} from W`,
  named,
});
const attribute = (name: string): Excess => ({
  give: `alter role W ${name}`,
  take: `alter role W no${name}`,
  named: name.toUpperCase(),
});
const membership = (role: string, named = `membership in ${role}`): Excess => ({
  give: `grant ${role} to W`,
  take: `revoke ${role} from W`,
  named,
});
const ownership = (kind: string, object: string): Excess => ({
  give: `alter ${kind} ${object} owner to W`,
  take: `alter ${kind} ${object} owner to postgres`,
  named: `ownership of ${kind} ${object}`,
});
const granted = (what: string, named: string, to = "W"): Excess => ({
  give: `grant ${what} to ${to}`,
  take: `revoke ${what} from ${to}`,
  named,
});

/** Objects to have rights on. */
const furniture = `
  create schema elsewhere;
  create table elsewhere.diary (day date, line text);
  create view elsewhere.lines as select line from elsewhere.diary;
  create sequence elsewhere.numbers;
  create function elsewhere.lend() returns int language sql security definer as 'select 1';
  create function telesales.purge_people(older_than date) returns int language sql security definer
    as 'select 1';
  create foreign data wrapper far;
  create server farther foreign data wrapper far;
  create function elsewhere.gets(text) returns bytea language internal as 'pg_read_binary_file_all';
  revoke execute on function elsewhere.gets(text) from public;
  revoke execute on function elsewhere.lend() from public;
  revoke execute on function telesales.purge_people(date) from public;
  select lo_create(4711);`;

const excesses: readonly Excess[] = [
  ...["name", "phone"].map((column) =>
    onTable(`select (${column})`, "telesales.person", `SELECT (${column}) on table telesales.person`)
  ),
  onTable("SELECT", "telesales.person", "SELECT (name) on table telesales.person"),
  onTable("update (objected_at)", "telesales.person", "UPDATE (objected_at) on table telesales.person"),
  onTable("insert (objected_at)", "telesales.person", "INSERT (objected_at) on table telesales.person"),
  onTable("update (contact_key)", "telesales.person", "UPDATE (contact_key) on table telesales.person"),
  onTable("UPDATE", "telesales.person", "UPDATE (objected_at) on table telesales.person"),
  onTable("INSERT", "telesales.person", "INSERT (objected_at) on table telesales.person"),
  ...["DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"].map((privilege) =>
    onTable(privilege, "telesales.person")
  ),
  onTable("references (name)", "telesales.person", "REFERENCES (name) on table telesales.person"),
  onTable("SELECT", "telesales.contacts", "SELECT on view telesales.contacts"),
  onTable("INSERT", "telesales.contacts", "INSERT on view telesales.contacts"),
  ...["DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"].map((privilege) => onTable(privilege, "sluice_offsets")),
  ...["SELECT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER"].map((privilege) =>
    onTable(privilege, "sluice_ledger")
  ),
  onTable("INSERT", "sluice_ledger"),
  ...["written_at", "by_role", "subject"].map((column) =>
    onTable(`insert (${column})`, "sluice_ledger", `INSERT (${column}) on table sluice_ledger`)
  ),
  ...["SELECT", "INSERT", "UPDATE", "DELETE"].map((privilege) => onTable(privilege, "sluice_rules")),
  ...["SELECT", "INSERT"].map((privilege) => onTable(privilege, "sluice_ledger_default")),
  ...["SELECT", "INSERT", "UPDATE", "DELETE"].map((privilege) => onTable(privilege, "sluice_migrations")),
  ...["SELECT", "INSERT", "UPDATE", "DELETE"].map((privilege) => onTable(privilege, "elsewhere.diary")),
  onTable("select (line)", "elsewhere.diary", "SELECT (line) on table elsewhere.diary"),
  onTable("SELECT", "elsewhere.lines", "SELECT on view elsewhere.lines"),
  granted("usage on sequence elsewhere.numbers", "USAGE on sequence elsewhere.numbers"),
  granted("select on elsewhere.diary", "SELECT on table elsewhere.diary by PUBLIC", "public"),
  granted("select on pg_authid", "SELECT on table pg_authid"),
  granted("select on pg_statistic", "SELECT on table pg_statistic", "public"),
  granted("create on schema telesales", "CREATE on schema telesales"),
  granted("create on schema public", "CREATE on schema public by PUBLIC", "public"),
  granted("create on schema elsewhere", "CREATE on schema elsewhere"),
  granted("create on database DB", "CREATE on database DB"),
  granted("temporary on database DB", "TEMPORARY on database DB"),
  granted("execute on function elsewhere.lend()", "EXECUTE on function elsewhere.lend()"),
  granted(
    "execute on function telesales.purge_people(date)",
    "EXECUTE on function telesales.purge_people(date)",
  ),
  granted(
    "execute on function elsewhere.gets(text)",
    "EXECUTE (language internal) on function elsewhere.gets(text)",
  ),
  granted(
    "execute on function elsewhere.gets(text)",
    "EXECUTE (language internal) on function elsewhere.gets(text) by PUBLIC",
    "public",
  ),
  granted("execute on function pg_read_file(text)", "EXECUTE on function pg_read_file(text)"),
  granted("usage on foreign data wrapper far", "a right on foreign-data wrapper far"),
  granted("usage on foreign server farther", "a right on server farther"),
  granted("usage on foreign server farther", "USAGE on server farther by PUBLIC", "public"),
  granted("select on large object 4711", "a right on large object 4711"),
  granted("set on parameter log_statement", "a right on parameter log_statement"),
  {
    give: "alter default privileges in schema elsewhere grant select on tables to W",
    take: "alter default privileges in schema elsewhere revoke select on tables from W",
    named: "a right on default privileges on new relations belonging to role postgres in schema elsewhere",
  },
  {
    give: "grant insert (counts) on sluice_ledger to W with grant option",
    take: "revoke insert (counts) on sluice_ledger from W",
    named: "INSERT (counts) on table sluice_ledger with grant option",
  },
  {
    give: "grant telesales_writer to W with admin option",
    take: "revoke admin option for telesales_writer from W",
    named: "ADMIN OPTION on role telesales_writer",
  },
  ...["superuser", "createrole", "createdb", "replication", "bypassrls"].map(attribute),
  membership("telesales_reader", "SELECT on view telesales.contacts"),
  membership("R", "CREATEDB of role R"),
  ownership("table", "telesales.person"),
  ownership("view", "telesales.contacts"),
  ownership("schema", "telesales"),
  ownership("table", "sluice_offsets"),
  ownership("table", "sluice_ledger"),
  ownership("table", "elsewhere.diary"),
  ownership("schema", "elsewhere"),
  ownership("function", "elsewhere.lend()"),
  ownership("database", "DB"),
];

async function predefinedRoles(admin: postgres.Sql): Promise<readonly string[]> {
  const roles = await admin<{ rolname: string }[]>`
    select rolname from pg_roles where rolname like 'pg\_%' and rolname <> 'pg_database_owner' order by 1`;
  return roles.map(({ rolname }) => rolname);
}

Deno.test("every right beyond the contract, given alone, keeps telesales from starting and is named", async () => {
  await using bank2 = await freshBank2();
  const { admin, writerUrl } = bank2;
  await admin.unsafe(furniture).simple();
  const broad = freshName("broad");
  await admin.unsafe(`create role ${broad} createdb nologin`);
  const names = { W: new URL(writerUrl).username, R: broad, DB: new URL(writerUrl).pathname.slice(1) };
  const filled = (text: string) =>
    text.replaceAll(/\b(W|R|DB)\b/g, (name) => names[name as keyof typeof names]);
  try {
    assert.equal(await refusal(bank2), "nothing", "as the migrations make it, the role may start");
    const all = [...excesses, ...(await predefinedRoles(admin)).map((role) => membership(role))];
    assert.ok(all.length > 80, `${all.length} rights are tried`);
    for (const { give, take, named } of all) {
      await admin.unsafe(filled(give));
      const message = await refusal(bank2);
      await admin.unsafe(filled(take));
      assert.ok(message.includes(filled(named)), `${filled(give)}: ${filled(named)} isn't in: ${message}`);
      assert.match(message, /^Cannot write to table telesales\.person with egress\.columns: the role of /);
    }
    assert.equal(await refusal(bank2), "nothing", "when all is taken back, it may start again");
  } finally {
    await admin.unsafe(`drop role ${broad}`);
  }
});

Deno.test("rights that only SET ROLE would bring count as well", async () => {
  await using bank2 = await freshBank2();
  const writer = new URL(bank2.writerUrl).username;
  const between = freshName("between");
  await bank2.admin.unsafe(`
    create role ${between} noinherit nologin;
    grant telesales_reader to ${between} with inherit false;
    grant ${between} to ${writer} with inherit false`);
  try {
    assert.match(await refusal(bank2), /SELECT on view telesales\.contacts/);
  } finally {
    await bank2.admin.unsafe(`drop role ${between}`);
  }
});

Deno.test("validate finds nothing wrong with the role and the tables that migrate makes", async () => {
  await using bank2 = await freshBank2();
  const url = { "connection.url": `${bank2.writerUrl}?sslmode=disable`, "key.secret": "x".repeat(32) };
  const check = postgresSinkWith({ allowBroadRole: false }).validateConnection;
  const problems = await check?.(
    { ...config, ...url, "key.secret.previous": "" },
    new AbortController().signal,
  );
  assert.deepEqual([...problems ?? []], []);
});

Deno.test("--allow-broad-role warns and starts, and a plain sink needs no narrow role", async () => {
  await using bank2 = await freshBank2();
  await bank2.admin.unsafe(`grant select on telesales.contacts to ${new URL(bank2.writerUrl).username}`);
  assert.match(await refusal(bank2), /give --allow-broad-role where no real person's data is/);
  const url = { "connection.url": `${bank2.writerUrl}?sslmode=disable`, "key.secret": "x".repeat(32) };
  const props = { ...config, ...url, "key.secret.previous": "" };
  for (const [allowBroadRole, found] of [[false, 1], [true, 0]] as const) {
    const check = postgresSinkWith({ allowBroadRole }).validateConnection;
    const problems = await check?.(props, new AbortController().signal) ?? new Map();
    const texts = [...problems.values()].flat().filter((text) =>
      /SELECT on view telesales\.contacts/.test(text)
    );
    assert.equal(texts.length, found, "validate says it before anything starts");
  }
  const logs = await startWith(bank2, config, true);
  assert.ok(
    logs.some((line) => /^warn .*may do more than egress.columns.*SELECT on view/.test(line)),
    logs.join(),
  );
  // Without a contract the role isn't checked, with or without the flag.
  const { "egress.columns": contract, ...plain } = config;
  assert.ok(contract?.includes("contact_key"));
  for (const allowBroadRole of [true, false]) {
    const said = await startWith(bank2, plain, allowBroadRole);
    assert.ok(!said.some((line) => line.includes("may do more")), said.join());
  }
});

Deno.test("the reader can't see the ledger, add to it, tend it or empty contacts", async () => {
  await using bank2 = await freshBank2();
  const sql = postgres(bank2.readerUrl, { max: 1, onnotice: () => {} });
  try {
    for (
      const statement of [
        "select * from sluice_ledger",
        "select * from sluice_ledger_default",
        "insert into sluice_ledger (event, connector, counts) values ('copied', 'x', '{}')",
        "select sluice_ledger_upkeep(30)",
        "select telesales.purge_people(now() - interval '2 days', 1)",
        "select telesales.rekey_people('{}', '{}', '')",
        "select * from sluice_rules",
      ]
    ) {
      assert.equal(await sqlState(sql, statement), "42501", statement);
    }
  } finally {
    await sql.end({ timeout: 1 });
  }
});

Deno.test("the writer adds to the ledger and can't read, change or drop it; the functions keep what is young", async () => {
  await using bank2 = await freshBank2();
  const sql = postgres(bank2.writerUrl, { max: 1, onnotice: () => {} });
  const add = "insert into sluice_ledger (event, connector, counts) values ('copied', 'x', '{}')";
  try {
    assert.equal(await sqlState(sql, add), null);
    for (
      const [statement, state] of [
        ["select * from sluice_ledger", "42501"],
        [`${add} returning event`, "42501"],
        ["update sluice_ledger set counts = '{}'", "42501"],
        ["delete from sluice_ledger", "42501"],
        ["truncate sluice_ledger", "42501"],
        ["drop table sluice_ledger_default", "42501"],
        ["select sluice_ledger_upkeep(29)", "22023"],
        ["select sluice_ledger_upkeep(null)", "22023"],
        ["select telesales.purge_people(now(), 1)", "55000"],
        ["select telesales.purge_people(null, 1)", "55000"],
      ] as const
    ) {
      assert.equal(await sqlState(sql, statement), state, statement);
    }
    assert.equal(await sqlState(sql, "select sluice_ledger_upkeep(30)"), null);
    assert.equal((await bank2.admin`select from sluice_ledger`).length, 1);
  } finally {
    await sql.end({ timeout: 1 });
  }
});
