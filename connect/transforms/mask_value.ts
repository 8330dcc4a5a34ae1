/** Replaces masked values. @module */

import { Decimal } from "../api/decimal.ts";
import { DataException, JvmException } from "../api/exceptions.ts";
import { javaClassName } from "../java/text.ts";
import { type ConnectValue, type Schema, Struct } from "../api/schema.ts";

/** Masks one value; the schema is null for schemaless data. */
export type Mask = (value: ConnectValue, schema: Schema | null) => ConnectValue;

/**
 * Returns the null value of a type: 0, false, empty text or list, 1970-01-01.
 *
 * @example
 * ```ts
 * import { emptied } from "./mask_value.ts";
 * if (emptied("secret", null) !== "" || emptied(17n, null) !== 0n) throw new Error("the value is gone");
 * ```
 */
export const emptied: Mask = (value, schema) => {
  switch (typeof value) {
    case "boolean":
      return false;
    case "number":
      return 0;
    case "bigint":
      return 0n;
    case "string":
      return "";
  }
  if (value === null) return null;
  if (value instanceof Decimal) return new Decimal(0n, 0);
  if (value instanceof Date) return new Date(0);
  if (value instanceof Struct || value instanceof Uint8Array) {
    throw new DataException(`Cannot mask value of type: class ${javaClassName(value, schema)}`);
  }
  if (Array.isArray(value)) return [];
  return value instanceof Map ? new Map() : {};
};

/** Replaces texts and numbers with a text or the number it represents. */
export function replacedBy(replacement: string): Mask {
  const decimal = Decimal.parse(replacement);
  const number = (article: string): Decimal => {
    if (decimal !== null) return decimal;
    throw new DataException(`Unable to convert ${replacement} (class java.lang.String) to ${article}number`, {
      cause: new JvmException("java.lang.NumberFormatException", numberProblem(replacement)),
    });
  };
  return (value, schema) => {
    switch (typeof value) {
      case "string":
        return replacement;
      case "bigint":
        return number("a ").toLong();
      case "number":
        return narrowed(number("a "), schema);
    }
    if (value === null) return null;
    if (value instanceof Decimal) return number("");
    throw new DataException(
      `Cannot mask value of type class ${javaClassName(value, schema)} with custom replacement.`,
    );
  };
}

function narrowed(decimal: Decimal, schema: Schema | null): number {
  switch (schema?.type) {
    case "int8":
      return Number(BigInt.asIntN(8, decimal.toLong()));
    case "int16":
      return Number(BigInt.asIntN(16, decimal.toLong()));
    case "int32":
      return Number(BigInt.asIntN(32, decimal.toLong()));
    case "float":
      return Math.fround(decimal.toNumber());
    default:
      return decimal.toNumber();
  }
}

/** The JVM's text about the first character that a number can't have. */
function numberProblem(text: string): string {
  const wrong = /[^\d.eE+-]/u.exec(text)?.[0];
  if (wrong === undefined) return "Not a number";
  return `Character ${wrong} is neither a decimal digit number, decimal point, nor "e" notation exponential mark.`;
}
