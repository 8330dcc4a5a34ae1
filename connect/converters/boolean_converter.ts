/** Booleans as one byte, 0 or 1. (`org.apache.kafka.connect.converters.BooleanConverter`) @module */

import { ConfigDef } from "../api/config_def.ts";
import { DataException, SerializationException } from "../api/exceptions.ts";
import { javaClassName } from "../java/text.ts";
import type { Converter } from "../api/plugins.ts";
import { type ConnectValue, Schema, type SchemaAndValue } from "../api/schema.ts";
import { typeName } from "../api/validate.ts";
import { converterKeys } from "./converter_keys.ts";

export const booleanConverterConfig = ConfigDef.of(converterKeys);

/**
 * Reads and writes booleans.
 *
 * @example
 * ```ts
 * import { BooleanConverter } from "./boolean_converter.ts";
 * if (new BooleanConverter().toConnectData("t", new Uint8Array([1])).value !== true) throw new Error("1 is true");
 * ```
 */
export class BooleanConverter implements Converter {
  toConnectData(_topic: string, bytes: Uint8Array | null): SchemaAndValue {
    return { schema: Schema.OPTIONAL_BOOLEAN, value: bytes === null ? null : booleanOf(bytes) };
  }

  fromConnectData(_topic: string, schema: Schema | null, value: ConnectValue): Uint8Array | null {
    if (schema !== null && schema.type !== "boolean") {
      throw new DataException(`Invalid schema type for BooleanConverter: ${typeName(schema.type)}`);
    }
    if (value === null) return null;
    if (typeof value === "boolean") return new Uint8Array([value ? 1 : 0]);
    const found = `class ${javaClassName(value, schema)}`;
    throw new DataException(`BooleanConverter is not compatible with objects of type ${found}`);
  }
}

function booleanOf(bytes: Uint8Array): boolean {
  const [byte] = bytes;
  if (bytes.length === 1 && (byte === 0 || byte === 1)) return byte === 1;
  const cause = bytes.length === 1
    ? new SerializationException("Unexpected byte received by BooleanDeserializer", {
      connectText: `Unexpected byte received by BooleanDeserializer: ${Int8Array.of(byte ?? 0)[0]}`,
    })
    : new SerializationException("Size of data received by BooleanDeserializer is not 1");
  throw new DataException("Failed to deserialize boolean: ", { cause, rule: "bytes_unreadable" });
}
