/** Reads and writes schemas as JSON. (`JsonConverter.asConnectSchema`, `asJsonSchema`) @module */

import { DataException, SchemaBuilderException } from "../../api/exceptions.ts";
import { Schema, type SchemaOptions, type SchemaType } from "../../api/schema.ts";
import { checkNewField, withDefault } from "../../api/validate.ts";
import { connectToJson, jsonString, type JsonWriting } from "./connect_to_json.ts";
import { isJsonObject, type JsonNode, memberOf } from "./json_node.ts";
import { jsonToConnect, type NullHandling } from "./json_to_connect.ts";

const scalarTypes: ReadonlySet<string> = new Set<SchemaType>([
  "boolean",
  "int8",
  "int16",
  "int32",
  "int64",
  "float",
  "double",
  "bytes",
  "string",
]);

/**
 * Returns the schema that JSON describes, or null for JSON null. As in Connect, attributes of the wrong type
 * are ignored, but a wrong `default` isn't.
 *
 * @throws DataException
 * @example
 * ```ts
 * import { schemaFromJson, schemaToJson } from "./json_schema.ts";
 * const schema = schemaFromJson(new Map([["type", "string"], ["name", "phone"]]), { replaceNullWithDefault: true });
 * const writing = { decimalFormat: "BASE64", replaceNullWithDefault: true } as const;
 * if (schemaToJson(schema, writing) !== '{"type":"string","optional":false,"name":"phone"}') throw new Error("writing restores it");
 * ```
 */
export function schemaFromJson(node: JsonNode, nulls: NullHandling): Schema | null {
  if (node === null) return null;
  const type = memberOf(node, "type");
  if (typeof type !== "string") throw new DataException("Schema must contain 'type' field");
  const [schemaType, shape] = shapeOf(type, node, nulls);
  const schema = new Schema(schemaType, { ...shape, ...attributesOf(node) });
  const defaultNode = memberOf(node, "default");
  return defaultNode === undefined ? schema : schemaWithDefault(schema, defaultNode, nulls);
}

/** Returns the JSON text of a schema, with its attributes in Connect's order. */
export function schemaToJson(schema: Schema | null, writing: JsonWriting): string {
  return schema === null ? "null" : `{${membersOf(schema, writing).join(",")}}`;
}

function shapeOf(type: string, node: JsonNode, nulls: NullHandling): readonly [SchemaType, SchemaOptions] {
  if (scalarTypes.has(type)) return [type as SchemaType, {}];
  switch (type) {
    case "array":
      return [type, { values: itemSchemaOf(node, nulls) }];
    case "map":
      return [type, mapShapeOf(node, nulls)];
    case "struct":
      return [type, { fields: fieldsOf(node, nulls) }];
    default:
      throw new DataException("Unknown schema type", { connectText: `Unknown schema type: ${type}` });
  }
}

function itemSchemaOf(node: JsonNode, nulls: NullHandling): Schema | null {
  const items = memberOf(node, "items") ?? null;
  if (items === null) throw new DataException("Array schema did not specify the element type");
  return schemaFromJson(items, nulls);
}

function mapShapeOf(node: JsonNode, nulls: NullHandling): SchemaOptions {
  const [keys, values] = [memberOf(node, "keys"), memberOf(node, "values")];
  if (keys === undefined) throw new DataException("Map schema did not specify the key type");
  if (values === undefined) throw new DataException("Map schema did not specify the value type");
  const shape = { keys: schemaFromJson(keys, nulls), values: schemaFromJson(values, nulls) };
  if (shape.keys === null) throw new SchemaBuilderException("keySchema cannot be null.");
  if (shape.values === null) throw new SchemaBuilderException("valueSchema cannot be null.");
  return shape;
}

function fieldsOf(node: JsonNode, nulls: NullHandling): readonly { name: string; schema: Schema }[] {
  const nodes = memberOf(node, "fields");
  if (!Array.isArray(nodes)) throw new DataException('Struct schema\'s "fields" argument is not an array.');
  const taken = new Set<string>();
  return nodes.map((field: JsonNode) => {
    const name = memberOf(field, "field");
    if (typeof name !== "string") {
      throw new DataException("Struct schema's field name not specified properly");
    }
    const schema = schemaFromJson(field, nulls) as Schema;
    checkNewField(taken, name, schema);
    taken.add(name);
    return { name, schema };
  });
}

function attributesOf(node: JsonNode): SchemaOptions {
  const text = (name: string) => {
    const value = memberOf(node, name);
    return typeof value === "string" ? value : null;
  };
  const version = memberOf(node, "version");
  return {
    optional: memberOf(node, "optional") === true,
    name: text("name"),
    version: typeof version === "bigint" ? Number(BigInt.asIntN(32, version)) : null,
    doc: text("doc"),
    parameters: parametersOf(memberOf(node, "parameters")),
  };
}

function parametersOf(node: JsonNode | undefined): ReadonlyMap<string, string> | null {
  if (!isJsonObject(node) || node.size === 0) return null;
  const texts = [...node].map(([name, value]) => {
    if (typeof value !== "string") throw new DataException("Schema parameters must have string values.");
    return [name, value] as const;
  });
  return new Map(texts);
}

function schemaWithDefault(schema: Schema, node: JsonNode, nulls: NullHandling): Schema {
  const value = jsonToConnect(schema, node, nulls);
  if (schema.type === "struct" && value !== null) {
    // Connect compares the default's finished schema with the builder, which are never equal.
    const cause = new DataException("Struct schemas do not match.");
    throw new SchemaBuilderException("Invalid default value", { cause });
  }
  return withDefault(schema, value);
}

function membersOf(schema: Schema, writing: JsonWriting): readonly string[] {
  const members = [
    `"type":"${schema.type}"`,
    ...shapeMembers(schema, writing),
    `"optional":${schema.optional}`,
  ];
  if (schema.name !== null) members.push(`"name":${jsonString(schema.name)}`);
  if (schema.version !== null) members.push(`"version":${schema.version}`);
  if (schema.doc !== null) members.push(`"doc":${jsonString(schema.doc)}`);
  if (schema.parameters !== null) {
    const parameters = [...schema.parameters].map(([name, value]) =>
      `${jsonString(name)}:${jsonString(value)}`
    );
    members.push(`"parameters":{${parameters.join(",")}}`);
  }
  if (schema.default != null) {
    members.push(`"default":${connectToJson(schema, schema.default, writing)}`);
  }
  return members;
}

function shapeMembers(schema: Schema, writing: JsonWriting): readonly string[] {
  switch (schema.type) {
    case "array":
      return [`"items":${schemaToJson(schema.valueSchema, writing)}`];
    case "map":
      return [
        `"keys":${schemaToJson(schema.keySchema, writing)}`,
        `"values":${schemaToJson(schema.valueSchema, writing)}`,
      ];
    case "struct": {
      const fields = schema.fields.map((field) => {
        const members = [...membersOf(field.schema, writing), `"field":${jsonString(field.name)}`];
        return `{${members.join(",")}}`;
      });
      return [`"fields":[${fields.join(",")}]`];
    }
    default:
      return [];
  }
}
