import { z } from "zod";

/** The JDBC sinks' check of a closed list, ignoring case. (`EnumValidator`) */
export function oneOf(...allowed: readonly string[]): z.ZodType {
  return z.string().refine((text) => allowed.includes(text.toLowerCase()), {
    error: `Invalid enumerator, expected one of ${allowed.join(", ")}`,
  });
}

/** `ConfigDef.Range.atLeast`. */
export function atLeast(min: number): z.ZodType {
  return z.number().min(min, { error: `Value must be at least ${min}` });
}
