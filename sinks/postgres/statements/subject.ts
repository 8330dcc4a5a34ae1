/**
 * Statements of the commands on one subject's row: `r` is the stored row, `n` the given key. Names are quoted.
 *
 * @module
 */

import type { TablePlan } from "../../sql/dialect.ts";
import { wordsOf } from "./rows.ts";

/** A clock further ahead of the database's is wrong. */
const clocksApartMax = "5 minutes";

/** The columns of the marks that commands set. */
export interface MarkColumns {
  readonly sealed: string;
  readonly blocked: string;
  readonly reopened: string;
  /** Topic, partition and offset, or empty. */
  readonly position: readonly string[];
  /** Columns with data of the subject or of its events. */
  readonly emptied: readonly string[];
}

/** Returns the row, its columns as text. */
export function showSql(keyed: TablePlan, columns: readonly string[]): string {
  const { table, isSameKey } = wordsOf(keyed);
  return `
    select ${columns.map((name) => `r.${name}::text as ${name}`).join(", ")}
      from ${table} as r
      join (${given(keyed)}) as n on ${isSameKey}`;
}

/**
 * Empties the row, or inserts an empty one. Clocks differ, so the mark's time is the latest of the row's events, the
 * database's clock and, within `clocksApartMax`, the command's clock.
 *
 * @param times columns with times of events
 */
export function sealSubjectSql(
  marked: TablePlan,
  { sealed, position, emptied }: MarkColumns,
  times: readonly string[],
  nowMs: number,
): string {
  const { table, names, keys } = wordsOf(marked);
  const latest = [
    "clock_timestamp()",
    `least(to_timestamp(${Math.trunc(nowMs)} / 1000.0), clock_timestamp() + interval '${clocksApartMax}')`,
    ...times.map((name) => `r.${name}`),
  ];
  const sets = [
    ...[...emptied, ...position].map((name) => `${name} = null`),
    `${sealed} = greatest(${latest.join(", ")})`,
  ];
  return `
    insert into ${table} as r (${names}, ${sealed})
    select ${names}, clock_timestamp() from (${given(marked)}) as n
    on conflict (${keys})
    do update set ${sets.join(",\n                  ")}`;
}

/** Empties the row until `unblockSql`, or inserts an empty one. A seal stays. */
export function blockSql(
  marked: TablePlan,
  { sealed, blocked, reopened, position, emptied }: MarkColumns,
): string {
  const { table, names, keys } = wordsOf(marked);
  const sets = [
    ...emptied.filter((name) => name !== reopened).map((name) => `${name} = null`),
    ...[reopened, ...position].map((name) =>
      `${name} = case when r.${sealed} is not null then r.${name} end`
    ),
    `${blocked} = coalesce(r.${blocked}, clock_timestamp())`,
  ];
  return `
    insert into ${table} as r (${names}, ${blocked})
    select ${names}, clock_timestamp() from (${given(marked)}) as n
    on conflict (${keys})
    do update set ${sets.join(",\n                  ")}`;
}

/** Ends a block. Returns a row if there was one. */
export function unblockSql(keyed: TablePlan, { blocked }: MarkColumns): string {
  const { table, isSameKey } = wordsOf(keyed);
  return `
    update ${table} as r set ${blocked} = null
      from (${given(keyed)}) as n
     where ${isSameKey} and r.${blocked} is not null
    returning 1 as done`;
}

/** Deletes a second row of the subject and returns its marks. */
export function deleteDoubleSql(keyed: TablePlan, { sealed, blocked }: MarkColumns): string {
  const { table, isSameKey } = wordsOf(keyed);
  return `
    delete from ${table} as r
     using (${given(keyed)}) as n
     where ${isSameKey}
    returning r.${blocked}::text as blocked, r.${sealed}::text as sealed`;
}

/** Adds the marks `$2` and `$3` of the deleted row. */
export function joinDoubleSql(keyed: TablePlan, { sealed, blocked }: MarkColumns): string {
  const { table, isSameKey } = wordsOf(keyed);
  return `
    update ${table} as r
       set ${blocked} = coalesce(r.${blocked}, $2::text::timestamptz),
           ${sealed} = greatest(r.${sealed}, $3::text::timestamptz)
      from (${given(keyed)}) as n
     where ${isSameKey}`;
}

/** The key, as a FROM item. */
function given(plan: TablePlan): string {
  const { named, arrays, elements } = wordsOf(plan);
  return `select ${named} from unnest(${arrays}) as u(${elements})`;
}
