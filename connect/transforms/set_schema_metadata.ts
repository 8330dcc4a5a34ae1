/** Sets the name or version of a struct's schema. @module */

import { ConfigDef } from "../api/config_def.ts";
import { ConfigException, DataException } from "../api/exceptions.ts";
import { type Schema, Struct } from "../api/schema.ts";
import { replaceNullWithDefault } from "./parts/options.ts";
import { CONNECT_TRANSFORMS, keyAndValue } from "./parts/record_part.ts";
import { SchemaCache } from "./parts/schema_cache.ts";
import { fieldsOf, readerFor, type ReadField } from "./parts/struct_schema.ts";

/**
 * Sets the name, the version or both of the schema of a key or value, which must be a struct. Tombstones
 * pass. (`org.apache.kafka.connect.transforms.SetSchemaMetadata`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { Schema, Struct } from "../api/schema.ts";
 * import { setSchemaMetadata } from "./set_schema_metadata.ts";
 * const schema = new Schema("struct", { fields: [{ name: "id", schema: Schema.INT64 }] });
 * const record = ConnectRecord.of({ topic: "t", valueSchema: schema, value: Struct.of(schema, { id: 1n }) });
 * const named = setSchemaMetadata[1].create({ "schema.name": "customer" }).apply(record);
 * if (named?.valueSchema?.name !== "customer") throw new Error("the schema has a name");
 * ```
 */
export const setSchemaMetadata = keyAndValue({
  className: `${CONNECT_TRANSFORMS}SetSchemaMetadata`,
  documentation: "Sets the name and the version of a struct's schema.",
  config: ConfigDef.of({
    "schema.name": {
      type: "STRING",
      default: null,
      importance: "HIGH",
      documentation: "New name of the schema.",
    },
    "schema.version": {
      type: "INT",
      default: null,
      importance: "HIGH",
      documentation: "New version of the schema.",
    },
    "replace.null.with.default": replaceNullWithDefault,
  }),
  create: (
    part,
    { "schema.name": name, "schema.version": version, "replace.null.with.default": replace },
  ) => {
    if (name === null && version === null) {
      throw new ConfigException("Neither schema name nor version configured");
    }
    const read = readerFor(replace);
    const schemas = new SchemaCache((schema) => changed(schema, name, version));
    return (record) => {
      const [schema, value] = [part.schema(record), part.value(record)];
      if (schema === null && value === null) return record;
      if (schema === null) throw new DataException("Schema required for [updating schema metadata]");
      const updated = schemas.get(schema);
      return part.replace(record, updated, value instanceof Struct ? rebuilt(value, updated, read) : value);
    };
  },
});

function changed(schema: Schema, name: string | null, version: number | null): Schema {
  fieldsOf(schema);
  return schema.with({ name: name ?? schema.name, version: version ?? schema.version });
}

function rebuilt(struct: Struct, schema: Schema, read: ReadField): Struct {
  return new Struct(schema, struct.schema.fields.map((field) => read(struct, field)));
}
