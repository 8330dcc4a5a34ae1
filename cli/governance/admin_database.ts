import { ConfigException } from "../../connect/api/exceptions.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { sinkOfClass } from "../../sinks/mod.ts";
import { databaseOf, type SqlDatabase } from "../../sinks/sql/database.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Returns the variable with the administrator's URL: `BANK2_ADMIN_URL` if the worker uses `BANK2_URL`.
 *
 * @example
 * ```ts
 * import { adminVariableOf } from "./admin_database.ts";
 * const variable = adminVariableOf("telesales", { "connection.url": "${env:BANK2_URL}" });
 * if (variable !== "BANK2_ADMIN_URL") throw new Error(variable);
 * ```
 */
export function adminVariableOf(name: string, props: Props, action = `migrate ${name}`): string {
  const workers = /^\$\{env:([A-Za-z0-9_]+)_URL\}$/.exec(props["connection.url"]?.trim() ?? "")?.[1];
  if (workers !== undefined) return `${workers}_ADMIN_URL`;
  throw new UsageError(
    `Cannot ${action}: its connection.url must be \${env:SOMETHING_URL}; the administrator's URL is then read from SOMETHING_ADMIN_URL`,
  );
}

/**
 * Returns the database that a connector writes to.
 *
 * @throws ConfigException if it writes to none
 */
export function requireDatabase(name: string, props: Props): SqlDatabase {
  const plugin = sinkOfClass(props["connector.class"] ?? "");
  const database = plugin === undefined ? undefined : databaseOf(plugin);
  if (database !== undefined) return database;
  throw new ConfigException(`Cannot use the database of ${name}: its connector.class writes to no database`);
}
