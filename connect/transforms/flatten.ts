/** Moves nested fields to the top level. @module */

import { ConfigDef } from "../api/config_def.ts";
import { DataException } from "../api/exceptions.ts";
import { javaClassName } from "../java/text.ts";
import { type ConnectValue, type Field, Schema, type SchemalessMap, Struct } from "../api/schema.ts";
import { typeName } from "../api/validate.ts";
import { hashMapOrder } from "../java/hash_map_order.ts";
import { CONNECT_TRANSFORMS, keyAndValue } from "./parts/record_part.ts";
import { isSchemalessMap, requireMap, requireStruct } from "./parts/requirements.ts";
import { SchemaCache } from "./parts/schema_cache.ts";
import { basicsOf, StructSchema } from "./parts/struct_schema.ts";
import { setField } from "./parts/map_fields.ts";

const purpose = "flattening";

/**
 * Turns a nested struct or map into a flat one and joins the names of the levels with `delimiter`. Lists stay
 * unchanged. (`org.apache.kafka.connect.transforms.Flatten`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { flatten } from "./flatten.ts";
 * const record = ConnectRecord.of({ topic: "t", value: { customer: { name: "Ana", id: 1 } } });
 * const value = flatten[1].create({ delimiter: "_" }).apply(record)?.value;
 * if (JSON.stringify(value) !== '{"customer_name":"Ana","customer_id":1}') throw new Error("one level remains");
 * ```
 */
export const flatten = keyAndValue({
  className: `${CONNECT_TRANSFORMS}Flatten`,
  documentation: "Flattens nested structs and maps.",
  config: ConfigDef.of({
    delimiter: {
      type: "STRING",
      default: ".",
      importance: "MEDIUM",
      documentation: "Delimiter between the names of the levels.",
    },
  }),
  create: (part, { delimiter }) => {
    const plans = new SchemaCache((schema) => planStruct(schema, delimiter));
    return (record) => {
      const [schema, value] = [part.schema(record), part.value(record)];
      if (value === null) return record;
      if (schema === null) return part.replace(record, null, flatMap(requireMap(value, purpose), delimiter));
      const struct = requireStruct(value, purpose, schema);
      const plan = plans.get(schema);
      const values = plan.paths.map((path) => valueAt(struct, path));
      return part.replace(record, plan.schema, new Struct(plan.schema, values));
    };
  },
});

function flatMap(map: SchemalessMap, delimiter: string): SchemalessMap {
  const result: Record<string, ConnectValue> = {};
  const seen = addFlat(result, "", map, { delimiter, order: (names) => names });
  if (Object.keys(result).length === seen) return result;
  // If two paths get the same name, the one that Java's HashMap iterates last wins.
  const ordered: Record<string, ConnectValue> = {};
  addFlat(ordered, "", map, { delimiter, order: hashMapOrder });
  return ordered;
}

interface Walk {
  readonly delimiter: string;
  readonly order: (names: readonly string[]) => readonly string[];
}

/** Returns the number of values set. */
function addFlat(
  result: Record<string, ConnectValue>,
  prefix: string,
  map: SchemalessMap,
  walk: Walk,
): number {
  let seen = 0;
  for (const key of walk.order(Object.keys(map))) {
    const value = map[key] ?? null;
    const name = prefix === "" ? key : prefix + walk.delimiter + key;
    if (isSchemalessMap(value)) {
      seen += addFlat(result, name, value, walk);
      continue;
    }
    if (value instanceof Date) throw unsupported(value);
    setField(result, name, value);
    seen++;
  }
  return seen;
}

function unsupported(value: ConnectValue): DataException {
  return new DataException(
    `Flatten transformation was passed a value of type class ${javaClassName(value)} ` +
      "which is not supported by Connect's data API",
  );
}

interface FlatPlan {
  readonly schema: Schema;
  /** For each field of the flat schema, the fields that lead to it. */
  readonly paths: readonly (readonly Field[])[];
}

/** A struct on the way down: its place, the fields that lead there, and its default's values. */
interface Level {
  readonly schema: Schema;
  readonly prefix: string;
  readonly path: readonly Field[];
  readonly optional: boolean;
  readonly defaults: ConnectValue;
}

function planStruct(schema: Schema, delimiter: string): FlatPlan {
  const built = new StructSchema();
  const paths: Field[][] = [];
  const root = { schema, prefix: "", path: [], optional: schema.optional, defaults: schema.default ?? null };
  addLevel(root, delimiter, (name, leaf, path) => {
    built.field(name, leaf);
    paths.push(path);
  });
  return { schema: built.build(basicsOf(schema)), paths };
}

function addLevel(
  level: Level,
  delimiter: string,
  add: (name: string, leaf: Schema, path: Field[]) => void,
): void {
  for (const field of level.schema.fields) {
    const name = level.prefix === "" ? field.name : level.prefix + delimiter + field.name;
    const optional = level.optional || field.schema.optional;
    const inherited = level.defaults instanceof Struct ? level.defaults.get(field.name) : null;
    const defaults = field.schema.default ?? inherited;
    const path = [...level.path, field];
    if (field.schema.type === "struct") {
      addLevel({ schema: field.schema, prefix: name, path, optional, defaults }, delimiter, add);
    } else if (field.schema.type === "map") {
      const text = `Flatten transformation does not support ${
        typeName(field.schema.type)
      } for record with schemas`;
      throw new DataException(text, { connectText: `${text} (for field ${name}).` });
    } else {
      add(name, leafSchema(field.schema, optional, defaults), path);
    }
  }
}

function leafSchema(schema: Schema, optional: boolean, defaultValue: ConnectValue): Schema {
  return new Schema(schema.type, {
    ...basicsOf(schema),
    optional,
    values: schema.valueSchema,
    ...(defaultValue === null ? {} : { default: defaultValue }),
  });
}

/** Returns null below a null struct, whatever the defaults; a field of a present struct has its default. */
function valueAt(struct: Struct, path: readonly Field[]): ConnectValue {
  let current: ConnectValue = struct;
  for (const field of path) {
    if (!(current instanceof Struct)) return null;
    current = current.values[field.index] ?? field.schema.default ?? null;
  }
  return current;
}
