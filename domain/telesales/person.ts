/**
 * What telesales knows of a person, event by event. {@link after} is the specification of the table of people: the
 * sink's statements, its folding of batches and the sandbox's judge are checked against it.
 *
 * @module
 */

/** Where an event stands: which of two came first is known within one queue only. */
export type Position = { readonly queue: string; readonly place: bigint } | null;

/** What is known of a person. Null is "not known"; times are milliseconds since 1970. */
export interface Person {
  readonly name: string | null;
  readonly phone: string | null;
  /** Time of the event that told name and phone, and its position or that of the erasure. */
  readonly updatedAt: number | null;
  readonly position: Position;
  /** The region has a time of its own: the newest event may not tell it. */
  readonly region: string | null;
  readonly regionAt: number | null;
  readonly registeredAt: number | null;
  readonly erasedAt: number | null;
  readonly objectedAt: number | null;
}

/** Nothing is known, and nothing has to be remembered. */
export const unknownPerson: Person = {
  ...{ name: null, phone: null, updatedAt: null, position: null, region: null, regionAt: null },
  ...{ registeredAt: null, erasedAt: null, objectedAt: null },
};

/** The shop tells of a customer. A report that stands for several may have a region of an earlier time. */
export interface Report extends Omit<Person, "erasedAt" | "objectedAt"> {
  readonly kind: "report";
  readonly updatedAt: number;
}

/** The shop erases a customer. */
export interface ShopErasure {
  readonly kind: "shop_erasure";
  readonly at: number;
  readonly position: Position;
}

/** What happens: besides, an officer erases a person, keeps one out or lets one in, and what was kept for long expires. */
export type PersonEvent =
  | Report
  | ShopErasure
  | { readonly kind: "erasure" | "objection"; readonly at: number }
  | { readonly kind: "allowance" }
  | { readonly kind: "expiry"; readonly before: number };

/**
 * What is known of a person after an event.
 *
 * @example
 * ```ts
 * import { after, type Report, unknownPerson } from "./person.ts";
 * const report = (updatedAt: number, more: Partial<Report>): Report => (
 *   { ...unknownPerson, kind: "report", phone: "+5511987654321", name: "Ana", updatedAt, ...more }
 * );
 * const ana = [report(1, { region: "SP", regionAt: 1 }), report(2, {})].reduce(after, unknownPerson);
 * if (ana.region !== "SP" || ana.updatedAt !== 2) throw new Error("unknown never replaces what is known");
 * const gone = after(ana, { kind: "shop_erasure", at: 4, position: null });
 * if (after(gone, report(5, {})).name !== null) throw new Error("who was erased stays so");
 * if (after(gone, report(5, { registeredAt: 5 })).name !== "Ana") throw new Error("until registering again");
 * ```
 */
export function after(person: Person, event: PersonEvent): Person {
  switch (event.kind) {
    case "report":
      return isHeard(person, event) ? told(person, event) : person;
    case "shop_erasure":
      return erasedByShop(person, event);
    case "erasure": { // Clocks differ: nothing of what is known is newer than an officer's erasure.
      const { updatedAt, regionAt, registeredAt, erasedAt, objectedAt } = person;
      const times = [event.at, updatedAt, regionAt, registeredAt, erasedAt];
      return { ...unknownPerson, objectedAt, erasedAt: Math.max(...times.filter((time) => time !== null)) };
    }
    case "objection":
      return { ...erasureOf(person), objectedAt: person.objectedAt ?? event.at };
    case "allowance":
      return { ...person, objectedAt: null };
    case "expiry":
      return isLater(event.before, person.updatedAt ?? Infinity)
        ? { ...erasureOf(person), objectedAt: person.objectedAt, position: null }
        : person;
  }
}

/** An objection keeps out whatever comes; an erasure what is older, and everything until the person registers. */
function isHeard({ objectedAt, erasedAt, registeredAt, position }: Person, report: Report): boolean {
  if (objectedAt !== null || erasedAt === null) return objectedAt === null;
  // A clock may be wrong: a registration that is known to stand in front of the erasure doesn't lift it.
  const lifts = isLater(report.registeredAt, erasedAt) && isBehind(report.position, position) !== false;
  return report.updatedAt > erasedAt && (isLater(registeredAt, erasedAt) || lifts);
}

/** The newest wins: name and phone by the event's time, the region by its own. Of one time, the one known to be behind. */
function told(
  person: Person,
  { name, phone, updatedAt, position, region, regionAt, registeredAt }: Report,
): Person {
  const isSecond = isBehind(position, person.position) === true;
  const isNewer = isLater(updatedAt, person.updatedAt) || (updatedAt === person.updatedAt && isSecond);
  // The position known is that of the newest event, so only a region of that time can be told to be behind.
  const isRegionNewer = isLater(regionAt, person.regionAt) ||
    (regionAt !== null && regionAt === person.regionAt && regionAt === person.updatedAt && isSecond);
  return {
    ...person,
    ...isNewer ? { name, phone, updatedAt, position } : {},
    ...isRegionNewer && isLater(regionAt, person.erasedAt) ? { region, regionAt } : {},
    ...isLater(registeredAt, person.registeredAt) ? { registeredAt } : {},
  };
}

/** The shop's newest erasure leaves only itself, or what is newer if the person has registered since. */
function erasedByShop(person: Person, { at, position }: ShopErasure): Person {
  const { updatedAt, regionAt, registeredAt, objectedAt } = person;
  if (!isLater(at, person.erasedAt)) return person;
  const isBefore = registeredAt === updatedAt && isBehind(position, person.position) === true;
  if (!isLater(registeredAt, at) || isBefore) return { ...unknownPerson, objectedAt, erasedAt: at, position };
  return { ...person, erasedAt: at, ...isLater(regionAt, at) ? {} : { region: null, regionAt: null } };
}

/** Of somebody who leaves, an erasure is remembered, and what lifted it. */
function erasureOf({ erasedAt, registeredAt, position }: Person): Person {
  return erasedAt === null ? unknownPerson : { ...unknownPerson, erasedAt, registeredAt, position };
}

function isLater(time: number | null, than: number | null): boolean {
  return time !== null && (than === null || time > than);
}

/** Whether one event is behind another; undefined if that isn't known. */
function isBehind(one: Position, other: Position): boolean | undefined {
  return one === null || other === null || one.queue !== other.queue ? undefined : one.place > other.place;
}
