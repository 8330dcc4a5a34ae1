/** What `start` and `validate` do first: read everything, and refuse what can't work before anything starts. @module */

import { JavaException } from "../connect/api/exceptions.ts";
import type { Logger } from "../connect/api/ports.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { visibleText } from "../connect/rest/ui/visible_text.js";
import { connectorClientProperties } from "../connect/config/client_overrides.ts";
import { clientProblem } from "../connect/kafka/client_problems.ts";
import { propertiesFor } from "../connect/kafka/mod.ts";
import type { ConnectorValidation } from "../connect/config/connector_validation.ts";
import type { LogLevels } from "./process/log_levels.ts";
import type { Arguments } from "./command.ts";
import { compose, type Composed } from "./compose.ts";
import { systemSources } from "./process/config_sources.ts";
import { variables } from "./process/environment.ts";
import { openLeveledLog } from "./process/program_log.ts";
import { connectorRoots, readWantedConnectors, type WantedConnector } from "./catalog/wanted_connectors.ts";
import { readWorkerSettings, warnOfUnknownSettings, withoutEcho } from "./worker_settings.ts";

/** A connector that was looked at. */
export interface CheckedConnector extends WantedConnector {
  /** Undefined where not even its class is known. */
  readonly validation: ConnectorValidation | undefined;
  /** All that is wrong. */
  readonly errors: readonly string[];
}

/** The program with its connectors, none of which has been started. */
export interface Prepared {
  readonly composed: Composed;
  readonly settings: Props;
  readonly logger: Logger;
  /** The log's levels, which the control API changes. */
  readonly levels: LogLevels;
  readonly connectors: readonly CheckedConnector[];
}

/**
 * Reads arguments, files and settings, and checks every connector.
 *
 * @param adjust what the command makes of the settings
 */
export async function prepare(
  args: Arguments,
  adjust: (settings: Props) => Props = (settings) => settings,
): Promise<Prepared> {
  const { logger, levels } = openLeveledLog(args);
  const currentSettings = async () =>
    adjust(await readWorkerSettings(args.text("worker"), variables(), systemSources));
  const settings = await currentSettings();
  const wanted = await readWantedConnectors(args);
  warnOfUnknownSettings(settings, logger);
  const composed = await compose({
    settings,
    currentSettings,
    configs: wanted.map(({ props }) => props),
    logger,
    roots: connectorRoots(args),
    allowBroadRole: args.flag("allow-broad-role"),
  });
  const connectors = await Promise.all(wanted.map((connector) => check(connector, composed)));
  return { composed, settings, logger, levels, connectors };
}

async function check(connector: WantedConnector, composed: Composed): Promise<CheckedConnector> {
  try {
    const validation = await composed.herder.validate(connector.props);
    const errors = namedErrors(validation);
    return {
      ...connector,
      validation,
      errors: errors.length > 0 ? errors : await overrideErrors(connector.props, composed),
    };
  } catch (error) {
    // A class that is missing or unknown leaves nothing to validate against.
    if (!(error instanceof JavaException)) throw error;
    return { ...connector, validation: undefined, errors: [error.message] };
  }
}

/** What a task's clients would refuse when they are made; Connect's own check reads the types alone. */
async function overrideErrors(written: Props, { resolve, settings }: Composed): Promise<readonly string[]> {
  const { props } = await resolve(written);
  return (["consumer", "producer", "admin"] as const).flatMap((kind) => {
    const overrides = connectorClientProperties(kind, settings, props);
    const problem = clientProblem(kind, { ...propertiesFor(`${kind}.`, settings), ...overrides });
    return problem === undefined ? [] : [`${kind}.override.*: ${problem}`];
  });
}

/** Some of Connect's texts leave out the option, which stands beside them in its answers. */
function namedErrors({ values }: ConnectorValidation): readonly string[] {
  return values.flatMap(({ name, errors }) =>
    withoutEcho(errors).map((error) => error.includes(name) ? error : `${name}: ${error}`)
  );
}

/** The sentence about connectors that can't be used; undefined where all can. */
export function problemText(connectors: readonly CheckedConnector[]): string | undefined {
  const wrong = connectors.filter(({ errors }) => errors.length > 0);
  if (wrong.length === 0) return undefined;
  return wrong.map(({ name, path, errors }) => {
    // Connect says the same under two options; a person needs it once.
    const lines = [...new Set(errors)].map((error) => `  ${error.replaceAll("\n", "\n  ")}`);
    return [visibleText(`Cannot use ${name} (${path}):`), ...lines].join("\n");
  }).join("\n");
}
