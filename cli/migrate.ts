/** `sluice migrate`: brings the databases of connectors up to date, as the role that owns them. @module */

import postgres from "postgres";
import { ConnectException } from "../connect/api/exceptions.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { resolveReferences } from "../connect/config/config_providers.ts";
import { driverOptions } from "../sinks/postgres/connection_options.ts";
import { describeTarget, parseConnectionUrl } from "../sinks/postgres/connection_url.ts";
import type { WorkerLogin } from "../sinks/postgres/login.ts";
import { migrate, type MigrateResult } from "../sinks/postgres/migrate.ts";
import { MigrationError, readMigrations } from "../sinks/postgres/migration_files.ts";
import { sqlFactsText } from "../sinks/postgres/sqlstate.ts";
import type { Run } from "./command.ts";
import { systemSources } from "./config_sources.ts";
import { exitCode, UsageError } from "./usage_error.ts";
import { readWantedConnectors, type WantedConnector } from "./wanted_connectors.ts";

/** Runs the command. */
export const run: Run = async (args) => {
  for (const connector of await readWantedConnectors(args)) {
    console.log(`${connector.name}: ${summaryOf(await migrateConnector(connector))}`);
  }
  return exitCode.ok;
};

/** Brings one connector's database up to date; with the variable's value as administrator, never the worker's. */
export async function migrateConnector({ name, props, folder }: WantedConnector): Promise<MigrateResult> {
  const variable = adminVariableOf(name, props);
  const url = Deno.env.get(variable);
  if (url === undefined) {
    throw new UsageError(`Cannot migrate ${name}: the environment variable ${variable} is not set`);
  }
  const target = parseConnectionUrl(url, { option: variable });
  const worker = await workerLoginOf(props);
  const files = folder === undefined ? [] : await readMigrations(new URL("migrations/", folder.url));
  const sql = postgres({ ...await driverOptions(target, "sluice-migrate"), max: 1 });
  try {
    return await migrate(sql, { connector: name, files, ...(worker === undefined ? {} : { worker }) });
  } catch (error) {
    if (error instanceof MigrationError) throw new ConnectException(error.message, { cause: error });
    const text = `Cannot migrate ${name} in ${describeTarget(target)}: ${sqlFactsText(error)}`;
    throw new ConnectException(text, { cause: error });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/**
 * The variable with the administrator's URL: beside `BANK2_URL`, which the worker uses, stands `BANK2_ADMIN_URL`.
 *
 * @example
 * ```ts
 * import { adminVariableOf } from "./migrate.ts";
 * const variable = adminVariableOf("telesales", { "connection.url": "${env:BANK2_URL}" });
 * if (variable !== "BANK2_ADMIN_URL") throw new Error(variable);
 * ```
 */
export function adminVariableOf(name: string, props: Props, action = `migrate ${name}`): string {
  const workers = /^\$\{env:([A-Za-z0-9_]+)_URL\}$/.exec(props["connection.url"]?.trim() ?? "")?.[1];
  if (workers !== undefined) return `${workers}_ADMIN_URL`;
  throw new UsageError(
    `Cannot ${action}: its connection.url must be \${env:SOMETHING_URL}, the administrator's is then taken from SOMETHING_ADMIN_URL`,
  );
}

/** Who the worker logs in as, where the variables that say so are set here too. */
async function workerLoginOf(props: Props): Promise<WorkerLogin | undefined> {
  const names = ["connection.url", "connection.user", "connection.password"];
  const written = Object.fromEntries(
    names.flatMap((name) => props[name] === undefined ? [] : [[name, props[name]]]),
  );
  const { props: found, problems } = await resolveReferences(written, systemSources, {
    variables: "all",
    allowedPaths: [],
  });
  if (problems.size > 0) return undefined;
  const { user, password } = parseConnectionUrl(found["connection.url"] ?? "", {
    user: found["connection.user"] ?? null,
    password: found["connection.password"] ?? null,
  });
  return { user, password: password?.value ?? null };
}

function summaryOf({ applied, before, login }: MigrateResult): string {
  const done = applied.length === 0 ? `up to date (${before} before)` : `applied ${applied.join(", ")}`;
  const logins = {
    made: "; the worker's login was made",
    there: "",
    "not known": "; the worker's login is not known here",
  };
  return done + logins[login];
}
