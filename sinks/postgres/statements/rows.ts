/** The pieces that all statements over arrays of columns share. @module */

import type { PlannedColumn, RowsStatement, TablePlan } from "../../sql/dialect.ts";
import type { PostgresColumn, PostgresTable } from "../catalog.ts";

/** The dialect's own table and columns behind a plan: it has made them itself. */
export function tableOfPlan(plan: TablePlan): PostgresTable {
  return plan.table as PostgresTable;
}

/** Quoted names of columns. */
export function namesOf(columns: readonly PlannedColumn[]): readonly string[] {
  return columns.map(columnSql);
}

/** One column's quoted name. */
export function columnSql({ shape }: PlannedColumn): string {
  return (shape as PostgresColumn).sql;
}

/**
 * `select …, … from unnest($1::int8[], $2::text[]) as u(c0, c1)`: one array a column, whatever the number of rows.
 *
 * @param names what the columns are called; absent where only their order counts
 */
export function selectFromArrays(columns: readonly PlannedColumn[], names?: readonly string[]): string {
  return `${valuesFromArrays(columns, names)} from ${arraysOf(columns)} as u(${elementsOf(columns)})`;
}

/** The same, each row of it marked while it's being written. */
export function selectMarked(columns: readonly PlannedColumn[]): string {
  return `${valuesFromArrays(columns)} from ${arraysOf(columns)} with ordinality as u(${
    elementsOf(columns)
  }, place) where ${rowMark}`;
}

/**
 * Marks the row a statement is at by a lock of its own, since that is what survives the statement's failure: a
 * session's advisory lock isn't given back by a rollback. It takes the lock of this row and gives back the one of the
 * row before; the first half of the key is the session's own process id. Whoever holds such a lock all the same is waited
 * for, so that no mark is missing.
 */
const rowMark = "(pg_advisory_lock(pg_backend_pid(), u.place::int) is not null and " +
  "(u.place = 1 or pg_advisory_unlock(pg_backend_pid(), u.place::int - 1)))";

/** Gives back the marks that are left: one, if a traced statement failed at a row. */
export const takeMarks = `
  select objid::int8::int as place, pg_advisory_unlock(classid::int8::int, objid::int8::int) as "isFree"
    from pg_catalog.pg_locks
   where locktype = 'advisory' and pid = pg_backend_pid() and classid = pg_backend_pid()::oid and objsubid = 2`;

function valuesFromArrays(columns: readonly PlannedColumn[], names?: readonly string[]): string {
  const values = columns.map(({ shape }, index) => {
    const name = names?.[index];
    const value = (shape as PostgresColumn).fromElement(`u.c${index}`);
    return name === undefined ? value : `${value} as ${name}`;
  });
  return `select ${values.join(", ")}`;
}

function arraysOf(columns: readonly PlannedColumn[]): string {
  const arrays = columns.map(({ shape }, index) => `$${index + 1}::${(shape as PostgresColumn).carrier}[]`);
  return `unnest(${arrays.join(", ")})`;
}

function elementsOf(columns: readonly PlannedColumn[]): string {
  return columns.map((_, index) => `c${index}`).join(", ");
}

/** `r.k1 = n.k1 and r.k2 = n.k2` */
export function keysEqual(keys: readonly string[], row: string, given: string): string {
  return keys.map((key) => `${row}.${key} = ${given}.${key}`).join(" and ");
}

/**
 * The parameters: an array literal a column.
 *
 * @example
 * ```ts
 * import { arrayLiterals } from "./rows.ts";
 * const literals = arrayLiterals([["1", '"a"'], ["2", "NULL"]]);
 * if (literals.join(" ") !== '{1,2} {"a",NULL}') throw new Error("columns, not rows");
 * ```
 */
export function arrayLiterals(rows: RowsStatement["rows"]): string[] {
  const columns = rows[0]?.length ?? 0;
  const literals: string[] = [];
  for (let column = 0; column < columns; column++) {
    const cells = new Array<string>(rows.length);
    for (let row = 0; row < rows.length; row++) cells[row] = rows[row]?.[column] ?? "NULL";
    literals.push(`{${cells.join(",")}}`);
  }
  return literals;
}
