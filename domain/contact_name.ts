import { accepted, refused, type Result } from "./result.ts";
import { hasAtMost, isStorable } from "./text.ts";

declare const brand: unique symbol;

/** A name as it is stored: NFC, trimmed, single blanks, 1 to 200 characters. */
type ContactName = string & { readonly [brand]: "ContactName" };

export const nameCharactersMax = 200;

const missing = refused("name_missing", "name");
const invalid = refused("name_invalid", "name");
const alreadyClean = /^[!-~\u00c0-\u024f]+(?: [!-~\u00c0-\u024f]+)*$/; // composed letters and single blanks

/**
 * Reads a name: trims it, composes letters (NFC) and makes each run of white space one blank.
 *
 * @example
 * ```ts
 * import { readContactName } from "./contact_name.ts";
 * const name = readContactName("  Joa\u0303o\n da  Silva ");
 * if (!name.ok || name.value !== "João da Silva") throw new Error("a name has one spelling");
 * ```
 */
export function readContactName(value: unknown): Result<ContactName> {
  if (value === null || value === undefined) return missing;
  if (typeof value !== "string") return invalid;
  const text = alreadyClean.test(value) ? value : value.normalize("NFC").trim().replace(/\s+/g, " ");
  if (text === "") return missing;
  if (!hasAtMost(text, nameCharactersMax) || !isStorable(text)) return invalid;
  return accepted(text as ContactName);
}
