/** Newest wins by MERGE and by steps, beside other sessions that write the same rows. */

import assert from "node:assert/strict";
import type postgres from "postgres";
import type { SinkRecord } from "../../../connect/api/record.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { newestWinsSql } from "../../../sinks/postgres/statements/newest_wins.ts";
import { tableColumnsSql, tableRulesSql } from "../../../sinks/postgres/statements/table_look.ts";
import { beginSql } from "../../../sinks/postgres/statements/transaction.ts";
import { checkedBy } from "../../../sinks/postgres/tables/catalog.ts";
import { person, type RunningTask, startTask } from "../../contract/sink_contract.ts";
import { sinkOrderContract } from "../../contract/sink_order_contract.ts";
import { type PostgresSinkWorld, postgresSinkWorld } from "../../support/sinks/postgres_sink_world.ts";
import { billing, planOf } from "../../support/sinks/statement_plans.ts";
import { freshName, sharedWorld } from "../../support/world.ts";

await sharedWorld();

/** More than a statement that sends all its steps at once. */
const many = 40;
const few = 3;

const newest: Props = {
  ...{ "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "id", "table.name.format": "people" },
  ...{ "newest.wins.field": "at", "exactly.once.enabled": "true" },
  ...{ "lock.timeout.ms": "60000", "statement.timeout.ms": "60000" },
};
const peopleSql = "create table people (id bigint primary key, name text, at timestamptz, badge text unique)";

/** A child's rows are the parent's too: such a table gets the steps of a server without MERGE. */
const stepsSql = "create table people_of_old () inherits (people)";

type Way = "merge" | "steps";

interface Setting extends RunningTask {
  readonly world: PostgresSinkWorld;
  /** The other session. */
  readonly other: postgres.ReservedSql;
}

async function beside(way: Way, run: (setting: Setting) => Promise<void>): Promise<void> {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(way === "merge" ? peopleSql : `${peopleSql}; ${stepsSql}`);
  const running = await startTask(world, newest);
  const other = await world.sql.reserve();
  try {
    await run({ ...running, world, other });
  } finally {
    other.release();
    await running.task.stop();
  }
}

const timeOf = (moment: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, moment));
let nextOffset = 0;

function event(id: number, name: string, moment: number, badge: string | null = null): SinkRecord {
  return person(nextOffset++, { id: BigInt(id), name, at: timeOf(moment), badge });
}

const events = (count: number, name: string, moment: number) =>
  Array.from({ length: count }, (_, id) => event(id, name, moment));

/** Writes events while the other session holds row 1, until that commits. */
async function writeBehind(setting: Setting, way: Way, records: readonly SinkRecord[]): Promise<void> {
  const { task, world, other } = setting;
  const written = task.put(records);
  const query = await pollUntil("the task's wait for the other session", waitMsMax, async () => {
    const [waiting] = await world.sql<{ query: string }[]>`
      select query from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`;
    return waiting?.query;
  });
  assert.equal(/merge into/.test(query), way === "merge");
  await other`commit`;
  await written;
}

async function namesIn({ world }: Setting): Promise<readonly (string | null)[]> {
  const rows = await world.sql<{ name: string | null }[]>`select name from people order by id`;
  return rows.map(({ name }) => name);
}

const tries = ({ context }: RunningTask) => context.counts.get("database-retries:sqlstate_23505") ?? 0;
/** The names of rows 0 to `count`, of which row 1 has another one. */
const namesWith = (count: number, name: string, ofRow1: string) =>
  Array.from({ length: count }, (_, id) => id === 1 ? ofRow1 : name);

