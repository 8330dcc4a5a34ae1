/** Chooses the converters of a connector's keys, values and headers, with their options. @module */

import type { Props } from "../api/sink_task.ts";
import { withPrefix, workerConfig } from "./worker_config.ts";

export type ConverterRole = "key" | "value" | "header";

interface ConverterChoice {
  readonly className: string;
  readonly props: Props;
}

/**
 * Returns the connector's own converter with its options, or else the worker's with the worker's options. If
 * a connector names no converter, its converter options are ignored. If neither names one, values are JSON
 * without schemas. (`org.apache.kafka.connect.runtime.isolation.Plugins.newConverter`)
 *
 * @example
 * ```ts
 * import { chooseConverter } from "./converter_choice.ts";
 * const json = chooseConverter("value", {}, {});
 * if (json.props["schemas.enable"] !== "false") throw new Error("plain JSON by default");
 * const own = chooseConverter("value", {}, { "value.converter": json.className });
 * if ("schemas.enable" in own.props) throw new Error("Connect's defaults if the connector names it");
 * ```
 */
export function chooseConverter(role: ConverterRole, worker: Props, connector: Props): ConverterChoice {
  const option = `${role}.converter` as const;
  const source = option in connector ? connector : worker;
  const className = (source[option] ?? workerConfig.keys[option].default).trim();
  const options = withPrefix(source, `${option}.`);
  const nobodySaid = role === "value" && !(option in source);
  return { className, props: nobodySaid ? { "schemas.enable": "false", ...options } : options };
}
