/** Text in a character set. (`org.apache.kafka.connect.storage.StringConverter`) @module */

import { ConfigDef, type ConfigValues } from "../api/config_def.ts";
import { javaToString } from "../java/text.ts";
import type { Converter, FieldPaths } from "../api/plugins.ts";
import { type ConnectValue, Schema, type SchemaAndValue } from "../api/schema.ts";
import { SpanKind, type SpanReader } from "../api/spans.ts";
import { type Charset, charsetOf, utf8 } from "./charsets.ts";
import { converterKeys } from "./converter_keys.ts";
import { isUtf8 } from "./utf8_skip.ts";

export const stringConverterConfig = ConfigDef.of({
  ...converterKeys,
  "converter.encoding": {
    type: "STRING",
    default: "UTF-8",
    documentation: "Name of the text's character set.",
    importance: "HIGH",
    displayName: "Encoding",
    width: "MEDIUM",
  },
});

/**
 * Reads bytes as text, and writes any value as Java's `toString` prints it. Undecodable bytes become U+FFFD.
 *
 * @example
 * ```ts
 * import { Schema } from "../api/schema.ts";
 * import { StringConverter, stringConverterConfig } from "./string_converter.ts";
 * const converter = new StringConverter(stringConverterConfig.parse({}));
 * const bytes = converter.fromConnectData("t", Schema.FLOAT64, 1e10);
 * if (converter.toConnectData("t", bytes).value !== "1.0E10") throw new Error("Java's text of a double");
 * ```
 */
export class StringConverter implements Converter {
  readonly takesAll = true;

  readonly #charset: Charset;

  /** @throws SerializationException for an unknown character set */
  constructor(options: ConfigValues<typeof stringConverterConfig.keys>) {
    this.#charset = charsetOf(options["converter.encoding"]);
  }

  toConnectData(_topic: string, bytes: Uint8Array | null): SchemaAndValue {
    return { schema: Schema.OPTIONAL_STRING, value: bytes === null ? null : this.#charset.decode(bytes) };
  }

  /** Returns a reader of the whole text; every byte is the text's, a byte order mark too. */
  spans(paths: FieldPaths): SpanReader | undefined {
    if (paths.length === 0) return anyBytes;
    return this.#charset === utf8 && paths.length === 1 && paths[0]?.length === 0 ? wholeText : undefined;
  }

  fromConnectData(_topic: string, schema: Schema | null, value: ConnectValue): Uint8Array | null {
    return value === null ? null : this.#charset.encode(javaToString(value, schema));
  }
}

/** For a text that isn't used: it is always readable. */
const anyBytes: SpanReader = { read: () => true };

/** Bytes that are no UTF-8 are the converter's: it replaces them. */
const wholeText: SpanReader = {
  // deno-lint-ignore sluice/parameters -- as in the interface
  read(bytes, at, length, spans, to) {
    spans[to] = SpanKind.text;
    spans[to + 1] = at;
    spans[to + 2] = length;
    return isUtf8(bytes, at, at + length);
  },
};
