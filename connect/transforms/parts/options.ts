/** Options shared by several transformations, and checks of single options with Connect's texts. @module */

import { JvmException } from "../../api/exceptions.ts";
import { JavaPattern } from "../../java/regex.ts";

type OptionCheck = (name: string, value: unknown) => string | undefined;

/** `replace.null.with.default`, an option of every transformation that rebuilds structs (KIP-1040). */
export const replaceNullWithDefault = {
  type: "BOOLEAN",
  default: "true",
  importance: "MEDIUM",
  documentation: "Whether a null field is replaced with its schema's default when a struct is rebuilt.",
} as const;

/** `ConfigDef.ValidString.in`. */
export function oneOf(...allowed: readonly string[]): OptionCheck {
  return (name, value) =>
    allowed.some((text) => text === value)
      ? undefined
      : `Invalid value ${value} for configuration ${name}: String must be one of: ${allowed.join(", ")}`;
}

/** `ConfigDef.CaseInsensitiveValidString.in`. */
export function oneOfInAnyCase(...allowed: readonly string[]): OptionCheck {
  return (name, value) =>
    typeof value === "string" && allowed.includes(value.toUpperCase())
      ? undefined
      : `Invalid value ${value} for configuration ${name}: String must be one of (case insensitive): ` +
        allowed.join(", ");
}

/** `ConfigDef.NonEmptyString`, which accepts null. */
export const notEmptyText: OptionCheck = (name, value) =>
  value === "" ? `Invalid value  for configuration ${name}: String must be non-empty` : undefined;

/** `ConfigDef.NonNullValidator`. */
export const notNull: OptionCheck = (name, value) =>
  value === null ? `Invalid value null for configuration ${name}: entry must be non null` : undefined;

/** `ConfigDef.ValidList.anyNonDuplicateValues`, refusing an empty list. */
export const someDistinct: OptionCheck = (name, value) => {
  if (value === null) return `Configuration '${name}' values must not be null.`;
  if (textsOf(value).length === 0) {
    return `Configuration '${name}' must not be empty. Valid values include: any non-empty value`;
  }
  return distinct(name, value);
};

/** `ConfigDef.ValidList.anyNonDuplicateValues`, allowing an empty list. */
export const distinct: OptionCheck = (name, value) => {
  const texts = textsOf(value);
  if (new Set(texts).size < texts.length) return `Configuration '${name}' values must not be duplicated.`;
  return texts.includes("") ? `Configuration '${name}' values must not be empty.` : undefined;
};

/** `NonEmptyListValidator` of Connect's transforms. */
export const notEmptyList: OptionCheck = (name, value) =>
  value === null || textsOf(value).length === 0
    ? `Invalid value ${value === null ? "null" : "[]"} for configuration ${name}: Empty list`
    : undefined;

/** `RegexValidator` of Connect's transforms. */
export const regularExpression: OptionCheck = (name, value) => {
  const problem = typeof value === "string"
    ? patternProblem(value)
    : 'Cannot invoke "String.isEmpty()" because "this.pattern" is null';
  return problem === undefined
    ? undefined
    : `Invalid value ${value} for configuration ${name}: Invalid regex: ${problem}`;
};

/** Runs a check and returns the text of its Java exception as the option's error, if it throws one. */
export function problemOf(option: string, check: () => void): ReadonlyMap<string, string> {
  try {
    check();
    return new Map();
  } catch (error) {
    if (!(error instanceof JvmException)) throw error;
    return new Map([[option, error.message]]);
  }
}

function patternProblem(pattern: string): string | undefined {
  try {
    JavaPattern.compile(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof JvmException)) throw error;
    return error.message;
  }
}

/** Prints a list like Java does inside a text. */
export function listText(values: readonly string[]): string {
  return `[${values.join(", ")}]`;
}

/** Splits like Java's `text.split(":")`, which drops empty parts at the end. */
export function splitAtColons(text: string): string[] {
  const parts = text.split(":");
  if (parts.length === 1) return parts;
  while (parts.at(-1) === "") parts.pop();
  return parts;
}

/** Returns the entries of a LIST option; empty if it isn't set. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value : [];
}
