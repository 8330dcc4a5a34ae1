import type { Props } from "../../connect/api/sink_task.ts";
import { parseProperties } from "../../connect/config/properties_file.ts";
import { inputName } from "../process/read_text.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Parses `.properties`, and refuses text that Java would fail on or silently drop.
 *
 * @param rules `isOnce`: refuses repeated names. A worker's file may override itself, as images do.
 * @throws UsageError that names the file and what is wrong, without values
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
  if (twice !== undefined) throw refuse(`${twice} is in it twice, remove one`);
  return parseProperties(text);
}

/** Each line is read alone; continuation lines have no name. */
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
