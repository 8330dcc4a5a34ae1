/** Random lives of people: the shop's events, at few times, so that ties and wrong clocks are frequent. @module */

import fc from "fast-check";
import type { TopicPartition } from "../../../connect/api/record.ts";
import type { Position, Report, ShopErasure } from "../../../domain/telesales/person.ts";

/** The source partitions. A person's registrations are in two if partitions were added. */
export const sources: readonly TopicPartition[] = [
  { topic: "customers.registrations", partition: 0 },
  { topic: "customers.purchases", partition: 0 },
  { topic: "customers.registrations", partition: 1 },
];

/** One event of a person, without a place in its partition. */
export interface Step {
  readonly person: number;
  readonly kind: "report" | "registration" | "tombstone";
  readonly source: TopicPartition;
  readonly time: number;
  readonly name: string;
  readonly region: string | null;
}

export interface PlacedStep extends Step {
  readonly offset: bigint;
}

/** The phone of all persons. */
export const phone = "+5511987654321";

/** Returns steps of this many people, in any order. */
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

/** Customers register, and are erased, on the topic of registrations only. */
function kindOf({ kind, source }: Pick<Step, "kind" | "source">): Step["kind"] {
  return source.topic === "customers.registrations" ? kind : "report";
}

/** Adds offsets, growing within each partition. */
export function placed(steps: readonly Step[]): readonly PlacedStep[] {
  const next = new Map<TopicPartition, bigint>();
  return steps.map((step) => {
    const offset = next.get(step.source) ?? 0n;
    next.set(step.source, offset + 1n);
    return { ...step, offset };
  });
}

/** Returns the step as telesales' specification takes it. */
export function eventOf({ kind, source, offset, time, name, region }: PlacedStep): Report | ShopErasure {
  const position = positionOf(source, offset);
  if (kind === "tombstone") return { kind: "shop_erasure", at: time, position };
  const regionAt = region === null ? null : time;
  const registeredAt = kind === "registration" ? time : null;
  return { ...{ kind: "report", name, phone, updatedAt: time, region, regionAt, registeredAt }, position };
}

export function positionOf({ topic, partition }: TopicPartition, offset: bigint): Position {
  return { queue: `${topic}-${partition}`, place: offset };
}
