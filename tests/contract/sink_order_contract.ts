/** Whatever a batch holds, the table ends as if its records had been written one by one. @module */

import assert from "node:assert/strict";
import type { SinkRecord } from "../../connect/api/record.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { sinkRecord } from "../support/fake_sink_context.ts";
import {
  afterEvent,
  type ModelRules,
  type PersonEvent,
  type PersonRow,
} from "../support/newest_wins_model.ts";
import { Random } from "../support/random.ts";
import { type Row, type SinkWorld, startTask, type TableSpec } from "./sink_contract.ts";

const baseMs = 1_700_000_000_000;
const instantOf = (time: number | null) =>
  time === null ? null : new Date(baseMs + time * 1000).toISOString();

/** Runs the order part of the contract. */
export function sinkOrderContract(name: string, open: () => Promise<SinkWorld>): void {
  for (const seed of [1, 2, 3]) {
    for (const mode of ["upsert", "update", "ignore"] as const) {
      Deno.test(`${name}: ${mode} folds a batch as if it came one by one (seed ${seed})`, async () => {
        await using world = await open();
        await plainOrder(world, mode, seed);
      });
    }
    for (const hasPosition of [true, false]) {
      const how = hasPosition ? "with positions" : "without positions";
      Deno.test(`${name}: newest wins and erasure, ${how}, as if it came one by one (seed ${seed})`, async () => {
        await using world = await open();
        await newestOrder(world, { hasPosition, liftedByRegistration: seed !== 3 }, seed);
      });
    }
  }
}

const people: TableSpec = { columns: { id: "integer", name: "text", region: "text" }, key: ["id"] };

/** A value with either field, both or none, or a tombstone. */
interface PlainWrite {
  readonly id: number;
  readonly value: { readonly name: string; readonly region: string | null } | null;
}

async function plainOrder(
  world: SinkWorld,
  mode: "upsert" | "update" | "ignore",
  seed: number,
): Promise<void> {
  const random = new Random(seed);
  await world.createTable("people", people);
  const expected = new Map<number, Row>();
  const keyed: Props = { "pk.mode": "record_key", "pk.fields": "id", "delete.enabled": "true" };
  const first = await startTask(world, { ...keyed, "insert.mode": "upsert" });
  const seeded = Array.from({ length: 20 }, (_, id) => ({ id, value: { name: `old ${id}`, region: null } }));
  await first.task.put(seeded.map((write, index) => plainRecord(write, index)));
  await first.task.stop();
  for (const write of seeded) applyPlain(expected, write, "upsert");

  const { task, context } = await startTask(world, { ...keyed, "insert.mode": mode });
  let offset = 100;
  for (let batch = 0; batch < 15; batch++) {
    const writes = Array.from({ length: random.integer(1, 60) }, (_, index): PlainWrite => ({
      id: random.integer(0, 39),
      value: random.chance(0.3)
        ? null
        : { name: `name ${batch}.${index}`, region: random.pick([null, "SP", "RJ"]) },
    }));
    await task.put(writes.map((write) => plainRecord(write, offset++)));
    for (const write of writes) applyPlain(expected, write, mode);
  }
  await task.stop();
  assert.deepEqual(context.reports, []);
  const ordered = [...expected].sort(([a], [b]) => a - b).map(([, row]) => row);
  assert.deepEqual(await world.rows("people"), ordered);
}

function plainRecord({ id, value }: PlainWrite, offset: number): SinkRecord {
  return sinkRecord(offset, { key: BigInt(id), value });
}

function applyPlain(
  rows: Map<number, Row>,
  { id, value }: PlainWrite,
  mode: "upsert" | "update" | "ignore",
): void {
  if (value === null) rows.delete(id);
  else if (mode === "upsert" || rows.has(id) === (mode === "update")) {
    rows.set(id, { id: String(id), ...value });
  }
}

const person: TableSpec = {
  columns: {
    ...{ id: "integer", name: "text", region: "text", updated_at: "instant", region_at: "instant" },
    ...{ registered_at: "instant", erased_at: "instant", objected_at: "instant" },
    ...{ source_topic: "text", source_partition: "integer", source_offset: "integer" },
  },
  key: ["id"],
};

async function newestOrder(world: SinkWorld, rules: ModelRules, seed: number): Promise<void> {
  const random = new Random(seed);
  await world.createTable("people", person);
  const { task, context } = await startTask(world, {
    ...{ "insert.mode": "upsert", "pk.mode": "record_key", "pk.fields": "id", "fields.whitelist": "name" },
    ...{ "newest.wins.field": "updated_at", "newest.wins.columns": "region:region_at" },
    ...rules.hasPosition ? { "source.position.columns": "source_topic,source_partition,source_offset" } : {},
    ...{
      "erasure.topics": "people",
      "erasure.lifted.by": rules.liftedByRegistration ? "registration" : "never",
    },
  });
  const expected = new Map<number, PersonRow>();
  const next = [0, 0];
  const all: (readonly [number, PersonEvent])[] = [];
  for (let batch = 0; batch < 25; batch++) {
    const fresh = Array.from({ length: random.integer(1, 80) }, () => randomEvent(random, next));
    // Now and then everything of the last batch comes again in front of what is new, as after a restart.
    const events = random.chance(0.2) ? [...all.slice(-60), ...fresh] : fresh;
    all.push(...fresh);
    await task.put(events.map(([id, event]) => personRecord(id, event)));
    for (const [id, event] of events) expected.set(id, afterEvent(expected.get(id) ?? null, event, rules));
  }
  await task.stop();
  assert.deepEqual(context.reports, []);
  const ordered = [...expected].sort(([a], [b]) => a - b).map(([id, row]) => shown(id, row));
  assert.deepEqual(await world.rows("people"), ordered);
}

function randomEvent(random: Random, next: number[]): readonly [number, PersonEvent] {
  const partition = random.integer(0, 1);
  const offset = next[partition] ?? 0;
  next[partition] = offset + 1;
  return [random.integer(0, 30), {
    kind: random.pick(["event", "event", "event", "registration", "tombstone"] as const),
    time: random.integer(1, 12),
    partition,
    offset,
    name: `name ${partition}.${offset}`,
    region: random.pick([null, "SP", "RJ"]),
  }];
}

function personRecord(id: number, { kind, time, partition, offset, name, region }: PersonEvent): SinkRecord {
  const at = new Date(baseMs + time * 1000);
  const value = kind === "tombstone"
    ? null
    : { name, region, updated_at: at, ...kind === "registration" ? { registered_at: at } : {} };
  return sinkRecord(offset, { partition, key: BigInt(id), value, timestamp: at.getTime() });
}

function shown(id: number, row: PersonRow): Row {
  return {
    id: String(id),
    name: row.name,
    region: row.region,
    updated_at: instantOf(row.updatedAt),
    region_at: instantOf(row.regionAt),
    registered_at: instantOf(row.registeredAt),
    erased_at: instantOf(row.erasedAt),
    objected_at: null,
    source_topic: row.partition === null ? null : "people",
    source_partition: row.partition === null ? null : String(row.partition),
    source_offset: row.offset === null ? null : String(row.offset),
  };
}
