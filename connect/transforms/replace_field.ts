/** Keeps, drops and renames top-level fields. @module */

import { ConfigDef, invalidValue } from "../api/config_def.ts";
import { type ConnectValue, type Field, type Schema, type SchemalessMap, Struct } from "../api/schema.ts";
import type { MappedField } from "../api/spans.ts";
import { checkedStruct } from "../api/validate.ts";
import { DataException } from "../api/exceptions.ts";
import { hashMapOrder } from "../java/hash_map_order.ts";
import { fieldOf, setField } from "./parts/map_fields.ts";
import { distinct, listText, replaceNullWithDefault, splitAtColons, textsOf } from "./parts/options.ts";
import { CONNECT_TRANSFORMS, keyAndValue } from "./parts/record_part.ts";
import { requireMap, requireStruct } from "./parts/requirements.ts";
import { SchemaCache } from "./parts/schema_cache.ts";
import { basicsOf, readerFor, StructSchema } from "./parts/struct_schema.ts";

/**
 * Keeps the fields of `include` (all if it is empty) except those of `exclude`, and renames them. Both lists
 * contain old names and apply to the top level only. (`org.apache.kafka.connect.transforms.ReplaceField`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { replaceField } from "./replace_field.ts";
 * const transform = replaceField[1].create({ include: "name,phone", renames: "phone:telefone" });
 * const record = ConnectRecord.of({ topic: "t", value: { name: "Ana", phone: "+55 11", cpf: "x" } });
 * const value = transform.apply(record)?.value;
 * if (JSON.stringify(value) !== '{"name":"Ana","telefone":"+55 11"}') throw new Error("only named fields pass");
 * ```
 */
export const replaceField = keyAndValue({
  className: `${CONNECT_TRANSFORMS}ReplaceField`,
  documentation: "Keeps, drops or renames fields of the key or value.",
  config: ConfigDef.of({
    "exclude": {
      type: "LIST",
      default: "",
      importance: "MEDIUM",
      documentation: "Fields to drop; takes precedence over include.",
      check: distinct,
    },
    "include": {
      type: "LIST",
      default: "",
      importance: "MEDIUM",
      documentation: "Fields to keep; empty = all.",
      check: distinct,
    },
    "renames": {
      type: "LIST",
      default: "",
      importance: "MEDIUM",
      documentation: "New names of fields, as `old:new` pairs.",
      check: (_name, value) => {
        const wrong = textsOf(value).find((mapping) => splitAtColons(mapping).length !== 2);
        if (wrong === undefined) return undefined;
        return invalidValue("renames", listText(textsOf(value)), `Invalid rename mapping: ${wrong}`).message;
      },
    },
    "replace.null.with.default": replaceNullWithDefault,
  }),
  // Without include unnamed fields pass, perhaps renamed: which fields later steps read is unknown.
  reads: ({ include, exclude }) =>
    include.length === 0
      ? undefined
      : { paths: include.filter((name) => !exclude.includes(name)).map((name) => [name]), passesRest: false },
  mapFields: (options, wanted) => {
    const { listed, keeps, renamed } = planNames(options);
    if (options.include.length > 0) return listed === null ? undefined : listed.map(fieldFrom);
    const pairs = [...new Map(options.renames.map((mapping) => splitAtColons(mapping) as [string, string]))]
      .filter(([old]) => keeps(old));
    const names = pairs.map(([, name]) => name);
    // Two fields may get one name if two are renamed to it, or a field has it already.
    const isAmbiguous = new Set(names).size < names.length ||
      names.some((name) => keeps(name) && renamed(name) === name && !pairs.some(([old]) => old === name));
    if (wanted === undefined || isAmbiguous) return undefined;
    return wanted.map((name) => {
      const [old] = pairs.find(([, to]) => to === name) ?? [name];
      return keeps(old) && renamed(old) === name
        ? fieldFrom([old, name])
        : { path: null, name, isNullIfAbsent: false, isChecked: false };
    });
  },
  create: (part, options) => {
    const names = planNames(options);
    const read = readerFor(options["replace.null.with.default"]);
    const plans = new SchemaCache((schema) => planStruct(schema, names));
    return (record) => {
      const [schema, value] = [part.schema(record), part.value(record)];
      if (value === null) return record;
      if (schema === null) {
        return part.replace(record, null, replaceInMap(requireMap(value, "field replacement"), names));
      }
      const struct = requireStruct(value, "field replacement", schema);
      const plan = plans.get(struct.schema);
      const values = plan.sources.map((source) => read(struct, requireSource(source)));
      const result = plan.crossed ? checkedStruct(plan.schema, values) : new Struct(plan.schema, values);
      return part.replace(record, plan.schema, result);
    };
  },
});

