/** Which converter reads a connector's keys, values and headers, and with which options. @module */

import type { Props } from "../api/sink_task.ts";
import { withPrefix, workerConfig } from "./worker_config.ts";

/** What a converter reads. */
export type ConverterRole = "key" | "value" | "header";

/** A converter and its options. */
export interface ConverterChoice {
  readonly className: string;
  readonly props: Props;
}

/**
 * The connector's own converter with its options, else the worker's with the worker's: options of a connector
 * that names no converter are not applied. Where nobody named one, values are JSON without schemas.
 * (`org.apache.kafka.connect.runtime.isolation.Plugins.newConverter`)
 *
 * @example
 * ```ts
 * import { chooseConverter } from "./converter_choice.ts";
 * const json = chooseConverter("value", {}, {});
 * if (json.props["schemas.enable"] !== "false") throw new Error("plain JSON when nothing is said");
 * const own = chooseConverter("value", {}, { "value.converter": json.className });
 * if ("schemas.enable" in own.props) throw new Error("Connect's defaults when the connector names it");
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
