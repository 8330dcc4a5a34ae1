/** Examples of the bug families that the batch law found: each in one put, and one record per put. @module */

import assert from "node:assert/strict";
import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { startTask } from "../../contract/sink_contract.ts";
import { byValue, deleting, freshSchema, putAll, recordOf, sinkCase } from "../../support/sinks/sink_case.ts";

// An error can be the row's without having a context, whatever defaults the table has.

sinkCase({
  name: "a value that only its own type refuses is the row's, on a table with defaults and a sequence",
  sql: "create table t (id int primary key, q tsquery, no serial, region text default 'BR');",
  steps: [[{ id: 1n, q: "a & b" }, { id: 2n, q: "a &" }, { id: 3n, q: "c" }]],
  shown: "(id, region)::text",
  rows: ["(1,BR)", "(3,BR)"],
  refused: ["1 sqlstate_42601"],
});

sinkCase({
  name: "the row's error needs no more rights than the statement has",
  sql: "create table t (id int primary key, q tsquery);",
  grants: "grant insert, select on t to {role}; grant update (q) on t to {role};",
  steps: [[{ id: 1n, q: "a" }, { id: 2n, q: "a &" }]],
  rows: ["(1,'a')"],
  refused: ["1 sqlstate_42601"],
});

// No record is to blame for what all of them share.

interface Shared {
  readonly name: string;
  readonly sql: string;
  readonly grants?: string;
  readonly change?: string;
  readonly props?: Props;
  readonly says: RegExp;
}

