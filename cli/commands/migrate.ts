import type { Props } from "../../connect/api/sink_task.ts";
import { resolveReferences } from "../../connect/config/references/config_providers.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import type { MigrateResult, MigrationRequest } from "../../sinks/sql/database.ts";
import { sqlSinkConfig } from "../../sinks/sql/options/sink_keys.ts";
import { settingsOf } from "../../sinks/sql/options/sink_settings.ts";
import type { Run } from "../command.ts";
import { listConnectorFolders } from "../connector_folders.ts";
import { systemSources } from "../process/config_sources.ts";
import { print } from "../output.ts";
import { variables } from "../process/environment.ts";
import { exitCode, UsageError } from "../usage_error.ts";
import { adminVariableOf, requireDatabase } from "../governance/admin_database.ts";
import { connectorRoots, readWholeConnectors, type WantedConnector } from "../catalog/wanted_connectors.ts";
import { readWorkerSettings } from "../worker_settings.ts";

/** `sluice migrate`: migrates the databases of connectors as their owner. */
export const run: Run = async (args) => {
  const folders = await listConnectorFolders(...connectorRoots(args));
  for (const connector of await readWholeConnectors(args)) {
    // A configuration of --config uses the migrations of the folder with its name.
    const folder = connector.folder ?? folders.find(({ name }) => name === connector.name);
    const done = await migrateConnector({ ...connector, ...(folder === undefined ? {} : { folder }) });
    print(`${connector.name}: ${summaryOf(done)}`);
  }
  return exitCode.ok;
};

/** Migrates a connector's database with the administrator's URL, never the worker's. */
export async function migrateConnector({ name, props, folder }: WantedConnector): Promise<MigrateResult> {
  const variable = adminVariableOf(name, props);
  const url = systemSources.variable(variable);
  if (url === undefined) {
    throw new UsageError(`Cannot migrate ${name}: the environment variable ${variable} is not set`);
  }
  return await requireDatabase(name, props).migrate({
    connector: name,
    url,
    option: variable,
    folder: folder === undefined ? null : new URL("migrations/", folder.url),
    worker: await lookedUp(props, ["connection.url", "connection.user", "connection.password"]) ?? null,
    ...await rulesFor(props),
  });
}

/**
 * Returns the settings of the database's functions. The re-key function gets the secrets' fingerprints; if
 * they are unknown here, it keeps those it has.
 */
async function rulesFor(props: Props): Promise<Pick<MigrationRequest, "settings" | "unknownFunctions">> {
  const days = await lookedUp(props, [
    ...["contact.retention.days", "contact.retention.function", "newest.wins.field"],
    ...["audit.ledger.enabled", "audit.ledger.retention.days"],
  ]);
  const secrets = await lookedUp(props, [
    ...["key.secret", "key.secret.previous", "key.fingerprint.column", "key.rekey.function"],
  ]);
  const own = { "connection.url": "postgres://unused@localhost", "topics": "none" };
  const rekey = props["key.rekey.function"];
  const isKnown = secrets !== undefined || rekey === undefined;
  const found = { ...own, ...days, ...secrets };
  const settings = settingsOf(sqlSinkConfig.parse(found), found);
  return { settings, unknownFunctions: isKnown ? [] : [rekey] };
}

/** Resolves these options; undefined if a reference isn't set here. */
async function lookedUp(props: Props, names: readonly string[]): Promise<Props | undefined> {
  const written = Object.fromEntries(
    names.flatMap((name) => props[name] === undefined ? [] : [[name, props[name]]]),
  );
  const worker = await readWorkerSettings(undefined, variables(), systemSources);
  const { "allowed.paths": allowedPaths } = workerConfig.parse(worker);
  const policy = { variables: "all", allowedPaths } as const;
  const { props: found, problems } = await resolveReferences(written, systemSources, policy);
  return problems.size > 0 ? undefined : found;
}

function summaryOf({ applied, before, login, unknownRules }: MigrateResult): string {
  const done = applied.length === 0 ? `up to date (${before} before)` : `applied ${applied.join(", ")}`;
  const logins = {
    made: "; the worker's login was created",
    there: "",
    "not known": "; the worker's login is not known here",
  };
  const unknown = unknownRules.map((name) =>
    `; ${name} keeps its settings: the key secrets are not set here`
  );
  return done + logins[login] + unknown.join("");
}