for (const way of ["merge", "steps"] as const) {
  for (const count of [few, many]) {
    const how = `${way}, ${count} rows`;

    for (const [otherMoment, winner] of [[1, "task"], [9, "other"]] as const) {
      Deno.test(`a row that another session inserts meanwhile: the newer event wins (${how}, ${winner})`, () =>
        beside(way, async (setting) => {
          await setting.other`begin`;
          await setting.other`insert into people values (1, 'other', ${timeOf(otherMoment)})`;
          await writeBehind(setting, way, events(count, "task", 5));
          assert.deepEqual(await namesIn(setting), namesWith(count, "task", winner));
          assert.equal(tries(setting), way === "merge" ? 1 : 0);
          assert.deepEqual(setting.context.reports, []);
        }));

      Deno.test(`a row that another session changes meanwhile: the newer event wins (${how}, ${winner})`, () =>
        beside(way, async (setting) => {
          await setting.task.put(events(count, "before", 0));
          await setting.other`begin`;
          await setting.other`update people set name = 'other', at = ${timeOf(otherMoment)} where id = 1`;
          await writeBehind(setting, way, events(count, "task", 5));
          assert.deepEqual(await namesIn(setting), namesWith(count, "task", winner));
          assert.equal(tries(setting), 0);
          assert.equal(
            setting.context.counts.get("rows-suppressed:not_newer") ?? 0,
            winner === "other" ? 1 : 0,
          );
        }));
    }

    Deno.test(`a row that another session deletes meanwhile is inserted (${how})`, () =>
      beside(way, async (setting) => {
        await setting.task.put(events(count, "before", 0));
        await setting.other`begin`;
        await setting.other`delete from people where id = 1`;
        await writeBehind(setting, way, events(count, "task", 5));
        assert.deepEqual(await namesIn(setting), namesWith(count, "task", "task"));
        assert.equal(tries(setting), 0);
      }));

    Deno.test(`a row that another session inserts and takes back is inserted (${how})`, () =>
      beside(way, async (setting) => {
        await setting.other`begin`;
        await setting.other`insert into people values (1, 'other', ${timeOf(9)})`;
        await setting.other`savepoint taken_back`;
        await setting.other`delete from people where id = 1`;
        await writeBehind(setting, way, events(count, "task", 5));
        assert.deepEqual(await namesIn(setting), namesWith(count, "task", "task"));
        assert.equal(tries(setting), 0);
      }));

    Deno.test(`another unique column's violation is the record's, and only one more try (${how})`, () =>
      beside(way, async (setting) => {
        await setting.task.put([event(100, "first", 0, "A")]);
        const records = [...events(count, "task", 5), event(101, "second", 5, "A")];
        await setting.task.put(records);
        assert.deepEqual(setting.context.reports.map(({ record }) => record), records.slice(-1));
        assert.deepEqual(await namesIn(setting), [...namesWith(count, "task", "task"), "first"]);
        assert.equal(tries(setting), way === "merge" ? 1 : 0);
      }));
  }
}

Deno.test("two tasks with the same new keys lose no event and report none", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(peopleSql);
  const own = { ...newest, "exactly.once.enabled": "false" };
  const tasks = [await startTask(world, own), await startTask(world, own)];
  try {
    for (let round = 0; round < 20; round++) {
      const batches = tasks.map((_, task) =>
        Array.from({ length: many }, (_, id) => event(round * many + id, `of ${task}`, (id + task) % 2))
      );
      await Promise.all(tasks.map(({ task }, index) => task.put(batches[index] ?? [])));
    }
    const rows = await world.sql<{ name: string; at: Date }[]>`select name, at from people order by id`;
    assert.equal(rows.length, 20 * many);
    for (const [id, { name, at }] of rows.entries()) {
      assert.deepEqual([name, at], [`of ${(id + 1) % 2}`, timeOf(1)], `row ${id}`);
    }
    assert.deepEqual(tasks.flatMap(({ context }) => context.reports), []);
  } finally {
    for (const { task } of tasks) await task.stop();
  }
});

