import { readJson } from "../../connect/converters/json/connect_json.ts";
import { JsonTextError } from "../../connect/converters/json/json_scanner.ts";
import { inputName } from "../process/read_text.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Parses a configuration's JSON with exact integers, also beyond 2^53. Messages never quote the text, which
 * may hold a password.
 *
 * @throws UsageError with the place and what was expected, or the name that an object has twice
 * ```ts
 * import { parseConfigJson } from "./config_json.ts";
 * try {
 *   parseConfigJson("a.json", '{"topics": "a",}');
 *   throw new Error("the extra comma is an error");
 * } catch (error) {
 *   if (!String(error).includes("line 1, column 16: remove the comma before it")) throw error;
 * }
 * ```
 */
export function parseConfigJson(path: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text, exactIntegers);
  } catch {
    throw new UsageError(`Cannot read ${inputName(path)}: ${problemOf(text)}`);
  }
  const twice = nameGivenTwice(text);
  if (twice === undefined) return value;
  throw new UsageError(`Cannot read ${inputName(path)}: ${twice} is in it twice, remove one`);
}

function exactIntegers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === "number" && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

function problemOf(text: string): string {
  if (text.trim() === "") return "it is empty, JSON is expected";
  if (/^\s*(#.*\n\s*)*[\w.-]+\s*[=:]/.test(text)) {
    return "it is not JSON; a file in the form NAME=VALUE has a name that ends in .properties";
  }
  const at = placeOf(text);
  if (at === undefined) return "it is not JSON: there is text after its end";
  const before = text.slice(0, at);
  const place = `line ${before.split("\n").length}, column ${at - before.lastIndexOf("\n")}`;
  return `it is not JSON (${place}${remedyAt(text, at)})`;
}

/** Place of the syntax error; undefined if there is none. */
function placeOf(text: string): number | undefined {
  try {
    readJson(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const character = Number(/character (\d+)/.exec(error.message)?.[1] ?? 1);
    const at = Math.min(character - 1, text.length);
    return at + (/^\s*/.exec(text.slice(at))?.[0].length ?? 0);
  }
}

function remedyAt(text: string, at: number): string {
  const rest = text.slice(at);
  if (/^(\/\/|\/\*|#)/.test(rest)) return ": JSON has no comments";
  if (/^[}\]]/.test(rest) && /,\s*$/.test(text.slice(0, at))) return ": remove the comma before it";
  if (rest.startsWith("'")) return ": strings need double quotes";
  if (rest === "") return ": the end is missing";
  return "";
}

/** The first name that an object has twice; JSON.parse would keep the last one. */
function nameGivenTwice(text: string): string | undefined {
  const objects: Set<string>[] = [];
  for (const [token, name] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === "{") objects.push(new Set());
    else if (token === "}") objects.pop();
    if (name === undefined) continue;
    if (objects.at(-1)?.has(name) === true) return name;
    objects.at(-1)?.add(name);
  }
  return undefined;
}
