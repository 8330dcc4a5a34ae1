/** Finds and replaces single values in JSON data. @module */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Path of a value; null means the record's key. */
type JsonPath = readonly (string | number)[];

export interface Leaf {
  /** Names joined with dots; `[]` stands for the entries of a list. */
  readonly field: string;
  readonly path: JsonPath | null;
  readonly value: Json;
}

/**
 * Returns the values that contain no others, in order; an empty object or list is one too.
 *
 * @example
 * ```ts
 * import { leavesOf } from "./json_leaves.ts";
 * const fields = leavesOf({ id: 1, items: [{ sku: "a" }] }).map(({ field }) => field);
 * if (fields.join() !== "id,items[].sku") throw new Error(fields.join());
 * ```
 */
export function leavesOf(value: Json): readonly Leaf[] {
  return within(value, "", []);
}

function within(value: Json, field: string, path: JsonPath): readonly Leaf[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((entry, index) => within(entry, `${field}[]`, [...path, index]));
  }
  if (isObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([name, entry]) =>
      within(entry, field === "" ? name : `${field}.${name}`, [...path, name])
    );
  }
  return path.length === 0 ? [] : [{ field, path, value }];
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the data with one value replaced, or removed if it is undefined. */
export function changed(data: Json, path: JsonPath, value: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value ?? null;
  if (Array.isArray(data)) {
    return data.map((entry, index) => index === step ? changed(entry, rest, value) : entry);
  }
  if (!isObject(data)) return data;
  if (rest.length === 0 && value === undefined) {
    return Object.fromEntries(Object.entries(data).filter(([name]) => name !== step));
  }
  return { ...data, [step]: changed(data[step] ?? null, rest, value) };
}

/** Returns other values to try in place of one; undefined means to remove it. */
export function variantsOf(value: Json): readonly (Json | undefined)[] {
  if (typeof value === "string") return [...textVariants(value), undefined];
  if (typeof value === "number") return [value + 1, value / 2, undefined];
  if (typeof value === "boolean") return [!value, undefined];
  return ["x", 1, true, undefined];
}

/** Longer, with other digits, with another first letter: one of them is valid for most kinds of text. */
function textVariants(text: string): readonly string[] {
  const otherDigit = (digit: string) => digit === "9" ? "8" : String(Number(digit) + 1);
  return [
    `${text}x`,
    text.replace(/\d(?=\D*$)/, otherDigit),
    text.replace(/\d/, otherDigit),
    text.replace(/^./u, (first) => first === "Z" ? "Y" : "Z"),
  ].filter((variant) => variant !== text);
}
