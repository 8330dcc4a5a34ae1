/** Crash report: prints where an uncaught error happened, without the data being processed. @module */

import { safeTrace } from "../../connect/errors/java_trace.ts";
import { printError } from "../output.ts";
import { exitCode } from "../usage_error.ts";

/** The runtime's events about uncaught errors. */
type ErrorEvents = Pick<typeof globalThis, "addEventListener">;

/**
 * Returns the crash report of anything thrown: classes and places in the code. Messages of foreign errors are
 * left out, since a database driver's can quote a row.
 *
 * @example
 * ```ts
 * import { crashText } from "./crash.ts";
 * const text = crashText(new TypeError("Cannot read Ana Lima"));
 * if (!text.includes("Unexpected TypeError") || text.includes("Ana")) throw new Error(text);
 * ```
 */
export function crashText(error: unknown): string {
  return safeTrace(error).trimEnd();
}

/**
 * Prints a crash report for an uncaught error and ends the program with exit code 1. The runtime would print
 * the whole error with its message, causes and properties.
 *
 * @param end ends the program
 */
export function explainCrashes(
  events: ErrorEvents = globalThis,
  end: (code: number) => void = Deno.exit,
): void {
  const explain = (event: Event, error: unknown) => {
    event.preventDefault();
    printError(`Sluice has crashed: ${crashText(error)}`.split("\n"));
    end(exitCode.failed);
  };
  events.addEventListener("error", (event) => explain(event, event.error));
  events.addEventListener("unhandledrejection", (event) => explain(event, event.reason));
}
