/** How messages speak of a value without saying it. @module */

import { Decimal } from "../../../connect/api/decimal.ts";
import type { ConnectValue } from "../../../connect/api/schema.ts";

/**
 * What kind of value it is; never the value.
 *
 * @example
 * ```ts
 * import { kindOf } from "./value_kind.ts";
 * if (kindOf("+55 11 91234-5678") !== "text") throw new Error("a phone is never shown");
 * ```
 */
export function kindOf(value: ConnectValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Date) return "a date";
  if (value instanceof Decimal) return "a decimal";
  switch (typeof value) {
    case "bigint":
      return "an integer";
    case "number":
      return "a number";
    case "string":
      return "text";
    case "boolean":
      return "a boolean";
    default:
      return "an object";
  }
}
