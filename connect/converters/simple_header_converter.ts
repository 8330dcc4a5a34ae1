/** Guesses a header's type. (`org.apache.kafka.connect.storage.SimpleHeaderConverter`, KIP-145) @module */

import type { HeaderConverter } from "../api/plugins.ts";
import type { ConnectValue, Schema, SchemaAndValue } from "../api/schema.ts";
import { convertToString, parseString } from "../api/values.ts";
import { decodeJavaUtf8, encodeJavaUtf8 } from "./charsets.ts";
import { surveyJson } from "./json/json_survey.ts";

/**
 * Reads a header's text as the type it looks like, and writes data as text. It accepts every header.
 *
 * @example
 * ```ts
 * import { SimpleHeaderConverter } from "./simple_header_converter.ts";
 * const bytes = new TextEncoder().encode("2023-11-14");
 * const { schema } = new SimpleHeaderConverter().toConnectHeader("t", "since", bytes);
 * if (schema?.name !== "org.apache.kafka.connect.data.Date") throw new Error("an ISO date is a Date");
 * ```
 */
export class SimpleHeaderConverter implements HeaderConverter {
  readonly takesAll = true;

  toConnectHeader(_topic: string, _name: string, bytes: Uint8Array | null): SchemaAndValue {
    return bytes === null ? { schema: null, value: null } : parseString(decodeJavaUtf8(bytes));
  }

  /** Lists and maps are written as JSON, and only text that begins like one can contain several values. */
  valuesIn(bytes: Uint8Array): number {
    return surveyJson(bytes).values;
  }

  fromConnectHeader(
    _topic: string,
    _name: string,
    schema: Schema | null,
    value: ConnectValue,
  ): Uint8Array | null {
    return value === null ? null : encodeJavaUtf8(convertToString(schema, value));
  }
}
