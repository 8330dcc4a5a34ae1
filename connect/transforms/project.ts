/** Keeps only the named fields, including nested ones. @module */

import { ConfigDef } from "../api/config_def.ts";
import { ConfigException, DataException } from "../api/exceptions.ts";
import { type ConnectValue, type Schema, type SchemalessMap, Struct } from "../api/schema.ts";
import { setField } from "./parts/map_fields.ts";
import { parseProjection, type ProjectedField } from "./projection.ts";
import { keyAndValue } from "./parts/record_part.ts";
import { isSchemalessMap, requireMap, requireStruct } from "./parts/requirements.ts";
import { SchemaCache } from "./parts/schema_cache.ts";
import { readerFor, StructSchema } from "./parts/struct_schema.ts";

const purpose = "projection";
const read = readerFor(true);

/**
 * Replaces the value with a flat one that has only the fields in `include`, each given by its path and
 * optionally, after a colon, its new name. It fails closed: a missing or empty include is refused, and a
 * named field that is an object or a list of objects is an error, since its own fields aren't named. A
 * missing field is null. Tombstones pass.
 *
 * Connect has no equivalent: ReplaceField sees only the top level, and with an empty include it keeps
 * everything.
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { project } from "./project.ts";
 * const transform = project.create({ include: "customer.name:name,customer.phone,region" });
 * const event = { customer: { name: "Ana", phone: "+55 11", cpf: "x" }, region: "SP", total: 5n };
 * const value = transform.apply(ConnectRecord.of({ topic: "t", value: event }))?.value;
 * if (JSON.stringify(value) !== '{"name":"Ana","phone":"+55 11","region":"SP"}') throw new Error("nothing else passes");
 * ```
 */
export const [, project] = keyAndValue({
  className: "sluice.transforms.Project",
  version: "1.0.0",
  documentation: "Keeps only the named fields, including nested ones; fails closed.",
  config: ConfigDef.of({
    include: {
      type: "LIST",
      importance: "HIGH",
      documentation:
        "Fields to keep, as `path` or `path:name`; the default name is the last one of the path. Dots lead into " +
        "nested fields, backticks quote names that contain dots.",
      check: (name, value) => {
        const parsed = parseProjection(name, value);
        return typeof parsed === "string" ? parsed : undefined;
      },
    },
  }),
  reads: ({ include }) => {
    const fields = parseProjection("include", include);
    return typeof fields === "string"
      ? undefined
      : { paths: fields.map(({ path }) => path.steps), passesRest: false };
  },
  mapFields: ({ include }) => {
    const fields = parseProjection("include", include);
    if (typeof fields === "string") return undefined;
    return fields.map(({ path, name }) => ({
      path: path.steps,
      name,
      isNullIfAbsent: true,
      isChecked: true,
    }));
  },
  create: (part, { include }) => {
    const fields = parseProjection("include", include);
    if (typeof fields === "string") throw new ConfigException(fields);
    const schemas = new SchemaCache((schema) => projectedSchema(schema, fields));
    return (record) => {
      const [schema, value] = [part.schema(record), part.value(record)];
      if (value === null) return part.replace(record, null, null);
      if (schema === null) return part.replace(record, null, projectMap(requireMap(value, purpose), fields));
      const struct = requireStruct(value, purpose, schema);
      const projected = schemas.get(struct.schema);
      const values = fields.map((field) => plain(field.path.valueInStruct(struct, read), field));
      return part.replace(record, projected, new Struct(projected, values));
    };
  },
});

function projectMap(map: SchemalessMap, fields: readonly ProjectedField[]): SchemalessMap {
  const result: Record<string, ConnectValue> = {};
  for (const field of fields) setField(result, field.name, plain(field.path.valueInMap(map), field));
  return result;
}

function projectedSchema(schema: Schema, fields: readonly ProjectedField[]): Schema {
  const built = new StructSchema();
  for (const { path, name } of fields) {
    const leaf = path.fieldIn(schema)?.schema;
    if (leaf === undefined) throw new DataException(`Unknown field: ${path.text}`);
    // A null parent makes the field null.
    built.field(name, path.isNested && !leaf.optional ? leaf.with({ optional: true }) : leaf);
  }
  return built.build();
}

function plain(value: ConnectValue, { path }: ProjectedField): ConnectValue {
  if (isPlain(value)) return value;
  throw new DataException(
    `Cannot project ${path.text}: it isn't a plain value, and include doesn't name its fields`,
    { rule: "not_a_plain_value", field: path.text },
  );
}

function isPlain(value: ConnectValue): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  return !(value instanceof Struct || value instanceof Map || isSchemalessMap(value));
}