const shared: readonly Shared[] = [
  {
    name: "a right to read that an upsert needs",
    sql: "create table t (id int primary key, n int);",
    grants: "grant insert, update on t to {role}; grant select (id) on t to {role};",
    says: /lacks the rights SELECT \(n\)/,
  },
  {
    name: "a right that is revoked, with parameters in the errors' context",
    sql: "create table t (id int primary key, n int, region text default 'BR');",
    grants: `grant select, insert, update on t to {role};
      alter role {role} set log_parameter_max_length_on_error = -1;`,
    change: "revoke insert on t from {role}",
    says: /lacks the rights INSERT \(/,
  },
  {
    name: "a view whose table has lost its key",
    sql: "create table t (id int primary key, n int); create view v as select * from t;",
    grants: "grant select, insert, update on t, v to {role};",
    change: "alter table t drop constraint t_pkey",
    props: { "table.name.format": "v" },
    says: /42P10.*without any row/,
  },
  {
    name: "a view that takes no rows",
    sql: "create table t (id int, n int); create view v as select distinct id, n from t;",
    grants: "grant select, insert, update on t, v to {role};",
    props: { "table.name.format": "v", "insert.mode": "insert", "pk.mode": "none", "pk.fields": "" },
    says: /55000.*without any row/,
  },
  {
    name: "a view whose owner has lost the right",
    sql:
      "create table t (id int primary key, n int); create view v with (security_invoker) as select * from t;",
    grants: "grant select, insert, update on v to {role};",
    props: { "table.name.format": "v" },
    says: /42501.*without any row/,
  },
];

for (const { name, sql, grants = "", change, props, says } of shared) {
  Deno.test(`${name} stops the task, and no record is reported`, async () => {
    await using world = await freshSchema();
    const role = `${world.schema}_writer`;
    await world.sql.unsafe(`${sql} create role ${role} login password '${role}';
      grant usage on schema ${world.schema} to ${role}; ${grants.replaceAll("{role}", role)}`);
    const refused: unknown[] = [];
    const { task } = await startTask(world, {
      ...{ ...byValue, ...props, "connection.url": world.urlOf(role), "errors.tolerance": "all" },
    }, { report: ({ error }) => Promise.resolve(void refused.push(error)) });
    if (change !== undefined) {
      assert.equal(await putAll(task, [recordOf({ id: 7n, n: 1n }, 0)]), null);
      await world.sql.unsafe(change.replaceAll("{role}", role));
    }
    const error = await putAll(task, [1n, 2n, 3n].map((id) => recordOf({ id, n: 1n }, Number(id))));
    await task.stop();
    await world.sql.unsafe(`drop owned by ${role}; drop role ${role}`);
    assert.ok(error instanceof ConfigException, String(error));
    assert.match(error.message, says);
    assert.deepEqual(refused, []);
  });
}

// The column decides which keys are equal.

for (
  const [type, given] of [["numeric(10,2)", "3.001"], ["timestamptz(0)", "2026-01-01T12:00:00.4Z"], [
    "time(0)",
    "12:00:00.4",
  ]] as const
) {
  sinkCase({
    name: `a row is found by the key that its column rounds, ${type}`,
    sql: `create table t (id ${type} primary key, name text);`,
    props: deleting,
    steps: [[[given, { name: "a" }], [given, null]]],
    rows: [],
  });
}

sinkCase({
  name: "a unique index of another collation than its column's decides what is equal",
  sql: `create table t (id text, name text, phone text); create unique index on t (id collate folded);`,
  props: { "pk.mode": "record_key" },
  steps: [[
    ["z", { name: "q", phone: "p" }],
    ["Ana", { name: "1", phone: "1" }],
    ["ANA", { name: "2", phone: "2" }],
    ["ANA", { name: "3" }],
  ]],
  shown: "(name, phone)::text",
  rows: ["(3,2)", "(q,p)"],
});

// Code in the database may read every row.

sinkCase({
  name: "a check whose function reads the table sees the rows in their order",
  sql: `create table t (id int primary key);
    create function grows(n int) returns boolean language plpgsql as $$ begin
      return not exists (select from t where id > n); end $$;
    alter table t add check (grows(id));`,
  props: { "insert.mode": "insert" },
  steps: [[{ id: 3n }, { id: 1n }, { id: 4n }]],
  rows: ["(3)", "(4)"],
  refused: ["1 sqlstate_23514"],
});

sinkCase({
  name: "a check whose stable function counts rows counts those of the same put",
  sql: `create table t (id int primary key);
    create function few() returns boolean language sql stable as 'select count(*) < 2 from t';
    alter table t add check (few());`,
  props: { "insert.mode": "insert" },
  steps: [[{ id: 1n }, { id: 2n }, { id: 3n }]],
  rows: ["(1)", "(2)"],
  refused: ["2 sqlstate_23514"],
});

sinkCase({
  name: "a default that counts rows counts them in their order",
  sql: `create table t (id int primary key);
    create function next_no() returns int language sql as 'select coalesce(max(no), 0) + 1 from t';`
    .replace("create function", "alter table t add no int; create function") +
    " alter table t alter no set default next_no();",
  steps: [[{ id: 3n }, { id: 2n }, { id: 1n }]],
  rows: ["(1,3)", "(2,2)", "(3,1)"],
});

sinkCase({
  name: "newest wins: a row that a check refuses is refused alone, by its own SQLSTATE",
  sql:
    "create table t (id int primary key, name text check (name <> 'bad'), at timestamptz, gone timestamptz, " +
    "since timestamptz, never timestamptz);",
  props: {
    ...{ "pk.mode": "record_key", "newest.wins.field": "at", "erasure.topics": "customers" },
    "erasure.columns": "gone,since,never",
  },
  steps: [[
    [1n, { name: "x", at: "2026-01-01T00:00:00Z" }],
    [2n, { name: "bad", at: "2026-01-01T00:00:00Z" }],
    [3n, { name: "y", at: "2026-01-01T00:00:00Z" }],
  ]],
  shown: "(id, name)::text",
  rows: ["(1,x)", "(3,y)"],
  refused: ["1 sqlstate_23514"],
});

// Unavailable values aren't written, in all of Debezium's forms.

const unknown = "__debezium_unavailable_value";
sinkCase({
  name: "Debezium's text for a value that it doesn't know leaves the column as it is",
  sql: `create table t (id int primary key, name text, n int[], tags text[], doc jsonb);
    insert into t values (1, 'a', '{1}', '{x}', '{"a":1}');`,
  props: { "unavailable.value.placeholder": unknown },
  steps: [[{
    ...{ id: 1n, name: unknown, tags: [unknown], doc: { [unknown]: unknown } },
    n: [...new TextEncoder().encode(unknown)].map(BigInt),
  }]],
  rows: ['(1,a,{1},{x},"{""a"": 1}")'],
});

sinkCase({
  name: "a field whose name has a NUL is no other record's field",
  sql: "create table t (id int primary key, a text, b text);",
  props: { "fields.whitelist": "id,a,b" },
  steps: [[{ id: 1n, "a\0b": "x" }, { id: 2n, a: "a", b: "b" }, { id: 3n, a: "a", b: "b" }]],
  rows: ["(1,,)", "(2,a,b)", "(3,a,b)"],
});

Deno.test("a hundred children in front of their parents stay, with a bad record in the put", async () => {
  await using world = await freshSchema();
  await world.sql.unsafe(`create table t (id int primary key check (id < 1000),
    up int references t deferrable initially deferred)`);
  const refused: number[] = [];
  const { task } = await startTask(world, { ...byValue, "errors.tolerance": "all" }, {
    report: ({ record }) => Promise.resolve(void refused.push(Number(record.offset))),
  });
  const children = Array.from(
    { length: 100 },
    (_, index) => ({ id: BigInt(index + 1), up: BigInt(index + 101) }),
  );
  const parents = children.map(({ up }) => ({ id: up, up: null }));
  const records = [...children, { id: 5000n, up: null }, ...parents, { id: 900n, up: 999n }].map(recordOf);
  assert.equal(await putAll(task, records), null);
  await task.stop();
  assert.deepEqual(refused.toSorted((a, b) => a - b), [100, 201]);
  assert.equal((await world.sql.unsafe("select from t")).length, 200);
});
