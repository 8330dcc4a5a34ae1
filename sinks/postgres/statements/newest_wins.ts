/**
 * Upserts of newest wins: one MERGE, or several steps. `r` is the stored row, `n` the new one.
 *
 * The conditions of each statement decide about the row's latest version: PostgreSQL checks a row that another session
 * has changed meanwhile once more. So events, seals and commands of several sessions have an order on each row.
 *
 * Only times, positions and own-time columns are read, so the writer needs no right to read other values (EXCLUDED.name
 * would need one).
 *
 * @module
 */

import type { PlannedColumn, RowGuard, TablePlan } from "../../sql/dialect.ts";
import { quoteIdentifier } from "../tables/identifier.ts";
import { columnSql, oncePerPlan, quotedGuard, wordsOf } from "./rows.ts";

/** The steps of an upsert of newest wins. Each runs only while rows are left that the earlier steps didn't touch. */
interface NewestWinsSql {
  /** Does what all steps do. It fails if another session inserts one of the missing rows meanwhile. */
  readonly merge: string;
  /** Overwrites older rows, and returns the `place` of each in the arrays, from 1 on: mostly this is all. */
  readonly overwrite: string;
  /** Inserts missing rows; skips existing ones before the database builds and checks the new row. */
  readonly insert: string;
  /**
   * Inserts missing rows and locks existing ones: the next steps decide under that lock. It builds and checks existing
   * rows, too. For tables that may leave out rows by themselves: triggers, policies, views.
   */
  readonly insertOrLock: string;
  /** Gives newer rows the values that only older events have; null if no column has a time of its own. */
  readonly fill: string | null;
  /** Counts rows that a seal or a block keeps closed; null if the plan has neither. */
  readonly countClosed: string | null;
  /** Counts the same, and rows that aren't there: another session deleted them between two steps. */
  readonly countRest: string;
}

type Position = NonNullable<RowGuard["position"]>;

/** Returns the statements of a plan with a guard. */
export const newestWinsSql = oncePerPlan((plan): NewestWinsSql => {
  const guard = quotedGuard(plan);
  const { table, names, keys, values, named, arrays, elements, isSameKey } = wordsOf(plan);
  const { overwritten, filled, knowsMore } = setsOf(plan.columns, guard);
  const [isOpen, isNewer] = [open(guard), newer(guard)];
  const keyColumns = plan.columns.filter(({ role }) => role === "key").map(columnSql);
  const isThere = keyColumns.map((key) => `x.${key} = n.${key}`).join(" and ");
  const isMissing = `r.${keyColumns[0]} is null`;
  const place = freeName("place", plan.columns);
  return {
    merge: mergeSql(plan),
    overwrite: `
      update ${table} as r
         set ${[...overwritten, ...filled].join(",\n             ")}
        from (select ${named}, ${place}
                from unnest(${arrays}) with ordinality as u(${elements}, ${place})) as n
       where ${isSameKey}
         and ${isOpen}
         and ${isNewer}
      returning n.${place}::int as place`,
    insert: `
      insert into ${table} as r (${names})
      select ${newValues(plan)}
        from (select ${named}
                from unnest(${arrays}) as u(${elements})) as n
       where not exists (select from ${table} as x where ${isThere})
      on conflict (${keys}) do nothing`,
    // The time isn't a column of the key: the writer may read the time, and may not change keys.
    insertOrLock: `
      insert into ${table} as r (${names})
      select ${values}
        from unnest(${arrays}) as u(${elements})
      on conflict (${keys})
      do update set ${guard.time} = excluded.${guard.time} where false`,
    fill: filled.length === 0 ? null : `
      update ${table} as r
         set ${filled.join(",\n             ")}
        from (select ${named}
                from unnest(${arrays}) as u(${elements})) as n
       where ${isSameKey}
         and ${isOpen}
         and ${isNewer} is not true
         and (${knowsMore.join("\n              or ")})`,
    countClosed: guard.seal === null ? null : `
      select count(*)::int as closed
        from ${table} as r
        join (select ${named}
                from unnest(${arrays}) as u(${elements})) as n on ${isSameKey}
       where (${isOpen}) is not true`,
    countRest: `
      select count(*) filter (where ${isMissing})::int as missing,
             count(*) filter (where not (${isMissing}) and (${isOpen}) is not true)::int as closed
        from (select ${named}
                from unnest(${arrays}) as u(${elements})) as n
        left join ${table} as r on ${isSameKey}`,
  };
});

