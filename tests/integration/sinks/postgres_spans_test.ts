/** Rows of spans in PostgreSQL: what cells write, in one transaction or not at all. */

import assert from "node:assert/strict";
import type { Props } from "../../../connect/api/sink_task.ts";
import { SpanKind } from "../../../connect/api/spans.ts";
import { ensureOffsetTable } from "../../../sinks/postgres/offsets/offset_store.ts";
import type { ExpectedProgress } from "../../../sinks/sql/span_dialect.ts";
import { SqlFailure } from "../../../sinks/sql/sql_failure.ts";
import { startPgProxy } from "../../support/sinks/pg_proxy.ts";
import { type PostgresSinkWorld, postgresSinkWorld } from "../../support/sinks/postgres_sink_world.ts";
import {
  cellStatement,
  givenRows,
  spanStatement,
  type SpanWriter,
  spanWriter,
} from "../../support/wire/span_writer.ts";
import { sharedWorld } from "../../support/world.ts";

await sharedWorld();

const canary = "Canary Silva";
const at = { topic: "people", partition: 3 };
const upsert: Props = {
  ...{ "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "id", "table.name.format": "people" },
  ...{ "lock.timeout.ms": "60000", "statement.timeout.ms": "60000" },
};
const names = ["id", "name"];

interface Setting {
  readonly world: PostgresSinkWorld;
  readonly writer: SpanWriter;
}

/** Runs on a database with `people` and a claimed partition, whose offset is 5. */
async function onPeople(run: (setting: Setting) => Promise<void>, props: Props = {}): Promise<void> {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe("create table people (id bigint primary key, name text check (name <> ''))");
  await using writer = spanWriter(world.url, { ...upsert, ...props });
  await ensureOffsetTable(world.sql as never, writer.store);
  await world.sql.begin((tx) => writer.store.open(tx, [at]));
  await world.sql.unsafe("update sluice_offsets set next_offset = 5");
  await run({ world, writer });
}

function progress(before: bigint, nextOffset: bigint, fence = 1n): ExpectedProgress[] {
  return [{ at, before, nextOffset, lastTimestamp: 1_700_000_000_000, fence }];
}

const people = (...ids: readonly number[]) => ids.map((id) => ({ id: BigInt(id), name: canary }));

async function idsOf({ world }: Setting): Promise<string> {
  return (await world.rows("people")).map(({ id }) => id).join();
}

async function offsetOf({ world }: Setting): Promise<string> {
  const [row] = await world.sql`select next_offset::text as next from sluice_offsets`;
  return row?.["next"];
}

/** Awaits a failure, and returns its kind and text. */
async function failureOf(write: Promise<unknown>): Promise<string> {
  const error = await write.then(() => assert.fail("it was written"), (reason: unknown) => reason);
  assert.ok(error instanceof SqlFailure, String(error));
  assert.ok(!`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`.includes("Canary"));
  return `${error.kind}: ${error.message}`;
}

const everyType = {
  ...{
    id: "bigint",
    small: "smallint",
    whole: "int",
    price: "numeric(14, 2)",
    exact: "numeric",
    real: "float4",
  },
  ...{
    double: "float8",
    yes: "boolean",
    bytes: "bytea",
    name: "text",
    code: "char(5)",
    short: "varchar(40)",
  },
  ...{
    moment: "timestamptz",
    local: "timestamp(3)",
    day: "date",
    clock: "time",
    token: "uuid",
    mood: "mood",
  },
  wait: "interval",
};

const values = [
  {
    ...{
      id: 1n,
      small: -32768n,
      whole: 2147483647n,
      price: "12.345",
      exact: "-0.000001",
      real: 1.5,
      double: 1e-300,
    },
    ...{
      yes: true,
      bytes: new Uint8Array([0, 92, 255]),
      name: 'Zoë "\\{},NULL\n\t🎉',
      code: "ab",
      short: "",
    },
    ...{ moment: "2026-02-28T23:59:59.999999Z", local: "2026-02-28T23:59:59.9996", day: "2024-02-29" },
    ...{
      clock: "23:59:59.5",
      token: "0b1c6a52-9d3f-4a8a-8d49-7d2d5b9c4f10",
      mood: "glad",
      wait: "1 day 2:03",
    },
  },
  { id: 2n },
  {
    id: -9223372036854775808n,
    name: "NULL",
    exact: "1e3",
    double: -0,
    yes: false,
    price: 7n,
    bytes: new Uint8Array(),
  },
  {
    id: 9223372036854775807n,
    name: "x".repeat(10_000),
    moment: "1970-01-01T00:00:00Z",
    real: -1e20,
    wait: "0",
  },
];

Deno.test("spans write what cells write, for every type and for NULL", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe("create type mood as enum ('glad', 'sad')");
  const columns = Object.entries(everyType).map(([name, type]) => `${name} ${type}`).join(", ");
  const rowsBy = async (way: "cells" | "spans", prepare: string) => {
    await world.sql.unsafe(`drop table if exists people; create table people (${columns}, primary key (id))`);
    await using writer = spanWriter(world.url, { ...upsert, "connection.prepare": prepare });
    const plan = await writer.plan(Object.keys(everyType));
    for (const kind of ["insert", "upsert", "ignore"] as const) {
      const rows = kind === "insert" ? values.slice(0, 2) : values;
      const counts = way === "cells"
        ? await writer.dialect.writeAll([cellStatement(kind, plan, rows)])
        : await writer.dialect.spans.write([spanStatement(writer, kind, plan, rows)], []);
      assert.deepEqual(counts, [{ touched: { insert: 2, upsert: 4, ignore: 0 }[kind], closed: 0 }]);
    }
    return await world.sql`select people::text as row from people order by id`;
  };
  const expected = await rowsBy("cells", "true");
  assert.equal(expected.length, 4);
  assert.deepEqual(await rowsBy("spans", "true"), expected);
  assert.deepEqual(await rowsBy("spans", "false"), expected);
});

