/**
 * Connect's data model: schemas, structs and logical types. (`org.apache.kafka.connect.data`)
 *
 * How Java's types are represented:
 *
 * | Connect | TypeScript |
 * |---|---|
 * | int8, int16, int32 | number |
 * | int64, and every integer of schemaless data (Java Long) | bigint |
 * | float32, float64, and every other number of schemaless data (Java Double) | number |
 * | boolean, string | boolean, string |
 * | bytes | Uint8Array |
 * | array | readonly array |
 * | map with a schema | Map |
 * | map of schemaless data | plain object |
 * | struct | Struct |
 * | Decimal | Decimal |
 * | Date, Time, Timestamp | Date |
 *
 * @module
 */

import { DataException } from "./exceptions.ts";
import type { Decimal } from "./decimal.ts";

/** The types of schemas, named as JsonConverter writes them. */
export type SchemaType =
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "float"
  | "double"
  | "boolean"
  | "string"
  | "bytes"
  | "array"
  | "map"
  | "struct";

/** Any value of Connect's data model. */
export type ConnectValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | Decimal
  | Struct
  | ReadonlyMap<ConnectValue, ConnectValue>
  | readonly ConnectValue[]
  | SchemalessMap;

/**
 * A JSON object without a schema. Create it by literal, spread or `Object.fromEntries`, never by assigning unknown
 * names.
 */
export interface SchemalessMap {
  /** A field by its name. */
  readonly [name: string]: ConnectValue;
}

/** A field of a struct schema. */
export interface Field {
  /** The field's name. */
  readonly name: string;
  /** Position in the struct, from 0. */
  readonly index: number;
  /** Schema of the field's values. */
  readonly schema: Schema;
}

/** The properties of a {@link Schema} to create. */
export interface SchemaOptions {
  /** Whether null is a value. */
  readonly optional?: boolean;
  /** Name of the schema, for example of a logical type. */
  readonly name?: string | null;
  /** Version of the schema. */
  readonly version?: number | null;
  /** Documentation of the schema. */
  readonly doc?: string | null;
  /** Further properties. */
  readonly parameters?: ReadonlyMap<string, string> | null;
  /** Absent = no default. Null only if the schema is optional. */
  readonly default?: ConnectValue;
  /** Schema of a map's keys. */
  readonly keys?: Schema | null;
  /** Schema of a map's values or an array's items; null in the invalid schemas that Connect makes of mixed lists. */
  readonly values?: Schema | null;
  /** Fields of a struct, in order. */
  readonly fields?: readonly { readonly name: string; readonly schema: Schema }[];
}

/**
 * An immutable schema. (`org.apache.kafka.connect.data.ConnectSchema`)
 *
 * @example
 * ```ts
 * import { Schema } from "./schema.ts";
 * const customer = new Schema("struct", {
 *   name: "customer",
 *   fields: [{ name: "id", schema: Schema.INT64 }, { name: "region", schema: Schema.OPTIONAL_STRING }],
 * });
 * if (customer.field("region")?.index !== 1) throw new Error("fields keep their order");
 * ```
 */
export class Schema {
  /** The type of its values. */
  readonly type: SchemaType;
  /** Whether null is a value. */
  readonly optional: boolean;
  /** Name of the schema, for example of a logical type. */
  readonly name: string | null;
  /** Version of the schema. */
  readonly version: number | null;
  /** Documentation of the schema. */
  readonly doc: string | null;
  /** Further properties. */
  readonly parameters: ReadonlyMap<string, string> | null;
  /** The default value; undefined if there is none. */
  readonly default: ConnectValue | undefined;
  /** Schema of a map's keys. */
  readonly keySchema: Schema | null;
  /** Schema of a map's values or an array's items. */
  readonly valueSchema: Schema | null;
  /** Fields of a struct, in order; empty for other types. */
  readonly fields: readonly Field[];
  readonly #byName: ReadonlyMap<string, Field>;

  /** Throws SchemaBuilderException if the options don't fit the type. */
  constructor(type: SchemaType, options: SchemaOptions = {}) {
    this.type = type;
    this.optional = options.optional ?? false;
    this.name = options.name ?? null;
    this.version = options.version ?? null;
    this.doc = options.doc ?? null;
    this.parameters = options.parameters ?? null;
    this.default = options.default;
    this.keySchema = options.keys ?? null;
    this.valueSchema = options.values ?? null;
    this.fields = (options.fields ?? []).map((field, index) => ({ ...field, index }));
    this.#byName = new Map(this.fields.map((field) => [field.name, field]));
  }

  /** Returns the field of that name, or undefined; throws DataException if this isn't a struct. */
  field(name: string): Field | undefined {
    if (this.type !== "struct") {
      throw new DataException(`Cannot look up fields on non-struct type`);
    }
    return this.#byName.get(name);
  }

