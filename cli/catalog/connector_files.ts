import { z } from "zod";
import type { Props } from "../../connect/api/sink_task.ts";
import { parseConfigJson } from "./config_json.ts";
import { readProperties } from "./properties_text.ts";
import { inputName, readText } from "../process/read_text.ts";
import { UsageError } from "../usage_error.ts";

export interface ConnectorFile {
  readonly name: string;
  readonly props: Props;
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

/** Reads a file: `.properties` by its name, others as JSON, either as POSTed to Connect or as a flat map. */
export async function readConnectorFile(path: string): Promise<ConnectorFile> {
  return parseConnectorFile(path, await readText(path, "connector configuration"));
}

/**
 * Parses a file's text.
 * @example
 * ```ts
 * import { parseConnectorFile } from "./connector_files.ts";
 * const { name, props } = parseConnectorFile("people.json", '{"name":"people","config":{"tasks.max":2}}');
 * if (name !== "people" || props["tasks.max"] !== "2") throw new Error("numbers become text, as in Connect");
 * ```
 */
export function parseConnectorFile(path: string, text: string): ConnectorFile {
  const { name, props } = path.endsWith(".properties")
    ? { name: undefined, props: readProperties(path, text, { isOnce: true }) }
    : parseJson(path, text.replace(/^\uFEFF/, ""));
  const own = props["name"]?.trim();
  if (name !== undefined && own !== undefined && own !== name.trim()) {
    throw new UsageError(
      `Cannot use ${
        inputName(path)
      }: name in its config is "${own}", but name outside of config is "${name}"`,
    );
  }
  const called = name?.trim() ?? own;
  if (called === undefined) throw new UsageError(`Cannot use ${inputName(path)}: it has no "name"`);
  return { name: called, props: { ...props, name: called }, path: inputName(path) };
}

function parseJson(path: string, text: string): { readonly name: string | undefined; readonly props: Props } {
  const json = parseConfigJson(path, text);
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

function formError(path: string, error: z.ZodError): UsageError {
  const texts = error.issues.map((issue) => {
    if (issue.code === "unrecognized_keys") {
      return `${issue.keys.join(", ")} ${
        issue.keys.length === 1 ? "has" : "have"
      } no place beside name, config and initial_state`;
    }
    return issue.path.length === 0 ? issue.message : `${issue.path.join(" ")}: ${issue.message}`;
  });
  return new UsageError(`Cannot use ${inputName(path)}: ${texts.join("; ")}`);
}
