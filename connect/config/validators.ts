/** Validators of single options with Kafka's texts. (`org.apache.kafka.common.config.ConfigDef`) @module */

import { z } from "zod";
import { blankEntryProblem } from "../api/config_def.ts";
import { topicsPatternProblem } from "./topics_pattern.ts";

/** `ConfigDef.ValidString.in`. */
export function oneOf(...allowed: readonly string[]): z.ZodType {
  return z.string().refine((text) => allowed.includes(text), {
    error: `String must be one of: ${allowed.join(", ")}`,
  });
}

/** `ConfigDef.Range.atLeast` for INT, SHORT and DOUBLE. */
export function atLeast(min: number): z.ZodType {
  return z.number().min(min, { error: `Value must be at least ${min}` });
}

/** `ConfigDef.Range.between` for INT, SHORT and DOUBLE. */
export function between(min: number, max: number): z.ZodType {
  return z.number()
    .min(min, { error: `Value must be at least ${min}` })
    .max(max, { error: `Value must be no more than ${max}` });
}

/** `ConfigDef.Range.atLeast` for LONG. */
export function atLeastLong(min: bigint): z.ZodType {
  return z.bigint().refine((value) => value >= min, { error: `Value must be at least ${min}` });
}

/** `ConfigDef.NonEmptyStringWithoutControlChars`. */
export function nonEmptyWithoutControlChars(): z.ZodType {
  return z.string().check((check) => {
    const text = check.value;
    const controls = [...text].map((char) => char.codePointAt(0) ?? 0).filter(isIsoControl);
    const message = text === ""
      ? "String may not be empty"
      : `String may not contain control sequences but had the following ASCII chars: ${controls.join(", ")}`;
    if (text === "" || controls.length > 0) check.issues.push({ code: "custom", message, input: text });
  });
}

/** Maximum number of transformations, and of predicates; each has a dozen options that answers show. */
export const aliasesMax = 100;

/** `ConnectorConfig.aliasValidator`: no alias twice, plus Sluice's own limit. */
export function uniqueAliases(): z.ZodType {
  return z.array(z.string())
    .refine((aliases) => new Set(aliases).size === aliases.length, { error: "Duplicate alias provided." })
    .refine((aliases) => aliases.length <= aliasesMax, {
      error: `At most ${aliasesMax} aliases are expected`,
    });
}

/** `ConfigDef.ValidList.anyNonDuplicateValues`, allowing an empty list. */
export function distinctEntries(name: string, value: unknown): string | undefined {
  if (Array.isArray(value) && new Set(value).size < value.length) {
    return `Configuration '${name}' values must not be duplicated.`;
  }
  return blankEntryProblem(name, value);
}

/** Checks `topics.regex`. (`SinkConnectorConfig.RegexValidator`) */
export function regularExpression(): z.ZodType {
  return z.string().check((check) => {
    const problem = topicsPatternProblem(check.value);
    if (problem === undefined) return;
    check.issues.push({ code: "custom", message: `Invalid regex: ${problem}`, input: check.value });
  });
}

function isIsoControl(code: number): boolean {
  return code <= 0x1f || (code >= 0x7f && code <= 0x9f);
}
