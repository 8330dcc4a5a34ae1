/** JSON of Connect's values, for columns of type json and jsonb. @module */

import { Decimal } from "../../../connect/api/decimal.ts";
import { type ConnectValue, type Schema, type SchemalessMap, Struct } from "../../../connect/api/schema.ts";
import { CellProblem } from "../../sql/sql_failure.ts";
import { type CellEncoder, numericText, quoted, shortest } from "./cells.ts";
import { checkText } from "./text_rules.ts";

/** Types of JSON columns: jsonb refuses some documents that json keeps as text. */
export type JsonType = "json" | "jsonb";

/** Debezium's schema name for text that is a JSON document. */
const documentName = "io.debezium.data.Json";
/** As deep as JsonConverter reads; PostgreSQL accepts some thousand levels. */
const nestingMax = 1000;

/** For JSON columns: text with a schema is a document, any other value becomes its JSON. */
export function jsonEncoder(type: JsonType): CellEncoder {
  return (value, schema) =>
    quoted(
      typeof value === "string" && schema?.type === "string"
        ? documentText(value, { type, depth: 0 })
        : jsonText(value, schema, type),
    );
}

/**
 * Returns a value as JSON: integers and decimals exactly, bytes as base64, times as ISO 8601, map keys other than text
 * by their text. Text of schema `io.debezium.data.Json` in a struct is the document itself.
 *
 * @param schema of the value; null for schemaless data
 * @throws CellProblem if the type can't hold it
 *
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

interface Place {
  readonly type: JsonType;
  /** How many objects and lists enclose it. */
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

/** Most texts joined at once: joining a long list takes several times its result's memory. */
const joinedMax = 1_000;

/** The items' texts, separated by commas. */
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

/** Keeps trailing zeros, as jsonb does. */
function decimalText(decimal: Decimal, type: JsonType): string {
  if (type === "jsonb") numericText(decimal);
  return decimal.toString();
}

/** Dates beyond JavaScript's have no ISO 8601 text. */
function dateText(date: Date): string {
  if (!Number.isNaN(date.getTime())) return JSON.stringify(date);
  throw new CellProblem("out_of_range", "a date up to the year 275760", "a later one");
}

function jsonString(text: string): string {
  checkText(text);
  return JSON.stringify(text);
}

/** Returns the text if it is a document that the type holds. */
function documentText(text: string, place: Place): string {
  checkText(text);
  try {
    JSON.parse(text);
  } catch {
    // The parser's message quotes the text.
    throw new CellProblem(
      "json_invalid",
      "a JSON document, since the field's schema is STRING",
      "other text",
    );
  }
  checkTokens(text, place);
  return text;
}

/** Refuses what JSON allows and the database doesn't: deep nesting, for jsonb also some characters and numbers. */
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

/** Index after the string that begins here. */
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
/** Without an exponent no shorter number exceeds PostgreSQL's numeric. */
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
