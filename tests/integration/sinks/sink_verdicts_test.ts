/**
 * Whether a database error is the row's or the configuration's: with one bad row of three, with three bad ones, and
 * with a batch of one. The verdict comes from the error and the catalog, so it is always the same.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ConfigException, RetriableException } from "../../../connect/api/exceptions.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { startTask } from "../../contract/sink_contract.ts";
import { byValue, deleting, freshSchema, putAll, recordOf, sinkCase } from "../../support/sinks/sink_case.ts";

/** A valid value and an invalid one. */
interface RowRule {
  readonly name: string;
  readonly sql: string;
  readonly bad: Readonly<Record<string, bigint | string>>;
  readonly rule: string;
  readonly props?: Props;
  readonly grants?: string;
  /** Columns that are compared; absent = all. */
  readonly shown?: string;
}

const trigger = (body: string) =>
  `create table t (id int primary key, n int);
   create function f() returns trigger language plpgsql as $$ begin
     if new.n < 0 then ${body} end if; return new; end $$;
   create trigger f before insert or update on t for each row execute function f();`;
const negative = { n: -1n };

const rowRules: readonly RowRule[] = [
  { name: "a trigger", sql: trigger("raise exception 'no';"), bad: negative, rule: "P0001" },
  {
    name: "a trigger that meets a table which isn't there",
    sql: trigger("insert into missing values (1);"),
    bad: negative,
    rule: "42P01",
  },
  {
    name: "a trigger that raises the code of an outage",
    sql: trigger("raise exception 'no' using errcode = '53100';"),
    bad: negative,
    rule: "53100",
  },
  {
    name: "a trigger that raises the code of a deadlock",
    sql: trigger("raise exception 'no' using errcode = '40P01';"),
    bad: negative,
    rule: "40P01",
  },
  {
    name: "a trigger that may not read a table",
    sql: `create table codes (n int); ${trigger("perform 1 from codes;")}`,
    grants: "grant select, insert, update on t to {role};",
    bad: negative,
    rule: "42501",
  },
  {
    name: "a policy",
    sql: `create table t (id int primary key, n int); alter table t enable row level security;
      create policy p on t using (true) with check (n > 0);`,
    grants: "grant select, insert, update on t to {role};",
    bad: negative,
    rule: "42501",
  },
  {
    name: "a view with check option",
    sql: `create table t (id int primary key, n int);
      create view v as select * from t where n > 0 with check option;`,
    props: { "table.name.format": "v" },
    bad: negative,
    rule: "44000",
  },
  {
    name: "a domain",
    sql: "create domain positive as int check (value > 0); create table t (id int primary key, n positive);",
    bad: negative,
    rule: "23514",
  },
  {
    name: "a check whose function reads a table",
    sql: `create table limits (most int); insert into limits values (9);
      create function fits(n int) returns boolean language plpgsql as $$ begin
        if n > 0 then return true; end if; perform 1 from nowhere; return true; end $$;
      create table t (id int primary key, n int check (fits(n)));`,
    bad: negative,
    rule: "42P01",
  },
  {
    name: "a generated column",
    sql: "create table t (id int primary key, n int, half int generated always as (60 / n) stored);",
    bad: { n: 0n },
    rule: "22012",
    shown: "(id, n)::text",
  },
  {
    name: "a deferred constraint",
    sql: `create table up (n int primary key); insert into up values (1);
      create table t (id int primary key, n int references up deferrable initially deferred);`,
    bad: negative,
    rule: "23503",
  },
  {
    name: "a partition that is missing",
    sql: `create table t (id int, n int, primary key (id, n)) partition by range (n);
      create table part partition of t for values from (0) to (100);`,
    props: { "pk.fields": "id,n" },
    bad: negative,
    rule: "23514",
  },
  {
    name: "a type whose text only PostgreSQL reads",
    sql: "create table t (id int primary key, n int, ip inet);",
    bad: { n: 1n, ip: "not an address" },
    rule: "22P02",
    shown: "(id, n)::text",
  },
];

for (const { name, sql, bad, rule, props, grants, shown } of rowRules) {
  const good = { n: 1n };
  const of = (...values: readonly Readonly<Record<string, bigint | string>>[]) =>
    values.map((value, index) => ({ id: BigInt(index + 1), ...value }));
  const common = { sql, ...props === undefined ? {} : { props }, ...grants === undefined ? {} : { grants } };
  const seen = shown === undefined ? {} : { shown };
  sinkCase({
    ...{ name: `${name}: one bad row of three`, ...common, ...seen, steps: [of(good, bad, good)] },
    ...{ rows: ["(1,1)", "(3,1)"], refused: [`1 sqlstate_${rule}`] },
  });
  sinkCase({
    ...{ name: `${name}: all three bad`, ...common, ...seen, steps: [of(bad, bad, bad)], rows: [] },
    refused: [0, 1, 2].map((offset) => `${offset} sqlstate_${rule}`),
  });
  sinkCase({
    ...{ name: `${name}: a batch of one`, ...common, ...seen, steps: [of(bad)], rows: [] },
    refused: [`0 sqlstate_${rule}`],
  });
}

