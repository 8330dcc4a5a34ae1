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
  const problems: string[] = [];
  // Connect's `config` is an object; null and arrays are wrong there, other types are an option of that name.
  const isPosted = isObject(json) && typeof json["config"] === "object";
  const name = isPosted ? readPosted(json, problems) : undefined;
  const props = readConfig(isPosted ? json["config"] : json, isPosted ? "config" : "", problems);
  if (problems.length === 0) return { name, props };
  throw new UsageError(`Cannot use ${inputName(path)}: ${problems.join("; ")}`);
}

/** Members of the form that one POSTs. */
const postedMembers: ReadonlySet<string> = new Set(["name", "config", "initial_state"]);

/** Returns the name beside `config`. */
function readPosted(json: JsonObject, problems: string[]): string | undefined {
  const strangers = Object.keys(json).filter((member) => !postedMembers.has(member));
  if (strangers.length > 0) {
    problems.push(
      `${strangers.join(", ")} ${
        strangers.length === 1 ? "has" : "have"
      } no place beside name, config and initial_state`,
    );
  }
  const { name, initial_state: state } = json;
  if (state !== undefined && typeof state !== "string") problems.push("initial_state: Text is expected");
  if (typeof name === "string") return name;
  problems.push("name: The connector's name as text is expected");
  return undefined;
}

function readConfig(json: unknown, place: string, problems: string[]): Props {
  const named = (what: string, text: string) => problems.push(what === "" ? text : `${what}: ${text}`);
  if (!isObject(json)) {
    named(place, "A JSON object is expected, with options by their names");
    return {};
  }
  const options = Object.entries(json).filter(([option]) => option !== "__proto__");
  for (const [option, value] of options) {
    if (isScalar(value)) continue;
    named(
      `${place} ${option}`.trimStart(),
      value === null
        ? "Null value can not be supplied as the configuration value."
        : "Text, a number or a boolean is expected",
    );
  }
  return Object.fromEntries(options.map(([option, value]) => [option, String(value)]));
}

type JsonObject = Readonly<Record<string, unknown>>;

/** A number too large for a double was read as Infinity. */
function isScalar(value: unknown): boolean {
  return typeof value === "number"
    ? Number.isFinite(value)
    : ["string", "boolean", "bigint"].includes(typeof value);
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
