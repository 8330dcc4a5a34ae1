/** Validators of single options with Kafka's texts. (`org.apache.kafka.common.config.ConfigDef`) @module */

import { blankEntryProblem, checkOf, type ValueCheck } from "../api/config_def.ts";
import { topicsPatternProblem } from "./topics_pattern.ts";

/** `ConfigDef.ValidString.in`. */
export function oneOf(...allowed: readonly string[]): ValueCheck {
  return checkOf<string>((text) =>
    allowed.includes(text) ? undefined : `String must be one of: ${allowed.join(", ")}`
  );
}

/** `ConfigDef.Range.atLeast` for INT, SHORT and DOUBLE. */
export function atLeast(min: number): ValueCheck {
  return checkOf<number>((value) => value >= min ? undefined : tooSmall(min));
}

/** `ConfigDef.Range.between` for INT, SHORT and DOUBLE. */
export function between(min: number, max: number): ValueCheck {
  return checkOf<number>((value) =>
    value < min ? tooSmall(min) : value > max ? `Value must be no more than ${max}` : undefined
  );
}

/** `ConfigDef.Range.atLeast` for LONG. */
export function atLeastLong(min: bigint): ValueCheck {
  return checkOf<bigint>((value) => value >= min ? undefined : tooSmall(min));
}

function tooSmall(min: number | bigint): string {
  return `Value must be at least ${min}`;
}

/** `ConfigDef.NonEmptyStringWithoutControlChars`. */
export function nonEmptyWithoutControlChars(): ValueCheck {
  return checkOf<string>((text) => {
    if (text === "") return "String may not be empty";
    const controls = [...text].map((char) => char.codePointAt(0) ?? 0).filter(isIsoControl);
    return controls.length === 0
      ? undefined
      : `String may not contain control sequences but had the following ASCII chars: ${controls.join(", ")}`;
  });
}

/** Maximum number of transformations, and of predicates; each has a dozen options that answers show. */
export const aliasesMax = 100;

/** `ConnectorConfig.aliasValidator`: no alias twice, plus Sluice's own limit. */
export function uniqueAliases(): ValueCheck {
  return checkOf<readonly string[]>((aliases) => {
    if (new Set(aliases).size < aliases.length) return "Duplicate alias provided.";
    return aliases.length > aliasesMax ? `At most ${aliasesMax} aliases are expected` : undefined;
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
export function regularExpression(): ValueCheck {
  return checkOf<string>((pattern) => {
    const problem = topicsPatternProblem(pattern);
    return problem === undefined ? undefined : `Invalid regex: ${problem}`;
  });
}

function isIsoControl(code: number): boolean {
  return code <= 0x1f || (code >= 0x7f && code <= 0x9f);
}
