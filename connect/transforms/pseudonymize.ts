/** Replaces fields with keyed hashes. @module */

import { ConfigDef, Password } from "../api/config_def.ts";
import { ConfigException, DataException } from "../api/exceptions.ts";
import { KeyedHash } from "../api/keyed_hash.ts";
import { type ConnectValue, Schema, type SchemalessMap, Struct } from "../api/schema.ts";
import { fieldOf, setField } from "./parts/map_fields.ts";
import { distinct, oneOf } from "./parts/options.ts";
import { keyAndValue } from "./parts/record_part.ts";
import { requireMap, requireStruct } from "./parts/requirements.ts";
import { SchemaCache } from "./parts/schema_cache.ts";
import { basicsOf, StructSchema } from "./parts/struct_schema.ts";

const purpose = "pseudonymization";
/**
 * Prefix of hashed texts, as in the shipped connector's contact keys: equal secrets give equal pseudonyms.
 */
const textPrefix = "v1:";

/**
 * Replaces the named fields, or the whole key or value if none is named, with the HMAC-SHA-256 of their text
 * as 64 hexadecimal digits. Equal values stay equal, and only the secret allows testing what they were. Text
 * and integers only; 17 and "17" are the same. Null stays null. A missing field is an error unless
 * `missing.fields=ignore`, since a renamed field would pass unhashed.
 *
 * The result is pseudonymous, not anonymous: with the secret it can be recomputed, so it is still personal
 * data.
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { pseudonymize } from "./pseudonymize.ts";
 * const transform = pseudonymize[1].create({ fields: "id", secret: "a secret of at least thirty-two bytes" });
 * const hashed = (id: bigint | string) =>
 *   (transform.apply(ConnectRecord.of({ topic: "t", value: { id } }))?.value as { id: string }).id;
 * if (hashed(17n) !== hashed("17") || hashed(17n).length !== 64) throw new Error("one person, one pseudonym");
 * ```
 */
export const pseudonymize = keyAndValue({
  className: "sluice.transforms.Pseudonymize",
  version: "1.0.0",
  documentation: "Replaces fields with keyed hashes.",
  config: ConfigDef.of({
    "fields": {
      type: "LIST",
      default: "",
      importance: "HIGH",
      documentation: "Names of the fields; empty = the whole key or value.",
      check: distinct,
    },
    "secret": {
      type: "PASSWORD",
      importance: "HIGH",
      documentation: "The secret, at least 32 bytes; use a reference such as `${env:KEY_SECRET}`.",
      check: checkSecret,
    },
    "missing.fields": {
      type: "STRING",
      default: "fail",
      importance: "MEDIUM",
      documentation: "What to do if a named field is missing: `fail` or `ignore`.",
      check: oneOf("fail", "ignore"),
    },
  }),
  create: (part, { fields, secret, "missing.fields": missing }) => {
    const names = new Set(fields);
    const hash = new KeyedHash(secret.value, "secret");
    const schemas = new SchemaCache((schema) => hashedSchema(schema, names, missing));
    return (record) => {
      const [schema, value] = [part.schema(record), part.value(record)];
      if (value === null) return record;
      if (names.size === 0) {
        return part.replace(record, wholeSchema(schema), pseudonym(value, hash, part.name));
      }
      if (schema === null) {
        return part.replace(record, null, hashMap(requireMap(value, purpose), fields, hash, missing));
      }
      const struct = requireStruct(value, purpose, schema);
      const updated = schemas.get(struct.schema);
      const values = struct.schema.fields.map((field) => {
        const found = struct.values[field.index] ?? null;
        return names.has(field.name) ? pseudonym(found, hash, field.name) : found;
      });
      return part.replace(record, updated, new Struct(updated, values));
    };
  },
});

function checkSecret(name: string, value: unknown): string | undefined {
  if (!(value instanceof Password)) return undefined;
  try {
    new KeyedHash(value.value, name);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigException)) throw error;
    return error.message;
  }
}

function hashMap(
  map: SchemalessMap,
  fields: readonly string[],
  hash: KeyedHash,
  missing: string,
): SchemalessMap {
  const result = { ...map };
  for (const name of fields) {
    const value = fieldOf(map, name);
    if (value !== undefined) setField(result, name, pseudonym(value, hash, name));
    else if (missing === "fail") throw missingField(name);
  }
  return result;
}

function pseudonym(value: ConnectValue, hash: KeyedHash, field: string): ConnectValue {
  if (value === null) return null;
  const integer = typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value));
  if (integer || typeof value === "string") return hash.of(`${textPrefix}${value}`).toHex();
  throw new DataException(`Cannot pseudonymize ${field}: only text and integers have a keyed hash`, {
    rule: "not_text_or_integer",
    field,
  });
}

function wholeSchema(schema: Schema | null): Schema | null {
  if (schema === null) return null;
  return schema.optional ? Schema.OPTIONAL_STRING : Schema.STRING;
}

function hashedSchema(schema: Schema, names: ReadonlySet<string>, missing: string): Schema {
  const gone = [...names].find((name) => schema.field(name) === undefined);
  if (gone !== undefined && missing === "fail") throw missingField(gone);
  const built = new StructSchema();
  for (const field of schema.fields) {
    built.field(field.name, names.has(field.name) ? wholeSchema(field.schema) ?? field.schema : field.schema);
  }
  return built.build({ ...basicsOf(schema), optional: schema.optional });
}

function missingField(name: string): DataException {
  return new DataException(`Cannot pseudonymize ${name}: the record has no such field`, {
    rule: "field_missing",
    field: name,
  });
}
