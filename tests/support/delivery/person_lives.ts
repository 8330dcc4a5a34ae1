/** Random lives of people: what the shop tells of them, with few times, so that ties and wrong clocks are frequent. @module */

import fc from "fast-check";
import type { TopicPartition } from "../../../connect/api/record.ts";
import type { Position, Report, ShopErasure } from "../../../domain/telesales/person.ts";

/** Where the shop's events come from; a person's registrations are in two partitions if partitions were added. */
export const sources: readonly TopicPartition[] = [
  { topic: "customers.registrations", partition: 0 },
  { topic: "customers.purchases", partition: 0 },
  { topic: "customers.registrations", partition: 1 },
];

/** Something that the shop says of a person, without a place in its partition. */
export interface Step {
  readonly person: number;
  readonly kind: "report" | "registration" | "tombstone";
  readonly source: TopicPartition;
  readonly time: number;
  readonly name: string;
  readonly region: string | null;
}

/** A step in its place. */
export interface PlacedStep extends Step {
  readonly offset: bigint;
}

/** The phone of everybody. */
export const phone = "+5511987654321";

/** Steps of this many people, in any order. */
export function lives(people: number, maxLength: number, minLength = 0): fc.Arbitrary<readonly Step[]> {
  const anyStep = fc.record({
    person: fc.nat(people - 1),
    kind: fc.constantFrom<Step["kind"]>("report", "report", "registration", "tombstone"),
    source: fc.constantFrom(...sources),
    time: fc.integer({ min: 1, max: 6 }),
    region: fc.constantFrom(null, "SP", "RJ"),
  });
  return fc.array(anyStep, { minLength, maxLength, size: "max" }).map((steps) =>
    steps.map((step, index) => ({ ...step, kind: kindOf(step), name: `name ${index}` }))
  );
}

/** Customers register, and are erased, on the topic of registrations alone. */
function kindOf({ kind, source }: Pick<Step, "kind" | "source">): Step["kind"] {
  return source.topic === "customers.registrations" ? kind : "report";
}

/** Offsets grow within each partition. */
export function placed(steps: readonly Step[]): readonly PlacedStep[] {
  const next = new Map<TopicPartition, bigint>();
  return steps.map((step) => {
    const offset = next.get(step.source) ?? 0n;
    next.set(step.source, offset + 1n);
    return { ...step, offset };
  });
}

/** The step as telesales' specification takes it. */
export function eventOf({ kind, source, offset, time, name, region }: PlacedStep): Report | ShopErasure {
  const position = positionOf(source, offset);
  if (kind === "tombstone") return { kind: "shop_erasure", at: time, position };
  const regionAt = region === null ? null : time;
  const registeredAt = kind === "registration" ? time : null;
  return { ...{ kind: "report", name, phone, updatedAt: time, region, regionAt, registeredAt }, position };
}

/** A place in a topic's partition. */
export function positionOf({ topic, partition }: TopicPartition, offset: bigint): Position {
  return { queue: `${topic}-${partition}`, place: offset };
}
