import assert from "node:assert/strict";
import postgres from "postgres";
import { migrate, writerRole } from "../../../sinks/postgres/migrations/migrate.ts";
import {
  MigrationError,
  type MigrationFile,
  readMigrations,
} from "../../../sinks/postgres/migrations/migration_files.ts";
import { scramVerifier } from "../../../sinks/postgres/connection/scram_verifier.ts";
import { runTask } from "../../support/programs/program.ts";
import { freshDatabase, freshName, sharedWorld } from "../../support/world.ts";

await sharedWorld();

const table: MigrationFile = {
  name: "001_table.sql",
  text: "create table t (a int);\ninsert into t values (1);",
};
const column: MigrationFile = { name: "002_column.sql", text: "alter table t add column b text" };

interface World {
  readonly url: string;
  connect(user?: string, password?: string): postgres.Sql;
  readonly sql: postgres.Sql;
}

async function inDatabase(run: (world: World) => Promise<void>): Promise<void> {
  await using database = await freshDatabase();
  const opened: postgres.Sql[] = [];
  const connect = (user?: string, password?: string) => {
    const sql = postgres(database.url, {
      ...(user === undefined ? {} : { user, password: password ?? "" }),
      max: 2,
      onnotice: () => {},
    });
    opened.push(sql);
    return sql;
  };
  try {
    await run({ url: database.url, connect, sql: connect() });
  } finally {
    await Promise.all(opened.map((sql) => sql.end({ timeout: 1 })));
  }
}

async function messageOf(migrating: Promise<unknown>): Promise<string> {
  try {
    await migrating;
  } catch (error) {
    assert.ok(error instanceof MigrationError, String(error));
    return error.message;
  }
  throw new Error("it should not migrate");
}

Deno.test("migrate() runs what wasn't run yet, in order, and is safe to run again", () =>
  inDatabase(async ({ sql }) => {
    const first = await migrate(sql, { connector: "c", files: [table] });
    assert.deepEqual(first, { applied: ["001_table.sql"], before: 0, login: "not known", unknownRules: [] });
    const second = await migrate(sql, { connector: "c", files: [column, table] });
    assert.deepEqual(second, {
      applied: ["002_column.sql"],
      before: 1,
      login: "not known",
      unknownRules: [],
    });
    const third = await migrate(sql, { connector: "c", files: [column, table] });
    assert.deepEqual(third, { applied: [], before: 2, login: "not known", unknownRules: [] });
    assert.deepEqual([...await sql`select a, b from t`], [{ a: 1, b: null }]);
  }));

Deno.test("migrate() by several at once runs each file once", () =>
  inDatabase(async ({ sql, connect }) => {
    const results = await Promise.all(
      [1, 2, 3].map(() => migrate(connect(), { connector: "c", files: [table, column] })),
    );
    assert.equal(results.flatMap(({ applied }) => applied).length, 2);
    assert.equal((await sql`select * from t`).length, 1);
  }));

Deno.test("migrate() doesn't wait for ever for a lock that another session keeps, and says which session that is", () =>
  inDatabase(async ({ connect, sql }) => {
    const holder = connect();
    const held = await holder.reserve();
    await held`select pg_advisory_lock(1397511497, 2)`;
    const message = await messageOf(migrate(sql, { connector: "c", files: [table], lockTimeoutMs: 50 }));
    assert.match(message, /^Cannot migrate: another session has held the lock of migrations for 0\.05 s; /);
    const [found] = await sql.unsafe(message.slice(message.indexOf("select ")));
    const [own] = await held`select pg_backend_pid() as pid`;
    assert.equal(found?.["pid"], own?.["pid"]);
    await held`select pg_advisory_unlock(1397511497, 2)`;
    held.release();
    const seen = {
      name: "001_seen.sql",
      text: "create table seen as select current_setting('lock_timeout') as wait",
    };
    await migrate(sql, { connector: "c", files: [seen], lockTimeoutMs: 50 });
    assert.deepEqual(
      [...await sql`select wait from seen`],
      [{ wait: "0" }],
      "the files have the server's own limit",
    );
  }));

Deno.test("migrate() makes the offset table before the files, so that they can grant rights on it", () =>
  inDatabase(async ({ sql }) => {
    const files = [{ name: "001_grant.sql", text: "grant select on sluice_offsets to public" }];
    await migrate(sql, { connector: "c", files });
    await migrate(sql, { connector: "other", files: [] });
    assert.equal((await sql`select * from sluice_offsets`).length, 0);
  }));

Deno.test("two connectors number their files apart", () =>
  inDatabase(async ({ sql }) => {
    await migrate(sql, { connector: "c", files: [table] });
    const other = await migrate(sql, {
      connector: "d",
      files: [{ name: "001_other.sql", text: "create table u ()" }],
    });
    assert.deepEqual(other.applied, ["001_other.sql"]);
  }));

