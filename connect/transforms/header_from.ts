/** Copies or moves fields into headers. @module */

import { ConfigDef } from "../api/config_def.ts";
import { ConfigException, JvmException } from "../api/exceptions.ts";
import type { ConnectRecord, Header } from "../api/record.ts";
import { type ConnectValue, type Field, type Schema, Struct } from "../api/schema.ts";
import { fieldOf } from "./parts/map_fields.ts";
import { notEmptyList, oneOf, replaceNullWithDefault } from "./parts/options.ts";
import { CONNECT_TRANSFORMS, keyAndValue } from "./parts/record_part.ts";
import { requireMap, requireStruct } from "./parts/requirements.ts";
import { SchemaCache } from "./parts/schema_cache.ts";
import { basicsOf, readerFor, StructSchema } from "./parts/struct_schema.ts";

/**
 * Adds a header for each of `fields`, with the name at the same position in `headers`; `operation=move`
 * removes the fields from the key or value. (`org.apache.kafka.connect.transforms.HeaderFrom`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { headerFrom } from "./header_from.ts";
 * const transform = headerFrom[1].create({ fields: "trace", headers: "trace.id", operation: "move" });
 * const record = transform.apply(ConnectRecord.of({ topic: "t", value: { trace: "x", name: "Ana" } }));
 * if (record?.headers[0]?.key !== "trace.id") throw new Error("the header is there");
 * if (JSON.stringify(record.value) !== '{"name":"Ana"}') throw new Error("the field is gone");
 * ```
 */
export const headerFrom = keyAndValue({
  className: `${CONNECT_TRANSFORMS}HeaderFrom`,
  documentation: "Copies or moves fields of the key or value into headers.",
  config: ConfigDef.of({
    "fields": {
      type: "LIST",
      importance: "HIGH",
      documentation: "Names of the fields.",
      check: notEmptyList,
    },
    "headers": {
      type: "LIST",
      importance: "HIGH",
      documentation: "Names of the headers, in the order of the fields.",
      check: notEmptyList,
    },
    "operation": {
      type: "STRING",
      importance: "HIGH",
      documentation: "`copy`, or `move` to also remove the fields.",
      check: oneOf("move", "copy"),
    },
    "replace.null.with.default": replaceNullWithDefault,
  }),
  create: (part, { fields, headers, operation, "replace.null.with.default": replace }) => {
    if (fields.length !== headers.length) {
      throw new ConfigException(
        "'fields' config must have the same number of elements as 'headers' config.",
      );
    }
    const moved: ReadonlySet<string> = new Set(operation === "move" ? fields : []);
    const purpose = `header ${operation}`;
    const read = readerFor(replace);
    const remains = new SchemaCache((schema) => planRemains(schema, moved));
    return (record) => {
      const [schema, value] = [part.schema(record), part.value(record)];
      if (schema === null) {
        const map = requireMap(value, purpose);
        const added = headers.map((key, i) => ({
          key,
          schema: null,
          value: fieldOf(map, fields[i] ?? "") ?? null,
        }));
        return withHeaders(part.replace(record, null, without(map, moved)), added);
      }
      const struct = requireStruct(value, purpose, schema);
      const added = headers.map((key, i) => {
        const field = struct.schema.field(fields[i] ?? "") ?? missingField(fields[i]);
        return { key, schema: field.schema, value: read(struct, field) };
      });
      if (moved.size === 0) return withHeaders(record, added);
      const plan = remains.get(struct.schema);
      const kept = new Struct(plan.schema, plan.fields.map((field) => read(struct, field)));
      return withHeaders(part.replace(record, plan.schema, kept), added);
    };
  },
});

function withHeaders(record: ConnectRecord, added: readonly Header[]): ConnectRecord {
  return record.with({ headers: [...record.headers, ...added] });
}

function without(map: { readonly [name: string]: ConnectValue }, moved: ReadonlySet<string>): ConnectValue {
  if (moved.size === 0) return map;
  return Object.fromEntries(Object.entries(map).filter(([name]) => !moved.has(name)));
}

function planRemains(
  schema: Schema,
  moved: ReadonlySet<string>,
): { schema: Schema; fields: readonly Field[] } {
  const fields = schema.fields.filter((field) => !moved.has(field.name));
  const built = new StructSchema();
  for (const field of fields) built.field(field.name, field.schema);
  return { schema: built.build(basicsOf(schema)), fields };
}

function missingField(name = ""): never {
  throw new JvmException(
    "java.lang.NullPointerException",
    `Cannot make a header of field ${name}: the record has no such field`,
    {
      rule: "field_missing",
      field: name,
      connectText:
        'Cannot invoke "org.apache.kafka.connect.data.Field.schema()" because the return value of ' +
        '"org.apache.kafka.connect.data.Schema.field(String)" is null',
      jvmMessage: true,
    },
  );
}
