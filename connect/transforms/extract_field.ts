/** Replaces the key or value with one of its fields. @module */

import { ConfigDef } from "../api/config_def.ts";
import { JvmException } from "../api/exceptions.ts";
import type { Schema } from "../api/schema.ts";
import { FieldPath } from "./parts/field_path.ts";
import { oneOfInAnyCase, replaceNullWithDefault } from "./parts/options.ts";
import { CONNECT_TRANSFORMS, keyAndValue } from "./parts/record_part.ts";
import { requireMapOrNull, requireStructOrNull } from "./parts/requirements.ts";
import { SchemaCache } from "./parts/schema_cache.ts";
import { readerFor } from "./parts/struct_schema.ts";

const purpose = "field extraction";

/**
 * Replaces the key or value with one of its fields, nested ones with `field.syntax.version=V2`. A missing
 * field is an error with a schema, null without. (`org.apache.kafka.connect.transforms.ExtractField`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { extractField } from "./extract_field.ts";
 * const transform = extractField[1].create({ field: "customer.id", "field.syntax.version": "V2" });
 * const record = transform.apply(ConnectRecord.of({ topic: "t", value: { customer: { id: 17n } } }));
 * if (record?.value !== 17n) throw new Error("the nested field becomes the value");
 * ```
 */
export const extractField = keyAndValue({
  className: `${CONNECT_TRANSFORMS}ExtractField`,
  documentation: "Replaces the key or value with one of its fields.",
  config: ConfigDef.of({
    "field": {
      type: "STRING",
      importance: "MEDIUM",
      documentation: "Name of the field, or its path in V2.",
    },
    "field.syntax.version": {
      type: "STRING",
      default: "V1",
      importance: "HIGH",
      documentation:
        "V1: a plain name. V2: a path with dots, backticks quote names that have dots (KIP-821).",
      check: oneOfInAnyCase("V1", "V2"),
    },
    "replace.null.with.default": replaceNullWithDefault,
  }),
  reads: (options) => ({
    paths: [FieldPath.parse(options.field, options["field.syntax.version"]).steps],
    passesRest: false,
  }),
  create: (part, options) => {
    const path = FieldPath.parse(options.field, options["field.syntax.version"]);
    const read = readerFor(options["replace.null.with.default"]);
    const leaves = new SchemaCache((schema) => requireField(path, schema));
    return (record) => {
      const [schema, value] = [part.schema(record), part.value(record)];
      if (schema === null) {
        const map = requireMapOrNull(value, purpose);
        return part.replace(record, null, map === null ? null : path.valueInMap(map));
      }
      const struct = requireStructOrNull(value, purpose, schema);
      const leaf = leaves.get(schema);
      return part.replace(record, leaf, struct === null ? null : path.valueInStruct(struct, read));
    };
  },
});

function requireField(path: FieldPath, schema: Schema): Schema {
  const field = path.fieldIn(schema);
  if (field !== undefined) return field.schema;
  throw new JvmException("java.lang.IllegalArgumentException", `Unknown field: ${path.text}`, {
    rule: "field_missing",
    field: path.text,
  });
}
