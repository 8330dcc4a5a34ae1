/**
 * Lets kafkajs talk to our log, quietly: what it calls an error is mostly a broker that is away, which the
 * clients handle and tell in their own words.
 *
 * @module
 */

import type { LogFields, Logger } from "../../api/ports.ts";
import { newRawLogger, type RawLogEntry } from "./kafkajs_parts.ts";

const levelWarn = 2;
const shownFields = ["broker", "clientId", "code"] as const;

/** A kafkajs logger that writes everything from warnings up as debug lines of ours. */
export function kafkajsLogger(logger: Logger): unknown {
  return newRawLogger(levelWarn, (entry) => logger.debug(`kafkajs: ${textOf(entry)}`, fieldsOf(entry)));
}

function textOf({ namespace, log }: RawLogEntry): string {
  const text = String(log.message ?? "");
  return namespace === "" ? text : `${namespace}: ${text}`;
}

// Only these: the rest can hold payloads and stack traces.
function fieldsOf({ log }: RawLogEntry): LogFields {
  const fields: Record<string, string> = {};
  for (const name of shownFields) if (log[name] !== undefined) fields[name] = String(log[name]);
  return fields;
}
