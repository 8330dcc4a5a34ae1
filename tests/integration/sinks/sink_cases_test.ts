/** Expected tables and reported records, written by hand: each case in one put, and one record per put. @module */

import assert from "node:assert/strict";
import { ConnectException } from "../../../connect/api/exceptions.ts";
import { Schema, Struct } from "../../../connect/api/schema.ts";
import { startTask } from "../../contract/sink_contract.ts";
import {
  byKey,
  byValue,
  deleting,
  freshSchema,
  putAll,
  recordOf,
  type SinkCase,
  sinkCase,
  strictCase,
} from "../../support/sinks/sink_case.ts";
import { sinkRecord } from "../../support/fakes/fake_sink_context.ts";

const uuid = "2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d";

// Keys that differ as text and are equal to the database.

for (
  const [type, first, second] of [
    ["uuid", uuid.toUpperCase(), uuid],
    ["citext", "Ana@x.test", "ana@x.test"],
    ["timestamptz", "2026-01-01T12:00:00Z", "2026-01-01T09:00:00-03:00"],
    ["time", "12:00:00", "12:00"],
    ["inet", "10.0.0.1/32", "10.0.0.1"],
    ["char(3)", "a", "a "],
    ["numeric", "1.0", 1n],
    ["text collate folded", "Ana", "ANA"],
  ] as const
) {
  const sql = `create table t (id ${type} primary key, name text, phone text);`;
  sinkCase({
    name: `a tombstone deletes the row of a key that is spelled otherwise, ${type}`,
    sql,
    props: deleting,
    steps: [[[first, { name: "upper" }], [second, null]]],
    rows: [],
  });
  sinkCase({
    name: `a write behind a tombstone of another spelling stays, ${type}`,
    sql: `${sql} insert into t values ('${first}', 'old', 'old');`,
    props: deleting,
    steps: [[[first, null], [second, { name: "new" }]]],
    shown: "name",
    rows: ["new"],
  });
}

sinkCase({
  name: "a tombstone deletes by a key of two columns, one of which is spelled otherwise",
  sql: "create table t (id uuid, part int, name text, primary key (id, part));",
  props: { ...deleting, "pk.fields": "id,part" },
  steps: [[
    [{ id: uuid.toUpperCase(), part: 1n }, { name: "a" }],
    [{ id: uuid.toUpperCase(), part: 2n }, { name: "b" }],
    [{ id: uuid, part: 1n }, null],
  ]],
  rows: [`(${uuid},2,b)`],
});

sinkCase({
  name: "insert.mode=update: the last of several spellings wins",
  sql: `create table t (id uuid primary key, name text); insert into t values ('${uuid}', 'start');`,
  props: { ...byKey, "insert.mode": "update" },
  steps: [[
    [uuid.toUpperCase(), { name: "first" }],
    [uuid, { name: "second" }],
    [uuid.slice(0, 20).toUpperCase() + uuid.slice(20), { name: "third" }],
  ]],
  rows: [`(${uuid},third)`],
});

sinkCase({
  name: "insert.mode=ignore: the first of several spellings stays",
  sql: "create table t (id uuid primary key, name text);",
  props: { ...byKey, "insert.mode": "ignore" },
  steps: [[[uuid.toUpperCase(), { name: "first" }], [uuid, { name: "second" }]]],
  rows: [`(${uuid},first)`],
});

// A record's own fields are its columns.

const people =
  "create table t (id int primary key, name text, phone text); insert into t values (1, 'Ana', '+55 1');";

sinkCase({
  name: "a field that a record lacks leaves the column as it is",
  sql: people,
  steps: [[{ id: 1n, name: "Ana M" }, { id: 2n, name: "Bea", phone: "+55 2" }]],
  rows: ['(1,"Ana M","+55 1")', '(2,Bea,"+55 2")'],
});

sinkCase({
  name: "two records of one key each write their own fields",
  sql: people,
  steps: [[{ id: 1n, name: "Ana M" }, { id: 1n, phone: "+55 3" }, { id: 2n, name: "Bea" }, {
    id: 2n,
    phone: "+55 2",
  }]],
  rows: ['(1,"Ana M","+55 3")', '(2,Bea,"+55 2")'],
});

