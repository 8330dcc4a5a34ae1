import { type Args, parseArgs } from "@std/cli";
import type { Right } from "./process/rights.ts";
import { didYouMean } from "./commands/nearest_word.ts";
import { UsageError } from "./usage_error.ts";

export interface OptionSpec {
  readonly name: string;
  /** Placeholder of its value in the help, `FILE`; a flag has none. */
  readonly value?: string;
  readonly many?: boolean;
  readonly help: string;
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Words after the name, as in `show|set|reset`. */
  readonly words?: string;
  readonly options: readonly OptionSpec[];
}

/** A subcommand; its code is loaded when it runs. */
export interface Command extends CommandSpec {
  /** Permissions it needs at its start. */
  readonly rights: readonly Right[];
  load(): Promise<{ readonly run: Run }>;
}

/** Runs a subcommand and returns the exit code. */
export type Run = (args: Arguments) => Promise<number>;

/** Arguments of a subcommand, read by its declaration. */
export class Arguments {
  readonly #args: Args;

  constructor(args: Args) {
    this.#args = args;
  }

  get words(): readonly string[] {
    return this.#args._;
  }
  flag(name: string): boolean {
    return this.#args[name] === true;
  }
  text(name: string): string | undefined {
    const value = this.#args[name];
    return typeof value === "string" ? value : undefined;
  }
  texts(name: string): readonly string[] {
    const value = this.#args[name];
    return Array.isArray(value) ? value : [];
  }
  /** Returns an option's value, which must be one of `choices`. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const given = this.text(name);
    const found = choices.find((choice) => choice === given);
    if (given === undefined || found !== undefined) return found;
    const meant = didYouMean(given, choices);
    throw new UsageError(`Cannot use --${name} ${given}: expected one of ${choices.join(", ")}${meant}`);
  }
  /** Returns an option's value as a whole number of at least 1. */
  count(name: string): number | undefined {
    const given = this.text(name);
    if (given === undefined) return undefined;
    if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
    throw new UsageError(`Cannot use --${name} ${given}: expected a whole number of at least 1`);
  }
}

/**
 * Reads the arguments of a subcommand.
 *
 * @param common options besides its own
 * @throws UsageError that names the option
 */
export function readArguments(
  command: CommandSpec,
  args: readonly string[],
  common: readonly OptionSpec[] = commonOptions,
): Arguments {
  const known = [...command.options, ...common];
  const named = (wanted: (option: OptionSpec) => boolean) => known.filter(wanted).map(({ name }) => name);
  const texts = named(({ value }) => value !== undefined);
  const flags = named(({ value }) => value === undefined);
  const parsed = parseArgs(args, {
    string: texts,
    boolean: flags,
    collect: texts,
    alias: { h: "help" },
    unknown: (arg, key) => {
      if (key === undefined) return true;
      const meant = didYouMean(writtenAs(arg, args), known.map(({ name }) => `--${name}`));
      throw new UsageError(`Cannot use ${writtenAs(arg, args)}: ${command.name} has no such option${meant}`);
    },
  });
  refuseFlagValues(flags, args);
  const isMany = new Set(named(({ many }) => many === true));
  const read: Record<string, Args[string]> = { ...parsed };
  for (const name of texts) {
    const values = [parsed[name] ?? []].flat().map(String);
    const empty = values.find((value) => value === "" || value.startsWith("--"));
    if (empty !== undefined) throw new UsageError(`Cannot use --${name}: expected a value after it`);
    if (isMany.has(name)) continue;
    if (values.length > 1) throw new UsageError(`Cannot use --${name} twice: it takes one value`);
    read[name] = values[0];
  }
  const [word] = parsed._;
  if (command.words === undefined && word !== undefined) {
    const isFile = texts.includes("config") && /\.(json|properties)$/.test(word);
    const meant = isFile ? `; did you mean --config ${word}?` : "";
    throw new UsageError(`Cannot use "${word}": ${command.name} takes options only${meant}`);
  }
  return new Arguments({ ...read, _: parsed._ });
}

/** Shows `-config` as written; the parser reads it as `-c -o …`. */
function writtenAs(arg: string, args: readonly string[]): string {
  return args.find((word) => /^-[^-]/.test(word) && word.startsWith(arg)) ?? arg;
}

/** The parser would read `--offline=no` as true. */
function refuseFlagValues(flags: readonly string[], args: readonly string[]): void {
  for (const word of args) {
    if (word === "--") return;
    const [, name = "", value] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
    if (flags.includes(name) && value !== "true" && value !== "false") {
      throw new UsageError(`Cannot use ${word}: --${name} takes no value, or true or false`);
    }
  }
}

const helpOption: OptionSpec = { name: "help", help: "Shows this help" };

export const commonOptions: readonly OptionSpec[] = [
  {
    name: "log-format",
    value: "text|json",
    help: "Format of the log on standard error; default: text on a terminal, else json",
  },
  { name: "log-level", value: "debug|info|warn|error", help: "Lowest level that is logged; default: info" },
  helpOption,
];

/** Options of other tasks of `deno task`, which have no log. */
export const taskOptions: readonly OptionSpec[] = [helpOption];

export function helpOf(
  program: string,
  { name, summary, words, options }: CommandSpec,
  common: readonly OptionSpec[] = commonOptions,
): string {
  const lines = [...options, ...common].map((option) => [usageOf(option), option.help] as const);
  const width = Math.max(...lines.map(([usage]) => usage.length));
  return [
    `${program} ${name}${words === undefined ? "" : ` ${words}`} [options]`,
    "",
    summary,
    "",
    ...lines.map(([usage, help]) => `  ${usage.padEnd(width)}  ${help}`),
  ].join("\n");
}

function usageOf({ name, value, many }: OptionSpec): string {
  return `--${name}${value === undefined ? "" : ` ${value}`}${many === true ? " ..." : ""}`;
}
