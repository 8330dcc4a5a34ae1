/** Position of an event. Two positions are ordered only within one queue. */
export type Position = { readonly queue: string; readonly place: bigint } | null;

/** What is known of a person. Null means "not known"; times are milliseconds since 1970. */
export interface Person {
  readonly name: string | null;
  readonly phone: string | null;
  /** Time and position of the event that gave name and phone. Without them, the position is the erasure's. */
  readonly updatedAt: number | null;
  readonly position: Position;
  readonly region: string | null;
  readonly regionAt: number | null;
  readonly registeredAt: number | null;
  readonly erasedAt: number | null;
  readonly objectedAt: number | null;
}

/** A person of whom nothing is stored. */
export const unknownPerson: Person = {
  ...{ name: null, phone: null, updatedAt: null, position: null, region: null, regionAt: null },
  ...{ registeredAt: null, erasedAt: null, objectedAt: null },
};

/** The shop reports a customer, who may just have registered. The region may come from an earlier report. */
export type Report = { kind: "report"; updatedAt: number } & Omit<Person, "erasedAt" | "objectedAt">;
/** The shop erases a customer. */
export type ShopErasure = { kind: "shop_erasure"; at: number; position: Position };
/** An operator erases, blocks or unblocks a person; or old data expires. */
type Command = { kind: "erasure" | "objection" | "allowance" | "expiry"; at: number };
/** An event or command that changes a person. */
export type PersonEvent = Readonly<Report | ShopErasure | Command>;

/**
 * Returns what is known of a person after an event. This is the specification of telesales' table: tests check the
 * sink's statements, its folding of batches and `sandbox/compare.ts` against it.
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
  if (event.kind === "report") return isHeard(person, event) ? told(person, event) : person;
  if (event.kind === "shop_erasure") return erasedByShop(person, event);
  if (event.kind === "erasure") return erasedByOfficer(person, event.at);
  if (event.kind === "objection") return { ...markOf(person), objectedAt: person.objectedAt ?? event.at };
  if (event.kind === "allowance") return { ...person, objectedAt: null };
  return isLater(event.at, person.updatedAt ?? Infinity) ? { ...markOf(person), position: null } : person;
}

/** An objection blocks all events; an erasure blocks older events, and all events until the person registers. */
function isHeard({ objectedAt, erasedAt, registeredAt, position }: Person, report: Report): boolean {
  if (objectedAt !== null || erasedAt === null) return objectedAt === null;
  // A clock may be wrong: a registration whose position is before the erasure's doesn't lift it.
  const lifts = isLater(report.registeredAt, erasedAt) && isBehind(report.position, position) !== false;
  return report.updatedAt > erasedAt && (isLater(registeredAt, erasedAt) || lifts);
}

/**
 * The newest wins: name and phone by the event's time, the region by its own. At equal times the event with the later
 * position wins.
 */
function told(person: Person, report: Report): Person {
  const { name, phone, updatedAt, position, region, regionAt, registeredAt } = report;
  const isSecond = isBehind(position, person.position) === true;
  const isNewer = isLater(updatedAt, person.updatedAt) || (updatedAt === person.updatedAt && isSecond);
  // The stored position is the newest event's, so it orders only a region of that event's time.
  const isRegionNewer = isLater(regionAt, person.regionAt) ||
    (regionAt !== null && regionAt === person.regionAt && regionAt === person.updatedAt && isSecond);
  return {
    ...person,
    ...isNewer ? { name, phone, updatedAt, position } : {},
    ...isRegionNewer && isLater(regionAt, person.erasedAt) ? { region, regionAt } : {},
    ...isLater(registeredAt, person.registeredAt) ? { registeredAt } : {},
  };
}

/** The shop's erasure removes all but what is newer, if the person has registered since. */
function erasedByShop(person: Person, { at, position }: ShopErasure): Person {
  const { updatedAt, regionAt, registeredAt, erasedAt, objectedAt } = person;
  // A clock may be wrong: data whose position is before the erasure's goes, whatever its time.
  const isPlaced = updatedAt === null || updatedAt === registeredAt; // the position is the erasure's or the registration's
  const isLast = isPlaced && isBehind(position, person.position) === true;
  if (!isLast && !isLater(at, erasedAt)) return person;
  if (isLast || !isLater(registeredAt, at)) {
    return { ...unknownPerson, objectedAt, erasedAt: Math.max(at, erasedAt ?? at), position };
  }
  return { ...person, erasedAt: at, ...isLater(regionAt, at) ? {} : { region: null, regionAt: null } };
}

/** Clocks differ: an operator's erasure is later than all that is stored. */
function erasedByOfficer(person: Person, at: number): Person {
  const { updatedAt, regionAt, registeredAt, erasedAt, objectedAt } = person;
  const times = [at, updatedAt, regionAt, registeredAt, erasedAt].filter((time) => time !== null);
  return { ...unknownPerson, objectedAt, erasedAt: Math.max(...times) };
}

/** Keeps the erasure's mark and the registration that lifted it. */
function markOf({ erasedAt, registeredAt, position }: Person): Person {
  return erasedAt === null ? unknownPerson : { ...unknownPerson, erasedAt, registeredAt, position };
}

function isLater(time: number | null, than: number | null): boolean {
  return time !== null && (than === null || time > than);
}

/** Whether one position is after the other; undefined if they are in different queues. */
function isBehind(one: Position, other: Position): boolean | undefined {
  return one === null || other === null || one.queue !== other.queue ? undefined : one.place > other.place;
}
