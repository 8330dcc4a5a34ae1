/**
 * Declares a plugin's options once: parsing, defaults, docs and REST metadata all come from it.
 * (`org.apache.kafka.common.config.ConfigDef`, whose texts the errors are)
 *
 * @module
 */

import { ConfigException } from "./exceptions.ts";
import type { Props } from "./sink_task.ts";

/** A secret that never prints. (`org.apache.kafka.common.config.types.Password`) */
export class Password {
  /** A secret. */
  constructor(readonly value: string) {}
  /** Never the secret. */
  toString(): string {
    return "[hidden]";
  }
  /** Never the secret, in JSON neither. */
  toJSON(): string {
    return "[hidden]";
  }
}

/** What each declared type is when parsed. LONG is exact as bigint. */
export type ConfigTypeMap = {
  readonly BOOLEAN: boolean;
  readonly STRING: string;
  readonly INT: number;
  readonly SHORT: number;
  readonly LONG: bigint;
  readonly DOUBLE: number;
  readonly LIST: readonly string[];
  readonly CLASS: string;
  readonly PASSWORD: Password;
};

/** The types of options, by Java's names. */
export type ConfigType = keyof ConfigTypeMap;

/** Checks a value; every schema of zod is one. */
export interface ValueCheck {
  /** What is wrong with the value; without `error` nothing is. */
  safeParse(value: unknown): {
    readonly error?: { readonly issues: readonly { readonly message: string }[] } | undefined;
  };
}

/** One option. */
export interface ConfigKey<T extends ConfigType = ConfigType, D = unknown> {
  /** How its text is read. */
  readonly type: T;
  /** Text of the default as a person would write it; null = not set; absent = the option is required. */
  readonly default?: D;
  /** What it does, for the reference and for forms. */
  readonly documentation: string;
  /** How much it matters, for forms; MEDIUM when absent. */
  readonly importance?: "HIGH" | "MEDIUM" | "LOW";
  /** Checks the parsed value; the first issue's message becomes the error text. */
  readonly valid?: ValueCheck;
  /**
   * Checks the parsed value, null where there is none, like Java's validators whose text is all their own. A list with
   * neither takes no blank entries.
   */
  readonly check?: (name: string, value: unknown) => string | undefined;
  /** A configuration that comes over REST may give it by reference, such as `${env:NAME}`; secrets always may. */
  readonly takesReferences?: true;
  /** Values a form should offer. */
  readonly recommended?: readonly string[];
  /** Heading that forms show it below. */
  readonly group?: string;
  /** What forms call it; its name when absent. */
  readonly displayName?: string;
  /** How wide a form's field is. */
  readonly width?: "NONE" | "SHORT" | "MEDIUM" | "LONG";
  /** Options whose meaning hangs on this one. */
  readonly dependents?: readonly string[];
}

/** Declarations by option name. */
export type ConfigKeys = Readonly<Record<string, ConfigKey>>;

/** Type of an option's value: one without a default is required and one with a text always has a value, so neither is null. */
export type ConfigValueOf<K extends ConfigKey> = K extends { readonly default: infer D }
  ? null extends D ? ConfigTypeMap[K["type"]] | null : ConfigTypeMap[K["type"]]
  : "default" extends keyof K ? ConfigTypeMap[K["type"]] | null
  : ConfigTypeMap[K["type"]];

/** Parsed options by name, typed by their declaration. */
export type ConfigValues<K extends ConfigKeys> = { readonly [N in keyof K]: ConfigValueOf<K[N]> };

/** What is wrong and right with one option. (`org.apache.kafka.common.config.ConfigValue`) */
export interface ConfigValue {
  /** The option's name. */
  readonly name: string;
  /** Its declaration. */
  readonly key: ConfigKey;
  /** Text of the parsed value; null where it has none. A password is `[hidden]`. */
  readonly value: string | null;
  /** What is wrong, in Kafka Connect's words; empty where nothing is. */
  readonly errors: readonly string[];
}

/**
 * A set of declared options.
 *
 * @example
 * ```ts
 * import { ConfigDef } from "./config_def.ts";
 * const options = ConfigDef.of({
 *   "batch.size": { type: "INT", default: "3000", documentation: "Records a batch, at most." },
 * });
 * if (options.parse({})["batch.size"] !== 3000) throw new Error("a default is parsed like a value");
 * ```
 */
export class ConfigDef<K extends ConfigKeys = ConfigKeys> {
  private constructor(readonly keys: K) {}

  /** Declares options by their names. */
  static of<const K extends ConfigKeys>(keys: K): ConfigDef<K> {
    return new ConfigDef(keys);
  }

  /**
   * Parses the options and throws at the first that is wrong, as Java's AbstractConfig does. Names that
   * are not declared are left alone.
   *
   * @param prefix what texts about a missing or unreadable option put before its name; checks name it without
   */
  parse(props: Props, prefix = ""): ConfigValues<K> {
    const parsed: Record<string, unknown> = {};
    for (const [name, key] of Object.entries(this.keys)) parsed[name] = parseKey(name, key, props, prefix);
    return parsed as ConfigValues<K>;
  }

