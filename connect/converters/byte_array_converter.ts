/** Passes bytes through unchanged. (`org.apache.kafka.connect.converters.ByteArrayConverter`) @module */

import { ConfigDef } from "../api/config_def.ts";
import { DataException } from "../api/exceptions.ts";
import { javaClassName } from "../java/text.ts";
import type { Converter } from "../api/plugins.ts";
import { type ConnectValue, Schema, type SchemaAndValue } from "../api/schema.ts";
import { typeName } from "../api/validate.ts";
import { converterKeys } from "./converter_keys.ts";

export const byteArrayConverterConfig = ConfigDef.of(converterKeys);

/**
 * Passes bytes through unchanged and refuses every other type.
 *
 * @example
 * ```ts
 * import { ByteArrayConverter } from "./byte_array_converter.ts";
 * const bytes = new Uint8Array([1, 2]);
 * if (new ByteArrayConverter().toConnectData("t", bytes).value !== bytes) throw new Error("bytes aren't copied");
 * ```
 */
export class ByteArrayConverter implements Converter {
  readonly takesAll = true;

  toConnectData(_topic: string, bytes: Uint8Array | null): SchemaAndValue {
    return { schema: Schema.OPTIONAL_BYTES, value: bytes };
  }

  fromConnectData(_topic: string, schema: Schema | null, value: ConnectValue): Uint8Array | null {
    if (schema !== null && schema.type !== "bytes") {
      throw new DataException(`Invalid schema type for ByteArrayConverter: ${typeName(schema.type)}`);
    }
    if (value === null || value instanceof Uint8Array) return value;
    const found = `class ${javaClassName(value, schema)}`;
    throw new DataException(`ByteArrayConverter is not compatible with objects of type ${found}`);
  }
}
