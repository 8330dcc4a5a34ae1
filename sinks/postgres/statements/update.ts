import { columnSql, oncePerPlan, wordsOf } from "./rows.ts";

/** Updates existing rows (`insert.mode=update`); null if there is nothing but a key. */
export const updateSql = oncePerPlan((plan): string | null => {
  const { table, named, arrays, elements, isSameKey } = wordsOf(plan);
  const others = plan.columns.filter(({ role }) => role !== "key").map(columnSql);
  if (others.length === 0) return null;
  return `
    update ${table} as r
       set ${others.map((name) => `${name} = n.${name}`).join(",\n           ")}
      from (select ${named}
              from unnest(${arrays}) as u(${elements})) as n
     where ${isSameKey}`;
});
