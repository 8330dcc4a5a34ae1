/**
 * Values become elements of a PostgreSQL array literal, by the type of their column.
 *
 * | column | takes |
 * |---|---|
 * | smallint, integer, bigint | integers in range, whole numbers and Decimals, decimal digits as text |
 * | numeric | integers, finite numbers, Decimal, decimal text |
 * | real, double precision | integers, numbers, Decimal |
 * | boolean | booleans |
 * | text, varchar, char, citext | text without NUL and within the column's length; integers, finite numbers and Decimal as their text |
 * | timestamptz, timestamp | points in time (Date), ISO 8601 text; `timestamp` is UTC |
 * | date, time, timetz | Date (of the logical types), ISO 8601 text |
 * | bytea | bytes |
 * | uuid | text in any of PostgreSQL's spellings |
 * | json, jsonb | anything; text with a schema is a document, text without one becomes a JSON string |
 * | arrays of these | lists |
 * | enum and everything else | text, integers and numbers as their text; the database reads it |
 *
 * Numbers are no dates and dates no numbers: milliseconds and microseconds look alike.
 *
 * @module
 */

import { Decimal } from "../../../connect/api/decimal.ts";
import { floatOfDecimal } from "../../../connect/java/float.ts";
import { floatToString } from "../../../connect/java/text.ts";
import type { ConnectValue, Schema } from "../../../connect/api/schema.ts";
import type { Cell } from "../../sql/dialect.ts";
import { CellProblem } from "../../sql/sql_failure.ts";
import { kindOf } from "../../sql/plan/record_fields.ts";
import { checkText } from "./text_rules.ts";

/** Turns a value other than null into a cell; the schema is Connect's, null for schemaless data. */
export type CellEncoder = (value: Exclude<ConnectValue, null>, schema: Schema | null) => Cell;

/** NULL as an element; the text "NULL" is quoted. */
export const nullCell: Cell = "NULL";

/**
 * Returns text as an element of an array literal.
 *
 * @example
 * ```ts
 * import { quoted } from "./cells.ts";
 * if (quoted('a"b\\c') !== '"a\\"b\\\\c"') throw new Error("quotes and backslashes are escaped");
 * ```
 */
export function quoted(text: string): Cell {
  if (!special.test(text)) return `"${text}"`;
  const parts: string[] = [];
  for (let from = 0; from < text.length; from += partLength) {
    parts.push(text.slice(from, from + partLength).replace(specials, "\\$&"));
  }
  return `"${parts.join("")}"`;
}

const special = /["\\]/;
const specials = /["\\]/g;
/** Each replacement takes some 50 bytes until the call ends, so long texts are replaced in parts. */
const partLength = 8_192;

function refuse(rule: string, expected: string, value: ConnectValue): CellProblem {
  return new CellProblem(rule, expected, kindOf(value));
}

/** @param max characters; null = no limit */
export function textEncoder(max: number | null): CellEncoder {
  return (value, schema) => {
    if (typeof value !== "string") return textCell(numberText(value, schema, "text"), max);
    checkText(value);
    return textCell(value, max);
  };
}

/** For `char(n)`, which pads with blanks and ignores them in comparisons. */
export function paddedEncoder(max: number): CellEncoder {
  const encode = textEncoder(max);
  return (value, schema) =>
    encode(typeof value === "string" ? value.slice(0, blanksFrom(value)) : value, schema);
}

/** @param max characters; a character is one or two units, so most texts needn't be counted */
function textCell(text: string, max: number | null): Cell {
  return quoted(max !== null && text.length > max ? within(text, max) : text);
}

/** Cuts blanks at the end that exceed the length, as SQL does. */
function within(text: string, max: number): string {
  const blanks = blanksFrom(text);
  const characters = [...text.slice(0, blanks)];
  if (characters.length > max) throw new CellProblem("text_too_long", `at most ${max} characters`, "more");
  return text.slice(0, blanks + max - characters.length);
}

/** Index at which the trailing blanks begin. */
function blanksFrom(text: string): number {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 32) end -= 1;
  return end;
}

/** The exact text of a number in a text column. */
function numberText(value: Exclude<ConnectValue, null>, schema: Schema | null, wanted: string): string {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Decimal) return value.toString();
  if (typeof value === "number" && Number.isFinite(value)) return String(shortest(value, schema));
  throw refuse("wrong_type", wanted, value);
}

/**
 * Returns the number of a FLOAT32's own text: 0.1, where the same bits as a double would be 0.10000000149011612.
 *
 * @param schema of the value, null for schemaless data, whose numbers are doubles
 */
export function shortest(value: number, schema: Schema | null): number {
  return schema?.type === "float" && Math.fround(value) === value ? Number(floatToString(value)) : value;
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
  if (value instanceof Decimal) return wholeOf(value, expected);
  throw refuse("wrong_type", expected, value);
}

function wholeOf(decimal: Decimal, expected: string): bigint {
  const digits = numericText(decimal);
  if (!digits.includes(".")) return BigInt(digits);
  throw new CellProblem("wrong_type", expected, "a decimal with a fraction");
}

/** For `numeric`: without trailing zeros and exponent, so that equal numbers are equal keys. */
export const encodeNumeric: CellEncoder = (value, schema) => {
  if (typeof value === "bigint") return value.toString();
  const decimal = typeof value === "string"
    ? decimalIn(value)
    : Decimal.parse(numberText(value, schema, "a number"));
  if (decimal === null) throw refuse("wrong_type", "a number", value);
  return numericText(decimal);
};

/** PostgreSQL's limits for numeric, in digits before and after the point. */
const numericDigitsMax = { whole: 131_072, fraction: 16_383 };
/** No valid number is longer, leading zeros aside. */
const numericTextMax = 200_000;

