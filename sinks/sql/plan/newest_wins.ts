/**
 * Folds two rows of one key into one, by the database's rules for a stored row and a new one: the newer event time wins,
 * the offset breaks a tie within one partition only, and a column with its own time is compared by that.
 *
 * The folded row must do to any stored row what both rows would have done in order. If it can't, both are written.
 * Those cases are: a tie across partitions (the stored row decides); a known value followed by an event of another
 * partition (a tie would compare the wrong position); an older event that brings a value (the row's position is a
 * newer event's); two values of one time; and a reopening after an event that may be suppressed.
 *
 * @module
 */

import type { RowTiming } from "./table_row.ts";

interface FoldRules {
  /** Whether rows store topic, partition and offset. */
  readonly hasPosition: boolean;
  /** Whether rows can be sealed and keep a mark. */
  readonly hasSeal: boolean;
}

export interface TimedRow {
  readonly timing: RowTiming;
}

/**
 * Folds a key's next row into its pending one; null if both must be written.
 *
 * @example
 * ```ts
 * import { foldNewest, type TimedRow } from "./newest_wins.ts";
 * const row = (micros: number, region: string | null): TimedRow => ({
 *   timing: {
 *     micros,
 *     cell: String(micros),
 *     at: { topic: "customers", partition: 0 },
 *     offset: 0n,
 *     own: [region === null ? null : { value: region, time: String(micros), micros }],
 *     reopened: null,
 *   },
 * });
 * const rules = { hasPosition: false, hasSeal: false };
 * const folded = foldNewest(row(1, "SP"), row(2, null), rules);
 * if (folded?.timing.own[0]?.value !== "SP") throw new Error("unknown never erases what is known");
 * ```
 */
export function foldNewest<R extends TimedRow>(waiting: R, next: R, rules: FoldRules): R | null {
  const isNewer = isNewerThan(next.timing, waiting.timing, rules);
  if (!canFold(waiting.timing, next.timing, rules, isNewer)) return null;
  const newer = isNewer ? next : waiting;
  const own = waiting.timing.own.map((known, index) => {
    const given = next.timing.own[index] ?? null;
    if (given === null) return known;
    return known === null || given.micros > known.micros || (isNewer && given.micros === known.micros)
      ? given
      : known;
  });
  const reopened = later(waiting.timing.reopened, next.timing.reopened);
  return { ...newer, timing: { ...newer.timing, own, reopened } };
}

function isNewerThan(next: RowTiming, waiting: RowTiming, { hasPosition }: FoldRules): boolean {
  if (next.micros !== waiting.micros) return next.micros > waiting.micros;
  return hasPosition && isSamePartition(next, waiting) && next.offset > waiting.offset;
}

function canFold(waiting: RowTiming, next: RowTiming, rules: FoldRules, isNewer: boolean): boolean {
  const isSame = isSamePartition(next, waiting);
  if (rules.hasSeal && !canFoldReopening(waiting, next, isSame || !rules.hasPosition)) return false;
  if (!rules.hasPosition) return true;
  if (next.micros === waiting.micros && !isSame) return false;
  return waiting.own.every((known, index) => {
    const given = next.own[index] ?? null;
    if (given === null) return known === null || isSame || !isNewer;
    if (known === null) return isNewer;
    return given.micros !== known.micros && (isNewer || given.micros < known.micros);
  });
}

/**
 * A stored seal may suppress the pending row while the reopening after it lifts the seal; and whether a reopening lifts
 * a seal depends on its position.
 */
function canFoldReopening(waiting: RowTiming, next: RowTiming, isPlaceKnown: boolean): boolean {
  if (waiting.reopened === null && next.reopened === null) return true;
  if (!isPlaceKnown) return false;
  return next.reopened === null || waiting.reopened?.micros === waiting.micros;
}

function isSamePartition(a: RowTiming, b: RowTiming): boolean {
  return a.at.partition === b.at.partition && a.at.topic === b.at.topic;
}

function later(a: RowTiming["reopened"], b: RowTiming["reopened"]): RowTiming["reopened"] {
  if (a === null || b === null) return a ?? b;
  return b.micros > a.micros ? b : a;
}
