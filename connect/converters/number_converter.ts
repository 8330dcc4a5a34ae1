/** Numbers as big-endian bytes. (`org.apache.kafka.connect.converters.NumberConverter` and its five subclasses) @module */

import { ConfigDef } from "../api/config_def.ts";
import { DataException, JvmException, SerializationException } from "../api/exceptions.ts";
import { javaClassName } from "../java/text.ts";
import type { Converter } from "../api/plugins.ts";
import { type ConnectValue, Schema, type SchemaAndValue } from "../api/schema.ts";
import { converterKeys } from "./converter_keys.ts";

export const numberConverterConfig = ConfigDef.of(converterKeys);

/** How a type of number is stored in bytes. */
interface NumberFormat {
  /** Connect's name of the type in its texts. */
  readonly name: string;
  readonly schema: Schema;
  readonly javaClass: string;
  readonly bytes: number;
  /** Java's deserializer, named in the text about a wrong length. */
  readonly deserializer: string;
  read(view: DataView): number | bigint;
  write(view: DataView, value: number | bigint): void;
}

/** Formats by the converter's class name. */
export const numberFormats = {
  ShortConverter: {
    name: "short",
    schema: Schema.OPTIONAL_INT16,
    javaClass: "java.lang.Short",
    bytes: 2,
    deserializer: "ShortDeserializer",
    read: (view) => view.getInt16(0),
    write: (view, value) => view.setInt16(0, Number(value)),
  },
  IntegerConverter: {
    name: "integer",
    schema: Schema.OPTIONAL_INT32,
    javaClass: "java.lang.Integer",
    bytes: 4,
    deserializer: "IntegerDeserializer",
    read: (view) => view.getInt32(0),
    write: (view, value) => view.setInt32(0, Number(value)),
  },
  LongConverter: {
    name: "long",
    schema: Schema.OPTIONAL_INT64,
    javaClass: "java.lang.Long",
    bytes: 8,
    deserializer: "LongDeserializer",
    read: (view) => view.getBigInt64(0),
    write: (view, value) => view.setBigInt64(0, BigInt(value)),
  },
  FloatConverter: {
    name: "float",
    schema: Schema.OPTIONAL_FLOAT32,
    javaClass: "java.lang.Float",
    bytes: 4,
    deserializer: "Deserializer",
    read: (view) => view.getFloat32(0),
    write: (view, value) => view.setFloat32(0, Number(value)),
  },
  DoubleConverter: {
    name: "double",
    schema: Schema.OPTIONAL_FLOAT64,
    javaClass: "java.lang.Double",
    bytes: 8,
    deserializer: "Deserializer",
    read: (view) => view.getFloat64(0),
    write: (view, value) => view.setFloat64(0, Number(value)),
  },
} as const satisfies Readonly<Record<string, NumberFormat>>;

/**
 * Reads and writes one type of number. Bytes must have the type's exact length, values the exact type.
 *
 * @example
 * ```ts
 * import { NumberConverter, numberFormats } from "./number_converter.ts";
 * const longs = new NumberConverter(numberFormats.LongConverter);
 * const bytes = new Uint8Array([0, 0x20, 0, 0, 0, 0, 0, 1]);
 * if (longs.toConnectData("t", bytes).value !== 9007199254740993n) throw new Error("no digit is lost");
 * ```
 */
export class NumberConverter implements Converter {
  constructor(readonly format: NumberFormat) {}

  toConnectData(_topic: string, bytes: Uint8Array | null): SchemaAndValue {
    return { schema: this.format.schema, value: bytes === null ? null : this.#read(bytes) };
  }

  fromConnectData(_topic: string, schema: Schema | null, value: ConnectValue): Uint8Array | null {
    if (value === null) return null;
    const { name, javaClass, bytes } = this.format;
    const found = javaClassName(value, schema);
    if (found !== javaClass || (typeof value !== "number" && typeof value !== "bigint")) {
      const rule = `class ${found} cannot be cast to class ${javaClass}`;
      const cause = new JvmException("java.lang.ClassCastException", rule, { jvmMessage: true });
      throw new DataException(`Failed to serialize to ${name} (was class ${found}): `, {
        cause,
        jvmMessage: true,
      });
    }
    const view = new DataView(new ArrayBuffer(bytes));
    this.format.write(view, value);
    return new Uint8Array(view.buffer);
  }

  #read(bytes: Uint8Array): number | bigint {
    const { name, bytes: length, deserializer } = this.format;
    if (bytes.length === length) {
      return this.format.read(new DataView(bytes.buffer, bytes.byteOffset, length));
    }
    const cause = new SerializationException(`Size of data received by ${deserializer} is not ${length}`);
    throw new DataException(`Failed to deserialize ${name}: `, { cause, rule: "bytes_unreadable" });
  }
}
