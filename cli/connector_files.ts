/** Reads connector configurations from files: the form POSTed to Connect, a flat map, or Java properties. @module */

import { z } from "zod";
import type { Props } from "../connect/api/sink_task.ts";
import { parseProperties } from "../connect/config/properties_file.ts";
import { readText } from "./read_text.ts";
import { UsageError } from "./usage_error.ts";

/** A connector that somebody wants to run. */
export interface ConnectorFile {
  readonly name: string;
  readonly props: Props;
  /** Where it was read, for messages. */
  readonly path: string;
}

const valueForm = z.union([z.string(), z.number(), z.boolean(), z.bigint()], {
  error: ({ input }) =>
    input === null
      ? "Null value can not be supplied as the configuration value."
      : "Text, a number or a boolean is expected",
}).transform(String);
const configForm = z.record(z.string(), valueForm, {
  error: "A JSON object is expected, with options by their names",
});
const postedForm = z.strictObject({
  name: z.string({ error: "The connector's name as text is expected" }),
  config: configForm,
  initial_state: z.string().optional(),
});

/** Reads one file; `.properties` by its name, everything else is JSON. */
export async function readConnectorFile(path: string): Promise<ConnectorFile> {
  return parseConnectorFile(path, await readText(path, "connector configuration"));
}

/**
 * The connector in a file's text.
 *
 * @example
 * ```ts
 * import { parseConnectorFile } from "./connector_files.ts";
 * const { name, props } = parseConnectorFile("people.json", '{"name":"people","config":{"tasks.max":2}}');
 * if (name !== "people" || props["tasks.max"] !== "2") throw new Error("numbers become text, as in Connect");
 * ```
 */
export function parseConnectorFile(path: string, text: string): ConnectorFile {
  const { name, props } = path.endsWith(".properties")
    ? { name: undefined, props: parseProperties(text) }
    : parseJson(path, text);
  const own = props["name"]?.trim();
  if (name !== undefined && own !== undefined && own !== name.trim()) {
    throw new UsageError(
      `Cannot use ${path}: its config says name "${own}", but it is called "${name}" outside of config`,
    );
  }
  const called = name?.trim() ?? own;
  if (called === undefined) throw new UsageError(`Cannot use ${path}: it has no "name"`);
  return { name: called, props: { ...props, name: called }, path };
}

function parseJson(path: string, text: string): { readonly name: string | undefined; readonly props: Props } {
  const json = parseText(path, text);
  const isPosted = typeof json === "object" && json !== null && "config" in json &&
    typeof json.config === "object";
  if (isPosted) {
    const posted = postedForm.safeParse(json);
    if (!posted.success) throw formError(path, posted.error);
    return { name: posted.data.name, props: posted.data.config };
  }
  const flat = configForm.safeParse(json);
  if (!flat.success) throw formError(path, flat.error);
  return { name: undefined, props: flat.data };
}

/** JSON with its integers exact: an id beyond 2^53 keeps its digits. */
function parseText(path: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""), exactIntegers);
  } catch (error) {
    // The parser's text quotes what it read, and that can be a password.
    const place = /line \d+ column \d+|position \d+/.exec(error instanceof Error ? error.message : "")?.[0];
    throw new UsageError(
      `Cannot read ${path}: it is not JSON${place === undefined ? "" : ` (${place})`}`,
    );
  }
}

function exactIntegers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === "number" && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

function formError(path: string, error: z.ZodError): UsageError {
  const texts = error.issues.map(({ path: at, message }) =>
    at.length === 0 ? message : `${at.join(" ")}: ${message}`
  );
  return new UsageError(`Cannot use ${path}: ${texts.join("; ")}`);
}
