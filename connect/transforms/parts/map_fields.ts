/** Reads and builds schemaless maps whose field names come from outside. @module */

import type { ConnectValue, SchemalessMap } from "../../api/schema.ts";

/**
 * Returns a field's value, or undefined if the map has no such field of its own: inherited properties such as
 * `constructor` don't count.
 */
export function fieldOf(map: SchemalessMap, name: string): ConnectValue | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

/**
 * Sets a field of a map under construction; `__proto__` is an ordinary field.
 *
 * @example
 * ```ts
 * import { fieldOf, setField } from "./map_fields.ts";
 * const map = {};
 * setField(map, "__proto__", 5n);
 * if (fieldOf(map, "__proto__") !== 5n) throw new Error("a name from outside never reaches the prototype");
 * ```
 */
export function setField(map: Record<string, ConnectValue>, name: string, value: ConnectValue): void {
  if (name === "__proto__") {
    Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    map[name] = value;
  }
}
