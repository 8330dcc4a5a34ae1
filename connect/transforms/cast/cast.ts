/** Casts fields or whole keys and values to other types. @module */

import { ConfigDef } from "../../api/config_def.ts";
import { ConfigException } from "../../api/exceptions.ts";
import { type ConnectValue, type Schema, Struct } from "../../api/schema.ts";
import { withDefault } from "../../api/validate.ts";
import { type CastSpec, castType, checkSpec, parseSpec } from "./cast_spec.ts";
import { castField, castValue } from "./cast_value.ts";
import { fieldOf, setField } from "../parts/map_fields.ts";
import { replaceNullWithDefault } from "../parts/options.ts";
import { CONNECT_TRANSFORMS, keyAndValue } from "../parts/record_part.ts";
import { requireMap, requireStruct } from "../parts/requirements.ts";
import { SchemaCache } from "../parts/schema_cache.ts";
import { basicsOf, fieldsOf, readerFor, StructSchema } from "../parts/struct_schema.ts";

const purpose = "cast types";

/**
 * Casts fields, or the whole key or value if `spec` is a single type, to numbers, boolean or text like Java:
 * integers wrap, and text that isn't a number is an error. (`org.apache.kafka.connect.transforms.Cast`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../../api/record.ts";
 * import { cast } from "./cast.ts";
 * const transform = cast[1].create({ spec: "id:string,score:int32" });
 * const record = transform.apply(ConnectRecord.of({ topic: "t", value: { id: 17n, score: "7" } }));
 * const value = record?.value as { id: string; score: bigint };
 * if (value.id !== "17" || value.score !== 7n) throw new Error("both have their new types");
 * ```
 */
export const cast = keyAndValue({
  className: `${CONNECT_TRANSFORMS}Cast`,
  documentation: "Casts fields, or the whole key or value, to another type.",
  config: ConfigDef.of({
    "spec": {
      type: "LIST",
      importance: "HIGH",
      documentation:
        "`field:type` pairs, or one type for the whole key or value; types are int8, int16, int32, " +
        "int64, float32, float64, boolean and string.",
      check: checkSpec,
    },
    "replace.null.with.default": replaceNullWithDefault,
  }),
  create: (part, { spec: mappings, "replace.null.with.default": replace }) => {
    const spec = parseSpec(mappings);
    if (typeof spec === "string") throw new ConfigException(spec);
    const read = readerFor(replace);
    const schemas = new SchemaCache((schema) => castSchema(schema, spec));
    return (record) => {
      const [schema, value] = [part.schema(record), part.value(record)];
      if (value === null) return record;
      if (schema === null) return part.replace(record, null, castSchemaless(value, spec));
      const updated = schemas.get(schema);
      if (spec.whole !== null) return part.replace(record, updated, castValue(value, schema, spec.whole));
      const struct = requireStruct(value, purpose, schema);
      const values = struct.schema.fields.map((field) => {
        const target = spec.fields.get(field.name);
        const found = read(struct, field);
        return target === undefined ? found : castField(field.name, found, field.schema, target);
      });
      return part.replace(record, updated, new Struct(updated, values));
    };
  },
});

function castSchemaless(value: ConnectValue, spec: CastSpec): ConnectValue {
  if (spec.whole !== null) return castValue(value, null, spec.whole);
  const map = requireMap(value, purpose);
  const result = { ...map };
  for (const [name, target] of spec.fields) {
    setField(result, name, castField(name, fieldOf(map, name) ?? null, null, target));
  }
  return result;
}

function castSchema(schema: Schema, spec: CastSpec): Schema {
  if (spec.whole !== null) {
    return withCastDefault(
      castType(spec.whole).with({ ...basicsOf(schema), optional: schema.optional }),
      schema,
      spec.whole,
    );
  }
  const built = new StructSchema();
  for (const field of fieldsOf(schema)) {
    const target = spec.fields.get(field.name);
    const changed = target === undefined
      ? field.schema
      : withCastDefault(castType(target).with({ optional: field.schema.optional }), field.schema, target);
    built.field(field.name, changed);
  }
  return built.build({ ...basicsOf(schema), optional: schema.optional });
}

function withCastDefault(schema: Schema, old: Schema, target: Parameters<typeof castType>[0]): Schema {
  if (old.default === undefined || old.default === null) return schema;
  return withDefault(schema, castValue(old.default, old, target));
}
