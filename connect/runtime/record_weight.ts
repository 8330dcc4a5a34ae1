/** How much memory records take once they are converted, which can be many times their bytes. @module */

import type { ConsumerRecord } from "../api/ports.ts";
import type { ConnectValue, SchemaAndValue } from "../api/schema.ts";
import { Struct } from "../api/struct.ts";

/** Bytes that a value counts as, at least; those of common events have more. */
const bytesPerValue = 16;

/** Bytes of a record's key, value and headers. */
export function contentBytes({ key, value, headers }: ConsumerRecord): number {
  let bytes = (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const header of headers) bytes += header.key.length + (header.value?.byteLength ?? 0);
  return bytes;
}

/**
 * A record's bytes, and more if it holds a great many values for them: a list of 300,000 empty objects is 1 MB in
 * Kafka and 20 MB in memory.
 *
 * @param values in it
 */
export function weightOf(record: ConsumerRecord, values: number): number {
  return Math.max(contentBytes(record), values * bytesPerValue);
}

/**
 * The values that data holds: itself, and everything in lists, objects, maps and structs.
 *
 * @param enough counting ends there
 * @example
 * ```ts
 * import { valuesIn } from "./record_weight.ts";
 * const value = { id: 7n, tags: ["a", "b"], none: {} };
 * if (valuesIn({ schema: null, value }, 100) !== 6) throw new Error("the object, 7, the list, a, b and the empty object");
 * ```
 */
export function valuesIn({ value }: SchemaAndValue, enough: number): number {
  return countIn(value, enough, 0);
}

/** Deeper than any converter reads; counting takes no memory of its own. */
const depthMax = 2_000;

function countIn(value: ConnectValue, enough: number, depth: number): number {
  let count = 1;
  if (typeof value !== "object" || value === null || depth > depthMax) return count;
  const add = (item: ConnectValue) => {
    count += typeof item === "object" && item !== null ? countIn(item, enough - count, depth + 1) : 1;
    return count <= enough;
  };
  if (Array.isArray(value)) value.every(add);
  else if (value instanceof Struct) value.values.every(add);
  else if (value instanceof Map) value.entries().every(([key, item]) => add(key) && add(item));
  else if (isPlain(value)) {
    const members = value as Readonly<Record<string, ConnectValue>>;
    for (const name in members) if (!add(members[name] ?? null)) break;
  }
  return count;
}

/** Bytes, dates and decimals are values of their own. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
