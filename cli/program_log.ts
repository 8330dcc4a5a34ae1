/** The log as a subcommand's arguments want it. @module */

import type { Logger } from "../connect/api/ports.ts";
import type { Arguments } from "./command.ts";
import { logFormats, logLevels, openLog } from "./log.ts";

const encoder = new TextEncoder();

/** Opens the log on standard error; a person at a terminal gets text, a log collector JSON. */
export function openProgramLog(args: Arguments): Logger {
  return openLog({
    format: args.choice("log-format", logFormats) ?? (Deno.stderr.isTerminal() ? "text" : "json"),
    level: args.choice("log-level", logLevels) ?? "info",
    write: (line) => Deno.stderr.writeSync(encoder.encode(line)),
  });
}