function fieldFrom([old, name]: readonly [string, string]): MappedField {
  return { path: [old], name, isNullIfAbsent: false, isChecked: false };
}

interface Names {
  /** Pairs of old and new names if the configuration lists all of them without duplicates; otherwise null. */
  readonly listed: readonly (readonly [old: string, renamed: string])[] | null;
  keeps(name: string): boolean;
  renamed(name: string): string;
  /** Returns the old name that Connect assumes for a new one, whether renamed or not. */
  old(name: string): string;
}

function planNames(options: {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly renames: readonly string[];
}): Names {
  const include = new Set(options.include);
  const exclude = new Set(options.exclude);
  const renames = new Map(options.renames.map((mapping) => splitAtColons(mapping) as [string, string]));
  const keeps = (name: string) => !exclude.has(name) && (include.size === 0 || include.has(name));
  const renamed = (name: string) => renames.get(name) ?? name;
  const listed = [...include].filter(keeps).map((name) => [name, renamed(name)] as const);
  const unambiguous = include.size > 0 && new Set(listed.map(([, name]) => name)).size === listed.length;
  const reversed = new Map(hashMapOrder([...renames.keys()]).map((old) => [renamed(old), old]));
  const old = (name: string) => reversed.get(name) ?? name;
  return { listed: unambiguous ? listed : null, keeps, renamed, old };
}

function replaceInMap(map: SchemalessMap, names: Names): SchemalessMap {
  const result: Record<string, ConnectValue> = {};
  if (names.listed !== null) {
    for (const [old, renamed] of names.listed) {
      const value = fieldOf(map, old);
      if (value !== undefined) setField(result, renamed, value);
    }
    return result;
  }
  const kept = Object.keys(map).filter(names.keeps);
  for (const name of kept) setField(result, names.renamed(name), map[name] ?? null);
  return Object.keys(result).length === kept.length ? result : inJavaOrder(map, names);
}

/** If two fields get the same name, the one that Java's HashMap iterates last wins. */
function inJavaOrder(map: SchemalessMap, names: Names): SchemalessMap {
  const kept = hashMapOrder(Object.keys(map)).filter(names.keeps);
  return Object.fromEntries(kept.map((name) => [names.renamed(name), map[name] ?? null]));
}

interface StructPlan {
  readonly schema: Schema;
  /** The source of each value; a name if the struct has no such field. */
  readonly sources: readonly (Field | string)[];
  /** Whether a value comes from a field that wasn't renamed to it. */
  readonly crossed: boolean;
}

/**
 * Connect looks up the old field by the new name, also for fields that weren't renamed. With `a:b` and a kept
 * field `b` while `a` is dropped, `b` gets the value of `a`, or an error if `a` is missing.
 */
function planStruct(schema: Schema, names: Names): StructPlan {
  const fields = schema.fields.filter((field) => names.keeps(field.name));
  const built = new StructSchema();
  for (const field of fields) built.field(names.renamed(field.name), field.schema);
  const sources = fields.map((field) => {
    const old = names.old(names.renamed(field.name));
    return schema.field(old) ?? old;
  });
  const crossed = sources.some((source, index) => source !== fields[index]);
  return { schema: built.build(basicsOf(schema)), sources, crossed };
}

function requireSource(source: Field | string): Field {
  if (typeof source !== "string") return source;
  // The name may come from the record: our message gives the rule, Connect's text the name.
  throw new DataException("A field to rename is not a valid field name", {
    connectText: `${source} is not a valid field name`,
  });
}
