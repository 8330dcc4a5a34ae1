/** A log that shows references instead of their values. @module */

import type { LogFields, Logger } from "../../connect/api/ports.ts";
import type { HiddenValues } from "../../connect/config/references/hidden_values.ts";

/** Fields that contain names, in which no value of a reference occurs. */
const names: ReadonlySet<string> = new Set(["logger", "connector", "client", "topic", "workerId"]);

/**
 * Returns a logger that replaces looked-up values in its fields with their references.
 *
 * @example
 * ```ts
 * import type { LogFields, Logger } from "../../connect/api/ports.ts";
 * import { HiddenValues } from "../../connect/config/references/hidden_values.ts";
 * import { hidingLogger } from "./hiding_logger.ts";
 * const lines: unknown[] = [];
 * const write = (_: string, fields?: LogFields) => void lines.push(fields?.["reason"]);
 * const plain: Logger = { debug: write, info: write, warn: write, error: write, with: () => plain };
 * const hidden = new HiddenValues();
 * hidden.note(new Map([["s3cret", "${env:HOST}"]]));
 * hidingLogger(plain, hidden).warn("Away", { reason: "no answer from s3cret:1" });
 * if (lines[0] !== "no answer from ${env:HOST}:1") throw new Error(String(lines[0]));
 * ```
 */
export function hidingLogger(logger: Logger, hidden: HiddenValues): Logger {
  const shown = (fields: LogFields = {}): LogFields =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) =>
        [name, typeof value === "string" && !names.has(name) ? hidden.hide(value) : value] as const
      ),
    );
  return {
    debug: (message, fields) => logger.debug(message, shown(fields)),
    info: (message, fields) => logger.info(message, shown(fields)),
    warn: (message, fields) => logger.warn(message, shown(fields)),
    error: (message, fields) => logger.error(message, shown(fields)),
    with: (fields) => hidingLogger(logger.with(shown(fields)), hidden),
  };
}
