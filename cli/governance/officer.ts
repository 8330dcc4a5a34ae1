import type { Props } from "../../connect/api/sink_task.ts";
import {
  hasReference,
  requireResolved,
  resolveReferences,
} from "../../connect/config/references/config_providers.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import type { SqlDatabase } from "../../sinks/sql/database.ts";
import { readSinkSettings } from "../../sinks/sql/options/option_rules.ts";
import type { SinkSettings } from "../../sinks/sql/options/sink_settings.ts";
import type { Arguments } from "../command.ts";
import { systemSources } from "../process/config_sources.ts";
import { variables } from "../process/environment.ts";
import { adminVariableOf, requireDatabase } from "./admin_database.ts";
import { UsageError } from "../usage_error.ts";
import { readWholeConnectors } from "../catalog/wanted_connectors.ts";
import { readWorkerSettings } from "../worker_settings.ts";

/** A connector with its database's owner as its login; the worker's URL and Kafka aren't needed. */
export interface OfficersConnector {
  readonly name: string;
  /** As written, references not resolved. */
  readonly written: Props;
  /** References resolved, with the owner's connection. */
  readonly props: Props;
  readonly worker: Props;
  readonly sink: SinkSettings;
  readonly database: SqlDatabase;
}

/**
 * Reads the one connector that a command names.
 *
 * @param isKeyed the command needs the key secrets
 * @throws UsageError, ConfigException
 */
export async function readOfficersConnector(args: Arguments, isKeyed: boolean): Promise<OfficersConnector> {
  const [wanted, ...others] = await readWholeConnectors(args);
  if (wanted === undefined || others.length > 0) {
    throw new UsageError("Cannot use the databases of several connectors: exactly one is expected");
  }
  const { name, props: written } = wanted;
  const variable = adminVariableOf(name, written, `use the database of ${name}`);
  if (systemSources.variable(variable) === undefined) {
    throw new UsageError(
      `Cannot use the database of ${name}: the environment variable ${variable} is not set`,
    );
  }
  const worker = await readWorkerSettings(undefined, variables(), systemSources);
  const { "allowed.paths": allowedPaths } = workerConfig.parse(worker);
  const policy = { variables: "all", allowedPaths } as const;
  const own = asOwner(written, variable, isKeyed);
  const props: Props = { ...requireResolved(await resolveReferences(own, systemSources, policy)), name };
  return {
    name,
    written,
    props,
    worker,
    sink: readSinkSettings(props),
    database: requireDatabase(name, props),
  };
}

function asOwner(written: Props, variable: string, isKeyed: boolean): Props {
  const { "connection.user": _user, "connection.password": _password, ...rest } = written;
  // Without the secrets there are no fingerprints to compare and nothing to re-key.
  const ofSecrets = ["key.fingerprint.column", "key.rekey.function"];
  const isNeeded = (name: string, value: string) => !hasReference(value) && !ofSecrets.includes(name);
  const kept = Object.entries(rest).filter(([name, value]) => isKeyed || isNeeded(name, value));
  return { ...Object.fromEntries(kept), "connection.url": `\${env:${variable}}` };
}
