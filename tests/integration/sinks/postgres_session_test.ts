import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { systemTime } from "../../../cli/process/system_time.ts";
import { ConfigException, RetriableException } from "../../../connect/api/exceptions.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { startPostgres } from "../../../sandbox/postgres/postgres.ts";
import { parseConnectionUrl } from "../../../sinks/postgres/connection/connection_url.ts";
import { postgresSink } from "../../../sinks/postgres/postgres_sink.ts";
import { Session } from "../../../sinks/postgres/connection/session.ts";
import { person, startTask, type TableSpec } from "../../contract/sink_contract.ts";
import type { FlightAnswer } from "../../../sinks/postgres/wire/flight_answers.ts";
import { openSession, sql } from "../../support/wire/flights.ts";
import { startPgProxy } from "../../support/sinks/pg_proxy.ts";
import { postgresSinkWorld } from "../../support/sinks/postgres_sink_world.ts";
import { sharedWorld } from "../../support/world.ts";

await sharedWorld();

const people: TableSpec = { columns: { id: "integer", name: "text" }, key: ["id"] };
const upsert: Props = {
  "insert.mode": "upsert",
  "pk.mode": "record_value",
  "pk.fields": "id",
  "table.name.format": "people",
};

async function problems(props: Props): Promise<readonly (readonly [string, string])[]> {
  const found = await postgresSink.validateConnection?.(props, new AbortController().signal);
  return [...found ?? []].map(([option, texts]) => [option, texts.join()] as const);
}

Deno.test("validate finds out whether the database can be used, by option", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const props = { ...upsert, "connection.url": `${world.url}?sslmode=disable` };
  assert.deepEqual(await problems(props), []);
  assert.deepEqual(await problems({ ...props, "insert.mode": "nonsense" }), []); // the option's own error
  const [missing] = await problems({ ...props, "table.name.format": "nobody" });
  assert.match(missing?.join() ?? "", /^table\.name\.format.*nobody/);
  const [wrong] = await problems({ ...props, "connection.password": "not-the-password" });
  assert.match(wrong?.join() ?? "", /^connection\.url.*28P01/);
  assert.doesNotMatch(wrong?.join() ?? "", /not-the-password/);
  const away = new URL(world.url);
  away.port = "1";
  const [refused] = await problems({ ...props, "connection.url": away.href });
  assert.match(refused?.join() ?? "", /^connection\.url.*database 127\.0\.0\.1:1\/\w+: ECONNREFUSED/);
  assert.ok(
    !refused?.join().includes(`${away.password}@`),
    "host, port and database, and nothing else of the URL",
  );
});

Deno.test("validate finds what the table lacks of what the options name", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(
    "create table people (id bigint primary key, name text, region text not null, n int)",
  );
  const props = { ...upsert, "connection.url": `${world.url}?sslmode=disable` };
  const cases = [
    [{}, undefined],
    [{ "fields.whitelist": "name,region" }, undefined],
    [{ "fields.whitelist": "name,region,cpf" }, /column cpf, which fields\.whitelist names/],
    [{ "fields.whitelist": "name" }, /columns region may not be NULL/],
    [{ "fields.whitelist": "name", "insert.mode": "update" }, undefined],
    [{ "pk.fields": "nope" }, /column nope, which pk\.fields names/],
    [{ "pk.fields": "n" }, /needs a primary key or a unique index of the columns n/],
    [{ "newest.wins.field": "name" }, /to be a timestamp with time zone/],
  ] as const;
  for (const [further, expected] of cases) {
    const [found] = await problems({ ...props, ...further });
    if (expected === undefined) assert.equal(found, undefined, JSON.stringify(further));
    else assert.match(found?.join() ?? "", expected);
  }
  const role = `r${crypto.randomUUID().replaceAll("-", "")}`;
  await world.sql.unsafe(`create role ${role} login password 'x'; grant select on people to ${role}`);
  try {
    const url = new URL(world.url);
    [url.username, url.password] = [role, "x"];
    const [found] = await problems({ ...props, "connection.url": `${url.href}?sslmode=disable` });
    assert.match(found?.join() ?? "", /this role lacks the rights INSERT \(id\)/);
  } finally {
    await world.sql.unsafe(`drop owned by ${role}; drop role ${role}`);
  }
});