  /** Everything that is right and wrong, option by option. (`ConfigDef.validate`) */
  validate(props: Props, prefix = ""): readonly ConfigValue[] {
    return Object.entries(this.keys).map(([name, key]) => {
      const { value, problem } = readKey(name, key, props, prefix);
      // As in Java, the check of an option that could not be read still speaks, with what it says of null.
      const errors = [problem, checkKey(name, key, value, problem !== undefined)];
      return {
        name,
        key,
        value: textOf(key, value),
        errors: errors.filter((text) => text !== undefined),
      };
    });
  }
}

interface ReadValue {
  /** Null where there is none. */
  readonly value: unknown;
  readonly problem?: string;
}

function parseKey(name: string, key: ConfigKey, props: Props, prefix: string): unknown {
  const { value, problem } = readKey(name, key, props, prefix);
  const wrong = problem ?? checkKey(name, key, value, false);
  if (wrong !== undefined) throw new ConfigException(wrong);
  return value;
}

function readKey(name: string, key: ConfigKey, props: Props, prefix: string): ReadValue {
  const given = Object.hasOwn(props, name) ? props[name] : undefined;
  if (given === undefined && !("default" in key)) {
    const problem = `Missing required configuration "${prefix}${name}" which has no default value.`;
    return { value: null, problem };
  }
  const text = given ?? key.default as string | null;
  try {
    return { value: text === null ? null : parseAs(key.type, prefix + name, text) };
  } catch (error) {
    if (!(error instanceof ConfigException)) throw error;
    return { value: null, problem: error.message };
  }
}

function checkKey(name: string, key: ConfigKey, value: unknown, unread: boolean): string | undefined {
  const own = key.check?.(name, value);
  if (own !== undefined) return own;
  if (value === null) {
    const hasRange = key.valid !== undefined && numberTypes.has(key.type);
    return unread && hasRange ? invalidValue(name, "null", "Value must be non-null").message : undefined;
  }
  const issue = key.valid?.safeParse(value).error?.issues[0];
  if (issue !== undefined) return invalidValue(name, javaText(value), issue.message).message;
  return key.check === undefined && key.valid === undefined ? blankEntryProblem(name, value) : undefined;
}

/**
 * What Kafka says of a list with nothing between two commas, or beside one; undefined for all else.
 * (`ConfigDef.ValidList.anyNonDuplicateValues`, whose text goes without the remedy)
 */
export function blankEntryProblem(name: string, value: unknown): string | undefined {
  if (!Array.isArray(value) || !value.includes("")) return undefined;
  return `Configuration '${name}' values must not be empty: take out the comma too many`;
}

const numberTypes: ReadonlySet<ConfigType> = new Set(["INT", "SHORT", "LONG", "DOUBLE"]);

/** Java's text for a value that cannot be. */
export function invalidValue(name: string, shown: string, why: string): ConfigException {
  return new ConfigException(`Invalid value ${shown} for configuration ${name}: ${why}`);
}

/** How Java prints a parsed value inside an error: lists in brackets, a password never. */
function javaText(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
}

function textOf(key: ConfigKey, value: unknown): string | null {
  if (value === null) return null;
  if (key.type === "PASSWORD") return "[hidden]";
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** Reads the text of an option; blanks around it don't count, except in a password's. */
export function parseAs(type: ConfigType, name: string, text: string): ConfigTypeMap[ConfigType] {
  const trimmed = text.trim();
  switch (type) {
    case "BOOLEAN":
      return parseBoolean(name, trimmed);
    case "INT":
      return Number(parseInteger(name, trimmed, type, 31n));
    case "SHORT":
      return Number(parseInteger(name, trimmed, type, 15n));
    case "LONG":
      return parseInteger(name, trimmed, type, 63n);
    case "DOUBLE":
      return parseDouble(name, trimmed);
    case "LIST":
      return trimmed === "" ? [] : trimmed.split(/\s*,\s*/);
    case "PASSWORD":
      return new Password(trimmed);
    case "STRING":
    case "CLASS":
      return trimmed;
  }
}

function parseBoolean(name: string, text: string): boolean {
  const lower = text.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  throw new ConfigException(
    `Invalid value ${text} for configuration ${name}: Expected value to be either true or false`,
  );
}

function parseInteger(name: string, text: string, type: ConfigType, bits: bigint): bigint {
  if (/^[+-]?\d+$/.test(text)) {
    const value = BigInt(text.replace("+", ""));
    if (value >= -(1n << bits) && value < 1n << bits) return value;
  }
  throw new ConfigException(`Invalid value ${text} for configuration ${name}: Not a number of type ${type}`);
}

function parseDouble(name: string, text: string): number {
  const value = Number(text);
  if (text !== "" && !Number.isNaN(value)) return value;
  throw new ConfigException(`Invalid value ${text} for configuration ${name}: Not a number of type DOUBLE`);
}
