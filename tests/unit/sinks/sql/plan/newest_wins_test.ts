/** Batches of telesales' own options, planned and folded, against the specification that takes one event at a time. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { ConnectRecord } from "../../../../../connect/api/record.ts";
import type { Props } from "../../../../../connect/api/sink_task.ts";
import { rowOf } from "../../../../../connectors/telesales/contact_row.ts";
import type { Contact } from "../../../../../domain/telesales/contact.ts";
import {
  after,
  type Person,
  type PersonEvent,
  unknownPerson,
} from "../../../../../domain/telesales/person.ts";
import { BatchPlanner } from "../../../../../sinks/sql/plan/batch_planner.ts";
import type { ColumnShape, RowsStatement } from "../../../../../sinks/sql/dialect.ts";
import { readSinkSettings } from "../../../../../sinks/sql/options/option_rules.ts";
import type { SinkSettings } from "../../../../../sinks/sql/options/sink_settings.ts";
import { StatementOrder } from "../../../../../sinks/sql/plan/statement_order.ts";
import { sinkRecord } from "../../../../support/fakes/fake_sink_context.ts";
import {
  eventOf,
  lives,
  phone,
  placed,
  type PlacedStep,
  positionOf,
  sources,
} from "../../../../support/delivery/person_lives.ts";
import { wholeOf } from "../../../../support/shipped_config.ts";

const people = 2;
const secret = "a secret of telesales with at least 32 bytes";
const given = Object.entries(await wholeOf("telesales")).map(([name, value]) => {
  const isSecret = name.endsWith("key.secret");
  return [name, value?.startsWith("${env:") ? isSecret ? secret : "" : value] as const;
});
const telesales: Props = { ...Object.fromEntries(given), "connection.url": "postgres://bank2/x" };
const withoutPosition = { ...telesales, "source.position.columns": "" };

const columns = (telesales["egress.columns"] ?? "").split(",").concat("objected_at").map((
  name,
): ColumnShape => ({
  name,
  encode: (value) => value === null ? "" : value instanceof Date ? value.toISOString() : String(value),
  isInstant: name.endsWith("_at"),
  hasTextEquality: true,
  takesEveryCell: true,
  isNullable: true,
}));
const table = {
  name: { schema: "telesales", name: "person" },
  columns: new Map(columns.map((column) => [column.name, column])),
  closed: new Map<string, "generated" | "identity">(),
  rules: {
    ...{ order: "apart" as const, hasChecks: true, hasRelations: false, hasDeferred: false },
    ...{ required: [], uniqueKeys: [["contact_key"]], hasOtherUnique: false },
  },
};

/** The record that the transformation passes to the sink. */
function recordOf({ person, kind, source, offset, time, name, region }: PlacedStep) {
  const contact = {
    name,
    phone,
    region,
    updatedAt: time,
    registeredAt: kind === "registration" ? time : null,
  };
  const row = kind === "tombstone" ? null : rowOf(contact as Contact);
  const parts: Partial<ConnectRecord> = { ...source, timestamp: time, key: { contact_key: `key ${person}` } };
  return sinkRecord(Number(offset), { ...parts, valueSchema: row?.schema ?? null, value: row });
}

/** Plans, folds and orders batches as the sink's task does. */
class Statements {
  readonly #planner: BatchPlanner;
  readonly #order: StatementOrder;

  constructor(readonly settings: SinkSettings) {
    this.#planner = new BatchPlanner({ settings, describe: () => Promise.resolve(table), now: () => 1000 });
    this.#order = new StatementOrder(settings);
  }

  /** The effect of a batch's statements, as events by their person's key. */
  async eventsOf(batch: readonly PlacedStep[]): Promise<readonly (readonly [string, PersonEvent])[]> {
    const { changes, bad } = await this.#planner.plan(batch.map(recordOf));
    assert.deepEqual(bad, []);
    return this.#order.statements(changes, "apart").flatMap(eventsIn);
  }
}

function eventsIn({ kind, plan, rows }: RowsStatement): readonly (readonly [string, PersonEvent])[] {
  return rows.map((row) => {
    const cells = Object.fromEntries(
      plan.columns.map(({ shape }, index) => [shape.name, row[index] || null]),
    );
    const time = (name: string) => cells[name] ? Date.parse(cells[name]) : null;
    const text = (name: string) => cells[name] ?? null;
    const source = { topic: text("source_topic") ?? "", partition: Number(text("source_partition")) };
    const position = source.topic === "" ? null : positionOf(source, BigInt(text("source_offset") ?? ""));
    const event: PersonEvent = kind === "seal"
      ? { kind: "shop_erasure", at: time("erased_at") ?? NaN, position }
      : {
        ...{ kind: "report", name: text("name"), phone: text("phone"), updatedAt: time("updated_at") ?? NaN },
        ...{
          region: text("region"),
          regionAt: time("region_at"),
          registeredAt: time("registered_at"),
          position,
        },
      };
    return [text("contact_key") ?? "", event];
  });
}

function known(
  start: ReadonlyMap<string, Person>,
  events: readonly (readonly [string, PersonEvent])[],
): ReadonlyMap<string, Person> {
  const now = new Map(start);
  for (const [key, event] of events) now.set(key, after(now.get(key) ?? unknownPerson, event));
  return now;
}

/** Ends of batches, and how far each one goes back to what came before, as after a restart. */
const deliveries = fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.nat(4)), {
  minLength: 16,
  maxLength: 16,
});

for (const [how, options] of [["with", telesales], ["without", withoutPosition]] as const) {
  const settings = readSinkSettings(options);

  Deno.test(`batches do what their events do one by one, ${how} positions`, async () => {
    const statements = new Statements(settings);
    const hasPosition = settings.newest?.position !== null;
    const plain = (step: PlacedStep) => {
      const event = eventOf(step);
      return [`key ${step.person}`, hasPosition ? event : { ...event, position: null }] as const;
    };
    let [events, rows] = [0, 0];
    await fc.assert(
      fc.asyncProperty(lives(people, 16).map(placed), deliveries, async (steps, batches) => {
        let [expected, found] = [known(new Map(), []), known(new Map(), [])];
        let done = 0;
        for (const [size, back] of batches) {
          const batch = steps.slice(Math.max(0, done - back), done + size);
          done += size;
          const written = await statements.eventsOf(batch);
          [events, rows] = [events + batch.length, rows + written.length];
          expected = known(expected, batch.map(plain));
          found = known(found, written);
          assert.deepEqual(found, expected);
        }
      }),
      { numRuns: 4_000, seed: 7 },
    );
    assert.ok(rows < events * 0.9, `${rows} rows of ${events} events: nothing folds`);
  });
}

Deno.test("events in order of one partition fold into one row, however many", async () => {
  const [source] = sources;
  assert.ok(source !== undefined);
  const events = Array.from({ length: 500 }, (_, index): PlacedStep => ({
    ...{ person: 0, kind: "report", source, time: index, offset: BigInt(index) },
    ...{ name: `name ${index}`, region: index % 3 === 0 ? "SP" : null },
  }));
  const statements = new Statements(readSinkSettings(telesales));
  assert.equal((await statements.eventsOf(events)).length, 1);
});
