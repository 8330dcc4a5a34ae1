/** Opens the log that a command's arguments ask for. @module */

import type { Logger } from "../../connect/api/ports.ts";
import type { Arguments } from "../command.ts";
import { logFormats, logLevels, openLog } from "./log.ts";
import { LogLevels } from "./log_levels.ts";
import { writeLog } from "../output.ts";
import { systemTime } from "./system_time.ts";

/** Opens the log on standard error: text for a terminal, JSON otherwise. */
export function openProgramLog(args: Arguments): Logger {
  return openLeveledLog(args).logger;
}

/** Returns the log and its levels, which the control API changes. */
export function openLeveledLog(args: Arguments): { readonly logger: Logger; readonly levels: LogLevels } {
  const level = args.choice("log-level", logLevels) ?? "info";
  const levels = new LogLevels(level, systemTime);
  const logger = openLog({
    format: args.choice("log-format", logFormats) ?? (Deno.stderr.isTerminal() ? "text" : "json"),
    level,
    levels,
    write: writeLog,
  });
  return { logger, levels };
}
