/** The program's log on standard error, over LogTape: lines for a person, or JSON for a machine. @module */

import {
  configureSync,
  getJsonLinesFormatter,
  getLogger,
  getTextFormatter,
  type Logger as LogTapeLogger,
  type LogRecord,
  type TextFormatter,
} from "@logtape/logtape";
import type { LogFields, Logger } from "../connect/api/ports.ts";

/** Forms of a log line. */
export const logFormats = ["text", "json"] as const;
export type LogFormat = typeof logFormats[number];

/** Levels, from the most to the least said. */
export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = typeof logLevels[number];

/** How the log is written. */
export interface LogOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** Takes a line with its end. */
  readonly write: (line: string) => void;
}

const rootCategory = "sluice";

/** Sets the process's log up, once, and returns its root. */
export function openLog({ format, level, write }: LogOptions): Logger {
  const formatter = format === "json" ? jsonLines : text;
  configureSync({
    reset: true,
    sinks: { lines: (record) => write(formatter(record)) },
    loggers: [
      { category: rootCategory, lowestLevel: level === "warn" ? "warning" : level, sinks: ["lines"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["lines"] },
    ],
  });
  return adapt(getLogger(rootCategory));
}

const jsonLines: TextFormatter = getJsonLinesFormatter({ message: "rendered", properties: "flatten" });

const text: TextFormatter = getTextFormatter({
  timestamp: "rfc3339",
  level: "FULL",
  format: ({ timestamp, level, record }) =>
    `${timestamp} ${level.padEnd(7)} ${plainMessage(record)}${fieldsOf(record)}`,
});

function plainMessage(record: LogRecord): string {
  return record.message.map(String).join("");
}

function fieldsOf({ properties }: LogRecord): string {
  return Object.entries(properties)
    .map(([name, value]) =>
      ` ${name}=${typeof value === "string" && /[\s"=]/.test(value) ? JSON.stringify(value) : value}`
    )
    .join("");
}

function adapt(logger: LogTapeLogger): Logger {
  return {
    debug: (message, fields) => logger.debug(literal(message), printable(fields)),
    info: (message, fields) => logger.info(literal(message), printable(fields)),
    warn: (message, fields) => logger.warn(literal(message), printable(fields)),
    error: (message, fields) => logger.error(literal(message), printable(fields)),
    with: (fields) => adapt(logger.with(printable(fields))),
  };
}

/** LogTape fills `{names}` in; ours are text. */
function literal(message: string): string {
  return message.replaceAll("{", "{{").replaceAll("}", "}}");
}

/** JSON has no bigint, and a field that isn't there isn't shown. */
function printable(fields: LogFields = {}): Record<string, string | number | boolean> {
  const shown = Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined || value === null) return [];
    return [[name, typeof value === "bigint" ? value.toString() : value] as const];
  });
  return Object.fromEntries(shown);
}