Deno.test("spans of JSON and of computed numbers arrive as their values, from several memories", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(
    "create table people (id bigint primary key, name text, points float8, price numeric, seen timestamptz)",
  );
  await using writer = spanWriter(world.url, upsert);
  const plan = await writer.plan(["id", "name", "points", "price", "seen"]);
  const double = new DataView(new ArrayBuffer(8));
  double.setFloat64(0, 2.5);
  const rows = givenRows([
    [[SpanKind.integer, "17"], [SpanKind.text, "Ana"], [SpanKind.number, "1.25"], [SpanKind.integer, "3"], [
      SpanKind.text,
      "2026-01-01T00:00:00Z",
    ]],
    [[SpanKind.int64, -5n], [SpanKind.null, ""], [SpanKind.double, double.getBigInt64(0)], [
      SpanKind.number,
      "0.5",
    ], [
      SpanKind.instant,
      1_500_000n,
    ]],
    [[SpanKind.integer, "-1"], [SpanKind.text, ""], [SpanKind.null, ""], [SpanKind.null, ""], [
      SpanKind.null,
      "",
    ]],
  ]);
  assert.deepEqual(await writer.dialect.spans.write([{ kind: "insert", plan, rows }], []), [{
    touched: 3,
    closed: 0,
  }]);
  const found = await world.sql`select people::text as row from people order by id`;
  assert.deepEqual(found.map(({ row }) => row), [
    '(-5,,2.5,0.5,"1970-01-01 00:00:01.5+00")',
    '(-1,"",,,)',
    '(17,Ana,1.25,3,"2026-01-01 00:00:00+00")',
  ]);
});

Deno.test("offsets move with the rows if they are where they should be, else nothing is written", () =>
  onPeople(async (setting) => {
    const { writer, world } = setting;
    const plan = await writer.plan(names);
    const write = (id: number, moved: readonly ExpectedProgress[]) =>
      writer.dialect.spans.write([spanStatement(writer, "upsert", plan, people(id))], moved);
    assert.deepEqual(await write(1, progress(5n, 6n)), [{ touched: 1, closed: 0 }]);
    assert.equal(await offsetOf(setting), "6");
    assert.equal(await write(2, progress(5n, 7n)), "offsets moved");
    assert.equal(await write(2, progress(6n, 7n, 2n)), "offsets moved");
    const [mine] = progress(6n, 7n);
    assert.ok(mine);
    const another = { ...mine, at: { topic: "people", partition: 4 } };
    assert.equal(await write(2, [mine, another]), "offsets moved");
    assert.deepEqual([await idsOf(setting), await offsetOf(setting)], ["1", "6"]);
    assert.deepEqual(await writer.dialect.spans.write([], progress(6n, 9n)), []);
    assert.deepEqual(await write(3, progress(9n, 10n)), [{ touched: 1, closed: 0 }]);
    assert.deepEqual([await idsOf(setting), await offsetOf(setting)], ["1,3", "10"]);
    const [row] = await world.sql`select last_timestamp from sluice_offsets`;
    assert.equal(row?.["last_timestamp"], "1700000000000");
  }));

