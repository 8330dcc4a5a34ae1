/** Structs: records with a schema. @module */

import { DataException } from "./exceptions.ts";
import type { ConnectValue, Field, Schema } from "./schema.ts";

/**
 * An immutable struct; a value that was not given is null. (`org.apache.kafka.connect.data.Struct`)
 *
 * @example
 * ```ts
 * import { Schema } from "./schema.ts";
 * import { Struct } from "./struct.ts";
 * const schema = new Schema("struct", { fields: [{ name: "region", schema: Schema.OPTIONAL_STRING }] });
 * if (Struct.of(schema, { region: "SP" }).get("region") !== "SP") throw new Error("a struct gives back its values");
 * ```
 */
export class Struct {
  /** Values by field index; undefined is not allowed, null is "not set". */
  constructor(readonly schema: Schema, readonly values: readonly ConnectValue[]) {}

  /** A struct from values by name; names that are not in the schema are refused. */
  static of(schema: Schema, values: Readonly<Record<string, ConnectValue>>): Struct {
    for (const name of Object.keys(values)) requireField(schema, name);
    return new Struct(
      schema,
      schema.fields.map((field) => Object.hasOwn(values, field.name) ? values[field.name] ?? null : null),
    );
  }

  /** The value of a field, its default where it is not set. (`Struct.get`) */
  get(name: string): ConnectValue {
    const field = requireField(this.schema, name);
    return this.values[field.index] ?? field.schema.default ?? null;
  }

  /** The value of a field without its default. (`Struct.getWithoutDefault`) */
  getWithoutDefault(name: string): ConnectValue {
    return this.values[requireField(this.schema, name).index] ?? null;
  }
}

function requireField(schema: Schema, name: string): Field {
  const field = schema.field(name);
  if (field === undefined) throw new DataException(`${name} is not a valid field name`);
  return field;
}
