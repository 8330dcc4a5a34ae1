/**
 * Seals: a row is emptied for good and keeps a mark. As in newest wins each statement's WHERE decides under the row's
 * lock. `r` is the stored row, `n` or `excluded` the new one.
 *
 * @module
 */

import type { PlannedColumn, RowGuard } from "../../sql/dialect.ts";
import { quoteIdentifier } from "../tables/identifier.ts";
import { columnSql, oncePerPlan, quotedGuard, wordsOf } from "./rows.ts";

/** The statements of a seal. */
interface SealSql {
  /** Empties rows, and inserts empty rows for missing keys. */
  readonly empty: string;
  /** Marks rows that have been reopened since. */
  readonly mark: string;
}

const givenRoles: readonly PlannedColumn["role"][] = ["key", "sealed", "position", "fingerprint"];

/** Takes columns in this order: key, time of the seal, position, fingerprint, then those to empty. */
export const sealSql = oncePerPlan((plan): SealSql => {
  const guard = quotedGuard(plan);
  const given = plan.columns.filter(({ role }) => givenRoles.includes(role));
  const emptied = plan.columns.filter(({ role }) => !givenRoles.includes(role));
  const { table, names, keys, values, named, arrays, elements, isSameKey } = wordsOf({
    ...plan,
    columns: given,
  });
  const marks = given.filter(({ role }) => role !== "key").map(columnSql);
  const [sealed = ""] = given.filter(({ role }) => role === "sealed").map(columnSql);
  const sets = [
    ...marks.map((name) =>
      `${name} = ${name === sealed ? `greatest(r.${name}, excluded.${name})` : `excluded.${name}`}`
    ),
    ...emptied.map((column) => `${columnSql(column)} = null`),
  ];
  const kept = emptied.filter(({ role }) => role === "own").flatMap((own) => keptSince(own, sealed));
  return {
    empty: `
      insert into ${table} as r (${names})
      select ${values}
        from unnest(${arrays}) as u(${elements})
      on conflict (${keys})
      do update set ${sets.join(",\n                    ")}
       where ${seals(guard, "excluded")}
         and ${stays(guard, "excluded")} is not true`,
    mark: `
      update ${table} as r
         set ${[`${sealed} = n.${sealed}`, ...kept].join(",\n             ")}
        from (select ${named}
                from unnest(${arrays}) as u(${elements})) as n
       where ${isSameKey}
         and ${seals(guard, "n")}
         and ${stays(guard, "n")}`,
  };
});

function keptSince(own: PlannedColumn, sealed: string): readonly string[] {
  const time = quoteIdentifier(own.timeColumn ?? "");
  return [columnSql(own), time].map((name) =>
    `${name} = case when r.${time} > n.${sealed} then r.${name} end`
  );
}

/** The new seal is later than the stored one, or after the row's position. */
function seals(guard: RowGuard, n: string): string {
  const sealed = guard.seal?.sealedAt;
  return `(r.${sealed} is null or ${n}.${sealed} > r.${sealed}
              or ${isLast(guard, n)})`;
}

/** The row was reopened after the new seal, so it keeps its values. */
function stays(guard: RowGuard, n: string): string {
  if (guard.seal?.reopens !== true) return "false";
  const { reopenedAt: reopened, sealedAt: sealed } = guard.seal;
  return `(r.${reopened} > ${n}.${sealed}
              and ${isLast(guard, n)} is not true)`;
}

/** A clock may be wrong, but within one partition the positions order reopening and seal. */
function isLast({ seal, position, time }: RowGuard, n: string): string {
  if (seal === null || position === null) return "false";
  const [topic, partition, offset] = position;
  return `(r.${topic} = ${n}.${topic} and r.${partition} = ${n}.${partition}
                  and (r.${time} is null or r.${seal.reopenedAt} = r.${time})
                  and r.${offset} < ${n}.${offset})`;
}