  /** Returns the same schema with some properties changed. */
  with(changes: SchemaOptions): Schema {
    return new Schema(this.type, {
      optional: this.optional,
      name: this.name,
      version: this.version,
      doc: this.doc,
      parameters: this.parameters,
      ...(this.default === undefined ? {} : { default: this.default }),
      keys: this.keySchema,
      values: this.valueSchema,
      fields: this.fields,
      ...changes,
    });
  }

  /** Required int8. */
  static readonly INT8: Schema = new Schema("int8");
  /** Required int16. */
  static readonly INT16: Schema = new Schema("int16");
  /** Required int32. */
  static readonly INT32: Schema = new Schema("int32");
  /** Required int64. */
  static readonly INT64: Schema = new Schema("int64");
  /** Required float32. */
  static readonly FLOAT32: Schema = new Schema("float");
  /** Required float64. */
  static readonly FLOAT64: Schema = new Schema("double");
  /** Required boolean. */
  static readonly BOOLEAN: Schema = new Schema("boolean");
  /** Required string. */
  static readonly STRING: Schema = new Schema("string");
  /** Required bytes. */
  static readonly BYTES: Schema = new Schema("bytes");
  /** Optional int8. */
  static readonly OPTIONAL_INT8: Schema = new Schema("int8", { optional: true });
  /** Optional int16. */
  static readonly OPTIONAL_INT16: Schema = new Schema("int16", { optional: true });
  /** Optional int32. */
  static readonly OPTIONAL_INT32: Schema = new Schema("int32", { optional: true });
  /** Optional int64. */
  static readonly OPTIONAL_INT64: Schema = new Schema("int64", { optional: true });
  /** Optional float32. */
  static readonly OPTIONAL_FLOAT32: Schema = new Schema("float", { optional: true });
  /** Optional float64. */
  static readonly OPTIONAL_FLOAT64: Schema = new Schema("double", { optional: true });
  /** Optional boolean. */
  static readonly OPTIONAL_BOOLEAN: Schema = new Schema("boolean", { optional: true });
  /** Optional string. */
  static readonly OPTIONAL_STRING: Schema = new Schema("string", { optional: true });
  /** Optional bytes. */
  static readonly OPTIONAL_BYTES: Schema = new Schema("bytes", { optional: true });
}

/**
 * An immutable struct; a value that wasn't given is null. (`org.apache.kafka.connect.data.Struct`)
 *
 * @example
 * ```ts
 * import { Schema, Struct } from "./schema.ts";
 * const schema = new Schema("struct", { fields: [{ name: "region", schema: Schema.OPTIONAL_STRING }] });
 * if (Struct.of(schema, { region: "SP" }).get("region") !== "SP") throw new Error("a struct gives back its values");
 * ```
 */
export class Struct {
  /** Takes values by field index; null = not set. */
  constructor(readonly schema: Schema, readonly values: readonly ConnectValue[]) {}

  /** Creates a struct from values by name; throws DataException for an unknown name. */
  static of(schema: Schema, values: Readonly<Record<string, ConnectValue>>): Struct {
    for (const name of Object.keys(values)) requireField(schema, name);
    return new Struct(
      schema,
      schema.fields.map((field) => Object.hasOwn(values, field.name) ? values[field.name] ?? null : null),
    );
  }

  /** Returns a field's value, its default if it isn't set. (`Struct.get`) */
  get(name: string): ConnectValue {
    const field = requireField(this.schema, name);
    return this.values[field.index] ?? field.schema.default ?? null;
  }

  /** Returns a field's value without its default. (`Struct.getWithoutDefault`) */
  getWithoutDefault(name: string): ConnectValue {
    return this.values[requireField(this.schema, name).index] ?? null;
  }
}

function requireField(schema: Schema, name: string): Field {
  const field = schema.field(name);
  if (field === undefined) throw new DataException(`${name} is not a valid field name`);
  return field;
}

/** Names of the logical types. (`org.apache.kafka.connect.data.{Decimal,Date,Time,Timestamp}`) */
export const LOGICAL_NAME = {
  decimal: "org.apache.kafka.connect.data.Decimal",
  date: "org.apache.kafka.connect.data.Date",
  time: "org.apache.kafka.connect.data.Time",
  timestamp: "org.apache.kafka.connect.data.Timestamp",
} as const;

/** A value with its schema; null = schemaless data. (`org.apache.kafka.connect.data.SchemaAndValue`) */
export interface SchemaAndValue {
  /** The schema; null if there is none. */
  readonly schema: Schema | null;
  /** The value. */
  readonly value: ConnectValue;
}
