/** JSON of Connect's values, for columns of type json. @module */

import { Decimal } from "../../connect/api/decimal.ts";
import type { ConnectValue } from "../../connect/api/schema.ts";
import { Struct } from "../../connect/api/struct.ts";
import { CellProblem } from "../sql/sql_failure.ts";
import { checkText } from "./text_rules.ts";

/**
 * A value as JSON: integers and decimals exactly, bytes as base64, moments as ISO 8601, maps whose keys
 * aren't text by the text of their keys.
 *
 * @example
 * ```ts
 * import { jsonText } from "./json_text.ts";
 * if (jsonText({ id: 9007199254740993n, tags: ["a", null] }) !== '{"id":9007199254740993,"tags":["a",null]}') {
 *   throw new Error("integers keep their digits");
 * }
 * ```
 */
export function jsonText(value: ConnectValue): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "string":
      return jsonString(value);
    case "bigint":
    case "boolean":
      return String(value);
    case "number":
      if (Number.isFinite(value)) return String(value);
      throw new CellProblem("not_finite", "a finite number", "another one");
    default:
      return objectText(value);
  }
}

function objectText(value: Exclude<ConnectValue, null | string | bigint | boolean | number>): string {
  if (value instanceof Decimal) return value.toString();
  if (value instanceof Uint8Array) return `"${value.toBase64()}"`;
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join()}]`;
  const entries = value instanceof Struct
    ? value.schema.fields.map(({ name }) => [name, value.get(name)] as const)
    : value instanceof Map
    ? [...value].map(([key, item]) => [typeof key === "string" ? key : jsonText(key), item] as const)
    : Object.entries(value);
  return `{${entries.map(([name, item]) => `${jsonString(name)}:${jsonText(item)}`).join()}}`;
}

function jsonString(text: string): string {
  checkText(text);
  return JSON.stringify(text);
}
