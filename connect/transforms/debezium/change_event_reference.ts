/** Resolves the fields of a change event named in `add.fields` and `add.headers`. @module */

import { JvmException } from "../../api/exceptions.ts";
import { type ConnectValue, type Schema, type SchemalessMap, Struct } from "../../api/schema.ts";
import { Schema as SchemaClass } from "../../api/schema.ts";
import { fieldOf } from "../parts/map_fields.ts";
import { splitAtColons } from "../parts/options.ts";
import { isSchemalessMap } from "../parts/requirements.ts";
import { basicsOf } from "../parts/struct_schema.ts";

/** A field of the event and its new name. */
export interface EventReference {
  /** The struct that contains the field; null means the event itself. */
  readonly parent: string | null;
  readonly field: string;
  readonly name: string;
}

/** Names of fields in the event itself and in its transaction; all others are in `source`. */
const ofEvent: ReadonlySet<string> = new Set([
  "op",
  "ts_ms",
  "ts_us",
  "ts_ns",
  "before",
  "after",
  "source",
  "transaction",
]);
const ofTransaction: ReadonlySet<string> = new Set(["id", "total_order", "data_collection_order"]);

/**
 * Parses references such as `op`, `source.ts_ms` and `table:table_name`.
 *
 * @example
 * ```ts
 * import { parseReferences } from "./change_event_reference.ts";
 * const [lsn, at] = parseReferences("__", ["lsn", "source.ts_ms:changed_at"]);
 * if (lsn?.parent !== "source" || lsn.name !== "__lsn") throw new Error("single names are fields of source");
 * if (at?.name !== "__changed_at") throw new Error("the prefix applies to a new name too");
 * ```
 */
export function parseReferences(prefix: string, texts: readonly string[]): readonly EventReference[] {
  return texts.map((text) => {
    const [path = "", renamed, ...more] = splitAtColons(text);
    if (more.length > 0) {
      throw new JvmException("java.lang.IllegalArgumentException", `Unexpected field name: ${text}`);
    }
    const dot = path.indexOf(".");
    const [parent, field] = dot < 0 ? [parentOf(path), path] : [path.slice(0, dot), path.slice(dot + 1)];
    return { parent, field, name: prefix + (renamed ?? path.replace(".", "_")) };
  });
}

function parentOf(name: string): string | null {
  if (ofEvent.has(name)) return null;
  return ofTransaction.has(name) ? "transaction" : "source";
}

/** Returns the schema of an added field, or undefined if the event has no such field. */
export function referencedSchema(schema: Schema, { parent, field }: EventReference): Schema | undefined {
  const holder = parent === null ? schema : schema.field(parent)?.schema ?? missingParent(parent);
  const found = holder.field(field)?.schema;
  if (found === undefined) return undefined;
  return new SchemaClass(found.type, {
    ...basicsOf(found),
    optional: true,
    keys: found.keySchema,
    values: found.valueSchema,
  });
}

/** Returns the value in an event with a schema; null if its struct is null, whatever the defaults. */
export function referencedValue(event: Struct, { parent, field }: EventReference): ConnectValue {
  const holder = parent === null ? event : event.getWithoutDefault(parent);
  return holder instanceof Struct ? holder.getWithoutDefault(field) : null;
}

/** Returns the value in an event without a schema, or undefined if it is missing. */
export function referencedInMap(
  event: SchemalessMap,
  { parent, field }: EventReference,
): ConnectValue | undefined {
  const holder = parent === null ? event : fieldOf(event, parent) ?? null;
  return isSchemalessMap(holder) ? fieldOf(holder, field) : undefined;
}

function missingParent(parent: string): never {
  throw new JvmException(
    "java.lang.NullPointerException",
    `Cannot add a field of the change event: it has no ${parent}, of which add.fields or add.headers names a field`,
    {
      rule: "event_part_missing",
      field: parent,
      connectText:
        'Cannot invoke "org.apache.kafka.connect.data.Field.schema()" because the return value of ' +
        '"org.apache.kafka.connect.data.Schema.field(String)" is null',
      jvmMessage: true,
    },
  );
}
