/**
 * The part of `@std/cli` that Sluice uses, over the runtime's own argument parser, with the same names and
 * the same answers. `deno.json` says which of the two `@std/cli` is; docs/adr/0001 says why.
 *
 * @module
 */

import { parseArgs as nodeParseArgs } from "node:util";

/** Which options there are; names not listed are given to `unknown`. */
export interface ParseOptions {
  readonly string?: readonly string[];
  readonly boolean?: readonly string[];
  /** Options that may be repeated: their value is a list, empty when not given. */
  readonly collect?: readonly string[];
  readonly alias?: Readonly<Record<string, string>>;
  readonly default?: Readonly<Record<string, string | boolean>>;
  /** Called for each argument that isn't declared; false leaves it out of the answer. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Values by option name; `_` has what isn't an option. */
export interface Args {
  readonly _: readonly string[];
  readonly [name: string]: string | boolean | readonly string[] | undefined;
}

/**
 * Reads command line arguments.
 *
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
  const { tokens } = nodeParseArgs({
    args: [...args],
    options: declared(options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const found = initial(options);
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") {
      if (options.unknown === undefined || options.unknown(token.value) !== false) {
        positionals.push(token.value);
      }
    } else if (token.kind === "option") {
      put(found, token, options);
    }
  }
  return { ...found, _: positionals };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}

type Values = Record<string, string | boolean | string[] | undefined>;

function declared(options: ParseOptions): Record<string, { type: "string" | "boolean"; short?: string }> {
  const shortOf = new Map(Object.entries(options.alias ?? {}).map(([short, name]) => [name, short]));
  const entry = (type: "string" | "boolean") => (name: string) => {
    const short = shortOf.get(name);
    return [name, { type, ...(short === undefined ? {} : { short }) }] as const;
  };
  return Object.fromEntries([
    ...(options.string ?? []).map(entry("string")),
    ...(options.boolean ?? []).map(entry("boolean")),
  ]);
}

function initial(options: ParseOptions): Values {
  const flags = (options.boolean ?? []).map((name) => [name, false] as const);
  const lists = (options.collect ?? []).map((name) => [name, [] as string[]] as const);
  return { ...Object.fromEntries(flags), ...Object.fromEntries(lists), ...options.default };
}

function put(found: Values, option: OptionToken, options: ParseOptions): void {
  const { name, rawName, value } = option;
  const isText = options.string?.includes(name) ?? false;
  const isFlag = options.boolean?.includes(name) ?? false;
  if (!isText && !isFlag && options.unknown?.(rawName, name, value ?? true) === false) return;
  const read = isFlag ? value !== "false" : value ?? (isText ? "" : true);
  const list = found[name];
  if (Array.isArray(list)) list.push(String(read));
  else found[name] = read;
}
