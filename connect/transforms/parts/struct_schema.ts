/** Builds the struct schemas of transformed records. @module */

import { type ConnectValue, type Field, Schema, type SchemaOptions, type Struct } from "../../api/schema.ts";
import { checkNewField, typeName } from "../../api/validate.ts";
import { DataException } from "../../api/exceptions.ts";

/** Returns a schema's name, version, doc and parameters, not `optional`. (`SchemaUtil.copySchemaBasics`) */
export function basicsOf(schema: Schema): SchemaOptions {
  return { name: schema.name, version: schema.version, doc: schema.doc, parameters: schema.parameters };
}

/**
 * Builds a struct schema; refuses empty and repeated field names. (`SchemaBuilder.struct`)
 *
 * @example
 * ```ts
 * import { Schema } from "../../api/schema.ts";
 * import { StructSchema } from "./struct_schema.ts";
 * const built = new StructSchema().field("id", Schema.INT64).build({ name: "customer" });
 * if (built.field("id") === undefined) throw new Error("the field is there");
 * ```
 */
export class StructSchema {
  readonly #names = new Set<string>();
  readonly #fields: { readonly name: string; readonly schema: Schema }[] = [];

  field(name: string, schema: Schema): this {
    checkNewField(this.#names, name, schema);
    this.#names.add(name);
    this.#fields.push({ name, schema });
    return this;
  }

  build(options: SchemaOptions = {}): Schema {
    return new Schema("struct", { ...options, fields: this.#fields });
  }
}

/** Returns the fields of a struct schema; refuses any other schema like Connect. (`ConnectSchema.fields`) */
export function fieldsOf(schema: Schema): readonly Field[] {
  if (schema.type !== "struct") throw new DataException("Cannot list fields on non-struct type");
  return schema.fields;
}

/** Prints a schema as in Connect's texts. (`ConnectSchema.toString`) */
export function schemaText(schema: Schema): string {
  const type = typeName(schema.type);
  return schema.name === null ? `Schema{${type}}` : `Schema{${schema.name}:${type}}`;
}

/** Reads one field of a struct, with or without its default for null. */
export type ReadField = (struct: Struct, field: Field) => ConnectValue;

/** Returns the reader for the option `replace.null.with.default`. */
export function readerFor(replaceNullWithDefault: boolean): ReadField {
  return replaceNullWithDefault
    ? (struct, field) => struct.values[field.index] ?? field.schema.default ?? null
    : (struct, field) => struct.values[field.index] ?? null;
}
