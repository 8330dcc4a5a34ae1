/** Builds a record's key from fields of its value. @module */

import { ConfigDef } from "../api/config_def.ts";
import { DataException } from "../api/exceptions.ts";
import type { ConnectRecord } from "../api/record.ts";
import { type ConnectValue, type Field, type Schema, Struct } from "../api/schema.ts";
import { fieldOf } from "./parts/map_fields.ts";
import { replaceNullWithDefault, someDistinct } from "./parts/options.ts";
import { CONNECT_TRANSFORMS, wholeRecord } from "./parts/record_part.ts";
import { requireMap, requireStruct } from "./parts/requirements.ts";
import { SchemaCache } from "./parts/schema_cache.ts";
import { readerFor, type ReadField, StructSchema } from "./parts/struct_schema.ts";

const purpose = "copying fields from value to key";

/**
 * Replaces the key with a struct or map of the named fields of the value, in that order.
 * (`org.apache.kafka.connect.transforms.ValueToKey`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { valueToKey } from "./value_to_key.ts";
 * const record = ConnectRecord.of({ topic: "t", value: { id: 17n, name: "Ana" } });
 * const keyed = valueToKey.create({ fields: "id" }).apply(record);
 * if ((keyed?.key as { id: bigint }).id !== 17n) throw new Error("the key has the field");
 * ```
 */
export const valueToKey = wholeRecord({
  className: `${CONNECT_TRANSFORMS}ValueToKey`,
  documentation: "Replaces the record's key with fields of its value.",
  config: ConfigDef.of({
    "fields": {
      type: "LIST",
      importance: "HIGH",
      documentation: "Names of the value's fields that form the key.",
      check: someDistinct,
    },
    "replace.null.with.default": replaceNullWithDefault,
  }),
  reads: ({ fields }) => ({ paths: fields.map((name) => [name]), passesRest: true }),
  create: ({ fields, "replace.null.with.default": replace }) => {
    const read = readerFor(replace);
    const plans = new SchemaCache((schema) => planKey(schema, fields));
    return (record) =>
      record.valueSchema === null
        ? record.with({ keySchema: null, key: keyMap(record, fields) })
        : structKey(record, record.valueSchema, plans, read);
  },
});

interface KeyPlan {
  readonly schema: Schema;
  readonly fields: readonly Field[];
}

function planKey(schema: Schema, names: readonly string[]): KeyPlan {
  const fields = names.map((name) => {
    const field = schema.field(name);
    if (field === undefined) throw new DataException(`Field does not exist: ${name}`);
    return field;
  });
  const built = new StructSchema();
  for (const field of fields) built.field(field.name, field.schema);
  return { schema: built.build(), fields };
}

function keyMap(record: ConnectRecord, fields: readonly string[]): ConnectValue {
  const value = requireMap(record.value, purpose);
  return Object.fromEntries(fields.map((name) => [name, fieldOf(value, name) ?? null]));
}

function structKey(
  record: ConnectRecord,
  schema: Schema,
  plans: SchemaCache<KeyPlan>,
  read: ReadField,
): ConnectRecord {
  const value = requireStruct(record.value, purpose, schema);
  const plan = plans.get(value.schema);
  const key = new Struct(plan.schema, plan.fields.map((field) => read(value, field)));
  return record.with({ keySchema: plan.schema, key });
}
