/**
 * What every SQL sink must do, whatever its database. A new dialect brings a {@link SinkWorld} and runs this.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { SinkConnectorPlugin } from "../../connect/api/plugins.ts";
import { PartitionMap, type SinkRecord, type TopicPartition } from "../../connect/api/record.ts";
import { type ConnectValue, Schema, Struct } from "../../connect/api/schema.ts";
import type { Props, SinkTask } from "../../connect/api/sink_task.ts";
import {
  type FakeContextOptions,
  fakeKafka,
  FakeSinkContext,
  sinkRecord,
} from "../support/fakes/fake_sink_context.ts";

export type ColumnType = "integer" | "text" | "instant" | "boolean" | "bytes";

/** A table to write to; the key comes first. */
export interface TableSpec {
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly key: readonly string[];
  /** A column with unique values. */
  readonly unique?: string;
  /** A column that refuses negative integers. */
  readonly notNegative?: string;
}

/** A row as the contract compares it: integers as text, moments as ISO 8601. */
export type Row = Readonly<Record<string, string | boolean | null>>;

/** A database for one test, and the sink for it. */
export interface SinkWorld extends AsyncDisposable {
  readonly plugin: SinkConnectorPlugin;
  /** The options that connect the sink to the database. */
  readonly props: Props;
  createTable(name: string, spec: TableSpec): Promise<void>;
  /** All rows, in the order of the key. */
  rows(table: string): Promise<readonly Row[]>;
}

export interface RunningTask {
  readonly task: SinkTask;
  readonly context: FakeSinkContext;
}

const people: TableSpec = { columns: { id: "integer", name: "text", region: "text" }, key: ["id"] };

/** Starts a task and opens partitions 0 and 1 of `people`. */
export async function startTask(
  world: Pick<SinkWorld, "plugin" | "props">,
  props: Props,
  options: Omit<FakeContextOptions, "props"> = {},
): Promise<RunningTask> {
  const all: Props = { ...world.props, "errors.tolerance": "all", ...props };
  const context = new FakeSinkContext({ kafka: fakeKafka(partitions), ...options, props: all });
  const task = world.plugin.createTask();
  task.initialize(context);
  context.assigned(partitions);
  try {
    await task.start(all);
    await task.open(partitions);
  } catch (error) {
    await task.stop();
    throw error;
  }
  return { task, context };
}

/** The partitions of the contract's topic. */
export const partitions: readonly TopicPartition[] = [0, 1].map((partition) => ({
  topic: "people",
  partition,
}));

