/**
 * Erasures. As in newest wins each statement's WHERE decides behind the row's lock; `r` is the row that is there, `n` or
 * `excluded` what comes. Whole texts are in tests/unit/sinks/postgres/statements/erase.sql.
 *
 * @module
 */

import type { PlannedColumn, RowGuard } from "../../sql/dialect.ts";
import { quoteIdentifier } from "../tables/identifier.ts";
import { columnSql, oncePerPlan, quotedGuard, wordsOf } from "./rows.ts";

/** How rows are erased. */
export interface EraseSql {
  /** Empties rows, or leaves empty ones for people who weren't there. */
  readonly empty: string;
  /** Marks rows of people who registered since. */
  readonly mark: string;
}

const givenRoles: readonly PlannedColumn["role"][] = ["key", "erased", "position", "fingerprint"];

/** The columns come as key, time of the erasure, position and fingerprint, then those to empty. */
export const eraseSql = oncePerPlan((plan): EraseSql => {
  const guard = quotedGuard(plan);
  const given = plan.columns.filter(({ role }) => givenRoles.includes(role));
  const emptied = plan.columns.filter(({ role }) => !givenRoles.includes(role));
  const { table, names, keys, values, named, arrays, elements, isSameKey } = wordsOf({
    ...plan,
    columns: given,
  });
  const marks = given.filter(({ role }) => role !== "key").map(columnSql);
  const [erased = ""] = given.filter(({ role }) => role === "erased").map(columnSql);
  const sets = [
    ...marks.map((name) =>
      `${name} = ${name === erased ? `greatest(r.${name}, excluded.${name})` : `excluded.${name}`}`
    ),
    ...emptied.map((column) => `${columnSql(column)} = null`),
  ];
  const kept = emptied.filter(({ role }) => role === "own").flatMap((own) => keptSince(own, erased));
  return {
    empty: `
      insert into ${table} as r (${names})
      select ${values}
        from unnest(${arrays}) as u(${elements})
      on conflict (${keys})
      do update set ${sets.join(",\n                    ")}
       where ${erases(guard, "excluded")}
         and ${stays(guard, "excluded")} is not true`,
    mark: `
      update ${table} as r
         set ${[`${erased} = n.${erased}`, ...kept].join(",\n             ")}
        from (select ${named}
                from unnest(${arrays}) as u(${elements})) as n
       where ${isSameKey}
         and ${erases(guard, "n")}
         and ${stays(guard, "n")}`,
  };
});

function keptSince(own: PlannedColumn, erased: string): readonly string[] {
  const time = quoteIdentifier(own.timeColumn ?? "");
  return [columnSql(own), time].map((name) =>
    `${name} = case when r.${time} > n.${erased} then r.${name} end`
  );
}

/** The erasure that comes is later than the one known, or known to be behind what the row has. */
function erases(guard: RowGuard, n: string): string {
  const erased = guard.erasure?.erasedAt;
  return `(r.${erased} is null or ${n}.${erased} > r.${erased}
              or ${isLast(guard, n)})`;
}

/** The person registered after the erasure that comes, so the row keeps what it has since. */
function stays(guard: RowGuard, n: string): string {
  if (guard.erasure?.liftedByRegistration !== true) return "false";
  const { registeredAt: registered, erasedAt: erased } = guard.erasure;
  return `(r.${registered} > ${n}.${erased}
              and ${isLast(guard, n)} is not true)`;
}

/** A clock may be wrong; within one partition it is known that the registration or erasure is in front. */
function isLast({ erasure, position, time }: RowGuard, n: string): string {
  if (erasure === null || position === null) return "false";
  const [topic, partition, offset] = position;
  return `(r.${topic} = ${n}.${topic} and r.${partition} = ${n}.${partition}
                  and (r.${time} is null or r.${erasure.registeredAt} = r.${time})
                  and r.${offset} < ${n}.${offset})`;
}
