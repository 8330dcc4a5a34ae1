import { accepted, refused, type Result } from "./result.ts";
import { hasAtMost, isStorable } from "./text.ts";

declare const brand: unique symbol;

/** A region as it is stored: trimmed, 1 to 64 characters. There is no closed list. */
type Region = string & { readonly [brand]: "Region" };

export const regionCharactersMax = 64;

const invalid = refused("region_invalid", "region");
const unknown = accepted(null);

/**
 * Reads a region. Null means "not known": it is no error and never replaces a known region.
 *
 * @example
 * ```ts
 * import { readRegion } from "./region.ts";
 * const region = readRegion(" SP ");
 * if (!region.ok || region.value !== "SP") throw new Error("blanks around it don't count");
 * ```
 */
export function readRegion(value: unknown): Result<Region | null> {
  if (value === null || value === undefined) return unknown;
  if (typeof value !== "string") return invalid;
  const text = value.trim();
  if (text === "") return unknown;
  if (!hasAtMost(text, regionCharactersMax) || !isStorable(text)) return invalid;
  return accepted(text as Region);
}
