/** Statements without guards, as the JDBC sink has them, over arrays. (`PostgreSqlDatabaseDialect`) @module */

import type { TablePlan, WriteKind } from "../../sql/dialect.ts";
import { tableNameOf } from "../../sql/table_name.ts";
import { regclassText } from "../catalog.ts";
import { keysEqual, namesOf, selectFromArrays, selectMarked, tableOfPlan } from "./rows.ts";

/**
 * The statement for a plan; null where there is nothing to do.
 *
 * @param kind without guards: not `erase`, and `upsert` only where the plan has none
 */
export function plainSql(kind: WriteKind, plan: TablePlan): string | null {
  switch (kind) {
    case "insert":
    case "ignore":
    case "upsert":
      return `${insertSql(plan)}${onConflict(kind, plan)}`;
    case "update":
      return updateSql(plan);
    case "delete":
      return deleteSql(plan);
    case "rekey":
      return rekeySql(plan);
    case "erase":
      throw new Error("Cannot erase without a guard");
  }
}

/** The statement that also marks the row it is at; null where the kind doesn't take rows one after the other. */
export function tracedSql(kind: WriteKind, plan: TablePlan): string | null {
  if (plan.guard !== null || (kind !== "insert" && kind !== "ignore" && kind !== "upsert")) return null;
  return `${insertInto(plan, plan.columns)} ${selectMarked(plan.columns)}${onConflict(kind, plan)}`;
}

/** `insert into … select … from unnest(…)` */
export function insertSql(plan: TablePlan, columns = plan.columns): string {
  return `${insertInto(plan, columns)} ${selectFromArrays(columns)}`;
}

function insertInto(plan: TablePlan, columns: TablePlan["columns"]): string {
  return `insert into ${tableOfPlan(plan).sql} as r (${namesOf(columns).join(", ")})`;
}

function onConflict(kind: "insert" | "ignore" | "upsert", plan: TablePlan): string {
  if (kind === "insert") return "";
  const values = namesOf(plan.columns.filter(({ role }) => role !== "key"));
  const isNothing = kind === "ignore" || values.length === 0;
  const effect = isNothing
    ? "nothing"
    : `update set ${values.map((name) => `${name} = excluded.${name}`).join(", ")}`;
  return ` on conflict (${keysOf(plan)}) do ${effect}`;
}

function updateSql(plan: TablePlan): string | null {
  const values = namesOf(plan.columns.filter(({ role }) => role !== "key"));
  if (values.length === 0) return null;
  const set = values.map((name) => `${name} = n.${name}`).join(", ");
  return `update ${tableOfPlan(plan).sql} as r set ${set} from (${given(plan)}) as n where ${matching(plan)}`;
}

function deleteSql(plan: TablePlan): string {
  return `delete from ${tableOfPlan(plan).sql} as r using (${given(plan)}) as n where ${matching(plan)}`;
}

/** The columns are the key as it was, the key as it is, and the fingerprint, or the word for the function that does it. */
function rekeySql(plan: TablePlan): string {
  if (plan.function !== undefined) return rekeyByFunction(plan, regclassText(tableNameOf(plan.function, "")));
  const [former, key, ...marks] = namesOf(plan.columns);
  const names = ["former", "fresh", ...marks];
  const table = tableOfPlan(plan).sql;
  const set = [`${key} = n.fresh`, ...marks.map((name) => `${name} = n.${name}`)].join(", ");
  return `update ${table} as r set ${set} from (${selectFromArrays(plan.columns, names)}) as n ` +
    `where r.${former} = n.former and not exists (select from ${table} as x where x.${key} = n.fresh)`;
}

/** A row for each that was changed. */
function rekeyByFunction({ columns }: TablePlan, name: string): string {
  return `select f.* from (select array_agg(n.former) as former, array_agg(n.fresh) as fresh, min(n.word) as word ` +
    `from (${selectFromArrays(columns, ["former", "fresh", "word"])}) as n) as a, ` +
    `${name}(a.former, a.fresh, a.word) as f`;
}

/** Names of the key's columns, with commas. */
export function keysOf({ columns }: TablePlan): string {
  return namesOf(columns.filter(({ role }) => role === "key")).join(", ");
}

function given({ columns }: TablePlan): string {
  return selectFromArrays(columns, namesOf(columns));
}

function matching({ columns }: TablePlan): string {
  return keysEqual(namesOf(columns.filter(({ role }) => role === "key")), "r", "n");
}
