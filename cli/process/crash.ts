/** What is said when something nobody expected ends the program: where it happened, and nothing of what was at hand. @module */

import { safeTrace } from "../../connect/errors/java_trace.ts";
import { printError } from "../output.ts";
import { exitCode } from "../usage_error.ts";

/** The part of the runtime that tells of errors which nobody caught. */
export type ErrorEvents = Pick<typeof globalThis, "addEventListener">;

/**
 * The text for anything thrown: classes and places in the code. Texts of foreign errors are left out, since a driver's
 * can quote a row.
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
 * Ends the program with exit code 1 and a text of ours where an error is caught by nobody. The runtime would print it
 * whole, with its text, its causes and what else hangs on it.
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
