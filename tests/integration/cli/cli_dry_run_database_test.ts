/** dry-run --with-database reads the tables and never writes to them. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { runTask } from "../../support/programs/program.ts";
import { type PostgresSinkWorld, postgresSinkWorld } from "../../support/sinks/postgres_sink_world.ts";
import { sharedWorld } from "../../support/world.ts";

await sharedWorld();

interface Dry {
  readonly code: number;
  readonly stderr: string;
  readonly outcomes: readonly Readonly<Record<string, unknown>>[];
}

async function dryRun(
  world: Pick<PostgresSinkWorld, "url">,
  config: Readonly<Record<string, string>>,
  records: readonly unknown[],
  args: readonly string[] = ["--with-database"],
): Promise<Dry> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "c.json");
    const full = {
      name: "people",
      "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector",
      topics: "people",
      "connection.url": `${world.url}?sslmode=disable`,
      "insert.mode": "upsert",
      "pk.mode": "record_key",
      "pk.fields": "id",
      ...config,
    };
    await Deno.writeTextFile(path, JSON.stringify(full));
    const input = records.map((record) =>
      JSON.stringify({ topic: "people", key: "17", ...record as object })
    );
    const { code, stdout, stderr } = await runTask("dry-run", {
      args: ["--config", path, ...args],
      input: `${input.join("\n")}\n`,
    });
    const outcomes = stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
    return { code, stderr, outcomes };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const table = `create table people (
  id bigint primary key, name text not null, born date, points smallint, seen timestamptz default now(),
  twice int generated always as (points * 2) stored)`;

Deno.test("each record's row is shown, or which column is missing, which value its type doesn't take, which may not be NULL", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(table);
  const { code, outcomes, stderr } = await dryRun(world, {}, [
    { value: { name: "Ana", born: "1990-01-31", points: 5 } },
    { value: { name: "Ana", points: 40_000 } },
    { value: { name: "Ana", born: "31/01/1990" } },
    { value: { born: "1990-01-31" } },
    { value: { name: null } },
    { value: { name: "Ana", twice: 3 } },
    { value: null },
    { key: "seventeen", value: { name: "Ana" } },
    { value: "no object" },
  ]);
  assert.deepEqual(outcomes.map(({ rule }) => rule), [
    undefined,
    "out_of_range",
    "wrong_type",
    "not_null",
    "not_null",
    "generated_always",
    undefined,
    "wrong_type",
    undefined,
  ]);
  assert.deepEqual(outcomes.map(({ field }) => field), [
    undefined,
    "points",
    "born",
    "name",
    "name",
    "twice",
    undefined,
    "id",
    undefined,
  ]);
  assert.deepEqual(outcomes[0]?.["row"], {
    table: "people",
    write: "upsert",
    columns: ["id", "born", "name", "points"],
  });
  assert.match(String(outcomes[6]?.["ignored"]), /delete\.enabled/);
  assert.equal(typeof outcomes[8]?.["error"], "string");
  assert.match(
    stderr,
    /^Looked at the tables: 1 would be written, 1 ignored, 6 refused, 0 would stop the task;/m,
  );
  assert.match(stderr, /unique and foreign keys, checks, triggers and policies were not checked/);
  assert.equal(code, 0, stderr);
  assert.equal((await world.sql`select * from people`).length, 0);
});

Deno.test("a field without a column is named and would stop the task: exit code 2", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(table);
  const { code, outcomes } = await dryRun(world, { "delete.enabled": "true" }, [
    { value: { name: "Ana", cpf: "1", "e-mail": "a@b" } },
    { value: null },
  ]);
  assert.match(String(outcomes[0]?.["stopsTask"]), /table people: 2 of the records' 3 fields have no column/);
  assert.deepEqual(outcomes[0]?.["noColumnFor"], ["cpf", "e-mail"]);
  assert.deepEqual(outcomes[1]?.["row"], { table: "people", write: "delete", columns: ["id"] });
  assert.equal(code, 2);
  const elsewhere = await dryRun(world, { "table.name.format": "nobody" }, [{ value: { name: "Ana" } }]);
  assert.match(
    String(elsewhere.outcomes[0]?.["stopsTask"]),
    /table nobody: PostgreSQL shows this login no such table/,
  );
  assert.equal(elsewhere.code, 2);
});

Deno.test("it works as a role and in a database that can't write, and leaves nothing set on the connection", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(table);
  const role = `r${crypto.randomUUID().replaceAll("-", "")}`;
  await world.sql.unsafe(
    `create role ${role} login password 'looks-only'; grant select on people to ${role}`,
  );
  try {
    const url = new URL(world.url);
    [url.username, url.password] = [role, "looks-only"];
    const { outcomes, code } = await dryRun({ url: url.href }, {}, [{ value: { name: "Ana" } }]);
    assert.match(String(outcomes[0]?.["stopsTask"]), /this role lacks the rights INSERT \(id, name\)/);
    assert.equal(code, 2);
    await world.sql.unsafe(`grant insert, update on people to ${role}`);
    const database = url.pathname.slice(1);
    await world.sql.unsafe(`alter database ${database} set default_transaction_read_only = on`);
    const allowed = await dryRun({ url: url.href }, {}, [{ value: { name: "Ana" } }]);
    assert.deepEqual(allowed.outcomes[0]?.["row"], {
      table: "people",
      write: "upsert",
      columns: ["id", "name"],
    });
    assert.equal(allowed.code, 0, allowed.stderr);
  } finally {
    await world.sql.unsafe(
      `set default_transaction_read_only = off; drop owned by ${role}; drop role ${role}`,
    );
  }
});

Deno.test("a database that is away is exit code 1, a login that is refused 2, before any record", async () => {
  await using world = await postgresSinkWorld();
  const away = await dryRun({ url: "postgres://a:b@127.0.0.1:1/c" }, {}, [{ value: {} }]);
  assert.deepEqual([away.code, away.outcomes], [1, []], away.stderr);
  assert.match(away.stderr, /^Cannot look at the database 127\.0\.0\.1:1\/c: ECONNREFUSED/);
  const url = new URL(world.url);
  url.password = "not-the-password";
  const refused = await dryRun({ url: url.href }, {}, [{ value: {} }]);
  assert.deepEqual([refused.code, refused.outcomes], [2, []], refused.stderr);
  assert.match(refused.stderr, /28P01/);
  assert.doesNotMatch(refused.stderr, /not-the-password/);
});

Deno.test("without the option nothing is asked, and one line says what isn't known", async () => {
  const config = { "connection.url": "postgres://a:b@127.0.0.1:1/c" };
  const { code, stderr, outcomes } = await dryRun({ url: "" }, config, [{ value: { cpf: "1" } }], []);
  assert.equal(code, 0, stderr);
  assert.equal(outcomes.length, 1);
  assert.match(
    stderr,
    /^Not checked without the database: the table's columns, .*--with-database checks them and writes nothing$/m,
  );
  const file = await dryRun({ url: "" }, { "connector.class": "FileStreamSink" }, [{ value: {} }]);
  assert.equal(file.code, 2);
  assert.match(file.stderr, /^Cannot use --with-database: connector\.class FileStreamSink has no database/);
});