sinkCase({
  name: "an explicit null is NULL",
  sql: people,
  steps: [[{ id: 1n, name: "Ana M", phone: null }, { id: 2n, name: "Bea" }]],
  rows: ['(1,"Ana M",)', "(2,Bea,)"],
});

sinkCase({
  name: "fields.whitelist: a field that a record lacks leaves the column as it is",
  sql: people,
  props: { "fields.whitelist": "name,phone" },
  steps: [[{ id: 1n, name: "Ana M", note: "not copied" }, { id: 2n, phone: "+55 2" }]],
  rows: ['(1,"Ana M","+55 1")', '(2,,"+55 2")'],
});

sinkCase({
  name: "insert.mode=update: a field that a record lacks leaves the column as it is",
  sql: people,
  props: { "insert.mode": "update" },
  steps: [[{ id: 1n, name: "Ana M" }, { id: 2n, name: "Bea", phone: "+55 2" }, { id: 1n, phone: null }]],
  rows: ['(1,"Ana M",)'],
});

const struct = (fields: Readonly<Record<string, string | bigint>>) => {
  const schemas = Object.entries(fields).map(([name, value]) => ({
    name,
    schema: new Schema(typeof value === "bigint" ? "int64" : "string", { optional: true }),
  }));
  return Struct.of(new Schema("struct", { fields: schemas }), fields);
};

sinkCase({
  name: "with schemas, a field that a record lacks leaves the column as it is",
  sql: people,
  steps: [[struct({ id: 1n, name: "Ana M" }), struct({ id: 2n, name: "Bea", phone: "+55 2" })]],
  rows: ['(1,"Ana M","+55 1")', '(2,Bea,"+55 2")'],
});

const regions = "create table t (id int primary key, name text, region text not null default 'BR');";
const mixed = ["a", "b", "c", "d", "e", "f"].map((name, index) => ({
  id: BigInt(index + 1),
  name,
  ...index % 2 === 0 ? { region: index === 4 ? "SP" : "RJ" } : {},
}));
const withDefaults = ["(1,a,RJ)", "(2,b,BR)", "(3,c,RJ)", "(4,d,BR)", "(5,e,SP)", "(6,f,BR)"];

for (const mode of ["upsert", "insert", "ignore"]) {
  sinkCase({
    name: `insert.mode=${mode}: a record without a column that has a default is no bad record`,
    sql: regions,
    props: { "insert.mode": mode },
    steps: [mixed],
    rows: withDefaults,
  });
}

sinkCase({
  name: "an explicit null where the column has a default and NOT NULL is refused",
  sql: regions,
  steps: [[{ id: 1n, name: "a", region: "RJ" }, { id: 2n, name: "b", region: null }, { id: 3n, name: "c" }]],
  rows: ["(1,a,RJ)", "(3,c,BR)"],
  refused: ["1 sqlstate_23502"],
});

// Values from the database belong to one row only.

const words = [{ id: 1n, name: "ok" }, { id: 2n, name: "bad" }, { id: 3n, name: "ok" }];

function wordTrigger(body: string): string {
  return `create table t (id int primary key, name text);
    create table codes (name text, code text); insert into codes values ('ok', '1'), ('dup', '1'), ('dup', '2');
    create function f() returns trigger language plpgsql as $$ declare x text; begin ${body} return new; end $$;
    create trigger f before insert or update on t for each row execute function f();`;
}

for (
  const [name, sql, rule] of [
    [
      "an error code of the application's own",
      wordTrigger("if new.name = 'bad' then raise exception 'no' using errcode = 'UX001'; end if;"),
      "sqlstate_UX001",
    ],
    [
      "no row for a trigger's into strict",
      wordTrigger("select code into strict x from codes c where c.name = new.name;"),
      "sqlstate_P0002",
    ],
  ] as const
) {
  sinkCase({
    name: `${name} refuses the record alone`,
    sql,
    steps: [words],
    rows: ["(1,ok)", "(3,ok)"],
    refused: [`1 ${rule}`],
  });
  strictCase({ name, sql, steps: [words], rows: ["(1,ok)"], refused: [`1 ${rule}`] });
}

const countries = [
  { id: 1n, region: "BR" },
  { id: 2n, region: "AR" },
  { id: 3n, region: "BR" },
];