Deno.test("with a bad record in the put, a child in front of its parent stays if the key is deferred", async () => {
  await using world = await freshSchema();
  await world.sql.unsafe(
    "create table t (id int primary key, up int references t deferrable initially deferred)",
  );
  const refused: number[] = [];
  const { task } = await startTask(world, { ...byValue, "errors.tolerance": "all" }, {
    report: ({ record }) => Promise.resolve(void refused.push(Number(record.offset))),
  });
  const records = [{ id: 1n, up: 2n }, { id: 2n, up: null }, { id: 3n, up: 99n }, { id: 4n, up: 5n }, {
    id: 5n,
    up: null,
  }].map(recordOf);
  assert.equal(await putAll(task, records), null);
  await task.stop();
  assert.deepEqual(refused, [2]);
  const rows = await world.sql.unsafe("select t::text as row from t order by id");
  assert.deepEqual(rows.map((row) => row["row"]), ["(1,2)", "(2,)", "(4,5)", "(5,)"]);
});

/** A fault that an operator must correct, whatever the number of records. */
interface Missing {
  readonly name: string;
  /** SQL to run after the first record was written. */
  readonly change: string;
  readonly says: RegExp;
  readonly isDelete?: boolean;
}

const missing: readonly Missing[] = [
  {
    name: "a right that was revoked",
    change: "revoke insert on t from {role}",
    says: /lacks the rights INSERT \(/,
  },
  { name: "a column's right", change: "revoke update on t from {role}", says: /lacks the rights UPDATE \(/ },
  {
    name: "the right to delete",
    change: "revoke delete on t from {role}",
    says: /lacks the rights DELETE/,
    isDelete: true,
  },
  { name: "a table that was dropped", change: "drop table t", says: /shows this login no such table/ },
  { name: "a column that was dropped", change: "alter table t drop column n", says: /no column there/ },
  {
    name: "an index that was dropped",
    change: "alter table t drop constraint t_pkey",
    says: /needs a primary key or a unique index of the columns id/,
  },
  {
    name: "a schema's right",
    change: "revoke usage on schema {schema} from {role}",
    says: /USAGE of schema|no such table/,
  },
];

for (const { name, change, says, isDelete } of missing) {
  for (const count of [1, 3]) {
    Deno.test(`${name} stops the task with ${count} records, and none is reported`, async () => {
      await using world = await freshSchema();
      const role = `${world.schema}_writer`;
      await world.sql.unsafe(`create table t (id int primary key, n int);
        create role ${role} login password '${role}'; grant usage on schema ${world.schema} to ${role};
        grant select, insert, update, delete on t to ${role};`);
      const refused: unknown[] = [];
      const { task } = await startTask(world, {
        ...isDelete === true ? deleting : byValue,
        "connection.url": world.urlOf(role),
        "errors.tolerance": "all",
      }, { report: ({ error }) => Promise.resolve(void refused.push(error)) });
      const form = (id: bigint) => isDelete === true ? [id, null] as const : [id, { id, n: 1n }] as const;
      assert.equal(await putAll(task, [recordOf([7n, { id: 7n, n: 1n }], 0)]), null);
      await world.sql.unsafe(change.replaceAll("{role}", role).replaceAll("{schema}", world.schema));
      const records = Array.from(
        { length: count },
        (_, index) => recordOf(form(BigInt(index + 1)), index + 1),
      );
      const error = await putAll(task, records);
      await task.stop();
      await world.sql.unsafe(`drop owned by ${role}; drop role ${role}`);
      assert.ok(error instanceof ConfigException, String(error));
      assert.match(error.message, says);
      assert.deepEqual(refused, []);
    });
  }
}

Deno.test("a record that alone takes longer than a statement may is tried again, and the reason names it", async () => {
  await using world = await freshSchema();
  await world.sql.unsafe(`create table t (id int primary key, n int);
    create function slow() returns trigger language plpgsql as $$ begin
      if new.n < 0 then perform pg_sleep(3); end if; return new; end $$;
    create trigger slow before insert on t for each row execute function slow();`);
  const { task } = await startTask(world, { ...byValue, "statement.timeout.ms": "1000" });
  const records = [{ id: 1n, n: 1n }, { id: 2n, n: -1n }, { id: 3n, n: 1n }].map(recordOf);
  await assert.rejects(task.put(records), (error: unknown) => {
    assert.ok(error instanceof RetriableException);
    assert.match(error.message, /offset 1 alone exceeds statement\.timeout\.ms/);
    return true;
  });
  await world.sql.unsafe("drop trigger slow on t");
  assert.equal(await putAll(task, records), null);
  await task.stop();
  assert.equal((await world.sql.unsafe("select from t")).length, 3);
});
