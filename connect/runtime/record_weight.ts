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
  if (typeof value !== "object" || value === null) return 1;
  const open: ConnectValue[] = [value];
  let count = 1;
  for (let next = open.pop(); next !== undefined && count <= enough; next = open.pop()) {
    count += addInner(next, open);
  }
  return count;
}

/** Adds what can hold values itself, and returns how many values there were in all. */
function addInner(value: ConnectValue, open: ConnectValue[]): number {
  if (Array.isArray(value)) return addItems(value, open);
  if (value instanceof Struct) return addItems(value.values, open);
  if (value instanceof Map) return addItems(value.keys(), open) + addItems(value.values(), open);
  if (value === null || typeof value !== "object" || !isPlain(value)) return 0;
  let count = 0;
  const members = value as Readonly<Record<string, ConnectValue>>;
  for (const name in members) {
    count += 1;
    const item = members[name];
    if (typeof item === "object" && item !== null) open.push(item);
  }
  return count;
}

function addItems(items: Iterable<ConnectValue>, open: ConnectValue[]): number {
  let count = 0;
  for (const item of items) {
    count += 1;
    if (typeof item === "object" && item !== null) open.push(item);
  }
  return count;
}

/** Bytes, dates and decimals are values of their own. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
