/**
 * Statements of newest wins. What is done to a row is decided behind its lock, by each statement's own WHERE.
 * Nothing but times, positions and own-time columns is read, so that the writer
 * needs no right to read any other value (EXCLUDED.name would need one).
 *
 * @module
 */

import type { PlannedColumn, RowGuard, TablePlan } from "../../sql/dialect.ts";
import { Guards } from "./guards.ts";
import { quoteIdentifier } from "../identifier.ts";
import { insertSql, keysOf } from "./insert.ts";
import { columnSql, keysEqual, namesOf, selectFromArrays, tableOfPlan } from "./rows.ts";

/** How an upsert of newest wins is done, each step only while rows are left that the steps before didn't touch. */
export interface NewestSql {
  /** Overwrites rows that are older: mostly all there is to do. */
  readonly overwrite: string;
  /** Inserts rows that aren't there. */
  readonly insert: string;
  /** Inserts rows that aren't there, and locks those that are: what comes next is decided behind that lock. */
  readonly insertOrLock: string;
  /** Gives newer rows what only older events know; null where no column has a time of its own. */
  readonly fill: string | null;
  /** Counts rows that an erasure or objection keeps closed; null where there are none. */
  readonly countClosed: string | null;
}

/** How rows are erased. */
export interface EraseSql {
  /** Empties rows, or leaves empty ones for people who weren't there. */
  readonly empty: string;
  /** Marks rows of people who registered since. */
  readonly mark: string;
}

/** The statements for plans with a guard. */
export function newestSql(plan: TablePlan, guard: RowGuard): NewestSql {
  const guards = new Guards(guard, "n");
  const { columns } = plan;
  const of = (role: PlannedColumn["role"]) => columns.filter((column) => column.role === role);
  // Not a column of the key: the writer needs no right to change keys, and may read the time.
  const [time] = namesOf(of("time"));
  const take = (column: PlannedColumn) => `${columnSql(column)} = n.${columnSql(column)}`;
  const overwritten = [...of("value"), ...of("time"), ...of("position"), ...of("fingerprint")].map(take);
  const filled = [...of("own").map((own) => ownSets(own, guards)), ...of("registered").map(latest)];
  const open = guards.open();
  const update = (sets: readonly string[], where: string) =>
    `update ${tableOfPlan(plan).sql} as r set ${sets.join(", ")} from (${given(columns)}) as n ` +
    `where ${matching(columns)} and ${open} and ${where}`;
  return {
    insert: `${insertMissingSql(plan)} on conflict (${keysOf(plan)}) do nothing`,
    insertOrLock: `${insertSql(plan)} on conflict (${
      keysOf(plan)
    }) do update set ${time} = excluded.${time} where false`,
    overwrite: update([...overwritten, ...filled], guards.newer()),
    fill: filled.length === 0 ? null : update(
      filled,
      `${guards.newer()} is not true and (${
        [
          ...of("own").map((own) => guards.ownNewer(own.shape.name, own.timeColumn ?? "")),
          ...of("registered").map((column) =>
            `n.${columnSql(column)} > coalesce(r.${columnSql(column)}, '-infinity')`
          ),
        ].join(" or ")
      })`,
    ),
    countClosed: guard.erasure === null
      ? null
      : `select count(*)::int as closed from ${tableOfPlan(plan).sql} as r join (${given(columns)}) as n ` +
        `on ${matching(columns)} where (${open}) is not true`,
  };
}

/** The columns come as key, time of the erasure, position and fingerprint, then those to empty. */
export function eraseSql(plan: TablePlan, guard: RowGuard): EraseSql {
  const givenRoles: readonly PlannedColumn["role"][] = ["key", "erased", "position", "fingerprint"];
  const incoming = plan.columns.filter(({ role }) => givenRoles.includes(role));
  const emptied = plan.columns.filter(({ role }) => !givenRoles.includes(role));
  const [excluded, later] = [new Guards(guard, "excluded"), new Guards(guard, "n")];
  const marks = incoming.filter(({ role }) => role !== "key").map(columnSql);
  const erased = incoming.filter(({ role }) => role === "erased").map(columnSql);
  const kept = emptied.filter(({ role }) => role === "own").flatMap((own) => keptSince(own, erased[0] ?? ""));
  return {
    empty: `${insertSql(plan, incoming)} on conflict (${keysOf(plan)}) do update set ${
      [
        ...marks.map((name) => `${name} = excluded.${name}`),
        ...emptied.map((column) => `${columnSql(column)} = null`),
      ]
        .join(", ")
    } where ${excluded.erasesLater()} and ${excluded.stays()} is not true`,
    mark: `update ${tableOfPlan(plan).sql} as r set ${
      [...erased.map((name) => `${name} = n.${name}`), ...kept].join(", ")
    } from (${given(incoming)}) as n where ${
      matching(incoming)
    } and ${later.erasesLater()} and ${later.stays()}`,
  };
}

function ownSets(own: PlannedColumn, guards: Guards): string {
  const [value, time] = [columnSql(own), quotedTime(own)];
  const newer = guards.ownNewer(own.shape.name, own.timeColumn ?? "");
  return [value, time].map((name) => `${name} = case when ${newer} then n.${name} else r.${name} end`).join(
    ", ",
  );
}

function keptSince(own: PlannedColumn, erased: string): readonly string[] {
  const [value, time] = [columnSql(own), quotedTime(own)];
  return [value, time].map((name) => `${name} = case when r.${time} > n.${erased} then r.${name} end`);
}

function quotedTime({ timeColumn }: PlannedColumn): string {
  return quoteIdentifier(timeColumn ?? "");
}

function latest(column: PlannedColumn): string {
  const name = columnSql(column);
  return `${name} = greatest(r.${name}, n.${name})`;
}

/** Rows that are there are mostly seen before anything of the new ones is made and checked. */
function insertMissingSql(plan: TablePlan): string {
  const names = namesOf(plan.columns);
  const keys = namesOf(plan.columns.filter(({ role }) => role === "key"));
  const table = tableOfPlan(plan).sql;
  const taken = names.map((name) => `n.${name}`).join(", ");
  return `insert into ${table} as r (${names.join(", ")}) select ${taken} from (${
    given(plan.columns)
  }) as n ` +
    `where not exists (select from ${table} as x where ${keysEqual(keys, "x", "n")})`;
}

function given(columns: readonly PlannedColumn[]): string {
  return selectFromArrays(columns, namesOf(columns));
}

function matching(columns: readonly PlannedColumn[]): string {
  return keysEqual(namesOf(columns.filter(({ role }) => role === "key")), "r", "n");
}
