/**
 * The common parts of statements over rows: column names, and the parameters, one array per column for any number of
 * rows.
 *
 * @module
 */

import type { PlannedColumn, RowGuard, RowsStatement, TablePlan } from "../../sql/dialect.ts";
import type { PostgresColumn, PostgresTable } from "../tables/catalog.ts";
import { quoteIdentifier } from "../tables/identifier.ts";

/** Parts of one statement. */
interface RowWords {
  /** `"public"."people"` */
  readonly table: string;
  /** `"id", "price"` */
  readonly names: string;
  /** `"id"`: the key's columns. */
  readonly keys: string;
  /** `u.c0, cast(u.c1 as numeric(14, 2))` */
  readonly values: string;
  /** `u.c0 as "id", cast(u.c1 as numeric(14, 2)) as "price"` */
  readonly named: string;
  /** `$1::int8[], $2::numeric[]` */
  readonly arrays: string;
  /** `c0, c1`: names of the arrays' elements. */
  readonly elements: string;
  /** `r."id" = n."id"`: the stored row and the new one have the same key. */
  readonly isSameKey: string;
}

/**
 * Returns the parts for some columns of a table.
 *
 * @param names names of the values; absent = those of their columns
 */
export function wordsOf(
  { table, columns }: Pick<TablePlan, "table" | "columns">,
  names: readonly string[] = columns.map(columnSql),
): RowWords {
  const shapes = columns.map(({ shape }) => shape as PostgresColumn);
  const values = shapes.map(({ fromElement }, index) => fromElement(`u.c${index}`));
  const keys = columns.filter(({ role }) => role === "key").map(columnSql);
  return {
    table: (table as PostgresTable).sql,
    names: names.join(", "),
    keys: keys.join(", "),
    values: values.join(", "),
    named: values.map((value, index) => `${value} as ${names[index]}`).join(", "),
    arrays: shapes.map(({ carrier }, index) => `$${index + 1}::${carrier}[]`).join(", "),
    elements: shapes.map((_, index) => `c${index}`).join(", "),
    isSameKey: keys.map((key) => `r.${key} = n.${key}`).join(" and "),
  };
}

export function columnSql({ shape }: PlannedColumn): string {
  return (shape as PostgresColumn).sql;
}

/** Returns the guard with quoted column names. */
export function quotedGuard({ guard }: TablePlan): RowGuard {
  if (guard === null) throw new Error("Cannot guard rows: their plan has no guard");
  const [time, ...position] = [guard.time, ...guard.position ?? []].map((name) => quoteIdentifier(name));
  const { seal } = guard;
  return {
    time: time as string,
    position: guard.position === null ? null : position as [string, string, string],
    seal: seal === null ? null : {
      ...seal,
      sealedAt: quoteIdentifier(seal.sealedAt),
      reopenedAt: quoteIdentifier(seal.reopenedAt),
      blockedAt: quoteIdentifier(seal.blockedAt),
    },
  };
}

/** Caches a plan's text for the life of the plan. */
export function oncePerPlan<T>(make: (plan: TablePlan) => T): (plan: TablePlan) => T {
  const made = new WeakMap<TablePlan, { readonly text: T }>();
  return (plan) => {
    const known = made.get(plan);
    if (known !== undefined) return known.text;
    const text = make(plan);
    made.set(plan, { text });
    return text;
  };
}

/**
 * Returns the parameters: one array literal per column.
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
