/** How the real program treats bad records and wrong offsets. @module */

import assert from "node:assert/strict";
import { readTopics } from "../../../sandbox/kafka/read_topics.ts";
import { endProgram, eventually, type Lane, openLane } from "../../support/delivery/delivery_lane.ts";
import { sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();

const people = "create table people (id bigint primary key, phone text not null)";
const arrivals = "create table arrivals (id bigint, phone text not null)";

const upsert = {
  "table.name.format": "people",
  "insert.mode": "upsert",
  "pk.mode": "record_value",
  "pk.fields": "id",
};
const insert = { "table.name.format": "arrivals", "insert.mode": "insert", "pk.mode": "none" };
const once = { ...insert, "exactly.once.enabled": "true" };

function good(id: number, partition = 0) {
  return { partition, value: JSON.stringify({ id, phone: `+55 11 9${String(id).padStart(8, "0")}` }) };
}

/** A record that the database refuses. */
function bad(id: number, partition = 0) {
  return { partition, value: JSON.stringify({ id, phone: null }) };
}

function upTo<T>(count: number, of: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => of(index));
}

async function rowCount({ sql }: Lane, table: string): Promise<number> {
  return (await sql`select from ${sql(table)}`).length;
}

/** The dead letters, by offset. */
async function lettersOf({ deadLetterTopic }: Lane): Promise<readonly { readonly offset: number }[]> {
  const letters: { readonly offset: number }[] = [];
  const decoder = new TextDecoder();
  await readTopics(world.bootstrap, [deadLetterTopic], ({ value }) => {
    letters.push(JSON.parse(decoder.decode(value ?? new Uint8Array())));
  });
  return letters;
}

Deno.test("of a good and a bad record about the same person in one batch, the good one is in the table and the bad one reported", async () => {
  await using lane = await openLane({
    schema: [people],
    settings: { ...upsert, "errors.tolerance": "all" },
  });
  await lane.produce([good(17), bad(17)]);
  await using program = lane.start();
  await eventually("both to be done with", async () => (await lane.committed())[0] === 2);
  await endProgram(program);
  const rows = await lane.sql`select id::int, phone from people`;
  assert.deepEqual([...rows], [{ id: 17, phone: "+55 11 900000017" }]);
  assert.deepEqual((await lettersOf(lane)).map(({ offset }) => offset), [1]);
});

Deno.test("every bad record among many is reported once, and every other one is written once", async () => {
  const [count, each] = [10_000, 100];
  await using lane = await openLane({
    schema: [arrivals],
    settings: { ...once, "errors.tolerance": "all" },
  });
  await lane.produce(upTo(count, (id) => id % each === 0 ? bad(id) : good(id)));
  await using program = lane.start();
  await eventually("all to be done with", async () => (await lane.committed())[0] === count);
  await endProgram(program);
  const [found] = await lane.sql`
    select count(*)::int as rows, count(distinct id)::int as ids, count(*) filter (where id % ${each} = 0)::int as bad
    from arrivals`;
  assert.deepEqual({ ...found }, { rows: count - count / each, ids: count - count / each, bad: 0 });
  assert.deepEqual(
    (await lettersOf(lane)).map(({ offset }) => offset).toSorted((a, b) => a - b),
    upTo(count / each, (n) => n * each),
  );
});

Deno.test("with errors.tolerance=none all before the bad record is written and committed, nothing behind it, and other partitions are whole", async () => {
  await using lane = await openLane({ schema: [arrivals], settings: insert, partitions: 2 });
  await lane.produce([
    ...upTo(10, (n) => n === 6 ? bad(n) : good(n)),
    ...upTo(10, (n) => good(100 + n, 1)),
  ]);
  await using program = lane.start();
  const { code, stderr } = await program.ended;
  assert.equal(code, 1, stderr);
  assert.match(
    stderr,
    new RegExp(`${lane.topic}.*offset 6.*not_null_violation|not_null_violation.*offset 6`),
  );
  assert.deepEqual(await lane.committed(), [6, 10]);
  const rows = await lane.sql`select id::int from arrivals order by id`;
  assert.deepEqual(rows.map(({ id }) => id), [...upTo(6, (n) => n), ...upTo(10, (n) => 100 + n)]);
});

