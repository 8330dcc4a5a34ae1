/**
 * Gives rows the key of the current secret. Columns: the former key, the current key, and the fingerprint or the word
 * for the re-keying function.
 *
 * @module
 */

import type { TablePlan } from "../../sql/dialect.ts";
import { tableNameOf } from "../../sql/plan/table_name.ts";
import { regclassText } from "../tables/catalog.ts";
import { columnSql, oncePerPlan, wordsOf } from "./rows.ts";

/** Updates by `key.rekey.function` if there is one. Skips a row whose new key exists already. */
export const rekeySql = oncePerPlan((plan): string =>
  plan.function === undefined
    ? byUpdate(plan)
    : byFunction(plan, regclassText(tableNameOf(plan.function, "")))
);

function byUpdate(plan: TablePlan): string {
  const [former, key, ...marks] = plan.columns.map(columnSql);
  const { table, named, arrays, elements } = wordsOf(plan, ["former", "fresh", ...marks]);
  return `
    update ${table} as r
       set ${[`${key} = n.fresh`, ...marks.map((name) => `${name} = n.${name}`)].join(", ")}
      from (select ${named}
              from unnest(${arrays}) as u(${elements})) as n
     where r.${former} = n.former
       and not exists (select from ${table} as x where x.${key} = n.fresh)`;
}

/** Returns one row per changed row. */
function byFunction(plan: TablePlan, name: string): string {
  const { named, arrays, elements } = wordsOf(plan, ["former", "fresh", "word"]);
  return `
    select f.*
      from (select array_agg(n.former) as former, array_agg(n.fresh) as fresh, min(n.word) as word
              from (select ${named}
                      from unnest(${arrays}) as u(${elements})) as n) as a,
           ${name}(a.former, a.fresh, a.word) as f`;
}