function mergeSql(plan: TablePlan): string {
  const guard = quotedGuard(plan);
  const { table, names, named, arrays, elements, isSameKey } = wordsOf(plan);
  const { overwritten, filled, knowsMore } = setsOf(plan.columns, guard);
  const isOpen = open(guard);
  const fills = filled.length === 0 ? "" : `
      when matched
           and ${isOpen}
           and (${knowsMore.join("\n              or ")}) then
        update
         set ${filled.join(",\n             ")}`;
  return `
      merge into ${table} as r
      using (select ${named}
               from unnest(${arrays}) as u(${elements})) as n
         on ${isSameKey}
      when matched
           and ${isOpen}
           and ${newer(guard)} then
        update
         set ${[...overwritten, ...filled].join(",\n             ")}${fills}
      when not matched then
        insert (${names})
        values (${newValues(plan)})`;
}

/** `n."id", n."name"` */
function newValues({ columns }: TablePlan): string {
  return columns.map((column) => `n.${columnSql(column)}`).join(", ");
}

/** Returns the name, or a longer one if the table has such a column. */
function freeName(name: string, columns: readonly PlannedColumn[]): string {
  return columns.some(({ shape }) => shape.name === name) ? freeName(`${name}_`, columns) : name;
}

/** The new values of the columns, and the condition for an older event to fill a row. */
function setsOf(columns: readonly PlannedColumn[], guard: RowGuard) {
  const of = (role: PlannedColumn["role"]) => columns.filter((column) => column.role === role);
  const overwritten = [...of("value"), ...of("time"), ...of("position"), ...of("fingerprint")].map(columnSql);
  const reopened = of("reopened").map(columnSql);
  const own = of("own").map((column) => ({
    value: columnSql(column),
    time: quoteIdentifier(column.timeColumn ?? ""),
  }));
  return {
    overwritten: overwritten.map((name) => `${name} = n.${name}`),
    filled: [
      ...own.flatMap(({ value, time }) =>
        [value, time].map((name) =>
          `${name} = case when ${ownNewer(guard, value, time)}
                  then n.${name} else r.${name} end`
        )
      ),
      ...reopened.map((name) => `${name} = greatest(r.${name}, n.${name})`),
    ],
    knowsMore: [
      ...own.map(({ value, time }) => ownNewer(guard, value, time)),
      ...reopened.map((name) => `n.${name} > coalesce(r.${name}, '-infinity')`),
    ],
  };
}

/** The row accepts events: no block or seal closes it. */
function open({ seal, time, position }: RowGuard): string {
  if (seal === null) return "true";
  const { blockedAt: blocked, sealedAt: sealed, reopenedAt: reopened } = seal;
  const lifts = seal.reopens
    ? `
                            or (n.${reopened} > r.${sealed} and ${notBefore(position)})`
    : "";
  return `(r.${blocked} is null
              and (r.${sealed} is null
                   or (n.${time} > r.${sealed}
                       and (r.${reopened} > r.${sealed}${lifts}))))`;
}

/** The new event is newer: a later event time, or the same time and a later offset in the same partition. */
function newer({ time, position }: RowGuard): string {
  const tie = position === null ? "" : `
              or (n.${time} = r.${time}
                  and ${isBehind(position)})`;
  return `(r.${time} is null or n.${time} > r.${time}${tie})`;
}

/**
 * A column with its own time is overwritten: a null never replaces a known value. A tie is decided only if the row's
 * position is that of the value.
 */
function ownNewer({ seal, time, position }: RowGuard, value: string, own: string): string {
  const tie = position === null ? "" : `
                       or (n.${own} = r.${own} and r.${own} = r.${time}
                           and ${isBehind(position)})`;
  const unsealed = seal === null ? "" : `
                  and (r.${seal.sealedAt} is null or n.${own} > r.${seal.sealedAt})`;
  return `(n.${value} is not null
                  and (r.${own} is null or n.${own} > r.${own}${tie})${unsealed})`;
}

/** The new event is after the row's in the same partition. Positions of different partitions are never compared. */
function isBehind([topic, partition, offset]: Position): string {
  return `r.${topic} = n.${topic} and r.${partition} = n.${partition} and n.${offset} > r.${offset}`;
}

/** If both are in one partition, the reopening event is after the tombstone. */
function notBefore(position: Position | null): string {
  if (position === null) return "true";
  const [topic, partition, offset] = position;
  return `(r.${topic} = n.${topic} and r.${partition} = n.${partition} and n.${offset} <= r.${offset}) is not true`;
}
