/** Who the customer is in the shop. @module */

import { accepted, refused, type Result } from "./result.ts";

/** Which texts are ids: `text` takes every text, `integer` only canonical decimals within int64. */
export type CustomerIdForm = "text" | "integer";

declare const brand: unique symbol;

/** A customer's id as text: 17 and "17" are one person. */
export type CustomerId = string & { readonly [brand]: "CustomerId" };

const missing = refused("id_missing", "customer_id");
const invalid = refused("id_invalid", "customer_id");
const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/** As Kafka's and JSON's writers write an integer. None of int64 has more digits, so a longer text costs nothing. */
const canonicalDecimal = /^(?:0|-?[1-9][0-9]{0,18})$/;

/**
 * Reads an id: an integer within int64 as decimal text, or a text as the form takes it. A number with a fraction or
 * beyond int64 could be one of many ids, so it is none.
 *
 * @param form in the form `text` "017" is another person than "17"; in the form `integer` it is refused
 *
 * @example
 * ```ts
 * import { readCustomerId } from "./customer_id.ts";
 * const [number, text] = [readCustomerId(17n), readCustomerId("17")];
 * if (!number.ok || !text.ok || number.value !== text.value) throw new Error("17 and \"17\" are one person");
 * if (readCustomerId(2n ** 64n + 17n).ok) throw new Error("2^64 + 17 isn't 17");
 * if (readCustomerId("017", "integer").ok) throw new Error("017 isn't how 17 is written");
 * ```
 */
export function readCustomerId(value: unknown, form: CustomerIdForm = "text"): Result<CustomerId> {
  if (value === null || value === undefined || value === "") return missing;
  if (typeof value === "bigint") {
    return isInt64(value) ? accepted(String(value) as CustomerId) : invalid;
  }
  if (typeof value !== "string") return invalid;
  if (form === "integer") {
    return canonicalDecimal.test(value) && isInt64(BigInt(value)) ? accepted(value as CustomerId) : invalid;
  }
  // Halves of a character all look the same once they are bytes, so two of them would be one person.
  return value.isWellFormed() ? accepted(value as CustomerId) : invalid;
}

function isInt64(value: bigint): boolean {
  return value >= int64Min && value <= int64Max;
}
