/** The pieces that all statements over arrays of columns share. @module */

import type { PlannedColumn, RowsStatement, TablePlan } from "../sql/dialect.ts";
import type { PostgresColumn, PostgresTable } from "./catalog.ts";

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
  const shapes = columns.map(({ shape }) => shape as PostgresColumn);
  const values = shapes.map(({ fromElement }, index) => {
    const name = names?.[index];
    return `${fromElement(`u.c${index}`)}${name === undefined ? "" : ` as ${name}`}`;
  });
  const arrays = shapes.map(({ carrier }, index) => `$${index + 1}::${carrier}[]`);
  return `select ${values.join(", ")} from unnest(${arrays.join(", ")}) as u(${
    shapes.map((_, index) => `c${index}`).join(", ")
  })`;
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
 * import { arrayLiterals } from "./row_sql.ts";
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
