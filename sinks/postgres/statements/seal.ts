/**
 * Seals: a row is emptied for good and keeps a mark. As in newest wins each statement's WHERE decides behind the row's lock; `r` is the row that is there, `n` or
 * `excluded` what comes. Whole texts are in tests/unit/sinks/postgres/statements/seal.sql.
 *
 * @module
 */

import type { PlannedColumn, RowGuard } from "../../sql/dialect.ts";
import { quoteIdentifier } from "../tables/identifier.ts";
import { columnSql, oncePerPlan, quotedGuard, wordsOf } from "./rows.ts";

/** How rows are sealed. */
interface SealSql {
  /** Empties rows, or leaves empty ones for keys that weren't there. */
  readonly empty: string;
  /** Marks rows that were reopened since. */
  readonly mark: string;
}

const givenRoles: readonly PlannedColumn["role"][] = ["key", "sealed", "position", "fingerprint"];

/** The columns come as key, time of the seal, position and fingerprint, then those to empty. */
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

/** The seal that comes is later than the one known, or known to be behind what the row has. */
function seals(guard: RowGuard, n: string): string {
  const sealed = guard.seal?.sealedAt;
  return `(r.${sealed} is null or ${n}.${sealed} > r.${sealed}
              or ${isLast(guard, n)})`;
}

/** The row was reopened after the seal that comes, so the row keeps what it has since. */
function stays(guard: RowGuard, n: string): string {
  if (guard.seal?.reopens !== true) return "false";
  const { reopenedAt: reopened, sealedAt: sealed } = guard.seal;
  return `(r.${reopened} > ${n}.${sealed}
              and ${isLast(guard, n)} is not true)`;
}

/** A clock may be wrong; within one partition it is known that the reopening or the seal is in front. */
function isLast({ seal, position, time }: RowGuard, n: string): string {
  if (seal === null || position === null) return "false";
  const [topic, partition, offset] = position;
  return `(r.${topic} = ${n}.${topic} and r.${partition} = ${n}.${partition}
                  and (r.${time} is null or r.${seal.reopenedAt} = r.${time})
                  and r.${offset} < ${n}.${offset})`;
}