Deno.test("validate looks for the tables of listed topics, and for the schema that a pattern's topics name", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const { "table.name.format": _, ...byTopic } = upsert;
  const props = { ...byTopic, "connection.url": `${world.url}?sslmode=disable` };
  assert.deepEqual(await problems({ ...props, topics: "people" }), []);
  const [missing] = await problems({ ...props, topics: "people,orders" });
  assert.match(
    missing?.join() ?? "",
    /^table\.name\.format.*table orders: PostgreSQL shows this login no such table/,
  );
  const [schema] = await problems({ ...props, "topics.regex": "bank1\\..*" });
  assert.match(schema?.join() ?? "", /^table\.name\.format.*schema bank1, and there is no such.*RegexRouter/);
  assert.deepEqual(await problems({ ...props, "topics.regex": "public\\..*" }), []);
  assert.deepEqual(await problems({ ...props, "topics.regex": "public\\..*|bank1\\..*" }), []);
  assert.deepEqual(await problems({ ...props, "topics.regex": ".*" }), []);
});

Deno.test("validate doesn't wait for a database that never answers", async () => {
  await using world = await postgresSinkWorld();
  const url = new URL(world.url);
  await using proxy = startPgProxy(Number(url.port));
  url.port = String(proxy.port);
  proxy.stall();
  const asked = new AbortController();
  const answer = postgresSink.validateConnection?.({ ...upsert, "connection.url": url.href }, asked.signal);
  asked.abort(); // its own limit of some seconds would do the same
  assert.match([...await answer ?? []].join(), /connection\.url/);
});

Deno.test("a sink writes over TLS, and notices a lost connection there too", async () => {
  await using server = await startPostgres();
  const certificates = fileURLToPath(new URL("../../support/tls/", import.meta.url));
  const { uid, gid } = await Deno.stat(server.dataDir);
  for (const [from, to] of [["server.pem", "server.crt"], ["server.key", "server.key"]] as const) {
    const target = join(server.dataDir, to);
    await Deno.copyFile(join(certificates, from), target);
    await Deno.chmod(target, 0o600);
    if (uid !== null && gid !== null && Deno.uid() === 0) await Deno.chown(target, uid, gid);
  }
  const admin = postgres(server.url, { max: 1, ssl: false, onnotice: () => {} });
  await admin`alter system set ssl = on`;
  await admin`create table people (id bigint primary key, name text)`;
  await admin.end();
  await server.restart();

  await using world = await postgresSinkWorld({ url: server.url });
  const url = new URL(server.url);
  url.hostname = "localhost";
  const secure = (query: string) => ({ ...upsert, "connection.url": `${url.href}?${query}` });
  const verified = `sslmode=verify-full&sslrootcert=${certificates}root.pem`;
  const { task, context } = await startTask(world, secure(verified));
  try {
    await task.put([person(0, { id: 1n, name: "Ana" })]);
    const [row] = await world.sql`
      select s.ssl, pg_terminate_backend(a.pid) as ended from pg_stat_ssl s join pg_stat_activity a using (pid)
       where a.application_name like 'sluice-%'`;
    assert.deepEqual({ ...row }, { ssl: true, ended: true });
    await assert.rejects(async () => {
      for (let tries = 0; tries < 50; tries++) await task.put([person(1, { id: 2n, name: "Zé" })]);
      throw new RetriableException("the connection was gone before anybody asked"); // noticed while idle
    }, RetriableException);
    await task.put([person(1, { id: 2n, name: "Zé" })]);
    assert.deepEqual(context.reports, []);
  } finally {
    await task.stop();
  }
  assert.equal((await world.rows("people")).length, 2);
  const session = await openSession(`${url.href}?${verified}`);
  for (let round = 0; round < 3; round++) {
    const [{ rows }] = await session.flight([sql("select $1", "x".repeat(300_000))]) as [FlightAnswer];
    assert.equal(rows[0]?.[0]?.length, 300_000);
    const [row] = await session.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
    assert.equal(row?.["ssl"], true);
  }
  await session.close();
  const foreign = `sslmode=verify-full&sslrootcert=${certificates}foreign.pem`;
  await assert.rejects(startTask(world, secure(foreign)), ConfigException);
  const preferring = await startTask(world, secure("sslmode=prefer"));
  await preferring.task.put([person(2, { id: 3n, name: "Bia" })]);
  await preferring.task.stop();
});

Deno.test("each answer has a time of its own, however many statements are under way", async () => {
  await using world = await postgresSinkWorld();
  const session = await Session.open({
    target: parseConnectionUrl(`${world.url}?sslmode=disable`, { user: null, password: null }),
    ...{ applicationName: "sluice-test", firstHost: 0, connectTimeoutMs: 5_000, answerTimeoutMs: 6_000 },
    ...{ prepare: true, time: systemTime, signal: new AbortController().signal },
  });
  const slow = () => session.query("select pg_sleep(2.5)");
  await Promise.all([slow(), slow(), slow()]); // together longer than the limit
  await assert.rejects(session.query("select pg_sleep(60)"), /connection is lost/);
  await session.close();
});
