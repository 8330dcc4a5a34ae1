/** `sluice validate`: checks configurations, and that what they connect to answers. @module */

import { resolveReferences } from "../connect/config/config_providers.ts";
import { workerConfig } from "../connect/config/worker_config.ts";
import type { Props } from "../connect/api/sink_task.ts";
import type { Run } from "./command.ts";
import { systemSources } from "./config_sources.ts";
import { type CheckedConnector, prepare, problemText } from "./prepare.ts";
import { exitCode } from "./usage_error.ts";

/** How long the other system has to answer. */
const connectMsMax = 5_000;

/** Runs the command. */
export const run: Run = async (args) => {
  const { connectors, settings } = await prepare(args);
  const checked = args.flag("offline")
    ? connectors
    : await Promise.all(connectors.map((connector) => withConnection(connector, settings)));
  for (const { name, errors, validation } of checked) {
    if (errors.length === 0) console.log(`${name}: valid`);
    for (const warning of validation?.warnings ?? []) console.log(`  Warning: ${warning}`);
  }
  const problem = problemText(checked);
  if (problem === undefined) return exitCode.ok;
  console.error(problem);
  return exitCode.usage;
};

/** Connects where everything else is right. */
async function withConnection(connector: CheckedConnector, settings: Props): Promise<CheckedConnector> {
  const { validation, errors } = connector;
  if (validation?.plugin.validateConnection === undefined || errors.length > 0) return connector;
  const { "allowed.paths": allowedPaths } = workerConfig.parse(settings);
  const { props } = await resolveReferences(connector.props, systemSources, {
    variables: "all",
    allowedPaths,
  });
  const problems = await validation.plugin.validateConnection(props, AbortSignal.timeout(connectMsMax));
  const texts = [...problems].flatMap(([option, found]) =>
    found.map((text) => text.includes(option) ? text : `${option}: ${text}`)
  );
  return { ...connector, errors: texts };
}
