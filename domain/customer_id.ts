/** Who the customer is in the shop. @module */

import { accepted, refused, type Result } from "./result.ts";

declare const brand: unique symbol;

/** A customer's id as text: 17 and "17" are one person. */
export type CustomerId = string & { readonly [brand]: "CustomerId" };

const missing = refused("id_missing", "customer_id");
const invalid = refused("id_invalid", "customer_id");
const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/**
 * Reads an id: an integer within int64 as decimal text, or a text as it is. A number with a fraction or beyond
 * int64 could be one of many ids, so it is none.
 *
 * @example
 * ```ts
 * import { readCustomerId } from "./customer_id.ts";
 * const [number, text] = [readCustomerId(17n), readCustomerId("17")];
 * if (!number.ok || !text.ok || number.value !== text.value) throw new Error("17 and \"17\" are one person");
 * if (readCustomerId(2n ** 64n + 17n).ok) throw new Error("2^64 + 17 isn't 17");
 * ```
 */
export function readCustomerId(value: unknown): Result<CustomerId> {
  if (value === null || value === undefined || value === "") return missing;
  if (typeof value === "bigint") {
    return value >= int64Min && value <= int64Max ? accepted(String(value) as CustomerId) : invalid;
  }
  // Halves of a character all look the same once they are bytes, so two of them would be one person.
  if (typeof value === "string" && value.isWellFormed()) return accepted(value as CustomerId);
  return invalid;
}
