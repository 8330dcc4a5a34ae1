/**
 * Values become elements of a PostgreSQL array literal, by the type of their column.
 *
 * | column | takes |
 * |---|---|
 * | smallint, integer, bigint | integers in range, whole numbers, decimal digits as text |
 * | numeric | integers, finite numbers, Decimal, decimal text |
 * | real, double precision | integers, numbers, Decimal |
 * | boolean | booleans |
 * | text, varchar, char, citext, name | text without NUL and within the column's length; integers, finite numbers and Decimal as their text |
 * | timestamptz, timestamp | points in time (Date), ISO 8601 text; `timestamp` is UTC |
 * | date, time | Date (of the logical types), ISO 8601 text |
 * | bytea | bytes |
 * | json, jsonb | anything; text becomes a JSON string |
 * | arrays of these | lists |
 * | uuid, enum and everything else | text, integers and numbers as their text; the database reads it |
 *
 * Numbers are no dates and dates no numbers: milliseconds and microseconds look alike.
 *
 * @module
 */

import { Decimal } from "../../connect/api/decimal.ts";
import { millisOf } from "../../connect/api/java_date.ts";
import type { ConnectValue, Schema } from "../../connect/api/schema.ts";
import type { Cell } from "../sql/dialect.ts";
import { isoOf } from "../sql/instant.ts";
import { CellProblem } from "../sql/sql_failure.ts";
import { kindOf } from "../sql/value_kind.ts";
import { jsonText } from "./json_text.ts";
import { checkText } from "./text_rules.ts";

/** Turns a value that isn't null into a cell; the schema is Connect's, null for schemaless data. */
export type CellEncoder = (value: Exclude<ConnectValue, null>, schema: Schema | null) => Cell;

/** NULL as an element; the text "NULL" is quoted. */
export const nullCell: Cell = "NULL";

/**
 * Text as an element of an array literal.
 *
 * @example
 * ```ts
 * import { quoted } from "./cells.ts";
 * if (quoted('a"b\\c') !== '"a\\"b\\\\c"') throw new Error("quotes and backslashes are escaped");
 * ```
 */
export function quoted(text: string): Cell {
  return `"${special.test(text) ? text.replace(specials, "\\$&") : text}"`;
}

const special = /["\\]/;
const specials = /["\\]/g;
function refuse(rule: string, expected: string, value: ConnectValue): CellProblem {
  return new CellProblem(rule, expected, kindOf(value));
}

/** @param max characters; null = no limit */
export function textEncoder(max: number | null): CellEncoder {
  return (value) => {
    if (typeof value !== "string") return textCell(numberText(value, "text"), max);
    checkText(value);
    return textCell(value, max);
  };
}

/** For `char(n)`, which fills up with blanks and compares without them. */
export function paddedEncoder(max: number): CellEncoder {
  const encode = textEncoder(max);
  return (value, schema) =>
    encode(typeof value === "string" ? value.slice(0, blanksFrom(value)) : value, schema);
}

/** @param max characters; a character takes one or two units, so most texts needn't be counted */
function textCell(text: string, max: number | null): Cell {
  return quoted(max !== null && text.length > max ? within(text, max) : text);
}

/** The text without the blanks at its end that are too many, as SQL has it. */
function within(text: string, max: number): string {
  const blanks = blanksFrom(text);
  const characters = [...text.slice(0, blanks)];
  if (characters.length > max) throw new CellProblem("text_too_long", `at most ${max} characters`, "more");
  return text.slice(0, blanks + max - characters.length);
}

/** Where the blanks at the end of a text begin. */
function blanksFrom(text: string): number {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 32) end -= 1;
  return end;
}

/** Text of a number that isn't one already, as exact as it came. */
function numberText(value: Exclude<ConnectValue, null>, wanted: string): string {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Decimal) return value.toString();
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  throw refuse("wrong_type", wanted, value);
}

/** @param bits of the column's type */
export function integerEncoder(bits: 16 | 32 | 64): CellEncoder {
  const [min, max] = [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
  const expected = `an integer of ${bits} bits`;
  return (value) => {
    const integer = integerOf(value, expected);
    if (integer < min || integer > max) throw new CellProblem("out_of_range", expected, "one beyond");
    return integer.toString();
  };
}

function integerOf(value: Exclude<ConnectValue, null>, expected: string): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") {
    if (Number.isInteger(value)) return BigInt(value);
    throw new CellProblem("wrong_type", expected, "a number with a fraction");
  }
  if (typeof value === "string" && /^[+-]?\d{1,40}$/.test(value)) return BigInt(value.replace("+", ""));
  throw refuse("wrong_type", expected, value);
}

