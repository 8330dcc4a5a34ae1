/** The worker's settings: a properties file, and variables on top. @module */

import { ConfigException } from "../connect/api/exceptions.ts";
import type { Logger } from "../connect/api/ports.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { type ConfigSources, resolveReferences } from "../connect/config/config_providers.ts";
import { parseProperties, settingsFromVariables } from "../connect/config/properties_file.ts";
import { unknownWorkerOptions, workerConfig } from "../connect/config/worker_config.ts";
import { readText } from "./read_text.ts";

/**
 * Reads and checks the worker's settings.
 *
 * @param file a properties file, or undefined for none
 * @throws ConfigException that names every option that is wrong
 */
export async function readWorkerSettings(
  file: string | undefined,
  variables: Readonly<Record<string, string>>,
  sources: ConfigSources,
): Promise<Props> {
  const written = {
    ...(file === undefined ? {} : parseProperties(await readText(file, "worker settings"))),
    ...settingsFromVariables(variables),
  };
  const allowedPaths =
    workerConfig.parse({ "allowed.paths": written["allowed.paths"] ?? "" })["allowed.paths"];
  const { props, problems } = await resolveReferences(written, sources, { variables: "all", allowedPaths });
  const errors = [...problems.values()].flat().concat(
    workerConfig.validate(props).flatMap(({ errors }) => errors),
  );
  if (errors.length > 0) throw new ConfigException(`Cannot use the worker's settings: ${errors.join("; ")}`);
  return props;
}

/** Says which settings do nothing here; most come with a file that was made for a JVM worker. */
export function warnOfUnknownSettings(settings: Props, logger: Logger): void {
  const unknown = unknownWorkerOptions(settings);
  if (unknown.length > 0) logger.warn(`Worker settings without effect: ${unknown.join(", ")}`);
}