sinkCase({
  name: "a policy refuses the record alone",
  sql: `create table t (id int primary key, region text); alter table t enable row level security;
    create policy p on t using (true) with check (region = 'BR');`,
  grants: "grant select, insert, update on t to {role};",
  steps: [countries],
  rows: ["(1,BR)", "(3,BR)"],
  refused: ["1 sqlstate_42501"],
});

sinkCase({
  name: "a view with check option refuses the record alone",
  sql: `create table t (id int primary key, region text);
    create view v as select * from t where region = 'BR' with check option;`,
  props: { "table.name.format": "v" },
  steps: [countries],
  rows: ["(1,BR)", "(3,BR)"],
  refused: ["1 sqlstate_44000"],
});

const subquery = `
  create table codes (name text, code text); insert into codes values ('x','1'),('dup','1'),('dup','2');
  create table t (id int primary key, name text, code text);
  create function f() returns trigger language plpgsql as $$ begin
    new.code := (select code from codes c where c.name = new.name); return new; end $$;
  create trigger f before insert or update on t for each row execute function f();`;
const doubled: SinkCase = {
  name: "more than one row of a trigger's subquery is the record's own error",
  sql: subquery,
  steps: [[{ id: 1n, name: "x" }, { id: 2n, name: "dup" }, { id: 3n, name: "x" }]],
  rows: ["(1,x,1)", "(3,x,1)"],
  refused: ["1 sqlstate_21000"],
};

sinkCase(doubled);
strictCase({ ...doubled, rows: ["(1,x,1)"] });

// Order across keys, where rows depend on each other.

sinkCase({
  name: "a record is judged by the rows in front of it, whatever comes behind",
  sql: "create table t (id int primary key, phone text unique); insert into t values (1, 'a');",
  props: deleting,
  steps: [[[2n, { phone: "a" }], [1n, null], [3n, { phone: "a" }]]],
  rows: ["(3,a)"],
  refused: ["0 sqlstate_23505"],
});

sinkCase({
  name: "a bad record isn't hidden by a good one of the same key behind it",
  sql: "create table t (id int primary key, n int check (n > 0));",
  steps: [[{ id: 1n, n: -1n }, { id: 1n, n: 1n }, { id: 2n, n: 2n }, { id: 2n, n: -2n }]],
  rows: ["(1,1)", "(2,2)"],
  refused: ["0 sqlstate_23514", "3 sqlstate_23514"],
});

sinkCase({
  name: "a row that refers to one behind it is refused",
  sql: "create table t (id int primary key, up int references t);",
  steps: [[{ id: 1n, up: 2n }, { id: 2n, up: null }, { id: 3n, up: 2n }]],
  rows: ["(2,)", "(3,2)"],
  refused: ["0 sqlstate_23503"],
});

for (
  const [name, records, rows] of [
    ["keeps its former key if a record in front has taken the present one", [2n, [2n, 4n]], ["(2)", "(4)"]],
    ["that a record in front has made gets its present key", [1n, [2n, 1n]], ["(2)", "(4)"]],
  ] as const
) {
  sinkCase({
    name: `pk.previous.field: a row ${name}`,
    sql: "create table t (id int primary key); insert into t values (4);",
    props: { "pk.previous.field": "former" },
    steps: [
      records.map((record) =>
        typeof record === "bigint" ? { id: record } : { id: record[0], former: [record[1]] }
      ),
    ],
    rows,
  });
}

// The table changes while the task runs.

sinkCase({
  name: "columns that were widened take what is wider at once",
  sql: "create table t (id int primary key, name varchar(5), n int);",
  steps: [
    [{ id: 1n, name: "Ana", n: 1n }],
    "alter table t alter column name type varchar(50), alter column n type bigint;",
    [{ id: 2n, name: "Ana Beatriz Souza", n: 1n }, { id: 3n, name: "Ana", n: 3_000_000_000n }],
  ],
  rows: ["(1,Ana,1)", '(2,"Ana Beatriz Souza",1)', "(3,Ana,3000000000)"],
});

sinkCase({
  name: "a column that was added is written at once",
  sql: "create table t (id int primary key, name text);",
  steps: [
    [{ id: 1n, name: "Ana" }],
    "alter table t add column phone text;",
    [{ id: 2n, name: "Bea", phone: "+55 2" }],
  ],
  rows: ["(1,Ana,)", '(2,Bea,"+55 2")'],
});

// Types.

