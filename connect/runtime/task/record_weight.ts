/** How much memory records take once they are converted, which can be many times their bytes. @module */

import type { ConsumerRecord } from "../../api/ports.ts";
import type { ConnectValue, SchemaAndValue } from "../../api/schema.ts";
import { Struct } from "../../api/struct.ts";

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
 * @param bytes of its content
 * @param values in it
 */
export function weightOf(bytes: number, values: number): number {
  return Math.max(bytes, values * bytesPerValue);
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
  if (typeof value !== "object" || value === null || depth > depthMax) return 1;
  if (Array.isArray(value)) return countAll(value, enough, depth);
  if (value instanceof Struct) return countAll(value.values, enough, depth);
  if (value instanceof Map) return countAll(value.entries().flatMap((entry) => entry), enough, depth);
  if (!isPlain(value)) return 1;
  const members = value as Readonly<Record<string, ConnectValue>>;
  let count = 1;
  for (const name in members) {
    const item = members[name];
    count += typeof item === "object" && item !== null ? countIn(item, enough - count, depth + 1) : 1;
    if (count > enough) break;
  }
  return count;
}

function countAll(items: Iterable<ConnectValue>, enough: number, depth: number): number {
  let count = 1;
  for (const item of items) {
    count += typeof item === "object" && item !== null ? countIn(item, enough - count, depth + 1) : 1;
    if (count > enough) break;
  }
  return count;
}

/** Bytes, dates and decimals are values of their own. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
