/** Names from outside stay names, whatever characters they have: tables, columns, roles, connectors. */

import assert from "node:assert/strict";
import { join } from "node:path";
import postgres from "postgres";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { quoteIdentifier } from "../../../sinks/postgres/tables/identifier.ts";
import { runTask, startTask } from "../../support/programs/program.ts";
import { freshDatabase, freshName, freshTopics, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();
const odd = 'x"; drop table y; --';

Deno.test(`a table, a column, a role and a connector may be called ${odd}`, async () => {
  const [topic = ""] = await freshTopics(["people"], 1);
  await using database = await freshDatabase();
  await using sql = admin(database.url);
  const role = freshName(odd);
  const column = `${odd} '\\`;
  const table = `${odd}${topic}`;
  await sql.sql.unsafe(`
    create table y (id int);
    create table ${quoteIdentifier(table)} (id bigint primary key, ${quoteIdentifier(column)} text)`)
    .simple();
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(join(folder, "odd"));
  const file = join(folder, "odd", "connector.json");
  const args = ["--config-dir", folder, "--connector", "odd"];
  const config = {
    ...{ "connector.class": "PostgresSink", topics: topic, "connection.url": "${env:NAMES_URL}" },
    ...{
      "insert.mode": "upsert",
      "pk.mode": "record_value",
      "pk.fields": "id",
      "exactly.once.enabled": "true",
    },
    "table.name.format": `"${odd.replaceAll('"', '""')}\${topic}"`,
    "offset.flush.interval.ms": "200",
  };
  await Deno.writeTextFile(file, JSON.stringify({ name: odd, config }));
  const workerUrl = Object.assign(new URL(database.url), { username: role, password: `${odd}'` }).href;
  const variables = {
    ...{ CONNECT_BOOTSTRAP_SERVERS: world.bootstrap, NAMES_URL: workerUrl, NAMES_ADMIN_URL: database.url },
  };
  try {
    // The migration creates the login, and uses the connector's writer role as its group.
    await sql.sql.unsafe(`create role ${quoteIdentifier(writerRoleOfOdd)} nologin`);
    const migrated = await runTask("migrate", { args, variables });
    assert.equal(migrated.code, 0, migrated.stderr);
    await sql.sql.unsafe(`
      grant select, insert, update on sluice_offsets, ${quoteIdentifier(table)} to ${quoteIdentifier(role)}`);
    const producer = kafkaClient(world.bootstrap).producer();
    await producer.connect();
    await producer.send({
      topic,
      messages: [{ value: JSON.stringify({ id: 1, [column]: "'; drop table y; --" }) }],
    });
    await producer.disconnect();
    await using worker = startTask("start", { args, variables });
    const rows = () => sql.sql.unsafe(`select * from ${quoteIdentifier(table)}`);
    await pollUntil(
      `the row; ${worker.log()}`,
      waitMsMax,
      async () => (await rows()).length > 0 || undefined,
    );
    assert.deepEqual((await rows()).map((row) => ({ ...row })), [{
      id: "1",
      [column]: "'; drop table y; --",
    }]);
    worker.signal("SIGTERM");
    assert.equal((await worker.ended).code, 0);
    assert.equal((await sql.sql`select from y`).length, 0, "y is still there");
    const [offset] = await sql.sql`select connector from sluice_offsets`;
    assert.equal(offset?.connector, odd);
  } finally {
    const roles = await sql.sql<{ name: string }[]>`
      select rolname as name from pg_roles where rolname in (${role}, ${writerRoleOfOdd})`;
    for (const { name } of roles) {
      await sql.sql.unsafe(`drop owned by ${quoteIdentifier(name)}; drop role ${quoteIdentifier(name)}`)
        .simple();
    }
    await Deno.remove(folder, { recursive: true });
  }
});

/** The result of writerRole() for the name. */
const writerRoleOfOdd = "x_drop_table_y_writer";

function admin(url: string): { readonly sql: postgres.Sql } & AsyncDisposable {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) };
}