sinkCase({
  name: "bit(n) takes its text",
  sql: "create table t (id int primary key, b bit(8));",
  steps: [[{ id: 1n, b: "10101010" }]],
  rows: ["(1,10101010)"],
});

sinkCase({
  name: "char(n)[] keeps all characters",
  sql: "create table t (id int primary key, codes char(3)[]);",
  steps: [[{ id: 1n, codes: ["BRA", "USA"] }]],
  rows: ['(1,"{BRA,USA}")'],
});

for (
  const [type, good, long] of [["bit(3)", "101", "1010"], ["char(3)", "BRA", "BRAZ"], ["code", "BRA", "BRAZ"]]
) {
  sinkCase({
    name: `what is longer than ${type} is refused, also in an array`,
    sql: `create domain code as char(3); create table t (id int primary key, v ${type}, vs ${type}[]);`,
    steps: [[
      { id: 1n, v: good ?? null },
      { id: 2n, v: long ?? null },
      { id: 3n, vs: [good ?? null, null] },
      { id: 4n, vs: [good ?? null, long ?? null] },
    ]],
    rows: [`(1,${good},)`, `(3,,"{${good},NULL}")`],
    refused: ["1 *", "3 *"],
  });
}

sinkCase({
  name: "timestamp[] is UTC, as timestamp is",
  sql: "create table t (id int primary key, at timestamp, ats timestamp[]);",
  steps: [[{
    ...{ id: 1n, at: "2026-01-01T12:00:00+05:00" },
    ats: ["2026-01-01T12:00:00+05:00", "2026-01-01T12:00:00-03:00"],
  }]],
  rows: [`(1,"2026-01-01 07:00:00","{""2026-01-01 07:00:00"",""2026-01-01 15:00:00""}")`],
});

for (const type of ["json", "jsonb"]) {
  const document = new Schema("struct", {
    fields: [
      { name: "id", schema: Schema.INT64 },
      { name: "doc", schema: new Schema("string", { name: "io.debezium.data.Json", optional: true }) },
    ],
  });
  sinkCase({
    name: `text whose schema says that it is JSON is a document, ${type}`,
    sql: `create table d (id int primary key, doc ${type});
      create view t as select id, doc->'a'->>1 as found from d;`,
    props: { "table.name.format": "d", "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector" },
    steps: [[
      Struct.of(document, { id: 1n, doc: `{"a":[1,2]}` }),
      Struct.of(document, { id: 2n, doc: null }),
    ]],
    rows: ["(1,2)", "(2,)"],
  });
}

Deno.test("a batch that takes longer than a statement may is written in smaller ones", async () => {
  await using world = await freshSchema();
  await world.sql.unsafe(`create table t (id int primary key);
    create function f() returns trigger language plpgsql as $$ begin perform pg_sleep(0.01); return new; end $$;
    create trigger f before insert on t for each row execute function f();`);
  const { task, context } = await startTask(world, { ...byValue, "statement.timeout.ms": "400" });
  const records = Array.from({ length: 200 }, (_, index) => recordOf({ id: BigInt(index) }, index));
  const error = await putAll(task, records);
  await task.stop();
  assert.equal(error, null);
  assert.deepEqual(context.reports, []);
  assert.deepEqual([...await world.sql`select count(*)::int as rows from t`], [{ rows: 200 }]);
});

Deno.test("errors.tolerance=none: what stands behind a bad record is no rival of another partition's", async () => {
  await using world = await freshSchema();
  await world.sql.unsafe("create table t (id int primary key, n int check (n > 0))");
  const { task } = await startTask(
    world,
    { ...byValue, "insert.mode": "insert", "errors.tolerance": "none" },
    {
      report: () => Promise.reject(new ConnectException("not tolerated")),
    },
  );
  const records = [
    sinkRecord(0, { partition: 0, value: { id: 2n, n: -1n } }),
    sinkRecord(1, { partition: 0, value: { id: 1n, n: 1n } }),
    sinkRecord(0, { partition: 1, value: { id: 1n, n: 2n } }),
    sinkRecord(2, { partition: 0, value: { id: 1n, n: 3n } }),
  ];
  const error = await putAll(task, records);
  await task.stop();
  assert.equal(error?.message, "not tolerated");
  assert.deepEqual([...await world.sql`select id, n from t`], [{ id: 1, n: 2 }]);
});
