import assert from "node:assert/strict";
import postgres from "postgres";
import { ConfigException, ConnectException, RetriableException } from "../../../connect/api/exceptions.ts";
import { PartitionMap } from "../../../connect/api/record.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { startPostgres } from "../../../sandbox/postgres/postgres.ts";
import { monotonic, pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import {
  partitions,
  person,
  type RunningTask,
  startTask,
  type TableSpec,
} from "../../contract/sink_contract.ts";
import { fakeKafka } from "../../support/fakes/fake_sink_context.ts";
import { type PgProxy, startPgProxy } from "../../support/sinks/pg_proxy.ts";
import { type PostgresSinkWorld, postgresSinkWorld } from "../../support/sinks/postgres_sink_world.ts";
import { sharedWorld } from "../../support/world.ts";

await sharedWorld();

const people: TableSpec = { columns: { id: "integer", name: "text" }, key: ["id"] };
const upsert: Props = { "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "id" };
const once: Props = { "insert.mode": "insert", "exactly.once.enabled": "true" };
/** Immediate retries, and limits that a busy machine doesn't reach. */
const quick: Props = {
  "lock.timeout.ms": "60000",
  "statement.timeout.ms": "60000",
  "retry.backoff.ms": "5",
  "retry.backoff.max.ms": "20",
};
/** Two transactions collide within some rounds. */
const collisionRoundsMax = 500;
const canary = "Canary Silva";

interface Setting extends RunningTask {
  readonly world: PostgresSinkWorld;
  readonly proxy: PgProxy;
}

/** Runs a task on a database of its own, behind a proxy. */
async function behindProxy(props: Props, run: (setting: Setting) => Promise<void>): Promise<void> {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const server = new URL(world.url);
  await using proxy = startPgProxy(Number(server.port));
  server.port = String(proxy.port);
  const task = await startTask(world, {
    ...quick,
    ...props,
    "connection.url": `${server.href}?sslmode=disable`,
  });
  try {
    await run({ ...task, world, proxy });
  } finally {
    await task.task.stop();
  }
}

/** Runs a task on a database of its own. */
async function direct(
  props: Props,
  run: (setting: RunningTask & { world: PostgresSinkWorld }) => Promise<void>,
) {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const task = await startTask(world, { ...quick, ...props });
  try {
    await run({ ...task, world });
  } finally {
    await task.task.stop();
  }
}

const batch = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, index) => person(from + index, { id: BigInt(from + index), name: canary }),
  );

/** Puts the same batch until it succeeds, as the worker does. */
async function putUntilDone(
  { task, context }: RunningTask,
  records: ReturnType<typeof batch>,
): Promise<number> {
  const deadline = monotonic() + waitMsMax;
  for (let tries = 1;; tries++) {
    try {
      await task.put(records);
      return tries;
    } catch (error) {
      if (!(error instanceof RetriableException) || monotonic() > deadline) throw error;
      assert.ok(!error.message.includes(canary));
      await context.time.sleep(context.timeouts.at(-1) ?? 5);
    }
  }
}

const countOf = async ({ world }: { world: PostgresSinkWorld }) => (await world.rows("people")).length;

