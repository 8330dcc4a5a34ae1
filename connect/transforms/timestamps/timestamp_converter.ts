/** Converts timestamps between formats. @module */

import { ConfigDef } from "../../api/config_def.ts";
import { ConfigException, JvmException } from "../../api/exceptions.ts";
import { type ConnectValue, type Schema, Struct } from "../../api/schema.ts";
import { fieldOf, setField } from "../parts/map_fields.ts";
import { oneOf, replaceNullWithDefault } from "../parts/options.ts";
import { CONNECT_TRANSFORMS, keyAndValue } from "../parts/record_part.ts";
import { requireMap, requireStructOrNull } from "../parts/requirements.ts";
import { SchemaCache } from "../parts/schema_cache.ts";
import { SimpleDateFormat } from "../../java/simple_date_format.ts";
import { basicsOf, fieldsOf, readerFor, StructSchema } from "../parts/struct_schema.ts";
import {
  formOfSchema,
  formOfValue,
  fromMillis,
  type TimestampForm,
  timestampForms,
  type TimestampSettings,
  toMillis,
  type UnixPrecision,
  unixPrecisions,
} from "./timestamp_forms.ts";

const purpose = "converting timestamp formats";

/**
 * Converts the key or value, or its field `field`, between text, Unix time and Connect's Date, Time and Timestamp.
 * (`org.apache.kafka.connect.transforms.TimestampConverter`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../../api/record.ts";
 * import { timestampConverter } from "./timestamp_converter.ts";
 * const transform = timestampConverter[1].create({ field: "at", "target.type": "string", format: "yyyy-MM-dd" });
 * const record = transform.apply(ConnectRecord.of({ topic: "t", value: { at: 1700000000123n } }));
 * if (JSON.stringify(record?.value) !== '{"at":"2023-11-14"}') throw new Error("milliseconds became text");
 * ```
 */
export const timestampConverter = keyAndValue({
  className: `${CONNECT_TRANSFORMS}TimestampConverter`,
  documentation: "Converts timestamps between text, Unix time and Connect's Date, Time and Timestamp.",
  config: ConfigDef.of({
    "field": {
      type: "STRING",
      default: "",
      importance: "HIGH",
      documentation: "Name of the field to convert; empty = the whole key or value.",
    },
    "target.type": {
      type: "STRING",
      importance: "HIGH",
      documentation: "Target type: string, unix, Date, Time or Timestamp.",
      check: oneOf(...timestampForms),
    },
    "format": {
      type: "STRING",
      default: "",
      importance: "MEDIUM",
      documentation: "`java.text.SimpleDateFormat` pattern for reading and writing text, in UTC.",
    },
    "unix.precision": {
      type: "STRING",
      default: "milliseconds",
      importance: "LOW",
      documentation: "Unit of Unix times: seconds, milliseconds, microseconds or nanoseconds.",
      check: oneOf(...unixPrecisions),
    },
    "replace.null.with.default": replaceNullWithDefault,
  }),
  create: (part, options) => {
    const { field: name, "target.type": target, "replace.null.with.default": replace } = options;
    const read = readerFor(replace);
    const converter = new Converter(target as TimestampForm, {
      precision: options["unix.precision"] as UnixPrecision,
      format: createFormat(target, options.format),
      field: name,
    });
    const whole = new SchemaCache((schema) => converter.schemaFor(schema));
    const schemas = new SchemaCache((schema) => convertedStruct(schema, name, converter));
    return (record) => {
      const [schema, value] = [part.schema(record), part.value(record)];
      if (schema === null) {
        if (value === null || name === "") return part.replace(record, null, converter.convertValue(value));
        const map = requireMap(value, purpose);
        const result = { ...map };
        setField(result, name, converter.convertValue(fieldOf(map, name) ?? null));
        return part.replace(record, null, result);
      }
      if (name === "") {
        return part.replace(record, whole.get(schema), converter.convert(value, formOfSchema(schema)));
      }
      const struct = requireStructOrNull(value, purpose, schema);
      const updated = schemas.get(schema);
      if (struct === null) return part.replace(record, updated, null);
      const values = struct.schema.fields.map((field) => {
        const found = read(struct, field);
        return field.name === name ? converter.convert(found, formOfSchema(field.schema)) : found;
      });
      return part.replace(record, updated, new Struct(updated, values));
    };
  },
});

function createFormat(target: string, pattern: string): SimpleDateFormat | null {
  if (pattern.trim() === "") {
    if (target !== "string") return null;
    throw new ConfigException(
      "TimestampConverter requires format option to be specified when using string timestamps",
    );
  }
  try {
    return new SimpleDateFormat(pattern);
  } catch (cause) {
    if (!(cause instanceof JvmException)) throw cause;
    throw new ConfigException(
      `Invalid value ${cause.javaClass}: ${cause.message} for configuration TimestampConverter requires a ` +
        `SimpleDateFormat-compatible pattern for string timestamps: ${pattern}`,
      { cause, jvmMessage: true },
    );
  }
}

class Converter {
  readonly #target: TimestampForm;
  readonly #settings: TimestampSettings;

  constructor(target: TimestampForm, settings: TimestampSettings) {
    this.#target = target;
    this.#settings = settings;
  }

  /** Of the original schema only `optional` is kept. */
  schemaFor(schema: Schema): Schema {
    return fromMillis[this.#target].schema.with({ optional: schema.optional });
  }

  convert(value: ConnectValue, form: TimestampForm): ConnectValue {
    if (value === null) return null;
    return fromMillis[this.#target].value(toMillis(value, form, this.#settings), this.#settings);
  }

  convertValue(value: ConnectValue): ConnectValue {
    return value === null ? null : this.convert(value, formOfValue(value));
  }
}

function convertedStruct(schema: Schema, name: string, converter: Converter): Schema {
  const built = new StructSchema();
  for (const field of fieldsOf(schema)) {
    built.field(field.name, field.name === name ? converter.schemaFor(field.schema) : field.schema);
  }
  return built.build({ ...basicsOf(schema), optional: schema.optional });
}
