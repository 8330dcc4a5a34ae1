/** For any batch, the table ends as if its records had been written one by one. @module */

import assert from "node:assert/strict";
import type { SinkRecord } from "../../connect/api/record.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { after, type Person, type PersonEvent, unknownPerson } from "../../domain/telesales/person.ts";
import { sinkRecord } from "../support/fakes/fake_sink_context.ts";
import { eventOf, type PlacedStep } from "../support/delivery/person_lives.ts";
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

/** Which parts of newest wins and erasure are on. */
interface OrderRules {
  readonly hasPosition: boolean;
  readonly liftedByRegistration: boolean;
}

async function newestOrder(world: SinkWorld, rules: OrderRules, seed: number): Promise<void> {
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
  const expected = new Map<number, Person>();
  const next = [0n, 0n];
  const all: PlacedStep[] = [];
  for (let batch = 0; batch < 25; batch++) {
    const fresh = Array.from({ length: random.integer(1, 80) }, () => randomStep(random, next));
    // Sometimes the last batch's records come again before the new ones, as after a restart.
    const steps = random.chance(0.2) ? [...all.slice(-60), ...fresh] : fresh;
    all.push(...fresh);
    await task.put(steps.map(personRecord));
    for (const step of steps) {
      const known = expected.get(step.person) ?? unknownPerson;
      expected.set(step.person, afterStep(known, step, rules));
    }
  }
  await task.stop();
  assert.deepEqual(context.reports, []);
  const ordered = [...expected].sort(([a], [b]) => a - b).map(([id, known]) => shown(id, known));
  assert.deepEqual(await world.rows("people"), ordered);
}

/** Telesales' specification, for the options that change none of its rules. */
function afterStep(known: Person, step: PlacedStep, rules: OrderRules): Person {
  const placed = eventOf(step);
  const event: PersonEvent = rules.hasPosition ? placed : { ...placed, position: null };
  if (rules.liftedByRegistration) return after(known, event);
  if (event.kind === "report") return known.erasedAt === null ? after(known, event) : known;
  return after({ ...known, registeredAt: null }, event);
}

function randomStep(random: Random, next: bigint[]): PlacedStep {
  const partition = random.integer(0, 1);
  const offset = next[partition] ?? 0n;
  next[partition] = offset + 1n;
  return {
    person: random.integer(0, 30),
    kind: random.pick(["report", "report", "report", "registration", "tombstone"] as const),
    time: random.integer(1, 12),
    ...{ source: { topic: "people", partition }, offset, name: `name ${partition}.${offset}` },
    region: random.pick([null, "SP", "RJ"]),
  };
}

function personRecord({ person, kind, time, source, offset, name, region }: PlacedStep): SinkRecord {
  const at = new Date(baseMs + time * 1000);
  const value = kind === "tombstone"
    ? null
    : { name, region, updated_at: at, ...kind === "registration" ? { registered_at: at } : {} };
  return sinkRecord(Number(offset), { ...source, key: BigInt(person), value, timestamp: at.getTime() });
}

function shown(id: number, { position, ...known }: Person): Row {
  return {
    id: String(id),
    name: known.name,
    region: known.region,
    updated_at: instantOf(known.updatedAt),
    region_at: instantOf(known.regionAt),
    registered_at: instantOf(known.registeredAt),
    erased_at: instantOf(known.erasedAt),
    objected_at: null,
    source_topic: position === null ? null : "people",
    source_partition: position === null ? null : position.queue.replace("people-", ""),
    source_offset: position === null ? null : String(position.place),
  };
}
