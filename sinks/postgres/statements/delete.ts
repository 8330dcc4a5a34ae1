import { oncePerPlan, wordsOf } from "./rows.ts";

/** Deletes rows by their keys (`delete.enabled`). */
export const deleteSql = oncePerPlan((plan): string => {
  const { table, named, arrays, elements, isSameKey } = wordsOf(plan);
  return `
    delete from ${table} as r
     using (select ${named}
              from unnest(${arrays}) as u(${elements})) as n
     where ${isSameKey}`;
});