/** Canonical, so that equal numbers are equal keys: no zeros at the end, no exponent. */
export const encodeNumeric: CellEncoder = (value) => {
  if (typeof value === "bigint") return value.toString();
  const decimal = typeof value === "string" ? decimalIn(value) : Decimal.parse(numberText(value, "a number"));
  if (decimal === null) throw refuse("wrong_type", "a number", value);
  return canonical(decimal);
};

/** Digits of numeric before and behind the point, PostgreSQL's own limits. */
const numericDigitsMax = { whole: 131_072, fraction: 16_383 };

function decimalIn(text: string): Decimal | null {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,6})?$/i.test(text) ? Decimal.parse(text) : null;
}

function canonical({ unscaled, scale }: Decimal): Cell {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString();
  const whole = digits.length - scale;
  if (whole > numericDigitsMax.whole || scale > numericDigitsMax.fraction) {
    throw new CellProblem("out_of_range", "a number of PostgreSQL's numeric", "more digits");
  }
  const padded = scale <= 0 ? digits + "0".repeat(-scale) : digits.padStart(scale + 1, "0");
  const [integer, fraction] = scale <= 0
    ? [padded, ""]
    : [padded.slice(0, -scale), padded.slice(-scale).replace(/0+$/, "")];
  const text = fraction === "" ? integer : `${integer}.${fraction}`;
  return unscaled < 0n ? `-${text}` : text;
}

export const encodeFloat: CellEncoder = (value) => {
  if (typeof value === "number") return Object.is(value, -0) ? "0" : String(value);
  return numberText(value, "a number");
};

/** Of four bytes: what doesn't fit is out of range, not infinite. */
export const encodeReal: CellEncoder = (value) => {
  const number = Number(encodeFloat(value, null));
  if (Number.isFinite(number) && !Number.isFinite(Math.fround(number))) {
    throw new CellProblem("out_of_range", "a number of 4 bytes", "one beyond");
  }
  return String(Math.fround(number));
};

export const encodeBoolean: CellEncoder = (value) => {
  if (typeof value !== "boolean") throw refuse("wrong_type", "a boolean", value);
  return value ? "t" : "f";
};

export const encodeBytes: CellEncoder = (value) => {
  if (!(value instanceof Uint8Array)) throw refuse("wrong_type", "bytes", value);
  return `"\\\\x${value.toHex()}"`;
};

export const encodeJson: CellEncoder = (value) => quoted(jsonText(value));

const isoMoment =
  /^\d{4,6}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?\s?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/i;
const isoDate = /^\d{4,6}-\d\d-\d\d$/;
const isoTime = /^\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?$/i;

export const encodeMoment: CellEncoder = (value) => isoCell(value, isoMoment, momentText);

/** Farther away microseconds aren't exact as a number any more. */
const exactMsMax = Number.MAX_SAFE_INTEGER / 1000;

function momentText(date: Date): string {
  const ms = date.getTime();
  return Math.abs(ms) < exactMsMax ? isoOf(ms * 1000) : date.toISOString();
}

export const encodeDate: CellEncoder = (value) =>
  isoCell(value, isoDate, (date) => date.toISOString().replace(/T.*$/, ""));

export const encodeTime: CellEncoder = (value) =>
  isoCell(value, isoTime, (date) => date.toISOString().slice(11, -1));

function isoCell(value: Exclude<ConnectValue, null>, form: RegExp, textOf: (date: Date) => string): Cell {
  if (value instanceof Date) {
    const date = new Date(Number(millisOf(value)));
    // Beyond the year 9999 the ISO form has a sign that PostgreSQL doesn't read.
    if (date.getTime() >= year1 && date.getTime() < year10000) return quoted(textOf(date));
    throw new CellProblem("out_of_range", "a date of the years 1 to 9999", "another one");
  }
  if (typeof value === "string" && form.test(value)) return quoted(value);
  throw refuse("wrong_type", "a date or time as ISO 8601", value);
}

const year1 = Date.parse("0001-01-01T00:00:00Z");
const year10000 = Date.UTC(10_000, 0, 1);

/** For types whose text only the database reads. */
export const encodeOther: CellEncoder = (value) => {
  if (typeof value !== "string") return quoted(numberText(value, "text"));
  checkText(value);
  return quoted(value);
};

/** For a column of an array type: an array literal within the array literal. */
export function arrayEncoder(element: CellEncoder): CellEncoder {
  const encode = (value: ConnectValue, schema: Schema | null): string => {
    if (value === null) return nullCell;
    if (!Array.isArray(value)) return element(value, schema);
    const items = schema?.valueSchema ?? null;
    return `{${value.map((item: ConnectValue) => encode(item, items)).join()}}`;
  };
  return (value, schema) => {
    if (!Array.isArray(value)) throw refuse("wrong_type", "a list", value);
    return quoted(encode(value, schema));
  };
}
