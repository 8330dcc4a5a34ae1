/** Flights on a session's socket, between the statements of npm:postgres. */

import assert from "node:assert/strict";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import type { Session } from "../../../sinks/postgres/connection/session.ts";
import { sqlFailure } from "../../../sinks/postgres/connection/failures.ts";
import { openSession, sql } from "../../support/wire/flights.ts";
import { startPgProxy } from "../../support/sinks/pg_proxy.ts";
import { freshDatabase, sharedWorld } from "../../support/world.ts";

await sharedWorld();

const canary = "Canary Silva";

interface Setting {
  readonly session: Session;
  readonly admin: Session;
}

/** Runs with a session, and another one that watches. */
async function withSession(
  run: (setting: Setting) => Promise<void>,
  options?: Parameters<typeof openSession>[1],
): Promise<void> {
  await using database = await freshDatabase();
  const admin = await openSession(database.url);
  const session = await openSession(database.url, options);
  try {
    await admin.query("create table people (id bigint primary key, name text check (name <> ''))");
    await run({ session, admin });
  } finally {
    await session.close();
    await admin.close();
  }
}

/** The failure of a flight, as the sink says it. */
async function failureOf(flight: Promise<unknown>): Promise<string> {
  const error = await flight.then(() => assert.fail("it succeeded"), (reason: unknown) => reason);
  assert.ok(!`${String(error)} ${JSON.stringify(error)}`.includes(canary), "no value in the error");
  const { kind, message } = sqlFailure(error);
  return `${kind}: ${message}`;
}

const insert = (id: number, name: string) => sql("insert into people values ($1, $2)", `${id}`, name);
const count = "select count(*)::int as count from people";

Deno.test("a flight answers each statement with its command, count and rows", () =>
  withSession(async ({ session }) => {
    const answers = await session.flight([
      sql("begin"),
      insert(1, "Ana"),
      sql("insert into people select n, case when n > 2 then 'Zé' end from generate_series(2, 4) n"),
      sql("select id, name from people order by id"),
      sql(""),
      sql("update people set name = null where id > $1", "9"),
      sql("commit"),
    ]);
    assert.deepEqual(answers.map(({ command, count }) => `${command} ${count}`), [
      ...["BEGIN 0", "INSERT 1", "INSERT 3", "SELECT 4", " 0", "UPDATE 0", "COMMIT 0"],
    ]);
    assert.deepEqual(answers[3]?.rows, [["1", "Ana"], ["2", null], ["3", "Zé"], ["4", "Zé"]]);
  }));

Deno.test("statements of the driver and flights take turns, in whatever order they are called", () =>
  withSession(async ({ session }) => {
    const counts = await Promise.all([
      session.query<{ count: number }>(count),
      session.flight([sql("begin"), insert(1, "Ana"), sql("commit")]),
      session.query<{ count: number }>(count, []),
      session.flight([insert(2, "Ana"), sql(count)]),
      session.flight([insert(3, "Ana"), sql(count)]),
      session.run(() => session.sql.unsafe<{ count: number }[]>(count)),
    ]);
    assert.equal(counts.length, 6);
    const [{ count: all } = { count: 0 }] = await session.query<{ count: number }>(count);
    assert.equal(all, 3);
  }));

Deno.test("after an error in a flight or in the driver, both go on", () =>
  withSession(async ({ session }) => {
    for (let round = 1; round <= 20; round++) {
      const failed = await session.flight([
        sql("begin"),
        insert(round, "a"),
        insert(round, canary),
        sql("commit"),
      ])
        .catch((error: unknown) => error);
      assert.equal(Reflect.get(failed as object, "statement"), 2);
      assert.equal(Reflect.get(failed as object, "constraint_name"), "people_pkey");
      await session.query("rollback");
      await assert.rejects(session.query(`select '${canary}'::int`), { code: "22P02" });
      const answers = await session.flight([insert(round, "a"), sql(count)]);
      assert.equal(answers[1]?.rows[0]?.[0], `${round}`);
      await assert.rejects(session.query("select * from people where id = $1", [canary]), { code: "22P02" });
    }
  }));

Deno.test("errors have their kind, and names without values", () =>
  withSession(async ({ session, admin }) => {
    await admin.query(`
      create function refuse() returns trigger language plpgsql as
        $$ begin if new.name = 'Mallory' then raise exception 'no % here', new.name; end if; return new; end $$;
      create trigger refuse before insert on people for each row execute function refuse()`);
    const cases = [
      [
        insert(1, ""),
        "data: SQLSTATE 23514 check_violation, table public.people, constraint people_name_check",
      ],
      [insert(1, "Mallory"), "data: SQLSTATE P0001 raise_exception"],
      [
        sql("insert into people values ($1, 'a')", canary),
        "data: SQLSTATE 22P02 invalid_text_representation",
      ],
      [sql("insert into peeple values (1)"), "structure: SQLSTATE 42P01 undefined_table"],
      [sql("selekt"), "structure: SQLSTATE 42601 syntax_error"],
    ] as const;
    for (const [statement, expected] of cases) {
      assert.equal(await failureOf(session.flight([sql("select 1"), statement])), expected);
    }
    assert.equal(session.isLost, false);
  }));

