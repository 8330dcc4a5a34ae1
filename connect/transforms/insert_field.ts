/** Adds the record's topic, partition, offset, timestamp or a fixed text as fields. @module */

import { ConfigDef, type ConfigValues } from "../api/config_def.ts";
import { ConfigException, DataException } from "../api/exceptions.ts";
import type { ConnectRecord } from "../api/record.ts";
import { type ConnectValue, LOGICAL_NAME, Schema, Struct } from "../api/schema.ts";
import { setField } from "./parts/map_fields.ts";
import { replaceNullWithDefault } from "./parts/options.ts";
import { CONNECT_TRANSFORMS, keyAndValue } from "./parts/record_part.ts";
import { requireMap, requireStruct } from "./parts/requirements.ts";
import { SchemaCache } from "./parts/schema_cache.ts";
import { basicsOf, readerFor, StructSchema } from "./parts/struct_schema.ts";

const purpose = "field insertion";

function fieldOption(what: string) {
  return {
    type: "STRING",
    default: null,
    importance: "MEDIUM",
    documentation:
      `Name of the field for the ${what}. The suffix \`!\` makes it required, \`?\` optional (the default).`,
  } as const;
}

const config = ConfigDef.of({
  "topic.field": fieldOption("topic"),
  "partition.field": fieldOption("partition"),
  "offset.field": fieldOption("offset; sink connectors only"),
  "timestamp.field": fieldOption("record's timestamp"),
  "static.field": fieldOption("fixed text"),
  "static.value": {
    type: "STRING",
    default: null,
    importance: "MEDIUM",
    documentation: "The fixed text.",
  },
  "replace.null.with.default": replaceNullWithDefault,
});

/**
 * Adds the topic, partition, offset or timestamp of the record, or a fixed text, as fields.
 * (`org.apache.kafka.connect.transforms.InsertField`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { insertField } from "./insert_field.ts";
 * const transform = insertField[1].create({ "static.field": "source", "static.value": "crm" });
 * const record = transform.apply(ConnectRecord.of({ topic: "t", value: { id: 1 } }));
 * if (JSON.stringify(record?.value) !== '{"id":1,"source":"crm"}') throw new Error("the field is there");
 * ```
 */
export const insertField = keyAndValue({
  className: `${CONNECT_TRANSFORMS}InsertField`,
  documentation: "Adds the record's topic, partition, offset, timestamp or a fixed text as fields.",
  config,
  create: (part, options) => {
    const insertions = planInsertions(options);
    const read = readerFor(options["replace.null.with.default"]);
    const schemas = new SchemaCache((schema) => withInsertions(schema, insertions));
    return (record) => {
      const [schema, value] = [part.schema(record), part.value(record)];
      if (value === null) return record;
      if (schema === null) {
        const result: Record<string, ConnectValue> = { ...requireMap(value, purpose) };
        for (const { name, plain } of insertions) {
          const inserted = plain(record);
          if (inserted !== null) setField(result, name, inserted);
        }
        return part.replace(record, null, result);
      }
      const struct = requireStruct(value, purpose, schema);
      const updated = schemas.get(struct.schema);
      const values = struct.schema.fields.map((field) => read(struct, field));
      for (const { typed } of insertions) values.push(typed(record));
      return part.replace(record, updated, new Struct(updated, values));
    };
  },
});

/** A field to add, with its value for data without and with a schema. */
interface Insertion {
  readonly name: string;
  readonly schema: Schema;
  readonly plain: (record: ConnectRecord) => ConnectValue;
  readonly typed: (record: ConnectRecord) => ConnectValue;
}

function planInsertions(options: ConfigValues<typeof config.keys>): readonly Insertion[] {
  const text = options["static.value"];
  const timestamp = new Schema("int64", { name: LOGICAL_NAME.timestamp, version: 1 });
  const insertions = [
    insertion(options["topic.field"], Schema.STRING, (record) => record.topic),
    insertion(options["partition.field"], Schema.INT32, plainPartition, (record) => record.partition),
    insertion(options["offset.field"], Schema.INT64, sinkOffset),
    insertion(options["timestamp.field"], timestamp, plainTimestamp, typedTimestamp),
    insertion(options["static.field"], Schema.STRING, () => text),
  ].filter((planned) => planned !== null);
  if (insertions.length === 0) throw new ConfigException("No field insertion configured");
  if (options["static.field"] !== null && text === null) {
    throw new ConfigException(
      "Invalid value null for configuration static.value: No value specified for static field: " +
        `${CONNECT_TRANSFORMS}InsertField$InsertionSpec@HASH`,
      { jvmMessage: true },
    );
  }
  return insertions;
}

function insertion(
  option: string | null,
  schema: Schema,
  plain: Insertion["plain"],
  typed: Insertion["typed"] = plain,
): Insertion | null {
  if (option === null) return null;
  const marked = option.endsWith("!") || option.endsWith("?");
  const name = marked ? option.slice(0, -1) : option;
  return { name, schema: option.endsWith("!") ? schema : schema.with({ optional: true }), plain, typed };
}

function plainPartition(record: ConnectRecord): ConnectValue {
  return record.partition === null ? null : BigInt(record.partition);
}

function plainTimestamp(record: ConnectRecord): ConnectValue {
  return record.timestamp === null ? null : BigInt(record.timestamp);
}

function typedTimestamp(record: ConnectRecord): ConnectValue {
  return record.timestamp === null ? null : new Date(record.timestamp);
}

function sinkOffset(record: ConnectRecord): ConnectValue {
  if (record.offset !== null) return record.offset;
  throw new DataException(
    `Only SinkRecord supported for [${purpose}], found: org.apache.kafka.connect.source.SourceRecord`,
  );
}

function withInsertions(schema: Schema, insertions: readonly Insertion[]): Schema {
  const built = new StructSchema();
  for (const field of schema.fields) built.field(field.name, field.schema);
  for (const { name, schema: inserted } of insertions) built.field(name, inserted);
  return built.build(basicsOf(schema));
}
