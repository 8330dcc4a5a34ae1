/** Wraps a key or value in a struct or map. @module */

import { ConfigDef } from "../api/config_def.ts";
import { checkedStruct } from "../api/validate.ts";
import { CONNECT_TRANSFORMS, keyAndValue } from "./parts/record_part.ts";
import { SchemaCache } from "./parts/schema_cache.ts";
import { StructSchema } from "./parts/struct_schema.ts";

/**
 * Wraps the whole key or value, also a null one, as the only field of a new struct (with a schema) or map
 * (without). (`org.apache.kafka.connect.transforms.HoistField`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { hoistField } from "./hoist_field.ts";
 * const [, hoistValue] = hoistField;
 * const record = hoistValue.create({ field: "line" }).apply(ConnectRecord.of({ topic: "t", value: "x" }));
 * if (JSON.stringify(record?.value) !== '{"line":"x"}') throw new Error("the value is wrapped");
 * ```
 */
export const hoistField = keyAndValue({
  className: `${CONNECT_TRANSFORMS}HoistField`,
  documentation: "Wraps the key or value in a struct or map with one field.",
  config: ConfigDef.of({
    field: { type: "STRING", importance: "MEDIUM", documentation: "Name of the only field." },
  }),
  create: (part, { field }) => {
    const schemas = new SchemaCache((schema) => new StructSchema().field(field, schema).build());
    return (record) => {
      const [schema, value] = [part.schema(record), part.value(record)];
      if (schema === null) return part.replace(record, null, { [field]: value });
      const hoisted = schemas.get(schema);
      return part.replace(record, hoisted, checkedStruct(hoisted, [value]));
    };
  },
});
