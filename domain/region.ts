/** Where a person lives, as the shop says it. @module */

import { accepted, refused, type Result } from "./result.ts";
import { hasAtMost, isStorable } from "./text.ts";

declare const brand: unique symbol;

/** A region as it is stored: trimmed, 1 to 64 characters. There is no closed list. */
type Region = string & { readonly [brand]: "Region" };

/** Longest region, in characters. */
export const regionCharactersMax = 64;

const invalid = refused("region_invalid", "region");
const unknown = accepted(null);

/**
 * Reads a region; null is "not known", which is no error and never replaces one that is known.
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
