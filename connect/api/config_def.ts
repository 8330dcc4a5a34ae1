/**
 * Declares a plugin's options once: parsing, defaults, documentation and REST metadata come from the declaration. Error
 * texts are those of `org.apache.kafka.common.config.ConfigDef`. @module
 */

import { ConfigException } from "./exceptions.ts";
import type { Props } from "./sink_task.ts";

/** A secret that is never printed. (`org.apache.kafka.common.config.types.Password`) */
export class Password {
  /** Takes the secret. */
  constructor(readonly value: string) {}
  /** Returns `[hidden]`. */
  toString(): string {
    return "[hidden]";
  }
  /** Returns `[hidden]`. */
  toJSON(): string {
    return "[hidden]";
  }
}

/** The TypeScript type of each option type. LONG is a bigint, which holds all 64 bits. */
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

/** Option types, by Java's names. */
export type ConfigType = keyof ConfigTypeMap;

/** Checks a value; zod schemas are checks. */
export interface ValueCheck {
  /** Returns issues in `error` if the value is wrong. */
  safeParse(value: unknown): {
    readonly error?: { readonly issues: readonly { readonly message: string }[] } | undefined;
  };
}

/**
 * Returns a check for options of one type.
 *
 * @param problemOf returns what is wrong with a parsed value, or undefined
 * @example
 * ```ts
 * import { checkOf, ConfigDef } from "./config_def.ts";
 * const even = checkOf<number>((value) => value % 2 === 0 ? undefined : "Value must be even");
 * const options = ConfigDef.of({ pairs: { type: "INT", valid: even, documentation: "Shoes." } });
 * const [pairs] = options.validate({ pairs: "3" });
 * if (pairs?.errors[0] !== "Invalid value 3 for configuration pairs: Value must be even") throw new Error("odd");
 * ```
 */
export function checkOf<T extends ConfigTypeMap[ConfigType]>(
  problemOf: (value: T) => string | undefined,
): ValueCheck {
  return {
    safeParse: (value) => {
      const message = problemOf(value as T); // an option's value has the option's type
      return message === undefined ? {} : { error: { issues: [{ message }] } };
    },
  };
}

/** The declaration of one option. */
export interface ConfigKey<T extends ConfigType = ConfigType, D = unknown> {
  /** How the text is parsed. */
  readonly type: T;
  /** The default as text; null = not set; absent = the option is required. */
  readonly default?: D;
  /** What the option does, for the reference and for forms. */
  readonly documentation: string;
  /** How much the option matters, for forms; MEDIUM if absent. */
  readonly importance?: "HIGH" | "MEDIUM" | "LOW";
  /** Checks the parsed value; the first issue's message becomes the error text. */
  readonly valid?: ValueCheck;
  /**
   * Checks the parsed value (null if not set) and returns the whole error text, as Java's own validators do. A list
   * with neither `valid` nor `check` must not have blank entries.
   */
  readonly check?: (name: string, value: unknown) => string | undefined;
  /** Lets a configuration sent over REST use a reference such as `${env:NAME}`; secrets always may. */
  readonly takesReferences?: true;
  /** Values a form should offer. */
  readonly recommended?: readonly string[];
  /** The heading that forms show the option under. */
  readonly group?: string;
  /** The name that forms show; the option's name if absent. */
  readonly displayName?: string;
  /** The width of the form field. */
  readonly width?: "NONE" | "SHORT" | "MEDIUM" | "LONG";
  /** Options that depend on this one. */
  readonly dependents?: readonly string[];
}

/** Declarations by option name. */
export type ConfigKeys = Readonly<Record<string, ConfigKey>>;

/** The type of an option's value: null only if the option may be unset. */
export type ConfigValueOf<K extends ConfigKey> = K extends { readonly default: infer D }
  ? null extends D ? ConfigTypeMap[K["type"]] | null : ConfigTypeMap[K["type"]]
  : "default" extends keyof K ? ConfigTypeMap[K["type"]] | null
  : ConfigTypeMap[K["type"]];

/** Parsed options by name. */
export type ConfigValues<K extends ConfigKeys> = { readonly [N in keyof K]: ConfigValueOf<K[N]> };

/** The result of validating one option. (`org.apache.kafka.common.config.ConfigValue`) */
export interface ConfigValue {
  /** The option's name. */
  readonly name: string;
  /** The option's declaration. */
  readonly key: ConfigKey;
  /** The parsed value as text; null if there is none. A password is `[hidden]`. */
  readonly value: string | null;
  /** Error texts in Kafka Connect's words; empty if the value is valid. */
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

  /** Declares options by name. */
  static of<const K extends ConfigKeys>(keys: K): ConfigDef<K> {
    return new ConfigDef(keys);
  }

  /**
   * Parses the options and throws a ConfigException at the first wrong one, as Java's AbstractConfig does. Ignores
   * undeclared names.
   *
   * @param prefix put before the name in texts about a missing or unreadable option; checks name the option without it
   */
  parse(props: Props, prefix = ""): ConfigValues<K> {
    const parsed: Record<string, unknown> = {};
    for (const [name, key] of Object.entries(this.keys)) parsed[name] = parseKey(name, key, props, prefix);
    return parsed as ConfigValues<K>;
  }

  /** Validates every option and reports all errors. (`ConfigDef.validate`) */
  validate(props: Props, prefix = ""): readonly ConfigValue[] {
    return Object.entries(this.keys).map(([name, key]) => {
      const { value, problem } = readKey(name, key, props, prefix);
      // As in Java, an option that could not be read is still checked, as null.
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
 * Returns Kafka's error text for a list with a blank entry; undefined for every other value. Kafka's text has no
 * remedy. (`ConfigDef.ValidList.anyNonDuplicateValues`)
 */
export function blankEntryProblem(name: string, value: unknown): string | undefined {
  if (!Array.isArray(value) || !value.includes("")) return undefined;
  return `Configuration '${name}' values must not be empty: remove the extra comma`;
}

const numberTypes: ReadonlySet<ConfigType> = new Set(["INT", "SHORT", "LONG", "DOUBLE"]);

/** Returns the exception with Java's text for an invalid value. */
export function invalidValue(name: string, shown: string, why: string): ConfigException {
  return new ConfigException(`Invalid value ${shown} for configuration ${name}: ${why}`);
}

function javaText(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
}

function textOf(key: ConfigKey, value: unknown): string | null {
  if (value === null) return null;
  if (key.type === "PASSWORD") return "[hidden]";
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** Parses the text of an option. Surrounding blanks are dropped. */
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
