/** Reads `.properties` that a person wrote, and refuses what Java would stumble over or silently drop. @module */

import type { Props } from "../../connect/api/sink_task.ts";
import { parseProperties } from "../../connect/config/properties_file.ts";
import { inputName } from "../process/read_text.ts";
import { UsageError } from "../usage_error.ts";

/**
 * The properties of a text.
 *
 * @param rules `isOnce`: a name may come once. A worker's file may override itself further down, as images do it.
 * @throws UsageError that names the file and what is wrong in it, without a value
 * @example
 * ```ts
 * import { readProperties } from "./properties_text.ts";
 * const props = readProperties("worker.properties", "a=1\na=2\n", { isOnce: false });
 * if (props.a !== "2") throw new Error("the last one counts");
 * ```
 */
export function readProperties(
  path: string,
  text: string,
  { isOnce }: { readonly isOnce: boolean },
): Props {
  const refuse = (why: string) => new UsageError(`Cannot read ${inputName(path)}: ${why}`);
  if (/^\uFEFF?\s*\{/.test(text)) throw refuse("it looks like JSON, NAME=VALUE a line is expected");
  if (text.includes("\0")) throw refuse("it is binary, NAME=VALUE a line is expected");
  const line = text.split("\n").findIndex((line) => /^[^#!]*(?<!\\)(\\\\)*\\u(?![\da-fA-F]{4})/.test(line));
  if (line >= 0) throw refuse(`line ${line + 1} has \\u without four hex digits; a backslash itself is \\\\`);
  const twice = isOnce ? nameGivenTwice(text) : undefined;
  if (twice !== undefined) throw refuse(`${twice} is in it twice, one of them is to go`);
  return parseProperties(text);
}

/** Each line is read by itself; what a line is continued with has no name of its own. */
function nameGivenTwice(text: string): string | undefined {
  const names = new Set<string>();
  for (const line of text.replaceAll(/(?<!\\)((?:\\\\)*)\\\r?\n/g, "$1").split(/\r?\n/)) {
    const [name] = Object.keys(parseProperties(line));
    if (name === undefined) continue;
    if (names.has(name)) return name;
    names.add(name);
  }
  return undefined;
}