Deno.test("a file that fails leaves nothing of itself, keeps those before it, and is named with line and SQLSTATE", () =>
  inDatabase(async ({ sql }) => {
    const wrong = {
      name: "002_wrong.sql",
      text: "create table é ();\n-- 👩\nalter table nowhere\n  add b int;",
    };
    const message = await messageOf(migrate(sql, { connector: "c", files: [table, wrong] }));
    assert.match(message, /^Cannot migrate: 002_wrong\.sql(, line \d)?: SQLSTATE 42P01 undefined_table/);
    assert.deepEqual([...await sql`select to_regclass('é') as made`], [{ made: null }]);
    const typo = { name: "002_typo.sql", text: "-- é\nselect 1;\nselekt 2;" };
    assert.match(
      await messageOf(migrate(sql, { connector: "c", files: [table, typo] })),
      /^Cannot migrate: 002_typo\.sql, line 3: SQLSTATE 42601 syntax_error$/,
    );
    assert.deepEqual((await migrate(sql, { connector: "c", files: [table, column] })).applied, [
      "002_column.sql",
    ]);
  }));

Deno.test("a row's value doesn't get into the message", () =>
  inDatabase(async ({ sql }) => {
    const text =
      "create table p (a text unique); insert into p values ('canary'); insert into p values ('canary')";
    const message = await messageOf(migrate(sql, { connector: "c", files: [{ name: "001_p.sql", text }] }));
    assert.equal(
      message,
      "Cannot migrate: 001_p.sql: SQLSTATE 23505 unique_violation, table public.p, constraint p_a_key",
    );
  }));

Deno.test("a file that was changed after it was applied is refused; the form of its line ends doesn't count", () =>
  inDatabase(async ({ sql }) => {
    await migrate(sql, { connector: "c", files: [table] });
    const windows = { ...table, text: table.text.replaceAll("\n", "\r\n") };
    await migrate(sql, { connector: "c", files: [windows] });
    const changed = { ...table, text: `${table.text} -- changed` };
    assert.match(
      await messageOf(migrate(sql, { connector: "c", files: [changed] })),
      /001_table\.sql is not what was applied .* put the change into a new file/,
    );
  }));

Deno.test("a database that a newer Sluice migrated is refused", () =>
  inDatabase(async ({ sql }) => {
    await migrate(sql, { connector: "c", files: [table, column] });
    assert.match(
      await messageOf(migrate(sql, { connector: "c", files: [table] })),
      /the database has 002_column\.sql of c, which this version of Sluice doesn't bring/,
    );
  }));

Deno.test("numbers leave nothing out, come once, and names say what a file does", () =>
  inDatabase(async ({ sql }) => {
    const refusal = (...files: MigrationFile[]) => messageOf(migrate(sql, { connector: "c", files }));
    assert.match(await refusal(table, { name: "003_x.sql", text: "" }), /003_x\.sql is number 3, expected 2/);
    assert.match(await refusal(table, { name: "001_x.sql", text: "" }), /is number 1, expected 2/);
    assert.match(
      await refusal({ name: "one.sql", text: "" }),
      /one\.sql isn't named like 001_what_it_does\.sql/,
    );
    assert.deepEqual([...await sql`select to_regclass('sluice_migrations') as made`], [{ made: null }]);
  }));

