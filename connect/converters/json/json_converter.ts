/** JSON with and without schemas. (`org.apache.kafka.connect.json.JsonConverter`) @module */

import type { ConfigValues } from "../../api/config_def.ts";
import { DataException, SerializationException } from "../../api/exceptions.ts";
import type { Converter, FieldPaths } from "../../api/plugins.ts";
import type { ConnectValue, Schema, SchemaAndValue } from "../../api/schema.ts";
import type { SpanReader } from "../../api/spans.ts";
import { connectToJson, type JsonWriting, payloadToJson } from "./connect_to_json.ts";
import { decodeJson } from "./json_bytes.ts";
import type { jsonConverterConfig } from "./json_converter_config.ts";
import { isJsonObject, type JsonNode } from "./json_node.ts";
import { readPlainJson } from "./json_plain.ts";
import { readBrokenJson, readJson, readJsonObject, readLastMember } from "./json_reader.ts";
import { JsonTextError } from "./json_scanner.ts";
import { surveyJson } from "./json_survey.ts";
import { schemaFromJson, schemaToJson } from "./json_schema.ts";
import { JsonProjection } from "./json_projection.ts";
import { JsonSpans } from "./json_spans.ts";
import { jsonToConnect } from "./json_to_connect.ts";
import { SchemaTextCache } from "./schema_text_cache.ts";

const readingFailed = "Converting byte[] to Kafka Connect data failed due to serialization error: ";
const schemaFailed = "Failed to parse schema in converter config due to serialization error: ";
const noEnvelope =
  'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain ' +
  "additional fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your " +
  "converter configuration.";
const encoder = new TextEncoder();
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

type JsonConverterOptions = ConfigValues<typeof jsonConverterConfig.keys>;

/**
 * Reads and writes JSON. Without schemas an object becomes a plain object, every integer a bigint and every
 * other number a number. With schemas a message is `{"schema": S, "payload": P}`, or only P if
 * `schema.content` sets S.
 *
 * @example
 * ```ts
 * import { JsonConverter } from "./json_converter.ts";
 * import { jsonConverterConfig } from "./json_converter_config.ts";
 * const converter = new JsonConverter(jsonConverterConfig.parse({ "schemas.enable": "false" }));
 * const bytes = new TextEncoder().encode('{"id":17,"total":199.9}');
 * const { schema, value } = converter.toConnectData("orders", bytes);
 * if (schema !== null || (value as { id: bigint }).id !== 17n) throw new Error("an integer is a bigint");
 * if (converter.fromConnectData("orders", schema, value)?.length !== bytes.length) throw new Error("writing restores the text");
 * ```
 */
export class JsonConverter implements Converter {
  readonly #options: JsonConverterOptions;
  readonly #writing: JsonWriting;
  readonly #starts: SchemaTextCache;
  readonly #schemaTexts = new WeakMap<Schema, string>();
  readonly #schema: Schema | null;

