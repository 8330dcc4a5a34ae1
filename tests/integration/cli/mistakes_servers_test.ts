/** Mistakes that only a real PostgreSQL or Kafka reveals. */

import assert from "node:assert/strict";
import { join } from "node:path";
import postgres from "postgres";
import { reservedWords } from "../../../cli/scaffold/sql_names.ts";
import { goodConfig } from "../../support/programs/mistake_files.ts";
import { type ProgramTask, runTask } from "../../support/programs/program.ts";
import { freshDatabase, freshName, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();

interface Tried {
  readonly task: ProgramTask;
  readonly args: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly says: RegExp;
  readonly code: 1 | 2;
}

function changed(
  url: string,
  parts: { readonly user?: string; readonly password?: string; readonly database?: string },
) {
  const made = new URL(url);
  if (parts.user !== undefined) made.username = parts.user;
  if (parts.password !== undefined) made.password = parts.password;
  if (parts.database !== undefined) made.pathname = `/${parts.database}`;
  return made.href;
}

/** A server that speaks neither PostgreSQL's protocol nor Kafka's. */
function startHttp(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("<html>"));
}

Deno.test("what a database or Kafka refuses is told with what to do, without a password", async () => {
  await using database = await freshDatabase();
  await using http = startHttp();
  const folder = await Deno.makeTempDir();
  const admin = postgres(database.url, { max: 1, onnotice: () => {} });
  const role = freshName("walker");
  try {
    await admin.unsafe(`create role ${role} login password 's3cret'`);
    const config = { ...goodConfig, "errors.deadletterqueue.topic.name": freshName("dlq") };
    const file = join(folder, "totals.json");
    await Deno.writeTextFile(file, JSON.stringify({ name: "totals", config }));
    const args = ["--config", file];
    const elsewhere = `127.0.0.1:${http.addr.port}`;
    const asRole = changed(database.url, { user: role, password: "s3cret" });
    const tried: readonly Tried[] = [
      { task: "audit", args, says: /42P01 undefined_table; expected what sluice migrate makes$/m, code: 1 },
      {
        ...{
          task: "migrate",
          args,
          says: /28P01 invalid_password; correct the password in the URL$/m,
          code: 2,
        },
        variables: { TOTALS_ADMIN_URL: changed(asRole, { password: "wrong-s3cret" }) },
      },
      {
        ...{
          task: "audit",
          args,
          says: /3D000 \S+; there is no such database: create it, or correct/,
          code: 2,
        },
        variables: { TOTALS_ADMIN_URL: changed(database.url, { database: "nowhere" }) },
      },
      {
        ...{
          task: "migrate",
          args,
          says: /42501 \S+; the role may not do that: give the URL of the role that/,
          code: 1,
        },
        variables: { TOTALS_ADMIN_URL: asRole },
      },
      {
        ...{
          task: "migrate",
          args,
          says: /NO_ANSWER, no answer in time, or none as PostgreSQL gives it/,
          code: 1,
        },
        variables: { TOTALS_ADMIN_URL: `postgres://a:s3cret@${elsewhere}/x` },
      },
      {
        ...{
          task: "offsets",
          args: ["show", ...args],
          says: /what listens there isn't Kafka, or speaks TLS/,
          code: 1,
        },
        variables: { CONNECT_BOOTSTRAP_SERVERS: elsewhere, CONNECT_ADMIN_DEFAULT_API_TIMEOUT_MS: "1500" },
      },
      {
        ...{ task: "offsets", args: ["set", "nowhere:0=5", ...args], code: 1 },
        says:
          /^Cannot set the offsets of connector totals: there is no partition 0 of topic nowhere in Kafka$/m,
      },
      {
        task: "dlq",
        args: ["list", ...args],
        says: /^Cannot read dead letters: there is no topic dlq_\S+ in Kafka$/m,
        code: 1,
      },
      {
        ...{
          task: "health",
          args: [],
          says: /what answers at 127\.0\.0\.1:\d+ is not Sluice, or not its/,
          code: 1,
        },
        variables: { CONNECT_HEALTH_PORT: String(http.addr.port) },
      },
      {
        ...{
          task: "connect",
          args: [],
          says: /^Cannot listen on \S+: something else listens there$/m,
          code: 2,
        },
        variables: { CONNECT_LISTENERS: `http://${elsewhere}` },
      },
    ];
    const usual = {
      TOTALS_URL: asRole,
      TOTALS_ADMIN_URL: database.url,
      CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
    };
    for (const { task, args, variables, says, code } of tried) {
      const found = await runTask(task, { args, variables: { ...usual, ...variables } });
      assert.match(found.stderr, says);
      assert.doesNotMatch(found.stderr, /s3cret|^\s+at .*:\d+/m);
      assert.equal(found.code, code, found.stderr);
    }
  } finally {
    await admin.unsafe(`drop owned by ${role}; drop role ${role}`);
    await admin.end({ timeout: 1 });
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the words that new refuses are PostgreSQL's reserved ones", async () => {
  const sql = postgres(world.postgresUrl, { max: 1, onnotice: () => {} });
  const rows = await sql<{ word: string }[]>`select word from pg_get_keywords() where catcode in ('R', 'T')`;
  await sql.end({ timeout: 1 });
  assert.deepEqual([...reservedWords].toSorted(), rows.map(({ word }) => word).toSorted());
});
