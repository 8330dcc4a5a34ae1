/** Reading and building schemaless maps whose field names come from outside. @module */

import type { ConnectValue, SchemalessMap } from "../../api/schema.ts";

/**
 * The value of a field, undefined where the map has no such field of its own: a field called `constructor` is
 * not there just because every object has one.
 */
export function fieldOf(map: SchemalessMap, name: string): ConnectValue | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

/**
 * Sets a field of a map under construction; `__proto__` becomes a field like any other.
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
