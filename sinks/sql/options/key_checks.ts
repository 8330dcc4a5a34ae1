import { checkOf, type ValueCheck } from "../../../connect/api/config_def.ts";

/** The JDBC sinks' check of a closed list, ignoring case. (`EnumValidator`) */
export function oneOf(...allowed: readonly string[]): ValueCheck {
  return checkOf<string>((text) =>
    allowed.includes(text.toLowerCase())
      ? undefined
      : `Invalid enumerator, expected one of ${allowed.join(", ")}`
  );
}

/** `ConfigDef.Range.atLeast`. */
export function atLeast(min: number): ValueCheck {
  return checkOf<number>((value) => value >= min ? undefined : `Value must be at least ${min}`);
}

/** `ConfigDef.NonEmptyString`. */
export function nonEmpty(): ValueCheck {
  return checkOf<string>((text) => text === "" ? "String must be non-empty" : undefined);
}