function decimalIn(text: string): Decimal | null {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,6})?$/i.test(text)) return null;
  if (text.length > numericTextMax) throw beyondNumeric();
  return Decimal.parse(text);
}

/**
 * Returns the decimal without exponent and trailing zeros.
 *
 * @throws CellProblem if it has more digits than PostgreSQL's numeric
 */
export function numericText({ unscaled, scale }: Decimal): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString();
  if (scale > numericDigitsMax.fraction) throw beyondNumeric();
  if (unscaled === 0n) return "0";
  if (digits.length - scale > numericDigitsMax.whole) throw beyondNumeric();
  const sign = unscaled < 0n ? "-" : "";
  if (scale <= 0) return sign + digits + "0".repeat(-scale);
  const padded = digits.padStart(scale + 1, "0");
  const point = padded.length - scale;
  // A loop: a regular expression for trailing zeros is quadratic in the zeros elsewhere.
  let end = padded.length;
  while (end > point && padded.charCodeAt(end - 1) === zero) end -= 1;
  return sign + padded.slice(0, point) + (end === point ? "" : `.${padded.slice(point, end)}`);
}

const zero = 48;

function beyondNumeric(): CellProblem {
  return new CellProblem("out_of_range", "a number of PostgreSQL's numeric", "more digits");
}

/** For `double precision`: one text per number, so that equal numbers are equal keys. */
export const encodeDouble: CellEncoder = (value, schema) => {
  if (typeof value === "number") return floatCell(shortest(value, schema));
  const decimal = decimalOf(value);
  return floatCell(fitting(decimal.toNumber(), decimal, "a number of 8 bytes"));
};

/** For `real`: the nearest number of four bytes. A number that rounds to infinity or 0 is out of range. */
export const encodeReal: CellEncoder = (value) => {
  if (typeof value !== "number") {
    const decimal = decimalOf(value);
    return floatCell(fitting(floatOfDecimal(decimal), decimal, "a number of 4 bytes"));
  }
  const real = Math.fround(value);
  if (Number.isFinite(real) === Number.isFinite(value) && (real === 0) === (value === 0)) {
    return floatCell(real);
  }
  if (Number.isNaN(value)) return floatCell(value);
  throw new CellProblem("out_of_range", "a number of 4 bytes", "one beyond");
};

function floatCell(value: number): Cell {
  return value === 0 ? "0" : String(value); // -0 equals 0
}

function decimalOf(value: Exclude<ConnectValue, null>): Decimal {
  if (value instanceof Decimal) return value;
  if (typeof value === "bigint") return new Decimal(value, 0);
  throw refuse("wrong_type", "a number", value);
}

function fitting(nearest: number, { unscaled }: Decimal, expected: string): number {
  if (Number.isFinite(nearest) && (nearest !== 0 || unscaled === 0n)) return nearest;
  throw new CellProblem("out_of_range", expected, "one beyond");
}

export const encodeBoolean: CellEncoder = (value) => {
  if (typeof value !== "boolean") throw refuse("wrong_type", "a boolean", value);
  return value ? "t" : "f";
};

export const encodeBytes: CellEncoder = (value) => {
  if (!(value instanceof Uint8Array)) throw refuse("wrong_type", "bytes", value);
  return `"\\\\x${value.toHex()}"`;
};

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
/** PostgreSQL's forms: a hyphen may follow each four digits, braces may enclose all. */
const anyUuid = /^(?:[\da-f]{4}-?){7}[\da-f]{4}$/;

/** For `uuid`: lower case with the usual hyphens. */
export const encodeUuid: CellEncoder = (value) => {
  if (typeof value !== "string") throw refuse("wrong_type", "a UUID", value);
  if (uuid.test(value)) return value;
  const lower = value.toLowerCase();
  if (uuid.test(lower)) return lower;
  const inner = lower.startsWith("{") && lower.endsWith("}") ? lower.slice(1, -1) : lower;
  if (!anyUuid.test(inner)) throw refuse("wrong_type", "a UUID", value);
  const digits = inner.replaceAll("-", "");
  const group = (from: number, to: number) => digits.slice(from, to);
  return `${group(0, 8)}-${group(8, 12)}-${group(12, 16)}-${group(16, 20)}-${group(20, 32)}`;
};

/** For types whose text only PostgreSQL parses. */
export const encodeOther: CellEncoder = (value, schema) => {
  if (typeof value !== "string") return quoted(numberText(value, schema, "text"));
  checkText(value);
  return quoted(value);
};

interface ArrayForm {
  readonly element: CellEncoder;
  /** The character between two elements. */
  readonly delimiter: string;
  /** Whether a list is a value of the element's type, and not another dimension. */
  readonly takesLists: boolean;
}

const dimensionsMax = 6;

/** For a column of an array type: an array literal within the array literal. */
export function arrayEncoder({ element, delimiter, takesLists }: ArrayForm): CellEncoder {
  const listText = (list: readonly ConnectValue[], schema: Schema | null, dimensions: number): string => {
    if (dimensions > dimensionsMax) {
      throw new CellProblem("out_of_range", `a list of at most ${dimensionsMax} dimensions`, "more");
    }
    const items = schema?.valueSchema ?? null;
    const texts = list.map((item) => {
      if (item === null) return nullCell;
      return !takesLists && Array.isArray(item)
        ? listText(item, items, dimensions + 1)
        : element(item, items);
    });
    return `{${texts.join(delimiter)}}`;
  };
  return (value, schema) => {
    if (!Array.isArray(value)) throw refuse("wrong_type", "a list", value);
    return quoted(listText(value, schema, 1));
  };
}
