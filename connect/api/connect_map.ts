/** Maps with a schema, whose keys can be structs, dates and other objects. @module */

import { javaToString } from "../java/text.ts";
import type { ConnectValue } from "./schema.ts";
import { valuesEqual } from "./schema_equality.ts";

/**
 * Returns a map in which equal keys are one key and the last value wins; JavaScript's Map keeps two equal structs or
 * dates apart. Byte arrays are never equal, as in Java's maps.
 *
 * @example
 * ```ts
 * import { connectMap } from "./connect_map.ts";
 * const byDay = connectMap([[new Date(0), "a"], [new Date(0), "b"]]);
 * if (byDay.size !== 1 || [...byDay.values()][0] !== "b") throw new Error("equal dates are one key");
 * ```
 */
export function connectMap(
  entries: Iterable<readonly [ConnectValue, ConnectValue]>,
): Map<ConnectValue, ConnectValue> {
  const map = new Map<ConnectValue, ConnectValue>();
  const keysByText = new Map<string, ConnectValue[]>();
  for (const [key, value] of entries) map.set(sameKey(key, keysByText), value);
  return map;
}

function sameKey(key: ConnectValue, keysByText: Map<string, ConnectValue[]>): ConnectValue {
  if (typeof key !== "object" || key === null || key instanceof Uint8Array) return key;
  const text = javaToString(key);
  const candidates = keysByText.get(text) ?? [];
  const known = candidates.find((candidate) => valuesEqual(candidate, key));
  if (known === undefined) keysByText.set(text, [...candidates, key]);
  return known ?? key;
}