Deno.test("more bad records than errors.tolerance.max.ratio allows stop the task", async () => {
  await using lane = await openLane({
    schema: [arrivals],
    settings: { ...insert, "errors.tolerance": "all", "errors.tolerance.max.ratio": "0.2" },
  });
  await lane.produce(upTo(3_000, (n) => n % 3 === 0 ? bad(n) : good(n)));
  await using program = lane.start();
  const { code, stderr } = await program.ended;
  assert.equal(code, 1, stderr);
  assert.match(stderr, /errors\.tolerance\.max\.ratio/);
});

Deno.test("a failed task starts again by task.restart.max, and goes on once the reason is gone", async () => {
  await using lane = await openLane({
    schema: [arrivals],
    settings: { ...once, "task.restart.max": "100", "task.restart.backoff.ms": "100" },
  });
  await lane.produce([good(1), bad(2), good(3)]);
  await using program = lane.start();
  await eventually("a second start", () => (program.log().match(/not_null_violation/g) ?? []).length > 1);
  await lane.sql`alter table arrivals alter column phone drop not null`;
  await eventually("all rows", async () => await rowCount(lane, "arrivals") === 3);
  await endProgram(program);
  assert.deepEqual((await lane.sql`select id::int from arrivals order by id`).map(({ id }) => id), [1, 2, 3]);
});

async function copied(lane: Lane, rows: number): Promise<void> {
  await using program = lane.start();
  await eventually(`${rows} rows`, async () => await rowCount(lane, "arrivals") === rows);
  await endProgram(program);
}

/** Starts the program, waits until it ends, and returns its last error. */
async function refusal(lane: Lane): Promise<string> {
  await using program = lane.start();
  const { code, stderr } = await program.ended;
  assert.equal(code, 1, stderr);
  return stderr;
}

Deno.test("records lost by retention stop the task with their number, and offsets set goes on behind them", async () => {
  await using lane = await openLane({ schema: [arrivals], settings: once });
  await lane.produce(upTo(3, good));
  await copied(lane, 3);
  await lane.produce(upTo(7, (n) => good(3 + n)));
  await lane.kafka.fetchTopicMetadata({ topics: [lane.topic] }); // without it the client knows no leader
  await lane.kafka.deleteTopicRecords({ topic: lane.topic, partitions: [{ partition: 0, offset: "5" }] });
  const said = await refusal(lane);
  assert.match(said, /2 records lost by retention/);

  const set = await lane.offsets("set", `${lane.topic}:0=5`);
  assert.equal(set.code, 0, set.stderr);
  await copied(lane, 8);
});

Deno.test("a topic that was deleted and made again stops the task, instead of leaving out what is in it", async () => {
  await using lane = await openLane({ schema: [arrivals], settings: once });
  await lane.produce(upTo(3, good));
  await copied(lane, 3);
  await lane.kafka.deleteTopics({ topics: [lane.topic] });
  await eventually("the topic to be gone", async () => !(await lane.kafka.listTopics()).includes(lane.topic));
  await lane.kafka.createTopics({ topics: [{ topic: lane.topic, numPartitions: 1 }], waitForLeaders: false });
  await eventually(
    "the new topic",
    () => lane.kafka.fetchTopicOffsets(lane.topic).then((partitions) => partitions.length === 1, () => false),
  );
  await lane.produce([good(10)]);
  assert.match(await refusal(lane), /topic was recreated, the next offset is 3 and the log ends at 1/);
  await lane.produce(upTo(5, (n) => good(11 + n)));
  assert.match(await refusal(lane), /topic was recreated, the record at offset 2 has another timestamp/);
});

Deno.test("a group that was moved ahead of the database is refused, with both numbers and both commands", async () => {
  await using lane = await openLane({ schema: [arrivals], settings: once });
  await lane.produce(upTo(5, good));
  await copied(lane, 5);
  await lane.produce(upTo(5, (n) => good(5 + n)));
  const moved = {
    groupId: `connect-${lane.name}`,
    topic: lane.topic,
    partitions: [{ partition: 0, offset: "8" }],
  };
  await lane.kafka.setOffsets(moved);
  const said = await refusal(lane);
  assert.match(said, /Kafka's group is at offset 8 and the database at 5/);
  assert.match(said, new RegExp(`${lane.topic}:0=5 or .*${lane.topic}:0=8`));
  const set = await lane.offsets("set", `${lane.topic}:0=5`);
  assert.equal(set.code, 0, set.stderr);
  await copied(lane, 10);
});
