import { javaClassOf, JavaException, safeText } from "../api/exceptions.ts";

const framesMax = 20;
const causesMax = 8;

/**
 * Returns a stack trace in Java's form that is safe to show: classes, safe texts and places, without values.
 *
 * @example
 * ```ts
 * import { DataException } from "../api/exceptions.ts";
 * import { safeTrace } from "./java_trace.ts";
 * const trace = safeTrace(new DataException("phone is missing", { cause: new Error("+55 11 99999") }));
 * if (!trace.startsWith("org.apache.kafka.connect.errors.DataException: phone is missing")) throw new Error(trace);
 * if (trace.includes("+55")) throw new Error("the text of a foreign error stays where it is");
 * ```
 */
export function safeTrace(error: unknown): string {
  return traceWith(error, safeText);
}

/** Returns the trace with Connect's exact texts, which can quote a record: for raw dead letters only. */
export function connectTrace(error: unknown): string {
  return traceWith(error, connectTextOf);
}

/** Returns Connect's exact text of an error. */
export function connectTextOf(error: unknown): string {
  if (error instanceof JavaException) return error.connectText;
  return error instanceof Error ? error.message : String(error);
}

function traceWith(error: unknown, textOf: (error: unknown) => string): string {
  const parts: string[] = [];
  let next: unknown = error;
  for (let depth = 0; next !== undefined && depth <= causesMax; depth++) {
    const head = `${depth === 0 ? "" : "Caused by: "}${javaClassOf(next)}: ${textOf(next)}`;
    parts.push([head, ...framesOf(next)].join("\n\t"));
    next = next instanceof Error ? next.cause : undefined;
  }
  return `${parts.join("\n")}\n`;
}

/** Skips the message, whose lines could look like frames. */
function framesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const end = error.stack.indexOf(error.message) + error.message.length;
  if (!error.stack.includes(error.message)) return [];
  return error.stack.slice(end).split("\n").map((line) => line.trim())
    .filter((line) => line.startsWith("at ")).slice(0, framesMax);
}
