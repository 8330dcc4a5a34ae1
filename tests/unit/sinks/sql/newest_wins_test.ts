import assert from "node:assert/strict";
import fc from "fast-check";
import { foldNewest, type TimedRow } from "../../../../sinks/sql/newest_wins.ts";
import {
  afterEvent,
  afterRow,
  type IncomingRow,
  type ModelRules,
  type PersonEvent,
  type PersonRow,
} from "../../../support/newest_wins_model.ts";

const topic = "customers";

interface ContactRow extends TimedRow {
  readonly cells: readonly (string | null)[];
}

function rowOf(event: PersonEvent): ContactRow {
  const { time, partition, offset, name, region } = event;
  return {
    cells: ["17", name],
    timing: {
      micros: time,
      cell: String(time),
      at: { topic, partition },
      offset: BigInt(offset),
      own: [region === null ? null : { value: region, time: String(time), micros: time }],
      registered: event.kind === "registration" ? { cell: String(time), micros: time } : null,
    },
  };
}

function incoming({ cells, timing }: ContactRow): IncomingRow {
  const [own] = timing.own;
  return {
    name: cells[1] ?? "",
    time: timing.micros,
    region: own?.value ?? null,
    regionAt: own?.micros ?? null,
    registeredAt: timing.registered?.micros ?? null,
    partition: timing.at.partition,
    offset: Number(timing.offset),
  };
}

/** What is written one after the other: folded rows, and tombstones, which nothing folds across. */
function fold(events: readonly PersonEvent[], hasPosition: boolean): readonly (IncomingRow | PersonEvent)[] {
  const rounds: (ContactRow | PersonEvent)[] = [];
  for (const event of events) {
    const waiting = rounds.at(-1);
    const row = event.kind === "tombstone" ? event : rowOf(event);
    const folded = waiting === undefined || "kind" in waiting || "kind" in row
      ? null
      : foldNewest(waiting, row, { hasPosition, hasErasure: true });
    if (folded === null) rounds.push(row);
    else rounds[rounds.length - 1] = folded;
  }
  return rounds.map((round) => "kind" in round ? round : incoming(round));
}

function written(
  before: PersonRow | null,
  rounds: readonly (IncomingRow | PersonEvent)[],
  rules: ModelRules,
): PersonRow | null {
  return rounds.reduce<PersonRow | null>(
    (row, round) => "kind" in round ? afterEvent(row, round, rules) : afterRow(row, round, rules),
    before,
  );
}

/** What happens to one person: few times, so that ties are frequent; offsets grow within each partition. */
const history = fc.array(
  fc.record({
    kind: fc.constantFrom("event", "event", "registration", "tombstone"),
    time: fc.integer({ min: 1, max: 5 }),
    partition: fc.integer({ min: 0, max: 1 }),
    region: fc.constantFrom(null, "SP", "RJ"),
  }),
  { maxLength: 8 },
).map((events) => {
  const next = [0, 0];
  return events.map((event, index): PersonEvent => {
    const offset = next[event.partition] ?? 0;
    next[event.partition] = offset + 1;
    return { ...event, kind: event.kind as PersonEvent["kind"], offset, name: `name ${index}` };
  });
});

for (const hasPosition of [true, false]) {
  const rules: ModelRules = { hasPosition, liftedByRegistration: true };
  const how = hasPosition ? "with positions" : "without positions";

  Deno.test(`folding is invisible to any row in the database, ${how}`, () => {
    fc.assert(
      fc.property(history, fc.nat(8), fc.nat(8), (events, splitAt, replayed) => {
        const split = Math.min(splitAt, events.length);
        const before = events.slice(0, split).reduce<PersonRow | null>(
          (row, event) => afterEvent(row, event, rules),
          null,
        );
        // A batch that comes again begins with what the row has seen already.
        const batch = events.slice(Math.max(0, split - replayed));
        const oneByOne = batch.reduce<PersonRow | null>(
          (row, event) => afterEvent(row, event, rules),
          before,
        );
        assert.deepEqual(written(before, fold(batch, hasPosition), rules), oneByOne);
      }),
      { numRuns: 20_000, seed: 7 },
    );
  });
}

Deno.test("a known region and an unknown one end as the known one, in any order", () => {
  const known: PersonEvent = { kind: "event", time: 1, partition: 0, offset: 0, name: "a", region: "SP" };
  const unknown: PersonEvent = { kind: "event", time: 2, partition: 0, offset: 1, name: "b", region: null };
  for (const events of [[known, unknown], [unknown, known]]) {
    for (const hasPosition of [true, false]) {
      const rules = { hasPosition, liftedByRegistration: true };
      const row = written(null, fold(events, hasPosition), rules);
      assert.equal(row?.region, "SP");
      assert.equal(row?.name, "b");
    }
  }
});

Deno.test("events in order of one partition fold into one row, however many", () => {
  const events = Array.from({ length: 500 }, (_, index): PersonEvent => ({
    kind: "event",
    time: index,
    partition: 0,
    offset: index,
    name: `name ${index}`,
    region: index % 3 === 0 ? "SP" : null,
  }));
  assert.equal(fold(events, true).length, 1);
});
