/** Checks client properties before a client is created. @module */

import { ConfigException } from "../api/exceptions.ts";
import type { Logger } from "../api/ports.ts";
import type { Props } from "../api/sink_task.ts";
import { clientOptions } from "./wire/client_options.ts";
import { consumerSettings } from "./consumer_settings.ts";
import { producerSettings } from "./producer_settings.ts";
import { Settings } from "./wire/settings.ts";

const ignore = () => {};
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, with: () => silent };

const read = {
  consumer: (props: Props) =>
    void consumerSettings(props, { groupId: "any", clientId: "any", overrides: {} }, silent),
  producer: (props: Props) => void producerSettings(props, "any", silent),
  admin: (props: Props) => {
    const settings = new Settings(props);
    clientOptions(settings, "any");
    settings.integer("default.api.timeout.ms", 60_000, 1);
  },
};

/**
 * Returns why a client of this kind can't be created; undefined if it can.
 *
 * @param props all its properties, the worker's and the connector's
 * @example
 * ```ts
 * import { clientProblem } from "./client_problems.ts";
 * const problem = clientProblem("consumer", { "max.poll.records": "0" });
 * if (problem !== "Invalid value 0 for configuration max.poll.records: Value must be at least 1") throw new Error(problem);
 * ```
 */
export function clientProblem(kind: keyof typeof read, props: Props): string | undefined {
  try {
    read[kind](props);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigException) return error.message;
    throw error;
  }
}