Deno.test("an owner that waits for another's lock sees that the fence was raised", () =>
  onPeople(async (setting) => {
    const { writer, world } = setting;
    const plan = await writer.plan(names);
    const lock = await world.sql.reserve();
    await lock`begin`;
    await lock`update sluice_offsets set fence = fence + 1`;
    const written = writer.dialect.spans.write(
      [spanStatement(writer, "upsert", plan, people(1))],
      progress(5n, 6n),
    );
    await lock`select pg_sleep(0.2)`;
    await lock`commit`;
    lock.release();
    assert.equal(await written, "offsets moved");
    assert.deepEqual([await idsOf(setting), await offsetOf(setting)], ["", "5"]);
  }));

Deno.test("what the database refuses is told as for cells, and nothing is written", () =>
  onPeople(async (setting) => {
    const { writer, world } = setting;
    const plan = await writer.plan(names);
    await world.sql.unsafe(`
      create table region (code text primary key);
      create function late() returns trigger language plpgsql as
        $$ begin if new.id = 13 then raise exception 'late %', new.name; end if; return new; end $$;
      create constraint trigger late after insert on people deferrable initially deferred
        for each row execute function late()`);
    const write = (rows: ReturnType<typeof people>, kind: "insert" | "upsert" = "upsert") =>
      writer.dialect.spans.write([spanStatement(writer, kind, plan, rows)], progress(5n, 6n));
    const bad = [{ id: 1n, name: canary }, { id: 2n, name: "" }];
    assert.equal(
      await failureOf(write(bad)),
      "data: SQLSTATE 23514 check_violation, table public.people, constraint people_name_check",
    );
    assert.match(await failureOf(write(people(1, 1), "insert")), /^data: SQLSTATE 23505 unique_violation/);
    assert.equal(await failureOf(write(people(13))), "data: SQLSTATE P0001 raise_exception", "at the commit");
    await world.sql`alter table sluice_offsets add constraint few check (next_offset < 6)`;
    assert.match(await failureOf(write(people(1))), /^fatal: SQLSTATE 23514/, "no record is to blame");
    await world.sql`alter table sluice_offsets drop constraint few`;
    await world.sql`alter table people rename to others`;
    assert.match(await failureOf(write(people(1))), /^structure: SQLSTATE 42P01/);
    await world.sql`alter table others rename to people`;
    assert.deepEqual([await idsOf(setting), await offsetOf(setting)], ["", "5"]);
    assert.deepEqual(await write(people(1)), [{ touched: 1, closed: 0 }]);
  }));

Deno.test("locks and long statements end at their limits, and the session is used again", () =>
  onPeople(async (setting) => {
    const { writer, world } = setting;
    const plan = await writer.plan(names);
    const { pid } = (await writer.keeper.session()).facts;
    const write = () =>
      writer.dialect.spans.write([spanStatement(writer, "upsert", plan, people(1))], progress(5n, 6n));
    const lock = await world.sql.reserve();
    await lock`begin`;
    await lock`lock table people`;
    assert.match(await failureOf(write()), /^outage: SQLSTATE 55P03/);
    await lock`commit`;
    lock.release();
    await world.sql.unsafe(`
      create function slow() returns trigger language plpgsql as
        $$ begin perform pg_sleep(30); return new; end $$;
      create trigger slow before insert on people for each row execute function slow()`);
    assert.match(await failureOf(write()), /^timeout: SQLSTATE 57014/);
    await world.sql`drop trigger slow on people`;
    assert.deepEqual(await write(), [{ touched: 1, closed: 0 }]);
    assert.equal((await writer.keeper.session()).facts.pid, pid);
  }, { "lock.timeout.ms": "1000", "statement.timeout.ms": "3000" }));

