/** PostgreSQL 18's words that can't name a schema or column (`pg_get_keywords()`, codes R and T). */
export const reservedWords: ReadonlySet<string> = new Set((
  "all analyse analyze and any array as asc asymmetric authorization binary both case cast check " +
  "collate collation column concurrently constraint create cross current_catalog current_date " +
  "current_role current_schema current_time current_timestamp current_user default deferrable desc " +
  "distinct do else end except false fetch for foreign freeze from full grant group having ilike in " +
  "initially inner intersect into is isnull join lateral leading left like limit localtime " +
  "localtimestamp natural not notnull null offset on only or order outer overlaps placing primary " +
  "references returning right select session_user similar some symmetric system_user table tablesample " +
  "then to trailing true union unique user using variadic verbose when where window with"
).split(" "));

const systemColumns: readonly string[] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
const nameBytesMax = 63;

/**
 * Returns why a name can't be a column's, or undefined.
 *
 * @example
 * ```ts
 * import { columnProblem } from "./sql_names.ts";
 * if (columnProblem("select") !== "select is a reserved word of SQL, use another name") throw new Error("reserved");
 * if (columnProblem("name") !== undefined) throw new Error("it may be a column");
 * ```
 */
export function columnProblem(name: string): string | undefined {
  if (systemColumns.includes(name)) {
    return `${name} is a column of every table, use another name`;
  }
  return nameProblem(name);
}

/** Returns why a name can't be a schema's, or undefined. */
export function schemaProblem(name: string): string | undefined {
  const isSystem = name.startsWith("pg_") || name === "public" || name === "information_schema";
  return isSystem ? `${name} is PostgreSQL's own schema, use another name` : nameProblem(name);
}

function nameProblem(name: string): string | undefined {
  if (reservedWords.has(name)) return `${name} is a reserved word of SQL, use another name`;
  if (name.length <= nameBytesMax) return undefined;
  return `${name} is longer than PostgreSQL's limit of ${nameBytesMax} letters`;
}
