/** Masks the values of fields. @module */

import { ConfigDef } from "../api/config_def.ts";
import { type Schema, Struct } from "../api/schema.ts";
import { fieldOf, setField } from "./parts/map_fields.ts";
import { emptied, type Mask, replacedBy } from "./mask_value.ts";
import { notEmptyText, replaceNullWithDefault, someDistinct } from "./parts/options.ts";
import { CONNECT_TRANSFORMS, keyAndValue } from "./parts/record_part.ts";
import { requireMap, requireStruct } from "./parts/requirements.ts";
import { SchemaCache } from "./parts/schema_cache.ts";
import { readerFor } from "./parts/struct_schema.ts";

const purpose = "mask fields";

/**
 * Replaces the values of the named fields with the null value of their type (0, false, empty) or, for text
 * and numbers, with `replacement`. Null fields stay null. (`org.apache.kafka.connect.transforms.MaskField`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { maskField } from "./mask_field.ts";
 * const transform = maskField[1].create({ fields: "phone", replacement: "***" });
 * const record = transform.apply(ConnectRecord.of({ topic: "t", value: { phone: "+55 11", region: "SP" } }));
 * if (JSON.stringify(record?.value) !== '{"phone":"***","region":"SP"}') throw new Error("the phone is masked");
 * ```
 */
export const maskField = keyAndValue({
  className: `${CONNECT_TRANSFORMS}MaskField`,
  documentation: "Replaces fields with the null value of their type or with a replacement.",
  config: ConfigDef.of({
    "fields": {
      type: "LIST",
      importance: "HIGH",
      documentation: "Names of the fields to mask.",
      check: someDistinct,
    },
    "replacement": {
      type: "STRING",
      default: null,
      importance: "LOW",
      documentation: "Replacement value, for text and numbers only.",
      check: notEmptyText,
    },
    "replace.null.with.default": replaceNullWithDefault,
  }),
  reads: ({ fields }) => ({ paths: fields.map((name) => [name]), passesRest: true }),
  create: (part, { fields, replacement, "replace.null.with.default": replace }) => {
    const mask: Mask = replacement === null ? emptied : replacedBy(replacement);
    const read = readerFor(replace);
    const masked = new SchemaCache((schema: Schema) =>
      schema.fields.map(({ name }) => fields.includes(name))
    );
    return (record) => {
      const [schema, value] = [part.schema(record), part.value(record)];
      if (schema === null) {
        const map = requireMap(value, purpose);
        const result = { ...map };
        for (const name of fields) setField(result, name, mask(fieldOf(map, name) ?? null, null));
        return part.replace(record, null, result);
      }
      const struct = requireStruct(value, purpose, schema);
      const plan = masked.get(struct.schema);
      const values = struct.schema.fields.map((field) => {
        const found = read(struct, field);
        return plan[field.index] === true ? mask(found, field.schema) : found;
      });
      return part.replace(record, schema, new Struct(struct.schema, values));
    };
  },
});
