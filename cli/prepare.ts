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

export interface CheckedConnector extends WantedConnector {
  /** Undefined if the class is unknown. */
  readonly validation: ConnectorValidation | undefined;
  readonly errors: readonly string[];
}

/** The composed program; no connector has started. */
export interface Prepared {
  readonly composed: Composed;
  readonly settings: Props;
  readonly logger: Logger;
  /** Levels of the log, which the control API changes. */
  readonly levels: LogLevels;
  readonly connectors: readonly CheckedConnector[];
}

/**
 * Reads arguments, files and settings, and checks every connector before any starts.
 *
 * @param adjust changes the settings for a command
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
    // Without a known class there is nothing to validate against.
    if (!(error instanceof JavaException)) throw error;
    return { ...connector, validation: undefined, errors: [error.message] };
  }
}

/** Errors of client overrides. Connect's own validation checks only their types; clients would fail later. */
async function overrideErrors(written: Props, { resolve, settings }: Composed): Promise<readonly string[]> {
  const { props } = await resolve(written);
  return (["consumer", "producer", "admin"] as const).flatMap((kind) => {
    const overrides = connectorClientProperties(kind, settings, props);
    const problem = clientProblem(kind, { ...propertiesFor(`${kind}.`, settings), ...overrides });
    return problem === undefined ? [] : [`${kind}.override.*: ${problem}`];
  });
}

/** Adds the option's name if Connect's text lacks it. */
function namedErrors({ values }: ConnectorValidation): readonly string[] {
  return values.flatMap(({ name, errors }) =>
    withoutEcho(errors).map((error) => error.includes(name) ? error : `${name}: ${error}`)
  );
}

/** Returns the message about invalid connectors, or undefined if all are valid. */
export function problemText(connectors: readonly CheckedConnector[]): string | undefined {
  const wrong = connectors.filter(({ errors }) => errors.length > 0);
  if (wrong.length === 0) return undefined;
  return wrong.map(({ name, path, errors }) => {
    // Connect repeats some errors under two options.
    const lines = [...new Set(errors)].map((error) => `  ${error.replaceAll("\n", "\n  ")}`);
    return [visibleText(`Cannot use ${name} (${path}):`), ...lines].join("\n");
  }).join("\n");
}