const upsert: Props = { "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "id" };
const byKey: Props = { ...upsert, "pk.mode": "record_key", "delete.enabled": "true" };

/** A record with an id, at the next offsets of partition 0. */
export function person(
  offset: number,
  value: ConnectValue,
  key: ConnectValue = null,
  partition = 0,
): SinkRecord {
  return sinkRecord(offset, { key, value, partition });
}

/** Runs the whole contract against a fresh world each time. */
export function sinkContract(name: string, open: () => Promise<SinkWorld>): void {
  const contract = (title: string, run: (world: SinkWorld) => Promise<void>) =>
    Deno.test(`${name}: ${title}`, async () => {
      await using world = await open();
      await run(world);
    });
  modes(contract);
  mapping(contract);
  badRecords(contract);
  exactlyOnce(contract);
}

type Contract = (title: string, run: (world: SinkWorld) => Promise<void>) => void;

async function withTask(
  world: SinkWorld,
  props: Props,
  run: (running: RunningTask) => Promise<void>,
  options: Omit<FakeContextOptions, "props"> = {},
): Promise<void> {
  const running = await startTask(world, props, options);
  try {
    await run(running);
  } finally {
    await running.task.stop();
  }
}

function modes(contract: Contract): void {
  contract("upsert: the last record of a key wins, within a batch and after it", async (world) => {
    await world.createTable("people", people);
    await withTask(world, upsert, async ({ task }) => {
      await task.put([
        person(0, { id: 1n, name: "Ana", region: "SP" }),
        person(1, { id: 2n, name: "João", region: "RJ" }),
        person(2, { id: 1n, name: "Ana B.", region: null }),
      ]);
      await task.put([person(3, { id: 2n, name: "João", region: "MG" })]);
    });
    assert.deepEqual(await world.rows("people"), [
      { id: "1", name: "Ana B.", region: null },
      { id: "2", name: "João", region: "MG" },
    ]);
  });

  contract("insert: every record is a row, a key that is there is a bad record", async (world) => {
    await world.createTable("people", people);
    await withTask(world, { ...upsert, "insert.mode": "insert" }, async ({ task, context }) => {
      await task.put([person(0, { id: 1n, name: "Ana", region: "SP" })]);
      await task.put([
        person(1, { id: 2n, name: "João", region: "RJ" }),
        person(2, { id: 1n, name: "again", region: "SP" }),
        person(3, { id: 3n, name: "Zé", region: "SP" }),
        person(4, { id: 3n, name: "twice", region: "SP" }),
      ]);
      assert.deepEqual(context.reportedOffsets(), [2, 4]);
    });
    assert.deepEqual((await world.rows("people")).map(({ name }) => name), ["Ana", "João", "Zé"]);
  });

  contract("update: only rows that are there change", async (world) => {
    await world.createTable("people", people);
    await withTask(world, upsert, ({ task }) => task.put([person(0, { id: 1n, name: "Ana", region: "SP" })]));
    await withTask(world, { ...upsert, "insert.mode": "update" }, ({ task }) =>
      task.put([
        person(1, { id: 1n, name: "Ana B.", region: "RJ" }),
        person(2, { id: 2n, name: "João", region: "RJ" }),
      ]));
    assert.deepEqual(await world.rows("people"), [{ id: "1", name: "Ana B.", region: "RJ" }]);
  });

  contract("ignore: only rows that aren't there are written, the first record wins", async (world) => {
    await world.createTable("people", people);
    await withTask(world, { ...upsert, "insert.mode": "ignore" }, async ({ task }) => {
      await task.put([person(0, { id: 1n, name: "Ana", region: "SP" })]);
      await task.put([
        person(1, { id: 1n, name: "later", region: "RJ" }),
        person(2, { id: 2n, name: "João", region: "RJ" }),
        person(3, { id: 2n, name: "later", region: "RJ" }),
      ]);
    });
    assert.deepEqual((await world.rows("people")).map(({ name }) => name), ["Ana", "João"]);
  });

  contract("delete: tombstones delete, in the order of the key's records", async (world) => {
    await world.createTable("people", people);
    await withTask(world, byKey, async ({ task, context }) => {
      await task.put([
        person(0, { name: "Ana", region: "SP" }, 1n),
        person(1, { name: "João", region: "RJ" }, 2n),
        person(2, { name: "Zé", region: "MG" }, 3n),
      ]);
      await task.put([
        person(3, null, 1n),
        person(4, { name: "Zé 2", region: "MG" }, 3n),
        person(5, null, 3n),
        person(6, null, 2n),
        person(7, { name: "João again" }, 2n),
        person(8, null, 9n),
      ]);
      assert.deepEqual(context.reports, []);
    });
    assert.deepEqual(await world.rows("people"), [{ id: "2", name: "João again", region: null }]);
  });

  contract("delete: inserts and tombstones of one key keep their order", async (world) => {
    await world.createTable("people", people);
    const insert = { ...byKey, "insert.mode": "insert" };
    await withTask(world, insert, ({ task }) =>
      task.put([
        person(0, { name: "first", region: null }, 1n),
        person(1, null, 1n),
        person(2, { name: "second", region: null }, 1n),
        person(3, { name: "other", region: null }, 2n),
        person(4, null, 2n),
      ]));
    assert.deepEqual((await world.rows("people")).map(({ name }) => name), ["second"]);
  });

  contract("a tombstone without delete.enabled is counted and ignored", async (world) => {
    await world.createTable("people", people);
    await withTask(world, upsert, async ({ task, context }) => {
      await task.put([
        person(0, { id: 1n, name: "Ana", region: "SP" }),
        person(1, null, 1n),
        person(2, null, 1n),
      ]);
      assert.equal(context.counts.get("records-ignored:tombstone"), 2);
      assert.deepEqual(context.reports, []);
    });
    assert.equal((await world.rows("people")).length, 1);
  });
}

function mapping(contract: Contract): void {
  contract("fields.whitelist: nothing else is written, what a record lacks is NULL", async (world) => {
    await world.createTable("people", people);
    await withTask(world, { ...upsert, "fields.whitelist": "name,region" }, ({ task }) =>
      task.put([
        person(0, { id: 1n, name: "Ana", region: "SP", cpf: "123", address: { city: "x" } }),
        person(1, { id: 2n, name: "João" }),
      ]));
    assert.deepEqual(await world.rows("people"), [
      { id: "1", name: "Ana", region: "SP" },
      { id: "2", name: "João", region: null },
    ]);
  });

  contract("without a whitelist the columns are all fields of the batch", async (world) => {
    await world.createTable("people", people);
    await withTask(
      world,
      upsert,
      ({ task }) => task.put([person(0, { id: 1n, name: "Ana" }), person(1, { region: "RJ", id: 2n })]),
    );
    assert.deepEqual(await world.rows("people"), [
      { id: "1", name: "Ana", region: null },
      { id: "2", name: null, region: "RJ" },
    ]);
  });

  contract("structs are rows like objects, with their defaults", async (world) => {
    await world.createTable("people", people);
    const schema = new Schema("struct", {
      fields: [
        { name: "id", schema: Schema.INT64 },
        { name: "name", schema: Schema.OPTIONAL_STRING },
        { name: "region", schema: new Schema("string", { optional: true, default: "BR" }) },
      ],
    });
    const struct = (values: Record<string, ConnectValue>) => ({
      value: Struct.of(schema, values),
      valueSchema: schema,
    });
    await withTask(world, { ...upsert, "pk.fields": "id" }, ({ task }) =>
      task.put([
        sinkRecord(0, struct({ id: 1n, name: "Ana", region: "SP" })),
        sinkRecord(1, struct({ id: 2n, name: null })),
      ]));
    assert.deepEqual(await world.rows("people"), [
      { id: "1", name: "Ana", region: "SP" },
      { id: "2", name: null, region: "BR" },
    ]);
  });

  contract(
    "pk.mode=record_key: a plain key is the one column, a key with fields brings several",
    async (world) => {
      await world.createTable("people", people);
      await world.createTable("visits", {
        columns: { shop: "text", id: "integer", name: "text" },
        key: ["shop", "id"],
      });
      const keyed = { "insert.mode": "upsert", "pk.mode": "record_key" };
      await withTask(world, { ...keyed, "pk.fields": "id" }, ({ task }) =>
        task.put([
          person(0, { name: "Ana", region: null }, "17"),
          person(1, { name: "Ana B.", region: null }, 17n),
        ]));
      await withTask(world, { ...keyed, "table.name.format": "visits" }, ({ task }) =>
        task.put([
          person(2, { name: "Ana" }, { shop: "a", id: 1n }),
          person(3, { name: "Zé" }, { shop: "b", id: 1n }),
          person(4, { name: "Ana B." }, { shop: "a", id: 1n }),
        ]));
      assert.deepEqual(await world.rows("people"), [{ id: "17", name: "Ana B.", region: null }]);
      assert.deepEqual(
        (await world.rows("visits")).map(({ name }) => name),
        ["Ana B.", "Zé"],
      );
    },
  );

  contract("pk.mode=kafka: the place of a record is its key", async (world) => {
    await world.createTable("people", {
      columns: {
        __connect_topic: "text",
        __connect_partition: "integer",
        __connect_offset: "integer",
        name: "text",
      },
      key: ["__connect_topic", "__connect_partition", "__connect_offset"],
    });
    await withTask(world, { "insert.mode": "upsert", "pk.mode": "kafka" }, async ({ task }) => {
      const batch = [person(7, { name: "Ana" }), person(7, { name: "Zé" }, null, 1)];
      await task.put(batch);
      await task.put(batch);
    });
    assert.deepEqual(await world.rows("people"), [
      { __connect_topic: "people", __connect_partition: "0", __connect_offset: "7", name: "Ana" },
      { __connect_topic: "people", __connect_partition: "1", __connect_offset: "7", name: "Zé" },
    ]);
  });

  contract("pk.mode=none: rows without a key", async (world) => {
    await world.createTable("people", people);
    await withTask(
      world,
      {},
      ({ task }) => task.put([person(0, { id: 1n, name: "Ana" }), person(1, { id: 2n, name: "Ana" })]),
    );
    assert.equal((await world.rows("people")).length, 2);
  });

  contract("table.name.format: a topic names its table, whatever it is called", async (world) => {
    const topic = 'x"; drop table people; --';
    await world.createTable("people", people);
    await world.createTable(topic, people);
    await withTask(world, { ...upsert, "table.name.format": "${topic}" }, ({ task }) =>
      task.put([
        sinkRecord(0, { topic, value: { id: 1n, name: "Bobby" } }),
        sinkRecord(0, { topic: "people", value: { id: 2n, name: "Ana" } }),
      ]));
    assert.deepEqual((await world.rows(topic)).map(({ name }) => name), ["Bobby"]);
    assert.deepEqual((await world.rows("people")).map(({ name }) => name), ["Ana"]);
  });

  contract("columns called like SQL are just columns", async (world) => {
    const column = 'select"; --';
    await world.createTable("people", { columns: { id: "integer", [column]: "text" }, key: ["id"] });
    await withTask(
      world,
      upsert,
      ({ task }) => task.put([person(0, { id: 1n, [column]: "'; drop table people" })]),
    );
    assert.deepEqual(await world.rows("people"), [{ id: "1", [column]: "'; drop table people" }]);
  });

  contract("text keeps every character, and the words that mean nothing", async (world) => {
    await world.createTable("people", people);
    const names = ['"quoted" \\ {a,b}', "NULL", "null", "", " ", "'", "João 😀\n\t", "\u2028", "{}", ","];
    await withTask(
      world,
      upsert,
      ({ task }) => task.put(names.map((name, index) => person(index, { id: BigInt(index), name }))),
    );
    assert.deepEqual((await world.rows("people")).map(({ name }) => name), names);
  });

  contract("integers keep all 64 bits, bytes and moments their values", async (world) => {
    await world.createTable("people", {
      columns: { id: "integer", data: "bytes", at: "instant", ok: "boolean" },
      key: ["id"],
    });
    const ids = [-(2n ** 63n), 2n ** 63n - 1n, 0n];
    await withTask(
      world,
      upsert,
      ({ task }) =>
        task.put(ids.map((id, index) =>
          person(index, {
            id,
            data: new Uint8Array([0, 255, 92]),
            at: new Date(1_700_000_000_123),
            ok: index > 0,
          })
        )),
    );
    assert.deepEqual(await world.rows("people"), [
      { id: String(ids[0]), data: "00ff5c", at: "2023-11-14T22:13:20.123Z", ok: false },
      { id: "0", data: "00ff5c", at: "2023-11-14T22:13:20.123Z", ok: true },
      { id: String(ids[1]), data: "00ff5c", at: "2023-11-14T22:13:20.123Z", ok: true },
    ]);
  });
}

function badRecords(contract: Contract): void {
  contract("bad records are reported by rule and field, the others are written", async (world) => {
    await world.createTable("people", people);
    await withTask(world, { ...upsert, "fields.whitelist": "name,region" }, async ({ task, context }) => {
      await task.put([
        person(0, { id: 1n, name: "Ana", region: "SP" }),
        person(1, { name: "no id" }),
        person(2, { id: null, name: "no id" }),
        person(3, { id: 2n, name: "a\0b" }),
        person(4, { id: 2n ** 64n, name: "too big" }),
        person(5, { id: 1e300, name: "too big" }),
        person(6, { id: { id: "1" }, name: ["x"] }),
        person(7, "text"),
        person(8, [1n]),
        person(9, {}),
        person(10, { id: 2n, name: true }),
        person(11, { id: 1.5, name: "half" }),
        person(12, { id: 2n, name: "half \ud800 pair" }),
        person(13, { id: 3n, name: "Zé", region: "SP" }),
      ]);
      const rules = context.reports.map((
        { error },
      ) => [Reflect.get(error, "rule"), Reflect.get(error, "field")]);
      assert.deepEqual(rules, [
        ["key_missing", "id"],
        ["key_missing", "id"],
        ["text_nul", "name"],
        ["out_of_range", "id"],
        ["out_of_range", "id"],
        ["wrong_type", "id"],
        ["value_not_object", undefined],
        ["value_not_object", undefined],
        ["key_missing", "id"],
        ["wrong_type", "name"],
        ["wrong_type", "id"],
        ["text_not_unicode", "name"],
      ]);
      assert.match(context.reports[0]?.error.message ?? "", /people-0 offset 1: .*id.*key_missing/);
    });
    assert.deepEqual((await world.rows("people")).map(({ id }) => id), ["1", "3"]);
  });

  contract("a good record before a bad one of its key stays", async (world) => {
    await world.createTable("people", people);
    await withTask(world, upsert, async ({ task, context }) => {
      await task.put([person(0, { id: 17n, name: "good" }), person(1, { id: 17n, name: "b\0d" })]);
      assert.deepEqual(context.reportedOffsets(), [1]);
    });
    assert.deepEqual((await world.rows("people")).map(({ name }) => name), ["good"]);
  });

  contract("what the database refuses is found among many, and nothing else is lost", async (world) => {
    await world.createTable("people", {
      columns: { id: "integer", points: "integer", email: "text" },
      key: ["id"],
      notNegative: "points",
      unique: "email",
    });
    const bad = new Set([0, 57, 58, 199]);
    const batch = Array.from(
      { length: 200 },
      (_, index) =>
        person(index, { id: BigInt(index), points: bad.has(index) ? -1n : 1n, email: `e${index}` }),
    );
    await withTask(world, upsert, async ({ task, context }) => {
      await task.put(batch);
      assert.deepEqual(context.reportedOffsets(), [...bad]);
      await task.put([
        person(200, { id: 1000n, points: 1n, email: "new" }),
        person(201, { id: 1001n, points: 1n, email: "new" }),
        person(202, { id: 1002n, points: 1n, email: "e1" }),
        person(203, { id: 1003n, points: 1n, email: "other" }),
      ]);
      assert.deepEqual(context.reportedOffsets().slice(4), [201, 202]);
    });
    assert.equal((await world.rows("people")).length, 198);
  });

  contract("two rows may swap a unique value in one batch", async (world) => {
    await world.createTable("people", {
      columns: { id: "integer", email: "text" },
      key: ["id"],
      unique: "email",
    });
    await withTask(world, upsert, async ({ task, context }) => {
      await task.put([person(0, { id: 1n, email: "b" }), person(1, { id: 2n, email: "a" })]);
      // In the order of the keys 1 would take what 2 still has.
      await task.put([person(2, { id: 2n, email: "c" }), person(3, { id: 1n, email: "a" })]);
      assert.deepEqual(context.reports, []);
    });
    assert.deepEqual((await world.rows("people")).map(({ email }) => email), ["a", "c"]);
  });

  contract(
    "errors.tolerance=none: in front of the first bad record of a partition all is written, behind nothing",
    async (world) => {
      await world.createTable("people", people);
      const refusal = new Error("tolerance exceeded");
      const options = { report: () => Promise.reject(refusal) };
      const props = { ...upsert, "errors.tolerance": "none" };
      await withTask(world, props, async ({ task, context }) => {
        const batch = [
          person(0, { id: 1n, name: "in front" }),
          person(0, { id: 11n, name: "other partition" }, null, 1),
          person(1, { id: 2n, name: "b\0d" }),
          person(1, { id: 12n, name: "other partition" }, null, 1),
          person(2, { id: 3n, name: "behind" }),
          person(3, { id: 4n, name: "b\0d" }),
        ];
        await assert.rejects(task.put(batch), refusal);
        assert.deepEqual(context.reports, []);
      }, options);
      assert.deepEqual((await world.rows("people")).map(({ id }) => id), ["1", "11", "12"]);
    },
  );

  contract("without a reporter errors.tolerance=all counts and goes on, none stops", async (world) => {
    await world.createTable("people", people);
    const batch = [person(0, { id: 1n, name: "Ana" }), person(1, { name: "no id" })];
    const options = { isWithoutReporter: true };
    await withTask(world, upsert, async ({ task, context }) => {
      await task.put(batch);
      assert.equal(context.counts.get("records-rejected:key_missing"), 1);
    }, options);
    await withTask(world, { ...upsert, "errors.tolerance": "none" }, async ({ task }) => {
      await assert.rejects(task.put(batch), /people-0 offset 1.*key_missing/);
    }, options);
  });
}

function exactlyOnce(contract: Contract): void {
  const once: Props = { "insert.mode": "insert", "exactly.once.enabled": "true" };
  const batch = (from: number, to: number, partition = 0) =>
    Array.from(
      { length: to - from },
      (_, index) =>
        person(from + index, { id: BigInt(1000 * partition + from + index), name: "Ana" }, null, partition),
    );

  contract("exactly once: records that come again are written once, also by another task", async (world) => {
    await world.createTable("people", people);
    await withTask(world, once, async ({ task }) => {
      await task.put(batch(0, 5));
      await task.put(batch(3, 8));
      await task.put(batch(0, 8));
    });
    await withTask(world, once, async ({ task, context }) => {
      assert.equal(context.offsets.get({ topic: "people", partition: 0 }), 8n);
      await task.put(batch(0, 10));
    });
    assert.equal((await world.rows("people")).length, 10);
  });

  contract(
    "exactly once: Kafka is told only what the database has, filtered and bad records too",
    async (world) => {
      await world.createTable("people", people);
      const [zero, one] = partitions;
      await withTask(world, once, async ({ task, context }) => {
        await task.put([...batch(0, 3), person(3, { id: "x", name: "bad" })]);
        assert.deepEqual(context.reportedOffsets(), [3]);
        // 4 to 6 of partition 0 and all of partition 1 were filtered on the way.
        const current = new PartitionMap([[zero!, 7n] as const, [one!, 5n] as const]);
        assert.deepEqual([...await task.preCommit(current)].map(([, offset]) => offset), [7n, 5n]);
        assert.equal(task.commitMetadata(), "sluice");
      });
      await withTask(world, once, ({ context }) => {
        assert.deepEqual([...context.offsets].map(([, offset]) => offset), [7n, 5n]);
        return Promise.resolve();
      });
    },
  );

  contract(
    "exactly once: who lost a partition writes nothing of it, moves no offset and doesn't fail",
    async (world) => {
      await world.createTable("people", people);
      const [zero, one] = partitions;
      const old = await startTask(world, once);
      try {
        await old.task.put([...batch(0, 3), ...batch(0, 3, 1)]);
        await withTask(world, once, async ({ task }) => {
          await task.put(batch(3, 6));
          await old.task.put([...batch(3, 9), ...batch(3, 5, 1)]);
        });
        const current = new PartitionMap([[zero!, 9n] as const, [one!, 5n] as const]);
        assert.deepEqual([...await old.task.preCommit(current)], []);
        assert.equal(old.context.counts.get("partitions-lost:foreign_fence"), 2);
      } finally {
        await old.task.stop();
      }
      assert.equal((await world.rows("people")).length, 9);
    },
  );

  contract("exactly once: good before bad, and the offset stays in front of the bad one", async (world) => {
    await world.createTable("people", people);
    const props = { ...once, "errors.tolerance": "none" };
    const options = { report: () => Promise.reject(new Error("tolerance exceeded")) };
    await withTask(world, props, async ({ task }) => {
      await assert.rejects(task.put([...batch(0, 3), person(3, "bad"), ...batch(4, 6)]), /tolerance/);
    }, options);
    await withTask(world, props, ({ context }) => {
      assert.equal(context.offsets.get({ topic: "people", partition: 0 }), 3n);
      return Promise.resolve();
    });
    assert.equal((await world.rows("people")).length, 3);
  });
}
