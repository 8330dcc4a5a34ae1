/** Writes the log to standard error with LogTape: text for people or JSON for machines. @module */

import {
  configureSync,
  getJsonLinesFormatter,
  getLogger,
  getTextFormatter,
  type Logger as LogTapeLogger,
  type LogRecord,
  type TextFormatter,
} from "@logtape/logtape";
import type { LogFields, Logger } from "../../connect/api/ports.ts";
import { visibleText } from "../../connect/rest/ui/visible_text.js";
import { LogLevels } from "./log_levels.ts";
import { systemTime } from "./system_time.ts";

export const logFormats = ["text", "json"] as const;
export type LogFormat = typeof logFormats[number];

/** Levels, from the most to the least verbose. */
export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = typeof logLevels[number];

interface LogOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** Levels that can change at runtime; if missing, `level` applies to all loggers. */
  readonly levels?: LogLevels;
  /** Writes one line, including its line break. */
  readonly write: (line: string) => void;
}

const rootCategory = "sluice";

/** Sets up the log of the process, once, and returns its root logger. */
export function openLog({ format, level, write, levels }: LogOptions): Logger {
  const formatter = format === "json" ? jsonLines : text;
  configureSync({
    reset: true,
    sinks: { lines: (record) => write(formatter(record)) },
    loggers: [
      { category: rootCategory, lowestLevel: "debug", sinks: ["lines"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["lines"] },
    ],
  });
  return adapt(getLogger(rootCategory), levels ?? new LogLevels(level, systemTime), []);
}

const withAll: TextFormatter = getJsonLinesFormatter({ message: "rendered", properties: "flatten" });

/** JSON leaves C1 controls, direction marks and non-ASCII line breaks unescaped. */
const jsonLines: TextFormatter = (record) => `${visibleText(withAll(record).trimEnd())}\n`;

const text: TextFormatter = getTextFormatter({
  timestamp: "rfc3339",
  level: "FULL",
  format: ({ timestamp, level, record }) =>
    visibleText(`${timestamp} ${level.padEnd(7)} ${plainMessage(record)}${fieldsOf(record)}`),
});

function plainMessage(record: LogRecord): string {
  return record.message.map(String).join("");
}

function fieldsOf({ properties }: LogRecord): string {
  return Object.entries(properties)
    .filter(([name]) => name !== "logger") // for machines only
    .map(([name, value]) =>
      ` ${name}=${typeof value === "string" && /[\s"=]/.test(value) ? JSON.stringify(value) : value}`
    )
    .join("");
}

/** @param names of the logger; the first with its own level decides what is logged */
function adapt(logger: LogTapeLogger, levels: LogLevels, names: readonly string[]): Logger {
  return {
    debug: (message, fields) => {
      if (levels.says("DEBUG", names)) logger.debug(literal(message), printable(fields));
    },
    info: (message, fields) => {
      if (levels.says("INFO", names)) logger.info(literal(message), printable(fields));
    },
    warn: (message, fields) => {
      if (levels.says("WARN", names)) logger.warn(literal(message), printable(fields));
    },
    error: (message, fields) => {
      if (levels.says("ERROR", names)) logger.error(literal(message), printable(fields));
    },
    with: (fields) => adapt(logger.with(printable(fields)), levels, namesWith(names, fields)),
  };
}

/** A connector is also a logger, `connector.<name>`, and takes precedence over the module that logs. */
function namesWith(names: readonly string[], { connector, logger }: LogFields): readonly string[] {
  const connectors = names.filter((name) => name.startsWith("connector."));
  const parts = names.filter((name) => !connectors.includes(name));
  return [
    ...(typeof connector === "string" ? [`connector.${connector}`] : connectors),
    ...(typeof logger === "string" ? [logger] : []),
    ...parts,
  ];
}

/** LogTape expands `{names}`; our messages are plain text. */
function literal(message: string): string {
  return message.replaceAll("{", "{{").replaceAll("}", "}}");
}

/** JSON has no bigint; undefined fields are left out. */
function printable(fields: LogFields = {}): Record<string, string | number | boolean> {
  const shown = Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined || value === null) return [];
    return [[name, typeof value === "bigint" ? value.toString() : value] as const];
  });
  return Object.fromEntries(shown);
}