Deno.test("readMigrations() reads a folder's SQL files, and none of one that isn't there", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/001_a.sql`, "select 1");
    await Deno.writeTextFile(`${folder}/README.md`, "not SQL");
    assert.deepEqual(await readMigrations(new URL(`file://${folder}/`)), [{
      name: "001_a.sql",
      text: "select 1",
    }]);
    assert.deepEqual(await readMigrations(new URL(`file://${folder}/none/`)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function withRoles(
  run: (world: World, connector: string, user: string) => Promise<void>,
): Promise<void> {
  const connector = freshName("roles");
  const user = freshName("login");
  await inDatabase(async (world) => {
    try {
      await run(world, connector, user);
    } finally {
      for (const role of [user, writerRole(connector)]) {
        const [found] = await world.sql`select from pg_roles where rolname = ${role}`;
        if (found === undefined) continue;
        await world.sql.unsafe(`drop owned by "${role}"; drop role "${role}"`);
      }
    }
  });
}

const withWriter = (connector: string): MigrationFile => ({
  name: "001_writer.sql",
  text: `create role ${writerRole(connector)} nologin; create table t (a int); ` +
    `grant insert on t to ${writerRole(connector)}`,
});

Deno.test("the worker's login is made with its password, gets the writer's rights, and stays as it is afterwards", () =>
  withRoles(async ({ sql, connect }, connector, user) => {
    const files = [withWriter(connector)];
    const made = await migrate(sql, { connector, files, worker: { user, password: "pass'word ção" } });
    assert.equal(made.login, "made");
    await connect(user, "pass'word ção")`insert into t values (1)`;
    const again = await migrate(sql, { connector, files, worker: { user, password: "another" } });
    assert.equal(again.login, "there");
    await assert.rejects(
      async () => await connect(user, "another")`select 1`,
      /password authentication failed/,
    );
    await connect(user, "pass'word ção")`insert into t values (2)`;
  }));

Deno.test("the writer role itself can be the login", () =>
  withRoles(async ({ sql, connect }, connector) => {
    const worker = { user: writerRole(connector), password: "w" };
    assert.equal((await migrate(sql, { connector, files: [withWriter(connector)], worker })).login, "made");
    await connect(worker.user, "w")`insert into t values (1)`;
    assert.equal((await migrate(sql, { connector, files: [withWriter(connector)], worker })).login, "there");
  }));

Deno.test("a connector without a writer role leaves its login as it is", () =>
  withRoles(async ({ sql }, connector, user) => {
    const done = await migrate(sql, { connector, files: [table], worker: { user, password: null } });
    assert.equal(done.login, "made");
  }));

Deno.test("one login made from four databases of a server at once is made once", () =>
  withRoles(async ({ sql }, connector, user) => {
    await sql.unsafe(`create role ${writerRole(connector)} nologin`);
    const worker = { user, password: "w" };
    await Promise.all([1, 2, 3, 4].map(() =>
      inDatabase(async (other) => {
        await migrate(other.sql, { connector, files: [], worker });
      })
    ));
    const members = await sql`
      select from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = ${user}`;
    assert.equal(members.length, 1);
  }));

Deno.test("scramVerifier() is the verifier that PostgreSQL computes itself", () =>
  inDatabase(async ({ sql }) => {
    const role = freshName("scram");
    await sql.unsafe(`create role ${role} password 'päss word'`);
    const [stored] = await sql<
      { rolpassword: string }[]
    >`select rolpassword from pg_authid where rolname = ${role}`;
    await sql.unsafe(`drop role ${role}`);
    const salt = /^SCRAM-SHA-256\$\d+:([^$]+)\$/.exec(stored?.rolpassword ?? "")?.[1] ?? "";
    const bytes = Uint8Array.from(atob(salt), (character) => character.charCodeAt(0));
    assert.equal(scramVerifier("päss word", bytes), stored?.rolpassword);
  }));

Deno.test("migrate stores what functions keep to, takes it back, and keeps what isn't known here", () =>
  inDatabase(async ({ url, sql }) => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/people.json`;
    const [secret, previous] = [
      "the-secret-of-more-than-thirty-two-bytes",
      "a-former-one-of-more-than-32-bytes",
    ];
    const keys = {
      "key.secret": "${env:PEOPLE_SECRET}",
      "key.secret.previous": "${env:optional:PEOPLE_FORMER}",
      "key.fingerprint.column": "made_by",
      "key.rekey.function": "people.rekey",
    };
    const days = { "contact.retention.days": "30", "contact.retention.function": "people.purge" };
    const run = async (
      options: Readonly<Record<string, string>>,
      variables: Readonly<Record<string, string>>,
    ) => {
      const config = { "connector.class": "PostgresSink", "connection.url": "${env:BANK2_URL}", ...options };
      await Deno.writeTextFile(file, JSON.stringify({ name: "people", config }));
      const done = await runTask("migrate", {
        args: ["--config", file],
        variables: { BANK2_ADMIN_URL: url, ...variables },
      });
      assert.equal(done.code, 0, done.stderr);
      const stored = await sql<{ function: string; rules: Record<string, unknown> }[]>`
        select function, rules from sluice_rules where connector = 'people' order by function`;
      assert.ok(!`${JSON.stringify(stored)}${done.stdout}${done.stderr}`.includes(secret));
      return {
        said: done.stdout,
        rules: stored.map(({ function: name, rules }) => [name, Object.keys(rules).sort()]),
      };
    };
    const purge = ["people.purge", ["days"]];
    const rekey = ["people.rekey", ["current", "previous", "word"]];
    try {
      const both = await run({ ...keys, ...days }, { PEOPLE_SECRET: secret, PEOPLE_FORMER: previous });
      assert.deepEqual(both.rules, [purge, rekey]);
      const unknown = await run({ ...keys, ...days }, {});
      assert.deepEqual(unknown.rules, [purge, rekey]);
      assert.match(unknown.said, /; people\.rekey keeps its settings: the key secrets are not set here/);
      const without = await run({ ...keys, "audit.ledger.enabled": "true" }, { PEOPLE_SECRET: secret });
      assert.deepEqual(without.rules, [["sluice_ledger_upkeep", ["days"]]]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));
