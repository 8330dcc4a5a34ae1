import { accepted, refused, type Result } from "./result.ts";

/** Which texts are ids: `text` accepts every text, `integer` only canonical decimals within int64. */
export type CustomerIdForm = "text" | "integer";

declare const brand: unique symbol;

/** A customer's id as text. The number 17 and the text "17" are the same id. */
export type CustomerId = string & { readonly [brand]: "CustomerId" };

const missing = refused("id_missing", "customer_id");
const invalid = refused("id_invalid", "customer_id");
const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/**
 * An integer as Kafka and JSON serializers write it. int64 has at most 19 digits, so BigInt never parses a long text.
 */
const canonicalDecimal = /^(?:0|-?[1-9][0-9]{0,18})$/;

/**
 * Reads an id: an integer within int64 (as decimal text), or a text in the given form. Refuses numbers with a fraction
 * or beyond int64: a serializer may have rounded them from several ids.
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
  // Unpaired surrogates all become the same bytes in UTF-8, so two ids with them would become one.
  return value.isWellFormed() ? accepted(value as CustomerId) : invalid;
}

function isInt64(value: bigint): boolean {
  return value >= int64Min && value <= int64Max;
}
