/**
 * Describes outcomes as JSON text with Connect's own texts: dry-run shows them and the conformance tests
 * compare them. These texts can contain record values, so they must never be logged.
 *
 * @module
 */

import { Decimal } from "../api/decimal.ts";
import { javaClassOf, JavaException } from "../api/exceptions.ts";
import { millisOf } from "../java/date.ts";
import { doubleToString, entriesOf, floatToString } from "../java/text.ts";
import { type ConnectValue, type Schema, Struct } from "../api/schema.ts";
import { envelopeToJson } from "./json/connect_json.ts";
import { jsonString } from "./json/connect_to_json.ts";
import { schemaToJson } from "./json/json_schema.ts";

const asIs = { replaceNullWithDefault: false, decimalFormat: "BASE64" } as const;

/**
 * Returns the data's envelope, or `renderError` if JsonConverter can't write it.
 *
 * @param where key, value or header, if the outcome must name it
 * @example
 * ```ts
 * import { Schema } from "../api/schema.ts";
 * import { dataOutcome } from "./outcome_json.ts";
 * const fine = dataOutcome(Schema.STRING, "SP");
 * if (fine !== '{"schema":{"type":"string","optional":false},"payload":"SP"}') throw new Error("the envelope");
 * if (!dataOutcome(Schema.STRING, null).startsWith('{"renderError":')) throw new Error("a required string can't be null");
 * ```
 */
export function dataOutcome(schema: Schema | null, value: ConnectValue, where?: string): string {
  try {
    return envelopeToJson(schema, value);
  } catch (error) {
    if (!(error instanceof JavaException)) throw error;
    const place = where === undefined ? [] : [`"where":${jsonString(where)}`];
    const members = [...errorMembers("renderError", error), ...place, ...dataMembers(schema, value)];
    return `{${members.join(",")}}`;
  }
}

/**
 * Returns the data's envelope, also for data that JsonConverter can't write, such as a Timestamp without a
 * schema. Values without a JSON type get a tag: `{"$date":…}` in milliseconds, `{"$decimal":"1.50"}`,
 * `{"$bytes":"…"}`.
 *
 * @example
 * ```ts
 * import { shownData } from "./outcome_json.ts";
 * const text = shownData(null, { at: new Date(5) });
 * if (text !== '{"schema":null,"payload":{"at":{"$date":5}}}') throw new Error(text);
 * ```
 */
export function shownData(schema: Schema | null, value: ConnectValue): string {
  try {
    return envelopeToJson(schema, value);
  } catch (error) {
    if (!(error instanceof JavaException)) throw error;
    return `{"schema":${schemaText(schema)},"payload":${tagged(schema, value)}}`;
  }
}

/** Returns the outcome of an exception, with Connect's class name. */
export function errorOutcome(kind: "error" | "configError" | "renderError", thrown: unknown): string {
  return `{${errorMembers(kind, thrown).join(",")}}`;
}

/** Returns the members `error`, `class`, `cause` and `jvmMessage` of an outcome. */
export function errorMembers(kind: string, thrown: unknown): readonly string[] {
  const members = [`"${kind}":${jsonString(textOf(thrown))}`, `"class":"${javaClassOf(thrown)}"`];
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  if (cause !== undefined) {
    members.push(`"cause":{"class":"${javaClassOf(cause)}","message":${jsonString(textOf(cause))}}`);
  }
  const ofJvm = [thrown, cause].some((error) => error instanceof JavaException && error.jvmMessage);
  return ofJvm ? [...members, '"jvmMessage":true'] : members;
}

function textOf(thrown: unknown): string {
  if (thrown instanceof JavaException) return thrown.connectText;
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function dataMembers(schema: Schema | null, value: ConnectValue): readonly string[] {
  return [`"schema":${schemaText(schema)}`, `"java":${tagged(schema, value)}`];
}

/** Returns null for a schema whose default can't be written. */
function schemaText(schema: Schema | null): string {
  try {
    return schemaToJson(schema, asIs);
  } catch (error) {
    if (error instanceof JavaException) return "null";
    throw error;
  }
}

/** Returns the value as it is, whatever its schema says, with tags for types that JSON lacks. */
function tagged(schema: Schema | null, value: ConnectValue): string {
  if (value === null || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return jsonString(value);
  if (typeof value === "number") return numberText(schema, value);
  if (value instanceof Date) return `{"$date":${millisOf(value)}}`;
  if (value instanceof Decimal) return `{"$decimal":"${value}"}`;
  if (value instanceof Uint8Array) return `{"$bytes":"${value.toBase64()}"}`;
  if (value instanceof Struct) return `{"$struct":{${structMembers(value).join(",")}}}`;
  if (Array.isArray(value)) {
    return `[${value.map((item) => tagged(schema?.valueSchema ?? null, item)).join(",")}]`;
  }
  return mapText(schema, entriesOf(value));
}

function structMembers(struct: Struct): readonly string[] {
  return struct.schema.fields.map((field) =>
    `${jsonString(field.name)}:${tagged(field.schema, struct.values[field.index] ?? null)}`
  );
}

function mapText(schema: Schema | null, entries: readonly (readonly [ConnectValue, ConnectValue])[]): string {
  const keyText = (key: ConnectValue) => tagged(schema?.keySchema ?? null, key);
  const texts = entries.map(([key, value]) =>
    [keyText(key), tagged(schema?.valueSchema ?? null, value)] as const
  );
  const named = entries.every(([key]) => typeof key === "string");
  if (named) return `{${texts.map(([key, value]) => `${key}:${value}`).join(",")}}`;
  return `[${texts.map(([key, value]) => `[${key},${value}]`).join(",")}]`;
}

function numberText(schema: Schema | null, value: number): string {
  const isInteger = schema !== null && ["int8", "int16", "int32"].includes(schema.type);
  if (isInteger && Number.isSafeInteger(value)) return String(value);
  const text = schema?.type === "float" ? floatToString(value) : doubleToString(value);
  return Number.isFinite(Number(text)) ? text : `"${text}"`; // a float may be Infinity if the double isn't
}
