/** Parses Cast's option `spec`. @module */

import { JvmException } from "../../api/exceptions.ts";
import { invalidValue } from "../../api/config_def.ts";
import { Schema } from "../../api/schema.ts";
import { hashMapOrder } from "../../java/hash_map_order.ts";
import { listText, splitAtColons, textsOf } from "../parts/options.ts";

/** Connect's names of the types to cast to. */
export type CastTarget = keyof typeof types;

export interface CastSpec {
  /** The type of the whole key or value; null if `spec` names fields. */
  readonly whole: CastTarget | null;
  readonly fields: ReadonlyMap<string, CastTarget>;
}

const types = {
  INT8: Schema.INT8,
  INT16: Schema.INT16,
  INT32: Schema.INT32,
  INT64: Schema.INT64,
  FLOAT32: Schema.FLOAT32,
  FLOAT64: Schema.FLOAT64,
  BOOLEAN: Schema.BOOLEAN,
  STRING: Schema.STRING,
} as const;

const otherTypes: ReadonlySet<string> = new Set(["BYTES", "ARRAY", "MAP", "STRUCT"]);

/** Returns a type's required schema. */
export function castType(target: CastTarget): Schema {
  return types[target];
}

/** Checks the option `spec` like Connect. */
export function checkSpec(_name: string, value: unknown): string | undefined {
  if (value === null || textsOf(value).length === 0) return "Must specify at least one field to cast.";
  const spec = parseSpec(textsOf(value));
  return typeof spec === "string" ? spec : undefined;
}

/**
 * Parses a spec, or returns its error.
 *
 * @example
 * ```ts
 * import { parseSpec } from "./cast_spec.ts";
 * const spec = parseSpec(["id:int64", "active:Boolean"]);
 * if (typeof spec === "string" || spec.fields.get("active") !== "BOOLEAN") throw new Error("case is ignored");
 * if (typeof parseSpec(["int8", "id:int64"]) !== "string") throw new Error("a whole value has one type");
 * ```
 */
export function parseSpec(mappings: readonly string[]): CastSpec | string {
  const fields = new Map<string, CastTarget>();
  let whole: CastTarget | null = null;
  for (const mapping of mappings) {
    const parts = splitAtColons(mapping);
    if (parts.length > 2) {
      return invalidValue("renames", listText(mappings), `Invalid rename mapping: ${mapping}`).message;
    }
    const type = (parts[1] ?? parts[0] ?? noParts()).trim();
    const target = type.toUpperCase();
    if (!isTarget(target)) return wrongType(type, target);
    if (parts.length === 1) whole = target;
    else fields.set((parts[0] ?? "").trim(), target);
  }
  if (whole !== null && mappings.length > 1) {
    return "Cast transformations that specify a type to cast the entire value to may only specify a single " +
      "cast in their spec";
  }
  // Connect keeps the fields in a HashMap, whose order decides which error comes first.
  const ordered = hashMapOrder([...fields.keys()]);
  return { whole, fields: new Map(ordered.map((name) => [name, fields.get(name) ?? "STRING"])) };
}

function isTarget(name: string): name is CastTarget {
  return Object.hasOwn(types, name);
}

function wrongType(type: string, name: string): string {
  if (otherTypes.has(name)) {
    return `Cast transformation does not support casting to ${name}; supported types are ` +
      listText(Object.keys(types));
  }
  return "Invalid value java.lang.IllegalArgumentException: No enum constant " +
    `org.apache.kafka.connect.data.Schema.Type.${name} for configuration Invalid type found in casting spec: ${type}`;
}

/** Java's exception for a mapping of colons only. */
function noParts(): never {
  throw new JvmException(
    "java.lang.ArrayIndexOutOfBoundsException",
    "Index 1 out of bounds for length 0",
    { jvmMessage: true },
  );
}
