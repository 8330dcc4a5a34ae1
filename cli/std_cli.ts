import { parseArgs as nodeParseArgs } from "node:util";

interface ParseOptions {
  readonly string?: readonly string[];
  readonly boolean?: readonly string[];
  /** Options that may be repeated; their value is a list. */
  readonly collect?: readonly string[];
  readonly alias?: Readonly<Record<string, string>>;
  /** Called for each word and undeclared option; false leaves it out of the result. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Values by option name; `_` has the words. */
export interface Args {
  readonly _: readonly string[];
  readonly [name: string]: string | boolean | readonly string[] | undefined;
}

/**
 * Parses arguments like `@std/cli`, using the runtime's parser; docs/adr/0001 says why.
 * @example
 * ```ts
 * import { parseArgs } from "./std_cli.ts";
 * const args = parseArgs(["start", "--connector", "a", "--connector=b"], {
 *   string: ["connector"],
 *   collect: ["connector"],
 * });
 * if (args._[0] !== "start" || String(args.connector) !== "a,b") throw new Error("repeated options collect");
 * ```
 */
export function parseArgs(args: readonly string[], options: ParseOptions = {}): Args {
  const { string: texts = [], boolean: flags = [], collect = [], alias = {}, unknown } = options;
  const shorts = new Map(Object.entries(alias).map(([short, name]) => [name, { short }]));
  const declared = (type: "string" | "boolean") => (name: string) =>
    [name, { type, ...shorts.get(name) }] as const;
  const { tokens } = nodeParseArgs({
    args: [...args],
    options: Object.fromEntries([...texts.map(declared("string")), ...flags.map(declared("boolean"))]),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const found: Record<string, string | boolean | string[]> = {};
  for (const name of flags) found[name] = false;
  for (const name of collect) found[name] = [];
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "option") {
      const { name, rawName, value } = token;
      const [isText, isFlag] = [texts.includes(name), flags.includes(name)];
      if (!isText && !isFlag && unknown?.(rawName, name, value ?? true) === false) continue;
      const read = isFlag ? value !== "false" : value ?? (isText ? "" : true);
      const list = found[name];
      if (Array.isArray(list)) list.push(String(read));
      else found[name] = read;
    } else if (token.kind === "positional") {
      unknown?.(token.value);
      words.push(token.value);
    }
  }
  return { ...found, _: words };
}
