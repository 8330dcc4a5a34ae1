/** Laws of what is known of a person, over any life. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { after, type Person, type PersonEvent, unknownPerson } from "../../../../domain/telesales/person.ts";
import { eventOf, lives, placed, sources, type Step } from "../../../support/delivery/person_lives.ts";

const shopEvents = lives(1, 10).map((steps) => placed(steps).map(eventOf));
const time = fc.integer({ min: 1, max: 8 });
const command = fc.oneof(
  fc.record({ kind: fc.constantFrom("erasure" as const, "objection" as const, "expiry" as const), at: time }),
  fc.constant({ kind: "allowance" as const, at: 0 }),
);
/** Events of the shop, and commands anywhere among them. */
const anyEvents = fc.tuple(shopEvents, fc.array(fc.tuple(fc.nat(10), command), { maxLength: 3 }))
  .map(([events, commands]) =>
    commands.reduce<readonly PersonEvent[]>((all, [at, one]) => all.toSpliced(at, 0, one), events)
  );

const runs = { numRuns: 5_000, seed: 15 };
const known = (events: readonly PersonEvent[], start = unknownPerson) => events.reduce(after, start);
const isEmpty = ({ name, phone, region, updatedAt, regionAt }: Person) =>
  [name, phone, region, updatedAt, regionAt].every((value) => value === null);

Deno.test("an event that comes twice changes nothing the second time", () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      for (let end = 1; end <= events.length; end++) {
        const person = known(events.slice(0, end));
        assert.deepEqual(known(events.slice(end - 1, end), person), person);
      }
    }),
    runs,
  );
});

Deno.test("without erasures, reports of different times may come in any order", () => {
  const reports = shopEvents.map((events) =>
    events.filter(({ kind }) => kind === "report").map((event, index): PersonEvent => {
      if (event.kind !== "report") return event;
      const updatedAt = (index * 7) % 11;
      const regionAt = event.region === null ? null : updatedAt;
      return { ...event, updatedAt, regionAt, registeredAt: event.registeredAt === null ? null : updatedAt };
    })
  );
  const shuffled = reports.chain((events) =>
    fc.tuple(
      fc.constant(events),
      fc.shuffledSubarray([...events], { minLength: events.length, maxLength: events.length }),
    )
  );
  fc.assert(
    fc.property(shuffled, ([events, others]) => {
      assert.deepEqual(known(others), known(events));
      assert.deepEqual(known(others, known(events)), known(events), "and all of them again");
    }),
    runs,
  );
});

Deno.test("the newest erasure is remembered, in whatever order the shop's events come", () => {
  const shuffled = shopEvents.chain((events) =>
    fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length }))
  );
  fc.assert(
    fc.property(shuffled, ([events, others]) => {
      const newest = events.reduce(
        (at, event) => event.kind === "shop_erasure" ? Math.max(at, event.at) : at,
        -1,
      );
      assert.equal(known(others).erasedAt ?? -1, newest);
    }),
    runs,
  );
});

Deno.test("with right clocks, the order between queues doesn't decide whether an erased person is there", () => {
  const lifeAndOrder = lives(1, 10).chain((steps) =>
    fc.tuple(
      fc.constant(
        // Registrations and erasures in one queue, each queue in the order of its times.
        placed(
          steps.map((step, index) => ({ ...step, source: { ...step.source, partition: 0 }, time: index })),
        ),
      ),
      fc.array(fc.nat(1), { minLength: 10, maxLength: 10 }),
    )
  );
  fc.assert(
    fc.property(lifeAndOrder, ([steps, choices]) => {
      const queues = ["customers.registrations", "customers.purchases"].map((topic) =>
        steps.filter(({ source }) => source.topic === topic).map(eventOf)
      );
      const other = choices.map((choice) =>
        (queues[choice]?.length ? queues[choice] : queues[1 - choice])?.shift()
      )
        .filter((event) => event !== undefined);
      const [one, two] = [known(steps.map(eventOf)), known(other)];
      assert.equal(isEmpty(two), isEmpty(one));
      assert.deepEqual([two.erasedAt, two.registeredAt], [one.erasedAt, one.registeredAt]);
    }),
    runs,
  );
});

Deno.test("the shop's erasure ends a registration in front of it, whatever the clocks and earlier erasures say", () => {
  const [queue] = sources;
  assert.ok(queue !== undefined);
  const step = (kind: Step["kind"], time: number, offset: bigint) =>
    eventOf({ person: 0, kind, source: queue, time, offset, name: "Ana", region: null });
  const life = [step("tombstone", 7, 0n), step("registration", 8, 1n), step("tombstone", 5, 2n)];
  const erased = known(life);
  assert.deepEqual(erased, { ...unknownPerson, erasedAt: 7, position: erased.position });
  assert.deepEqual(known(life, erased), erased, "and a replay doesn't bring the person back");
  assert.equal(known([step("registration", 8, 3n)], erased).name, "Ana");
});

Deno.test("an objection is lifted by its allowance alone, and nothing is known until then", () => {
  fc.assert(
    fc.property(anyEvents, anyEvents, (before, behind) => {
      const objecting = known([...before, { kind: "objection", at: 4 }]);
      const person = known(behind.filter(({ kind }) => kind !== "allowance"), objecting);
      assert.ok(isEmpty(person));
      assert.equal(person.objectedAt, objecting.objectedAt);
    }),
    runs,
  );
});

Deno.test("an erasure is lifted by a newer registration alone, and its mark never goes", () => {
  fc.assert(
    fc.property(anyEvents, anyEvents, time, (before, behind, at) => {
      const erased = known([...before, { kind: "erasure", at }]);
      const { erasedAt } = erased;
      assert.ok(erasedAt !== null && erasedAt >= at && isEmpty(erased));
      const person = known(behind, erased);
      assert.ok(person.erasedAt !== null && person.erasedAt >= erasedAt);
      const registers = (event: PersonEvent) =>
        event.kind === "report" && event.registeredAt !== null && event.registeredAt > erasedAt;
      if (!isEmpty(person)) assert.ok(behind.some(registers));
      assert.ok(isEmpty(known(behind.filter((event) => !registers(event)), erased)));
    }),
    runs,
  );
});

Deno.test("a person is known whole or not at all, and not while erased or objecting", () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const person = known(events);
      const { name, phone, region, regionAt, updatedAt, registeredAt, erasedAt, objectedAt } = person;
      assert.equal(name === null, phone === null);
      assert.equal(name === null, updatedAt === null);
      assert.equal(region === null, regionAt === null);
      if (name === null) return assert.ok(isEmpty(person));
      assert.equal(objectedAt, null);
      if (erasedAt === null) return;
      assert.ok(registeredAt !== null && registeredAt > erasedAt);
      assert.ok(regionAt === null || regionAt > erasedAt, "a region from before the erasure is gone");
    }),
    runs,
  );
});

Deno.test("what expires is gone; what an erasure and a registration left is remembered", () => {
  fc.assert(
    fc.property(anyEvents, time, (events, at) => {
      const person = known(events);
      const kept = known([{ kind: "expiry", at }], person);
      if (person.updatedAt === null || person.updatedAt >= at) return assert.deepEqual(kept, person);
      const { erasedAt, registeredAt } = person;
      assert.deepEqual(kept, {
        ...unknownPerson,
        ...erasedAt === null ? {} : { erasedAt, registeredAt },
      });
    }),
    runs,
  );
});
