/** Tries a configuration's connection, for validate. @module */

import { invalidValue } from "../../connect/api/config_def.ts";
import { ConfigException } from "../../connect/api/exceptions.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { isOneTable, tableNameOf } from "../sql/table_name.ts";
import { SqlFailure } from "../sql/sql_failure.ts";
import { PostgresDialect } from "./postgres_dialect.ts";
import { type PostgresSettings, readPostgresSettings } from "./postgres_settings.ts";
import { tableCheck } from "./role_check.ts";
import { SessionKeeper } from "./session_keeper.ts";
import type { Logger, Time } from "../../connect/api/ports.ts";

/** Longest time for the whole check, milliseconds. */
const checkMsMax = 5_000;

/**
 * Logs in, looks for the table where the options name just one, and at what the role may do with a contract. Errors by option; none where the options
 * themselves are wrong, since that is said elsewhere.
 */
export async function connectionProblems(
  props: Props,
  signal: AbortSignal,
  { allowBroadRole }: { readonly allowBroadRole: boolean },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const settings = settingsOrNull(props);
  if (settings === null) return new Map();
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(checkMsMax)]);
  const dialect = dialectFor(settings, bounded, allowBroadRole);
  let option = "connection.url";
  try {
    await dialect.connect();
    const { tableNameFormat } = settings.sink;
    option = "table.name.format";
    if (isOneTable(tableNameFormat)) await dialect.describe(tableNameOf(tableNameFormat, ""));
    return new Map();
  } catch (error) {
    if (!(error instanceof SqlFailure) && !(error instanceof ConfigException)) throw error;
    const shown = option === "connection.url" ? "[hidden]" : settings.sink.tableNameFormat;
    return new Map([[option, [invalidValue(option, shown, error.message).message]]]);
  } finally {
    await dialect.close();
  }
}

function settingsOrNull(props: Props): PostgresSettings | null {
  try {
    return readPostgresSettings(props);
  } catch (error) {
    if (error instanceof ConfigException) return null;
    throw error;
  }
}

function dialectFor(
  settings: PostgresSettings,
  signal: AbortSignal,
  allowBroadRole: boolean,
): PostgresDialect {
  const keeper = new SessionKeeper({
    settings,
    applicationName: "sluice-validate",
    time: timeOf(signal),
    logger: silent,
    signal,
  });
  return new PostgresDialect({
    keeper,
    limits: settings.limits,
    fingerprints: settings.sink.fingerprints,
    opener: null,
    checkTable: tableCheck(settings.sink, { allowBroadRole, logger: silent }),
  });
}

const ignore = () => {};
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, with: () => silent };

/** A check has no clock of the worker's: its waits end by signals alone, at the latest with the check itself. */
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
