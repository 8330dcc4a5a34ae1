import { ConfigException } from "../connect/api/exceptions.ts";
import type { Logger } from "../connect/api/ports.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { type ConfigSources, resolveReferences } from "../connect/config/references/config_providers.ts";
import { settingsFromVariables } from "../connect/config/properties_file.ts";
import { unknownWorkerOptions, workerConfig } from "../connect/config/worker_config.ts";
import { readProperties } from "./catalog/properties_text.ts";
import { readText } from "./process/read_text.ts";

/**
 * Reads the worker's settings: a properties file, overridden by variables.
 *
 * @param file a properties file, or undefined for none
 * @throws ConfigException that names every invalid option
 */
export async function readWorkerSettings(
  file: string | undefined,
  variables: Readonly<Record<string, string>>,
  sources: ConfigSources,
): Promise<Props> {
  const written = {
    ...(file === undefined
      ? {}
      : readProperties(file, await readText(file, "worker settings"), { isOnce: false })),
    ...settingsFromVariables(variables),
  };
  const allowedPaths =
    workerConfig.parse({ "allowed.paths": written["allowed.paths"] ?? "" })["allowed.paths"];
  const { props, problems } = await resolveReferences(written, sources, { variables: "all", allowedPaths });
  const errors = [...problems.values()].flat().concat(
    workerConfig.validate(props).flatMap(({ errors }) => withoutEcho(errors)),
  );
  if (errors.length > 0) throw new ConfigException(`Cannot use the worker's settings: ${errors.join("; ")}`);
  return props;
}

/**
 * Drops the second error of a number that Connect can't parse: that its value is null.
 * @example
 * ```ts
 * import { withoutEcho } from "./worker_settings.ts";
 * const errors = ["Not a number", "Invalid value null for configuration a: Value must be non-null"];
 * if (withoutEcho(errors).join() !== "Not a number") throw new Error("the second says nothing new");
 * ```
 */
export function withoutEcho(errors: readonly string[]): readonly string[] {
  return errors.filter((text, index) => index === 0 || !text.endsWith(": Value must be non-null"));
}

/** Logs settings without effect here; files for a JVM worker have many. */
export function warnOfUnknownSettings(settings: Props, logger: Logger): void {
  const unknown = unknownWorkerOptions(settings);
  if (unknown.length > 0) logger.warn(`Worker settings without effect: ${unknown.join(", ")}`);
}

/** Longest wait of a command for Kafka; a worker waits a minute. */
const personWaitMsMax = 15_000;

/**
 * Shortens the wait for Kafka, unless `admin.` or `consumer.default.api.timeout.ms` is set, so that a command
 * doesn't seem to hang.
 * @example
 * ```ts
 * import { forPerson } from "./worker_settings.ts";
 * const settings = forPerson({ "admin.default.api.timeout.ms": "60000" });
 * if (settings["admin.default.api.timeout.ms"] !== "60000") throw new Error("what is said wins");
 * if (settings["consumer.default.api.timeout.ms"] !== "15000") throw new Error("the rest is short");
 * ```
 */
export function forPerson(settings: Props): Props {
  const wait = String(personWaitMsMax);
  return {
    "admin.default.api.timeout.ms": wait,
    "consumer.default.api.timeout.ms": wait,
    ...settings,
  };
}