async function terminateSessions(world: PostgresSinkWorld): Promise<void> {
  await world.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like 'sluice-%'`;
}

Deno.test("a commit whose answer is lost is not done again with exactly once", () =>
  behindProxy(once, async (setting) => {
    await setting.task.put(batch(0, 10));
    setting.proxy.loseNextCommitAnswer();
    await assert.rejects(setting.task.put(batch(10, 20)), RetriableException);
    assert.equal(await countOf(setting), 20); // the commit had succeeded
    await setting.task.put(batch(10, 20));
    await setting.task.put(batch(20, 25));
    assert.equal(await countOf(setting), 25);
    assert.deepEqual(setting.context.reports, []);
  }));

Deno.test("a commit that never arrived is done again", () =>
  behindProxy(once, async (setting) => {
    setting.proxy.loseNextCommit();
    await assert.rejects(setting.task.put(batch(0, 10)), RetriableException);
    assert.equal(await countOf(setting), 0);
    await setting.task.put(batch(0, 10));
    assert.equal(await countOf(setting), 10);
  }));

Deno.test("at least once upserts end right whatever became of a commit", () =>
  behindProxy(upsert, async (setting) => {
    setting.proxy.loseNextCommitAnswer();
    await assert.rejects(setting.task.put(batch(0, 10)), RetriableException);
    await setting.task.put(batch(0, 10));
    setting.proxy.loseNextCommit();
    await assert.rejects(setting.task.put(batch(10, 20)), RetriableException);
    await setting.task.put(batch(10, 20));
    assert.equal(await countOf(setting), 20);
  }));

Deno.test("a network that swallows everything is an outage, within a limit, and nothing is written twice", () =>
  behindProxy({ ...once, "statement.timeout.ms": "1000" }, async (setting) => {
    await putUntilDone(setting, batch(0, 5));
    setting.proxy.stall();
    await assert.rejects(setting.task.put(batch(5, 10)), RetriableException);
    setting.proxy.resume();
    setting.proxy.cut();
    assert.ok(await putUntilDone(setting, batch(5, 10)) >= 1);
    assert.equal(await countOf(setting), 10);
  }));

Deno.test("a forced stop ends a put that waits for an answer", () =>
  behindProxy(once, async ({ task, context, proxy }) => {
    await task.put(batch(0, 5));
    proxy.stall();
    const put = assert.rejects(task.put(batch(5, 10)), RetriableException);
    context.abort();
    await put;
  }));

Deno.test("connections that are terminated again and again cost nothing but time", () =>
  direct(once, async (setting) => {
    let isDone = false;
    const terminating = (async () => {
      // The pauses grow, so that a slow machine makes progress.
      for (let pauseMs = 7; !isDone; pauseMs++) {
        await terminateSessions(setting.world);
        await setting.context.time.sleep(pauseMs);
      }
    })();
    for (let from = 0; from < 600; from += 30) {
      await putUntilDone(setting, batch(from, from + 30));
      await setting.context.time.sleep(2);
    }
    isDone = true;
    await terminating;
    assert.equal(await countOf(setting), 600);
    assert.deepEqual(setting.context.reports, []);
  }));

Deno.test("a database that restarts is waited for, and one that isn't there at start, too", async () => {
  await using server = await startPostgres();
  await using world = await postgresSinkWorld({ url: server.url });
  await world.createTable("people", people);
  const running = await startTask(world, { ...quick, ...once });
  try {
    await running.task.put(batch(0, 10));
    await server.kill();
    await assert.rejects(running.task.put(batch(10, 20)), RetriableException);
    await assert.rejects(startTask(world, { ...quick, ...once }), RetriableException);
    const done = putUntilDone(running, batch(10, 20));
    await server.restart();
    assert.ok(await done > 1);
    assert.deepEqual(running.context.reports, []);
  } finally {
    await running.task.stop();
  }
  await world.sql`select 1`.catch(() => {}); // the pool's own connection is gone as well
  assert.equal((await world.rows("people")).length, 20);
});

Deno.test("a locked table is waited for", () =>
  direct({ ...upsert, "lock.timeout.ms": "100" }, async (setting) => {
    const { world, task, context } = setting;
    const lock = await world.sql.reserve();
    await lock`begin`;
    await lock`lock table people`;
    await assert.rejects(task.put(batch(0, 10)), /55P03/);
    assert.equal(context.counts.get("database-outages:sqlstate_55P03"), 1);
    await lock`commit`;
    lock.release();
    await putUntilDone(setting, batch(0, 10));
    assert.equal(await countOf(setting), 10);
    assert.deepEqual(context.reports, []);
  }));

Deno.test("a statement that takes too long is an outage counted apart", () =>
  direct({ ...upsert, "statement.timeout.ms": "3000" }, async (setting) => {
    const { world, task, context } = setting;
    const lock = await world.sql.reserve();
    await lock`begin`;
    await lock`lock table people`;
    await assert.rejects(task.put(batch(0, 10)), /57014/);
    assert.equal(context.counts.get("database-outages:statement_timeout"), 1);
    await lock`commit`;
    lock.release();
    await putUntilDone(setting, batch(0, 10));
  }));

Deno.test("a database that became read-only is waited for, and nothing is reported", () =>
  direct(upsert, async (setting) => {
    const { world, context } = setting;
    const name = (await world.sql`select current_database() as name`)[0]?.["name"];
    await world.sql.unsafe(`alter database "${name}" set default_transaction_read_only = on`);
    await terminateSessions(world);
    await assert.rejects(putUntilDoneOr(setting, /25006/), /25006/);
    await world.sql.unsafe(
      `set default_transaction_read_only = off; alter database "${name}" reset default_transaction_read_only`,
    );
    await terminateSessions(world);
    await putUntilDone(setting, batch(0, 10));
    assert.deepEqual(context.reports, []);
  }));

/** Puts until the failure matches: the first answer after a cut is another one. */
async function putUntilDoneOr({ task }: RunningTask, wanted: RegExp): Promise<void> {
  for (;;) {
    try {
      return await task.put(batch(0, 10));
    } catch (error) {
      if (!(error instanceof RetriableException) || wanted.test(error.message)) throw error;
    }
  }
}

Deno.test("serialization failures are tried again at once", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const name = (await world.sql`select current_database() as name`)[0]?.["name"];
  await world.sql.unsafe(`alter database "${name}" set default_transaction_isolation = 'serializable'`);
  const tasks = [
    await startTask(world, { ...quick, ...upsert }),
    await startTask(world, { ...quick, ...upsert }),
  ];
  try {
    const retries = () =>
      tasks.map(({ context }) => context.counts.get("database-retries:sqlstate_40001") ?? 0)
        .reduce((sum, count) => sum + count, 0);
    let round = 0;
    for (; round < 10 || (retries() === 0 && round < collisionRoundsMax); round++) {
      const records = Array.from(
        { length: 50 },
        (_, id) => person(round * 50 + id, { id: BigInt(id), name: `${round}` }),
      );
      await Promise.all(tasks.map((running) => putUntilDone(running, records)));
    }
    assert.ok(retries() > 0, "the test provoked none");
    assert.deepEqual((await world.rows("people")).map((row) => row["name"]), Array(50).fill(`${round - 1}`));
  } finally {
    for (const { task } of tasks) await task.stop();
  }
});

Deno.test("max.retries bounds an outage, the default doesn't", () =>
  direct({ ...upsert, "max.retries": "2", "lock.timeout.ms": "100" }, async ({ task, world, context }) => {
    const lock = await world.sql.reserve();
    await lock`begin`;
    await lock`lock table people`;
    for (let tries = 0; tries < 2; tries++) await assert.rejects(task.put(batch(0, 1)), RetriableException);
    await assert.rejects(
      task.put(batch(0, 1)),
      (error: Error) => !(error instanceof RetriableException) && /max.retries/.test(error.message),
    );
    assert.equal(context.timeouts.length, 2);
    await lock`commit`;
    lock.release();
  }));

Deno.test("a wrong password is a config error at start, without the password", async () => {
  await using world = await postgresSinkWorld();
  const wrong = { "connection.user": "postgres", "connection.password": "not-the-password" };
  await assert.rejects(startTask(world, { ...upsert, ...wrong }), (error: Error) => {
    assert.ok(error instanceof ConfigException);
    assert.match(error.message, /connection\.url.*28P01/);
    assert.doesNotMatch(error.message, /not-the-password/);
    return true;
  });
});

Deno.test("a password that is changed while the task runs is waited for, for a while", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const role = `rotating_${Deno.pid}`;
  await world.sql.unsafe(
    `create role ${role} login password 'old'; grant select, insert, update on people to ${role}`,
  );
  const url = new URL(world.url);
  [url.username, url.password] = [role, "old"];
  const running = await startTask(world, {
    ...quick,
    ...upsert,
    "connection.url": `${url.href}?sslmode=disable`,
  });
  try {
    await running.task.put(batch(0, 5));
    await world.sql.unsafe(`alter role ${role} password 'new'`);
    await terminateSessions(world);
    await assert.rejects(putUntilDoneOr(running, /login refused/), RetriableException);
    await world.sql.unsafe(`alter role ${role} password 'old'`);
    await putUntilDone(running, batch(5, 10));
  } finally {
    await running.task.stop();
    await world.sql.unsafe(`drop owned by ${role}; drop role ${role}`);
  }
});

Deno.test("a missing database, table, column or right is a config error that names it", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const url = new URL(world.url);
  url.pathname = "/no_such_database";
  await assert.rejects(startTask(world, { ...upsert, "connection.url": url.href }), isConfig(/3D000/));
  await assert.rejects(
    startTask(world, { ...upsert, "table.name.format": "nobody" }),
    isConfig(/table nobody/),
  );
  const long = "x".repeat(64);
  await assert.rejects(
    startTask(world, { ...upsert, "table.name.format": long }),
    isConfig(/x{64}.*63 bytes/),
  );
  const running = await startTask(world, { ...quick, ...upsert, "fields.whitelist": "name,phone" });
  await assert.rejects(running.task.put(batch(0, 1)), isConfig(/column phone.*fields\.whitelist/));
  await running.task.stop();
  const unlisted = await startTask(world, { ...quick, ...upsert });
  await assert.rejects(
    unlisted.task.put([person(0, { id: 1n, name: "a", secret_field: "x" })]),
    isConfig(/^(?!.*secret_field).*1 of the records' 2 fields/),
  );
  await unlisted.task.stop();
  const role = `nobody_${Deno.pid}`;
  await world.sql.unsafe(`create role ${role} login password 'n'`);
  url.pathname = new URL(world.url).pathname;
  [url.username, url.password] = [role, "n"];
  const poor = await startTask(world, {
    ...quick,
    ...upsert,
    "connection.url": `${url.href}?sslmode=disable`,
  });
  await assert.rejects(poor.task.put(batch(0, 1)), isConfig(/42501/));
  assert.deepEqual(poor.context.reports, []);
  await poor.task.stop();
  await world.sql.unsafe(`drop role ${role}`);
});

function isConfig(text: RegExp): (error: Error) => boolean {
  return (error) => {
    assert.ok(error instanceof ConfigException, error.message);
    assert.match(error.message, text);
    return true;
  };
}

Deno.test("a table that is changed while the task runs is looked up again", () =>
  direct(upsert, async ({ task, world, context }) => {
    await task.put([person(0, { id: 1n, name: "Ana" })]);
    await world.sql`alter table people alter column id type text`;
    await task.put([person(1, { id: 2n, name: "João" })]);
    await world.sql`alter table people add column region text`;
    await world.sql`alter table people alter column id type bigint using id::bigint`;
    await task.put([person(2, { id: 3n, name: "Zé" })]);
    await world.sql`alter table people rename to old_people`;
    await world.sql`create table people (id bigint primary key, name varchar(3))`;
    await task.put([person(3, { id: 4n, name: "Ana" }), person(4, { id: 5n, name: "Ana Beatriz" })]);
    assert.deepEqual(context.reports.map(({ error }) => Reflect.get(error, "rule")), ["sqlstate_22001"]);
    await world.sql`drop table people`;
    await assert.rejects(task.put(batch(5, 6)), isConfig(/table people/));
  }));

Deno.test("what constraints, triggers and types refuse is reported by its SQLSTATE, without any value", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(`
    create table region (code text primary key);
    insert into region values ('SP');
    create type mood as enum ('glad');
    create table people (
      id bigint primary key, name text not null, region text references region deferrable initially deferred,
      mood mood, points int check (points >= 0), at timestamptz);
    create function refuse() returns trigger language plpgsql as
      $$ begin if new.name = 'Mallory' then raise exception 'no % here', new.name; end if; return new; end $$;
    create trigger refuse before insert or update on people for each row execute function refuse();`);
  const good = { region: "SP", mood: "glad", points: 1n, at: "2026-01-01T00:00:00Z" };
  const running = await startTask(world, { ...quick, ...upsert });
  try {
    await running.task.put([
      person(0, { id: 1n, name: "Ana", ...good }),
      person(1, { id: 2n, name: null, ...good }),
      person(2, { id: 3n, name: canary, ...good, region: "XX" }),
      person(3, { id: 4n, name: canary, ...good, mood: canary }),
      person(4, { id: 5n, name: canary, ...good, points: -1n }),
      person(5, { id: 6n, name: "Mallory", ...good }),
      person(6, { id: 7n, name: canary, ...good, at: "2026-13-41T00:00:00Z" }),
      person(7, { id: 8n, name: "Zé", ...good }),
    ]);
    const reported = running.context.reports.map(({ record, error }) =>
      [Number(record.offset), Reflect.get(error, "rule"), Reflect.get(error, "field")] as const
    );
    assert.deepEqual(reported, [
      [6, "out_of_range", "at"], // refused by the sink itself
      [1, "sqlstate_23502", "name"],
      [2, "sqlstate_23503", undefined],
      [3, "sqlstate_22P02", undefined],
      [4, "sqlstate_23514", undefined],
      [5, "sqlstate_P0001", undefined],
    ]);
    const told =
      JSON.stringify(running.context.reports.map(({ error }) => [error.message, String(error.cause)])) +
      running.context.logs.join();
    assert.doesNotMatch(told, /Canary|Mallory/);
    assert.match(running.context.reports[2]?.error.message ?? "", /constraint people_region_fkey/);
  } finally {
    await running.task.stop();
  }
  assert.deepEqual((await world.sql`select id from people order by id`).map(({ id }) => id), ["1", "8"]);
});

Deno.test("bad records are found wherever they stand, and no lock stays behind", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(`
    create table region (code text primary key);
    insert into region values ('SP');
    create table people (id bigint primary key, points int check (points >= 0), region text references region)`);
  for (const mode of ["upsert", "insert", "ignore"]) {
    await world.sql`truncate people`;
    const running = await startTask(world, { ...quick, ...upsert, "insert.mode": mode, "batch.size": "70" });
    const bad = (index: number) => [0, 1, 69, 70, 150, 198, 199].includes(index);
    const foreign = (index: number) => [5, 71, 199].includes(index); // checked after the last row
    try {
      await running.task.put(Array.from({ length: 200 }, (_, index) =>
        person(index, {
          id: BigInt(index),
          points: bad(index) ? -1n : 1n,
          region: foreign(index) ? "XX" : "SP",
        })));
      const reported = running.context.reportedOffsets().toSorted((a, b) => a - b);
      assert.deepEqual(reported, [0, 1, 5, 69, 70, 71, 150, 198, 199]);
      const [locks] = await world.sql`select count(*)::int as count from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`;
      assert.equal(locks?.["count"], 0);
    } finally {
      await running.task.stop();
    }
    assert.equal((await world.rows("people")).length, 191);
  }
});

Deno.test("two owners of one partition never write a record twice, whoever comes first", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const props = { ...quick, ...once };
  const owners: RunningTask[] = [];
  for (let round = 0; round < 8; round++) {
    owners.push(await startTask(world, props));
    // All of them believe that they own the partition, and put their records at the same time.
    const records = batch(round * 20, round * 20 + 60);
    await Promise.all(owners.map((owner) => putUntilDone(owner, records)));
  }
  for (const { task } of owners) await task.stop();
  assert.equal((await world.rows("people")).length, 200);
});

Deno.test("a partition that is still ours is opened again after a foreign fence, and read from where the rows end", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const [zero] = partitions;
  assert.ok(zero);
  const ours = await startTask(world, { ...quick, ...once });
  await ours.task.put(batch(0, 5));
  const late = await startTask(world, { ...quick, ...once }); // a member that the group has removed
  await late.task.stop();
  ours.context.offsets.clear();
  await ours.task.put(batch(5, 10));
  assert.equal(await countOf({ world }), 5);
  await pollUntil("the partition is open again", waitMsMax, async () => {
    await ours.task.put([]);
    return ours.context.offsets.size > 0 ? true : undefined;
  });
  assert.equal(ours.context.offsets.get(zero), 5n);
  await ours.task.put(batch(5, 10));
  await ours.task.stop();
  assert.equal(await countOf({ world }), 10);
});

Deno.test("records in hand when a partition is opened again don't jump over those that were dropped", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const [zero] = partitions;
  assert.ok(zero);
  const ours = await startTask(world, { ...quick, ...once });
  await ours.task.put(batch(0, 5));
  const late = await startTask(world, { ...quick, ...once }); // a member that the group has removed
  await late.task.stop();
  ours.context.offsets.clear();
  let next = 5;
  await pollUntil("the partition is open again", waitMsMax, async () => {
    await ours.task.put(batch(next, next + 5)); // the stream goes on
    next += 5;
    return ours.context.offsets.size > 0 ? true : undefined;
  });
  assert.equal(ours.context.offsets.get(zero), 5n);
  // The partition may be revoked before the worker has gone back: nothing may be committed past dropped records.
  assert.deepEqual([...await ours.task.preCommit(new PartitionMap([[zero, BigInt(next)]]))], []);
  await ours.task.put(batch(5, next)); // as the loop does after the seek
  await ours.task.stop();
  assert.equal(await countOf({ world }), next);
});

Deno.test("a stopped owner's session is ended by the new owner", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const props = { ...quick, ...once };
  const first = await startTask(world, props);
  await first.task.put(batch(0, 5));
  await first.task.stop();
  const stopped = postgres(world.url, {
    max: 1,
    ssl: false,
    connection: { application_name: "sluice-people-0" },
  });
  await stopped.unsafe("begin");
  await stopped.unsafe("select * from sluice_offsets for update");
  const next = await startTask(world, { ...props, "idle.in.transaction.timeout.ms": "500" });
  await putUntilDone(next, batch(5, 10));
  assert.ok(next.context.logs.some((line) => /Ended the database session/.test(line)));
  await next.task.stop();
  await stopped.end({ timeout: 1 });
  assert.equal(await countOf({ world }), 10);
});

Deno.test("exactly once refuses to guess", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const [zero] = partitions;
  assert.ok(zero);
  const first = await startTask(world, once);
  await first.task.put(batch(0, 5));
  await first.task.stop();
  const kafka = fakeKafka(partitions);
  kafka.group.set(zero, { offset: 9n, metadata: "" });
  await assert.rejects(startTask(world, once, { kafka }), (error: Error) => {
    assert.ok(error instanceof ConnectException);
    assert.match(error.message, /offset 9 and the database at 5/);
    return true;
  });
  kafka.group.set(zero, { offset: 9n, metadata: "sluice" });
  const second = await startTask(world, once, { kafka });
  assert.equal(second.context.offsets.get(zero), 5n);
  await second.task.stop();
  kafka.log.set(zero, { start: 7n, end: 20n });
  await assert.rejects(startTask(world, once, { kafka }), /2 records lost by retention/);
});

Deno.test("a member that stood still while it opened doesn't take its old row for a lost database", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", people);
  const [zero] = partitions;
  assert.ok(zero);
  const kafka = fakeKafka(partitions);
  const beforeGroup = async () => {
    const next = await startTask(world, { ...quick, ...once });
    await next.task.put(batch(0, 5));
    await next.task.stop();
    kafka.group.set(zero, { offset: 5n, metadata: "sluice" });
  };
  const late = await startTask(world, { ...quick, ...once }, { kafka: { ...kafka, beforeGroup } });
  await late.task.put(batch(0, 7)); // of another owner's partition
  assert.equal(await countOf({ world }), 5);
  late.context.offsets.clear();
  await pollUntil("the partition is open again", waitMsMax, async () => {
    await late.task.put([]);
    return late.context.offsets.get(zero) === 5n ? true : undefined;
  });
  await late.task.stop();
});

Deno.test("what fails behind the rows is told by its own name, and not by what it made fail", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", { ...people, columns: { ...people.columns, updated_at: "instant" } });
  const timed = (offset: number, id: number) =>
    person(offset, {
      id: BigInt(id),
      name: "Ana",
      updated_at: new Date(1_700_000_000_000 + offset).toISOString(),
    });
  const { task } = await startTask(world, {
    ...quick,
    ...once,
    ...upsert,
    "newest.wins.field": "updated_at",
  });
  await task.put([timed(0, 0)]);
  await world.sql.unsafe(`
    create sequence calls;
    create function fails_once() returns trigger language plpgsql as $$
      begin if nextval('calls') = 1 then raise exception 'busy' using errcode = '40001'; end if; return new; end $$;
    create trigger fails before update of next_offset on sluice_offsets for each row execute function fails_once()`);
  await task.put([timed(1, 1)]); // a new row: its insert is sent after the offsets
  await task.stop();
  assert.equal(await countOf({ world }), 2);
});
