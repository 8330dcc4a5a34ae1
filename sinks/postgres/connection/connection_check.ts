/** Checks a configuration's connection and tables, for validate. @module */

import { invalidValue } from "../../../connect/api/config_def.ts";
import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { listedTables, namedSchemas, noSchemaProblem } from "../../sql/options/topic_tables.ts";
import type { SinkSettings } from "../../sql/options/sink_settings.ts";
import { type TableName, tableText } from "../../sql/plan/table_name.ts";
import { planTable, type RowPlan } from "../../sql/plan/table_plan.ts";
import { SqlFailure } from "../../sql/sql_failure.ts";
import { describeTarget } from "./connection_url.ts";
import { sqlFailure } from "./failures.ts";
import { isSchemaSql } from "../statements/session.ts";
import { quoteIdentifier } from "../tables/identifier.ts";
import { checkTableRights } from "../tables/table_rights.ts";
import { lookingDialect, type PostgresDialect } from "../postgres_dialect.ts";
import { type PostgresSettings, readPostgresSettings } from "../postgres_settings.ts";
import type { SessionKeeper } from "./session_keeper.ts";
import type { Time } from "../../../connect/api/ports.ts";

/** Most tables that are checked, to bound the time. */
const tablesMax = 50;
const checkMsMax = 5_000;

/**
 * Logs in and checks the tables, rights, ledger and retention function that the options name. Returns errors by option,
 * and none if the options themselves are wrong: other checks report that.
 */
export async function connectionProblems(
  props: Props,
  signal: AbortSignal,
  { allowBroadRole }: { readonly allowBroadRole: boolean },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const settings = settingsOrNull(props);
  if (settings === null) return new Map();
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(checkMsMax)]);
  const { keeper, dialect } = lookingDialect(settings, {
    applicationName: "sluice-validate",
    allowBroadRole,
    time: timeOf(bounded),
    signal: bounded,
  });
  let option = "connection.url";
  try {
    for (const [name, check] of checksOf({ dialect, keeper }, settings, props)) {
      option = name;
      await check();
    }
    return await schemaProblems(keeper, props);
  } catch (error) {
    if (!(error instanceof SqlFailure) && !(error instanceof ConfigException)) throw error;
    const shown = option === "connection.url" ? "[hidden]" : props[option] ?? "";
    return new Map([[option, [invalidValue(option, shown, whyNot(error, settings)).message]]]);
  } finally {
    await dialect.close();
  }
}

/** A refused login's message names the server already; an outage's is only a code. */
function whyNot(error: SqlFailure | ConfigException, { target }: PostgresSettings): string {
  if (!(error instanceof SqlFailure)) return error.message;
  return `Cannot use the database ${describeTarget(target)}: ${error.message}`;
}

type Check = readonly [option: string, check: () => Promise<unknown>];

/** The checks, each with the option that it reports errors for. */
function checksOf(
  { dialect, keeper }: { readonly dialect: PostgresDialect; readonly keeper: SessionKeeper },
  { sink }: PostgresSettings,
  props: Props,
): readonly Check[] {
  const { ledger, retention } = sink;
  const { days, function: purge } = retention;
  const { housekeeping } = dialect;
  return [
    ["connection.url", () => dialect.connect()],
    ...listedTables(props).slice(0, tablesMax).map((table) =>
      ["table.name.format", () => checkPlan(table, sink, { dialect, keeper })] as const
    ),
    ...ledger === null ? [] : [["audit.ledger.enabled", () => housekeeping.checkLedger()] as const],
    ...days === null || purge === null ? [] : [
      ["contact.retention.function", () => housekeeping.checkRetention({ function: purge, days })] as const,
    ],
  ];
}

/**
 * Checks the columns that options name, the key of an upsert and the role's rights on them. If `fields.whitelist` gives
 * the written columns, also checks for other columns that need a value.
 *
 * @throws ConfigException for what would stop the task at its first record
 */
async function checkPlan(
  table: TableName,
  settings: SinkSettings,
  { dialect, keeper }: { readonly dialect: PostgresDialect; readonly keeper: SessionKeeper },
): Promise<void> {
  const shape = await dialect.describe(table);
  const { keyFields, keyMode, whitelist, insertMode } = settings;
  if (keyFields.length === 0 && keyMode !== "none") return; // the columns come from the records' keys
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

/** Without a default or trigger for such a column PostgreSQL would refuse every row. */
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

function settingsOrNull(props: Props): PostgresSettings | null {
  try {
    return readPostgresSettings(props);
  } catch (error) {
    if (error instanceof ConfigException) return null;
    throw error;
  }
}

/** The topics of a pattern are unknown here, but a schema that all of them name can be checked. */
async function schemaProblems(
  keeper: SessionKeeper,
  props: Props,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const named = namedSchemas(props).slice(0, tablesMax);
  if (named.length === 0) return new Map();
  const session = await keeper.session();
  const missing: string[] = [];
  for (const one of named) {
    try {
      const [found] = await session.query<{ isThere: boolean }>(isSchemaSql, [quoteIdentifier(one.schema)]);
      if (found?.isThere !== true) missing.push(noSchemaProblem(props, one));
    } catch (error) {
      throw error instanceof ConfigException ? error : sqlFailure(error, "bookkeeping");
    }
  }
  return new Map(missing.length < named.length ? [] : [["table.name.format", missing.slice(0, 1)]]);
}

/** The check's waits end by signals alone, at the latest with the check. */
function timeOf(end: AbortSignal): Time {
  return {
    now: () => 0,
    monotonic: () => 0,
    sleep: (ms, signal) =>
      aborted(AbortSignal.any([end, AbortSignal.timeout(ms), ...signal ? [signal] : []])),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
