/** JSON of Connect's values, for columns of type json and jsonb. @module */

import { Decimal } from "../../../connect/api/decimal.ts";
import { type ConnectValue, type Schema, type SchemalessMap, Struct } from "../../../connect/api/schema.ts";
import { CellProblem } from "../../sql/sql_failure.ts";
import { type CellEncoder, numericText, quoted, shortest } from "./cells.ts";
import { checkText } from "./text_rules.ts";

/** The types of columns that hold JSON: jsonb refuses some documents that json keeps as text. */
export type JsonType = "json" | "jsonb";

/** By this schema name Debezium says that text is a JSON document. */
const documentName = "io.debezium.data.Json";
/** As deep as JsonConverter reads; PostgreSQL takes some thousand levels. */
const nestingMax = 1000;

/** For columns of JSON: text with a schema is a document, all else is what the value is. */
export function jsonEncoder(type: JsonType): CellEncoder {
  return (value, schema) =>
    quoted(
      typeof value === "string" && schema?.type === "string"
        ? documentText(value, { type, depth: 0 })
        : jsonText(value, schema, type),
    );
}

/**
 * A value as JSON: integers and decimals exactly, bytes as base64, moments as ISO 8601, maps whose keys
 * aren't text by the text of their keys. A struct's field of schema `io.debezium.data.Json` is the document it holds.
 *
 * @param schema of the value; null for schemaless data
 * @throws CellProblem if the type can't hold it
 * @example
 * ```ts
 * import { jsonText } from "./json_text.ts";
 * if (jsonText({ id: 9007199254740993n, tags: ["a", null] }) !== '{"id":9007199254740993,"tags":["a",null]}') {
 *   throw new Error("integers keep their digits");
 * }
 * ```
 */
export function jsonText(
  value: ConnectValue,
  schema: Schema | null = null,
  type: JsonType = "jsonb",
): string {
  return valueText(value, schema, { type, depth: 0 });
}

/** Where a value stands. */
interface Place {
  readonly type: JsonType;
  /** How many objects and lists it is in. */
  readonly depth: number;
}

function valueText(value: ConnectValue, schema: Schema | null, place: Place): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "string":
      return schema?.name === documentName ? documentText(value, place) : jsonString(value);
    case "bigint":
    case "boolean":
      return String(value);
    case "number":
      if (Number.isFinite(value)) return String(shortest(value, schema));
      throw new CellProblem("not_finite", "a finite number", "another one");
    default:
      return objectText(value, schema, place);
  }
}

function objectText(
  value: Exclude<ConnectValue, null | string | bigint | boolean | number>,
  schema: Schema | null,
  { type, depth }: Place,
): string {
  if (value instanceof Decimal) return decimalText(value, type);
  if (value instanceof Uint8Array) return `"${value.toBase64()}"`;
  if (value instanceof Date) return dateText(value);
  if (depth >= nestingMax) throw tooDeep();
  const inside = { type, depth: depth + 1 };
  const items = schema?.valueSchema ?? null;
  if (Array.isArray(value)) {
    return `[${joined(value, (item: ConnectValue) => valueText(item, items, inside))}]`;
  }
  const member = (name: string, item: ConnectValue, of: Schema | null) =>
    `${jsonString(name)}:${valueText(item, of, inside)}`;
  const members = value instanceof Struct
    ? joined(value.schema.fields, ({ name, schema: of }) => member(name, value.get(name), of))
    : value instanceof Map
    ? joined([...value.keys()], (key) => member(keyText(key, inside), value.get(key) ?? null, items))
    : joined(Object.keys(value), (name) => member(name, (value as SchemalessMap)[name] ?? null, items));
  return `{${members}}`;
}

/** Texts that are joined at once: those of a long list take several times what they are joined to. */
const joinedMax = 1_000;

/** The items' texts with commas between them. */
function joined<T>(items: readonly T[], textOf: (item: T) => string): string {
  if (items.length <= joinedMax) return items.map(textOf).join();
  const parts: string[] = [];
  for (let from = 0; from < items.length; from += joinedMax) {
    parts.push(items.slice(from, from + joinedMax).map(textOf).join());
  }
  return parts.join();
}

function keyText(key: ConnectValue, place: Place): string {
  return typeof key === "string" ? key : valueText(key, null, place);
}

/** With the zeros at its end, which jsonb keeps. */
function decimalText(decimal: Decimal, type: JsonType): string {
  if (type === "jsonb") numericText(decimal);
  return decimal.toString();
}

/** Beyond JavaScript's dates there is no ISO 8601 text to be had. */
function dateText(date: Date): string {
  if (!Number.isNaN(date.getTime())) return JSON.stringify(date);
  throw new CellProblem("out_of_range", "a date up to the year 275760", "a later one");
}

function jsonString(text: string): string {
  checkText(text);
  return JSON.stringify(text);
}

/** The text itself, if it is a document that the type holds. */
function documentText(text: string, place: Place): string {
  checkText(text);
  try {
    JSON.parse(text);
  } catch {
    // Its message quotes the text.
    throw new CellProblem(
      "json_invalid",
      "a JSON document, since the field's schema is STRING",
      "other text",
    );
  }
  checkTokens(text, place);
  return text;
}

/** Looks for what JSON allows and the database doesn't: endless nesting, for jsonb also characters and numbers. */
function checkTokens(text: string, { type, depth: outside }: Place): void {
  let depth = outside;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') {
      const end = stringEnd(text, at);
      if (type === "jsonb") checkString(text.slice(at, end));
      at = end - 1;
    } else if (character === "[" || character === "{") {
      depth += 1;
      if (depth > nestingMax) throw tooDeep();
    } else if (character === "]" || character === "}") {
      depth -= 1;
    } else if (character >= "0" && character <= "9") {
      const end = numberEnd(text, at);
      if (type === "jsonb") checkNumber(text.slice(at, end));
      at = end - 1;
    }
  }
}

/** Where the string that begins here has ended. */
function stringEnd(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (backslashesBefore(text, end) % 2 === 1) end = text.indexOf('"', end + 1);
  return end + 1;
}

function backslashesBefore(text: string, at: number): number {
  let from = at;
  while (text.charAt(from - 1) === "\\") from -= 1;
  return at - from;
}

function numberEnd(text: string, from: number): number {
  numberRest.lastIndex = from;
  return numberRest.test(text) ? numberRest.lastIndex : from + 1;
}

const numberRest = /[\d.eE+-]+/y;
/** Without an exponent no shorter number is beyond PostgreSQL's numeric. */
const plainNumberMax = 10_000;

function checkString(json: string): void {
  if (json.includes("\\u")) checkText(String(JSON.parse(json)));
}

function checkNumber(digits: string): void {
  const decimal = digits.length > plainNumberMax || /e/i.test(digits) ? Decimal.parse(digits) : null;
  if (decimal !== null) numericText(decimal);
}

function tooDeep(): CellProblem {
  return new CellProblem("json_too_deep", `JSON nested at most ${nestingMax} deep`, "deeper");
}