Deno.test("statements that something has discarded are prepared again", () =>
  onPeople(async (setting) => {
    const { writer } = setting;
    const plan = await writer.plan(names);
    const write = (id: number) =>
      writer.dialect.spans.write([spanStatement(writer, "upsert", plan, people(id))], []);
    await write(1);
    await (await writer.keeper.session()).query("deallocate all");
    assert.deepEqual(await write(2), [{ touched: 1, closed: 0 }]);
    assert.equal(await idsOf(setting), "1,2");
  }));

Deno.test("newest wins is one MERGE, and counts what a seal keeps closed", async () => {
  await using world = await postgresSinkWorld();
  await world.sql.unsafe(`
    create table people (id bigint primary key, name text, updated_at timestamptz, erased_at timestamptz,
      registered_at timestamptz, objected_at timestamptz, source_topic text, source_partition int, source_offset bigint);
    insert into people (id, updated_at, erased_at) values (3, '2026-06-01', '2026-06-01')`);
  await using writer = spanWriter(world.url, {
    ...upsert,
    ...{ "newest.wins.field": "updated_at", "erasure.topics": "erasures", "pk.mode": "record_key" },
    ...{ "source.position.columns": "source_topic,source_partition,source_offset" },
  });
  await writer.dialect.connect();
  const plan = await writer.plan(["id", "name", "updated_at"]);
  const [{ merges } = { merges: false }] = await world.sql<{ merges: boolean }[]>`
    select current_setting('server_version_num')::int >= 150000 as merges`;
  assert.equal(writer.dialect.spans.takesPlan(plan), merges);
  if (!merges) return;
  const person = (id: bigint, name: string, day: string) => ({
    ...{ id, name, updated_at: `2026-01-${day}T00:00:00Z` },
    ...{ source_topic: "people", source_partition: 0n, source_offset: 1n },
  });
  const write = (rows: readonly ReturnType<typeof person>[]) =>
    writer.dialect.spans.write([spanStatement(writer, "upsert", plan, rows)], []);
  assert.deepEqual(await write([person(1n, "Ana", "02"), person(2n, "Zé", "02")]), [{
    touched: 2,
    closed: 0,
  }]);
  assert.deepEqual(
    await write([person(1n, "old", "01"), person(2n, "Zoë", "03"), person(3n, canary, "04")]),
    [
      { touched: 1, closed: 1 },
    ],
  );
  assert.deepEqual(
    (await world.rows("people")).map(({ name }) => name),
    ["Ana", "Zoë", null],
  );
});

Deno.test("a connection lost at any byte leaves rows and offsets together, or neither", () =>
  onPeople(async (setting) => {
    const url = new URL(setting.world.url);
    await using proxy = startPgProxy(Number(url.port));
    url.port = String(proxy.port);
    await using writer = spanWriter(url.href, upsert);
    const plan = await writer.plan(names);
    let [next, tries, losses] = [5n, 0, 0];
    for (const side of ["client", "server"] as const) {
      let ends = 0;
      for (let bytes = 1; ends < 3; bytes += side === "client" ? 13 : 3) {
        const [{ next_offset } = { next_offset: "" }] = await setting.world.sql<{ next_offset: string }[]>`
          select next_offset from sluice_offsets`;
        next = BigInt(next_offset);
        await writer.dialect.connect();
        proxy.cutAfter(side, bytes);
        const rows = people(Number(next), 1_000_000 + Number(next));
        const write = writer.dialect.spans.write(
          [spanStatement(writer, "insert", plan, rows)],
          progress(next, next + 1n),
        );
        const outcome = await write.then(
          (counts) => typeof counts === "string" ? counts : "done",
          failureOf2,
        );
        assert.match(outcome, /^(done|outage)/);
        proxy.resume();
        if (outcome === "done") ends++;
        else losses++;
        tries++;
      }
    }
    assert.ok(losses > 50 && tries > losses);
    const [{ count, last } = { count: "", last: "" }] = await setting.world.sql<
      { count: string; last: string }[]
    >`
      select count(*)::text as count, next_offset::text as last from people, sluice_offsets group by next_offset`;
    assert.equal(Number(count), 2 * (Number(last) - 5), "two rows for each offset");
  }));

const failureOf2 = (error: unknown) => failureOf(Promise.reject(error));
