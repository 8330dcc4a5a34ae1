/** `delete.enabled`. Whole texts are in tests/unit/sinks/postgres/statements/delete.sql. @module */

import { oncePerPlan, wordsOf } from "./rows.ts";

/** Deletes rows by their keys. */
export const deleteSql = oncePerPlan((plan): string => {
  const { table, named, arrays, elements, isSameKey } = wordsOf(plan);
  return `
    delete from ${table} as r
     using (select ${named}
              from unnest(${arrays}) as u(${elements})) as n
     where ${isSameKey}`;
});