async function takesMerge({ sql }: PostgresSinkWorld, table: string): Promise<boolean> {
  const [[rules], columns] = await Promise.all([
    sql.unsafe(tableRulesSql, [table]),
    sql.unsafe(tableColumnsSql, [table]),
  ]);
  return checkedBy(rules as never, columns as never).takesMerge;
}

const tables: readonly (readonly [what: string, sql: string, isTaken: boolean])[] = [
  ["a plain table", "", true],
  ["a table with checks and unique columns", "alter table t add check (n > 0), add unique (n)", true],
  [
    "a partitioned table",
    "drop table t; create table t (id int primary key, n int) partition by hash (id)",
    true,
  ],
  ["a table with a rule", "create rule quiet as on delete to t do instead nothing", false],
  ["a table with a trigger", "create trigger x before update on t for each row execute function tr()", false],
  ["a table with row security", "alter table t enable row level security, force row level security", false],
  ["a parent", "create table child () inherits (t)", false],
  ["a table with a generated column", "alter table t add g int generated always as (n + 1) stored", false],
  ["a view", "alter table t rename to base; create view t as select * from base", false],
];

for (const [what, change, isTaken] of tables) {
  Deno.test(`${what} ${isTaken ? "takes" : "doesn't take"} MERGE`, async () => {
    await using world = await postgresSinkWorld();
    const role = freshName("reader");
    await world.sql.unsafe(`create table t (id int primary key, n int);
      create function tr() returns trigger language plpgsql as 'begin return new; end'; ${change}`);
    if (!change.includes("row level")) return assert.equal(await takesMerge(world, "t"), isTaken);
    // The superuser bypasses policies.
    await world.sql.unsafe(`create role ${role}; grant select on t to ${role}`);
    await world.sql.begin(async (tx) => {
      await tx.unsafe(`set local role ${role}`);
      assert.equal(await takesMerge({ ...world, sql: tx as never }, "t"), isTaken);
    });
    await world.sql.unsafe(`drop owned by ${role}; drop role ${role}`);
  });
}

const limits = { idleInTransactionMs: 0, lockMs: 0, statementMs: 0, transactionMs: 0 };
const orders =
  "create table billing.customer_order (order_id int8 primary key, customer_key bytea, cents int8, ordered_at timestamptz)";
const partOf = "partition of billing.customer_order for values with";

for (
  const [what, sql, isLarge] of [
    ["an empty table", orders, true],
    ["a small table", `${orders}; insert into billing.customer_order values (1), (2); analyze`, false],
    [
      "a large partitioned table",
      `${orders} partition by hash (order_id);
       create table billing.half ${partOf} (modulus 2, remainder 0);
       create table billing.other_half ${partOf} (modulus 2, remainder 1);
       insert into billing.customer_order select generate_series(1, 10000); analyze`,
      true,
    ],
  ] as const
) {
  Deno.test(`a MERGE finds the rows of ${what} by its index`, async () => {
    await using world = await postgresSinkWorld();
    await world.sql.unsafe(`create schema billing; ${sql}`);
    const session = await world.sql.reserve();
    const { merge } = newestWinsSql(planOf(billing).write);
    await session.unsafe(`prepare merged as ${merge}; ${beginSql(150_000, limits, true)}`);
    const parameters = planOf(billing).write.columns.map(() => "'{}'").join();
    const plan = await session.unsafe(`explain execute merged (${parameters})`);
    await session`rollback`;
    session.release();
    const lines = plan.map((row) => String(row["QUERY PLAN"])).join("\n");
    assert.doesNotMatch(lines, /Seq Scan/);
    assert.match(lines, isLarge ? /Nested Loop.*Index Scan/s : /Index Scan/);
  });
}

sinkOrderContract("PostgreSQL, step by step", async () => {
  const world = await postgresSinkWorld();
  return {
    ...world,
    createTable: async (name, spec) => {
      await world.createTable(name, spec);
      await world.sql.unsafe(`create table ${name}_of_old () inherits (${name})`);
    },
  };
});
