/** What telesales knows of a person, event by event. @module */

/** Where an event stands: which of two came first is known within one queue only. */
export type Position = { readonly queue: string; readonly place: bigint } | null;

/** What is known of a person. Null is "not known"; times are milliseconds since 1970. */
export interface Person {
  readonly name: string | null;
  readonly phone: string | null;
  /** Time and position of the event that told name and phone; without them, the position is the erasure's. */
  readonly updatedAt: number | null;
  readonly position: Position;
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

/** The shop tells of a customer, who may just have registered. The region may be of an earlier report. */
export type Report = { kind: "report"; updatedAt: number } & Omit<Person, "erasedAt" | "objectedAt">;
/** The shop erases a customer. */
export type ShopErasure = { kind: "shop_erasure"; at: number; position: Position };
/** An officer erases a person, keeps one out, or lets one in; or what is older expires. */
type Command = { kind: "erasure" | "objection" | "allowance" | "expiry"; at: number };
/** What changes what is known. */
export type PersonEvent = Readonly<Report | ShopErasure | Command>;

/**
 * What is known of a person after an event. This is the specification of the table of people: the sink's statements,
 * its folding of batches and the sandbox's judge are checked against it.
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

/** An objection keeps out whatever comes; an erasure what is older, and everything until the person registers. */
function isHeard({ objectedAt, erasedAt, registeredAt, position }: Person, report: Report): boolean {
  if (objectedAt !== null || erasedAt === null) return objectedAt === null;
  // A clock may be wrong: a registration that is known to stand in front of the erasure doesn't lift it.
  const lifts = isLater(report.registeredAt, erasedAt) && isBehind(report.position, position) !== false;
  return report.updatedAt > erasedAt && (isLater(registeredAt, erasedAt) || lifts);
}

/** The newest wins: name and phone by the event's time, the region by its own. Of one time, the one known to be behind. */
function told(person: Person, report: Report): Person {
  const { name, phone, updatedAt, position, region, regionAt, registeredAt } = report;
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

/** The shop's erasure leaves only itself, or what is newer if the person has registered since. */
function erasedByShop(person: Person, { at, position }: ShopErasure): Person {
  const { updatedAt, regionAt, registeredAt, erasedAt, objectedAt } = person;
  // A clock may be wrong: what is known to stand in front of the erasure doesn't hold it up.
  const isPlaced = updatedAt === null || updatedAt === registeredAt; // by an erasure, or by the registration
  const isLast = isPlaced && isBehind(position, person.position) === true;
  if (!isLast && !isLater(at, erasedAt)) return person;
  if (isLast || !isLater(registeredAt, at)) {
    return { ...unknownPerson, objectedAt, erasedAt: Math.max(at, erasedAt ?? at), position };
  }
  return { ...person, erasedAt: at, ...isLater(regionAt, at) ? {} : { region: null, regionAt: null } };
}

/** Clocks differ: nothing of what is known is newer than an officer's erasure. */
function erasedByOfficer(person: Person, at: number): Person {
  const { updatedAt, regionAt, registeredAt, erasedAt, objectedAt } = person;
  const times = [at, updatedAt, regionAt, registeredAt, erasedAt].filter((time) => time !== null);
  return { ...unknownPerson, objectedAt, erasedAt: Math.max(...times) };
}

/** Of a person who leaves, an erasure is remembered, and what lifted it. */
function markOf({ erasedAt, registeredAt, position }: Person): Person {
  return erasedAt === null ? unknownPerson : { ...unknownPerson, erasedAt, registeredAt, position };
}

function isLater(time: number | null, than: number | null): boolean {
  return time !== null && (than === null || time > than);
}

/** Whether one event is behind another; undefined if that isn't known. */
function isBehind(one: Position, other: Position): boolean | undefined {
  return one === null || other === null || one.queue !== other.queue ? undefined : one.place > other.place;
}