Deno.test("notices, notifications and settings within a flight are passed over", () =>
  withSession(async ({ session, admin }) => {
    await admin.query(`
      create function tell() returns trigger language plpgsql as $$
        begin raise notice 'wrote %', new.name; raise warning 'again %', new.name; return new; end $$;
      create trigger tell before insert on people for each row execute function tell()`);
    await session.query("listen people");
    const answers = await session.flight([
      sql("set application_name = 'sluice-noisy'"),
      ...[1, 2, 3].map((id) => insert(id, canary)),
      sql("notify people, 'x'"),
      sql(count),
    ]);
    assert.equal(answers.at(-1)?.rows[0]?.[0], "3");
    assert.equal((await session.query(count))[0]?.["count"], 3);
  }));

Deno.test("a cancelled flight fails alone, a terminated one with its session", () =>
  withSession(async ({ session, admin }) => {
    const { pid } = session.facts;
    const end = async (how: string) => {
      await pollUntil("the flight is in the server", waitMsMax, async () => {
        const [row] = await admin.query<{ state: string }>(
          `select wait_event as state from pg_stat_activity where pid = ${pid}`,
        );
        return row?.state === "PgSleep" ? true : undefined;
      });
      await admin.query(`select ${how}(${pid})`);
    };
    const slow = () =>
      session.flight([sql("begin"), insert(1, canary), sql("select pg_sleep(600)"), sql("commit")]);
    const [cancelled] = await Promise.all([failureOf(slow()), end("pg_cancel_backend")]);
    assert.match(cancelled, /^timeout: SQLSTATE 57014/);
    await session.query("rollback");
    assert.equal((await session.query(count))[0]?.["count"], 0);
    const [ended] = await Promise.all([failureOf(slow()), end("pg_terminate_backend")]);
    assert.match(ended, /^outage: SQLSTATE 57P01/);
    assert.equal(session.isLost, true);
    await assert.rejects(session.flight([sql("select 1")]), { name: "NoAnswerError" });
    await assert.rejects(async () => await session.query("select 1"), { name: "NoAnswerError" });
    assert.equal((await admin.query(count))[0]?.["count"], 0);
  }));

Deno.test("each awaited answer of a flight has a time of its own, and a silent server is cut off", () =>
  withSession(async ({ session }) => {
    const slow = { ...sql("select pg_sleep(2.5)"), isAwaited: true };
    await session.flight([slow, slow, slow]); // together longer than the limit
    assert.match(await failureOf(session.flight([sql("select pg_sleep(60)")])), /^outage: NO_ANSWER/);
    assert.equal(session.isLost, true);
  }, { answerTimeoutMs: 6_000 }));

Deno.test("a text is parsed once for a session, and again once the server has lost or outgrown it", () =>
  withSession(async ({ session, admin }) => {
    const prepared = async () =>
      (await session.query<{ name: string }>(
        "select name from pg_prepared_statements where name like 'sluice%' order by prepare_time",
      )).map(({ name }) => name);
    const all = sql("select * from people");
    await session.flight([all, insert(1, "Ana"), insert(2, "Zé"), all]);
    await session.flight([all]);
    assert.deepEqual(await prepared(), ["sluice_1", "sluice_2"]);
    await assert.rejects(session.flight([sql("selekt"), sql("select 1")]));
    assert.deepEqual(await prepared(), ["sluice_1", "sluice_2"]);
    await admin.query("alter table people add column region text");
    assert.match(await failureOf(session.flight([all])), /^retry_now: SQLSTATE 0A000/);
    assert.equal((await session.flight([all]))[0]?.rows[0]?.length, 3);
    assert.deepEqual(await prepared(), ["sluice_5"]);
    await session.query("deallocate all");
    assert.match(await failureOf(session.flight([all])), /SQLSTATE 26000/);
    assert.equal((await session.flight([all]))[0]?.count, 2);
    for (let made = 0; made < 120; made++) await session.flight([sql(`select ${made}`), all]);
    const kept = await prepared();
    assert.ok(kept.length <= 51, `${kept.length} statements`);
    assert.equal((await session.query(count, []))[0]?.["count"], 2);
  }));

Deno.test("with connection.prepare=false no statement has a name", () =>
  withSession(async ({ session }) => {
    for (let round = 1; round <= 3; round++) await session.flight([insert(round, "a"), sql(count)]);
    assert.equal((await session.query("select from pg_prepared_statements")).length, 0);
  }, { prepare: false }));

Deno.test("a connection lost at any byte leaves a whole batch or none, and no wait", async () => {
  await using database = await freshDatabase();
  const admin = await openSession(database.url);
  await admin.query("create table people (id int primary key, name text)");
  const url = new URL(database.url);
  let batch = 0;
  for (const side of ["client", "server"] as const) {
    await using proxy = startPgProxy(Number(url.port));
    const behind = new URL(url);
    behind.port = String(proxy.port);
    let ends = 0;
    for (let bytes = 1; ends < 3; bytes += 1) {
      const session = await openSession(behind.href);
      proxy.cutAfter(side, bytes);
      batch++;
      const flight = session.flight([
        sql("begin"),
        ...[2 * batch, 2 * batch + 1].map((id) => insert(id, canary)),
        sql("commit"),
      ]);
      const outcome = await flight.then(() => "done", (error: unknown) => sqlFailure(error).kind);
      assert.match(outcome, /^(done|outage)$/, `${side} ${bytes}`);
      if (outcome === "done") ends++;
      else {
        assert.equal(session.isLost, true);
        await assert.rejects(async () => await session.query("select 1"), { name: "NoAnswerError" });
      }
      proxy.resume();
      await session.close();
    }
  }
  const halves = await admin.query("select id / 2 from people group by 1 having count(*) <> 2");
  assert.equal(halves.length, 0);
  assert.ok(batch > 100);
  await admin.close();
});