  /** @throws DataException if `schema.content` isn't a schema */
  constructor(options: JsonConverterOptions) {
    this.#options = options;
    this.#writing = {
      replaceNullWithDefault: options["replace.null.with.default"],
      decimalFormat: options["decimal.format"].toUpperCase() === "NUMERIC" ? "NUMERIC" : "BASE64",
    };
    this.#starts = new SchemaTextCache(options["schemas.cache.size"]);
    this.#schema = this.#readSchema(options["schema.content"] ?? "");
  }

  toConnectData(topic: string, bytes: Uint8Array | null): SchemaAndValue {
    if (bytes === null) return { schema: null, value: null };
    try {
      if (!this.#options["schemas.enable"]) return { schema: null, value: readPlainJson(bytes) };
      return this.#schema === null
        ? this.#readEnvelope(topic, bytes)
        : this.#readPayload(this.#schema, bytes);
    } catch (error) {
      throw translated(error, readingFailed);
    }
  }

  projecting(paths: FieldPaths): Converter | undefined {
    if (!this.#canFind(paths)) return undefined;
    const projection = new JsonProjection(paths);
    return {
      toConnectData: (topic, bytes) => {
        const value = bytes === null ? undefined : projection.read(bytes);
        return { schema: null, value: value ?? projection.kept(this.toConnectData(topic, bytes).value) };
      },
      fromConnectData: (topic, schema, value) => this.fromConnectData(topic, schema, value),
      valuesIn: (bytes) => this.valuesIn(bytes),
    };
  }

  spans(paths: FieldPaths): SpanReader | undefined {
    return this.#canFind(paths) ? JsonSpans.of(paths) : undefined;
  }

  valuesIn(bytes: Uint8Array): number {
    return surveyJson(bytes).values;
  }

  fromConnectData(_topic: string, schema: Schema | null, value: ConnectValue): Uint8Array | null {
    if (schema === null && value === null) return null;
    if (!this.#options["schemas.enable"]) return encoder.encode(connectToJson(schema, value, this.#writing));
    const schemaText = this.#schemaText(schema);
    return encoder.encode(
      `{"schema":${schemaText},"payload":${payloadToJson(schema, value, this.#writing)}}`,
    );
  }

  /** With schemas an object's fields aren't where their names are; half a surrogate pair is no name in UTF-8. */
  #canFind(paths: FieldPaths): boolean {
    return !this.#options["schemas.enable"] && paths.flat().every((name) => name.isWellFormed());
  }

  #readSchema(content: string): Schema | null {
    if (content === "") return null;
    try {
      const node = readJson(content);
      if (node === undefined) throw new DataException("Schema must contain 'type' field");
      return schemaFromJson(node, this.#writing);
    } catch (error) {
      throw translated(error, schemaFailed);
    }
  }

  #readPayload(schema: Schema, bytes: Uint8Array): SchemaAndValue {
    const { text, complete } = decodeJson(bytes);
    const node = complete ? readJson(text) : readBrokenJson(text);
    return { schema, value: jsonToConnect(schema, node, this.#writing) };
  }

  #readEnvelope(topic: string, bytes: Uint8Array): SchemaAndValue {
    const { text, complete } = decodeJson(bytes);
    const known = complete ? this.#starts.find(topic, text) : undefined;
    const payload = known === undefined ? undefined : readLastMember(text, known.start.length);
    if (known !== undefined && payload !== undefined) return this.#withSchema(known.schema, payload);
    if (!complete) return this.#fromMembers(readBrokenJson(text));
    const { node, lastMemberName, lastMemberAt } = readJsonObject(text);
    if (lastMemberName !== "payload") return this.#fromMembers(node);
    const start = ownText(text.slice(0, lastMemberAt));
    const [schemaNode] = membersOf(readJson(`${start}null}`));
    const [, lastPayload] = membersOf(node);
    const data = this.#withSchema(schemaFromJson(schemaNode, this.#writing), lastPayload);
    this.#starts.add(topic, { start, schema: data.schema });
    return data;
  }

  #fromMembers(node: JsonNode | undefined): SchemaAndValue {
    const [schema, payload] = membersOf(node);
    return this.#withSchema(schemaFromJson(schema, this.#writing), payload);
  }

  #withSchema(schema: Schema | null, payload: JsonNode): SchemaAndValue {
    return { schema, value: jsonToConnect(schema, payload, this.#writing) };
  }

  #schemaText(schema: Schema | null): string {
    if (schema === null) return "null";
    const known = this.#schemaTexts.get(schema);
    if (known !== undefined) return known;
    const text = schemaToJson(schema, this.#writing);
    this.#schemaTexts.set(schema, text);
    return text;
  }
}

/** Copies the text: a slice of a text, and names read from it, would keep the whole text in memory. */
function ownText(text: string): string {
  return utf8.decode(encoder.encode(text));
}

function membersOf(node: JsonNode | undefined): readonly [JsonNode, JsonNode] {
  const [schema, payload] = isJsonObject(node) ? [node.get("schema"), node.get("payload")] : [];
  if (isJsonObject(node) && node.size === 2 && schema !== undefined && payload !== undefined) {
    return [schema, payload];
  }
  throw new DataException(noEnvelope);
}

/** Turns a JSON text error into Connect's exception, with the rule; Connect's text has Jackson's message. */
function translated(error: unknown, action: string): unknown {
  if (!(error instanceof JsonTextError)) return error;
  const cause = new SerializationException(`Cannot read JSON: ${error.message}`, { jvmMessage: true });
  return new DataException(action + error.message, {
    cause,
    connectText: action,
    rule: "json_unreadable",
    jvmMessage: true,
  });
}
