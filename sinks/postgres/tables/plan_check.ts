/** Whether a table can take what the options name, before any record is there. @module */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { TableName } from "../../sql/plan/table_name.ts";
import { tableText } from "../../sql/plan/table_name.ts";
import { planTable, type RowPlan } from "../../sql/plan/table_plan.ts";
import type { SinkSettings } from "../../sql/options/sink_settings.ts";
import { sqlFailure } from "../connection/failures.ts";
import type { PostgresDialect } from "../postgres_dialect.ts";
import type { SessionKeeper } from "../connection/session_keeper.ts";
import { checkTableRights } from "./table_rights.ts";

/**
 * Looks at the columns that options name, the key of an upsert, the role's rights on them and, if `fields.whitelist`
 * says which columns are written, at columns that need a value and get none.
 *
 * @throws ConfigException for what would stop the task at its first record
 */
export async function checkPlan(
  table: TableName,
  settings: SinkSettings,
  { dialect, keeper }: { readonly dialect: PostgresDialect; readonly keeper: SessionKeeper },
): Promise<void> {
  const shape = await dialect.describe(table);
  const { keyFields, keyMode, whitelist, insertMode } = settings;
  if (keyFields.length === 0 && keyMode !== "none") return; // the records' keys name the columns
  const plan = planTable(shape, { keyNames: keyFields, valueNames: whitelist }, settings);
  if (plan.write.columns.length === 0) return;
  if (whitelist.length > 0 && insertMode !== "update") refuseLacking(plan);
  const session = await keeper.session();
  try {
    await checkTableRights(session, plan.write, insertMode);
    if (settings.deletes) await checkTableRights(session, plan.remove, "delete");
  } catch (error) {
    throw error instanceof ConfigException ? error : sqlFailure(error, "bookkeeping");
  }
}

/** A trigger may give a column its value; else a row without it is refused each time. */
function refuseLacking({ table, write }: RowPlan): void {
  if (table.rules.order !== "apart") return;
  const lacking = table.rules.required.filter((name) =>
    write.columns.every(({ shape }) => shape.name !== name)
  );
  if (lacking.length === 0) return;
  throw new ConfigException(
    `Cannot write to table ${tableText(table.name)}: columns ${
      lacking.join(", ")
    } may not be NULL, have no default ` +
      "and are named neither in fields.whitelist nor in pk.fields: add them there, or give them a default",
  );
}
