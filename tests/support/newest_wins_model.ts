/**
 * Newest wins, erasure and objection as the specification tells them, one event after the other and without any
 * regard for speed: what folding and SQL are held against.
 *
 * @module
 */

/** Something that happens to one person. */
export interface PersonEvent {
  readonly kind: "event" | "registration" | "tombstone";
  readonly time: number;
  readonly partition: number;
  readonly offset: number;
  readonly name: string;
  readonly region: string | null;
}

/** A row of the table; null = unknown. */
export interface PersonRow {
  readonly name: string | null;
  readonly updatedAt: number | null;
  readonly region: string | null;
  readonly regionAt: number | null;
  readonly registeredAt: number | null;
  readonly erasedAt: number | null;
  readonly isObjecting: boolean;
  readonly partition: number | null;
  readonly offset: number | null;
}

/** What a row comes with: the folded form has its region from another event. */
export interface IncomingRow {
  readonly name: string;
  readonly time: number;
  readonly region: string | null;
  readonly regionAt: number | null;
  readonly registeredAt: number | null;
  readonly partition: number;
  readonly offset: number;
}

/** Which parts of the rules are on. */
export interface ModelRules {
  readonly hasPosition: boolean;
  readonly liftedByRegistration: boolean;
}

/** One event as a row. */
export function incomingOf(event: PersonEvent): IncomingRow {
  const { name, time, region, partition, offset } = event;
  return {
    ...{ name, time, region, partition, offset },
    regionAt: region === null ? null : time,
    registeredAt: event.kind === "registration" ? time : null,
  };
}

/** The row after an event; null = no row. */
export function afterEvent(row: PersonRow | null, event: PersonEvent, rules: ModelRules): PersonRow {
  return event.kind === "tombstone"
    ? afterTombstone(row, event, rules)
    : afterRow(row, incomingOf(event), rules);
}

/** The row after another row comes. */
export function afterRow(row: PersonRow | null, comes: IncomingRow, rules: ModelRules): PersonRow {
  if (row === null) {
    return {
      ...{ name: comes.name, updatedAt: comes.time, region: comes.region, regionAt: comes.regionAt },
      ...{ registeredAt: comes.registeredAt, erasedAt: null, isObjecting: false },
      ...position(comes, rules),
    };
  }
  if (!isOpen(row, comes, rules)) return row;
  const isBehind = rules.hasPosition && row.partition === comes.partition && comes.offset > (row.offset ?? 0);
  const isNewer = row.updatedAt === null || comes.time > row.updatedAt ||
    (comes.time === row.updatedAt && isBehind);
  const isRegionNewer = comes.region !== null && comes.regionAt !== null &&
    (row.erasedAt === null || comes.regionAt > row.erasedAt) &&
    (row.regionAt === null || comes.regionAt > row.regionAt ||
      (comes.regionAt === row.regionAt && row.regionAt === row.updatedAt && isBehind));
  return {
    ...row,
    ...isNewer ? { name: comes.name, updatedAt: comes.time, ...position(comes, rules) } : {},
    ...isRegionNewer ? { region: comes.region, regionAt: comes.regionAt } : {},
    registeredAt: latest(row.registeredAt, comes.registeredAt),
  };
}

function isOpen(row: PersonRow, comes: IncomingRow, rules: ModelRules): boolean {
  if (row.isObjecting) return false;
  if (row.erasedAt === null) return true;
  if (comes.time <= row.erasedAt) return false;
  if (row.registeredAt !== null && row.registeredAt > row.erasedAt) return true;
  const isInFront = rules.hasPosition && row.partition === comes.partition &&
    comes.offset <= (row.offset ?? 0);
  return rules.liftedByRegistration && comes.registeredAt !== null && comes.registeredAt > row.erasedAt &&
    !isInFront;
}

function afterTombstone(
  row: PersonRow | null,
  { time, partition, offset }: PersonEvent,
  rules: ModelRules,
): PersonRow {
  const empty: PersonRow = {
    ...{ name: null, updatedAt: null, region: null, regionAt: null, registeredAt: null },
    ...{ erasedAt: time, isObjecting: row?.isObjecting ?? false },
    ...position({ partition, offset }, rules),
  };
  if (row === null) return empty;
  if (row.erasedAt !== null && time <= row.erasedAt) return row;
  const isInFront = rules.hasPosition && row.partition === partition && row.registeredAt === row.updatedAt &&
    (row.offset ?? 0) < offset;
  const stays = rules.liftedByRegistration && row.registeredAt !== null && row.registeredAt > time &&
    !isInFront;
  if (!stays) return empty;
  const isRegionOlder = row.regionAt === null || row.regionAt <= time;
  return { ...row, erasedAt: time, ...isRegionOlder ? { region: null, regionAt: null } : {} };
}

function position(
  { partition, offset }: Pick<IncomingRow, "partition" | "offset">,
  { hasPosition }: ModelRules,
) {
  return hasPosition ? { partition, offset } : { partition: null, offset: null };
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? a ?? b : Math.max(a, b);
}
