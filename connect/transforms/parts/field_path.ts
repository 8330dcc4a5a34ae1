/** Field names and paths to nested fields. (`org.apache.kafka.connect.transforms.field.SingleFieldPath`, KIP-821) @module */

import { ConfigException, DataException, JvmException } from "../../api/exceptions.ts";
import { type ConnectValue, type Field, type Schema, type SchemalessMap, Struct } from "../../api/schema.ts";
import { fieldOf } from "./map_fields.ts";
import { requireMapOrNull } from "./requirements.ts";
import type { ReadField } from "./struct_schema.ts";

const purpose = "nested field access";

/**
 * A path to one field: a plain name in syntax V1; names separated by dots in V2, with backticks around names
 * that contain dots.
 *
 * @example
 * ```ts
 * import { FieldPath } from "./field_path.ts";
 * const path = FieldPath.parse("customer.`home.phone`", "V2");
 * if (path.valueInMap({ customer: { "home.phone": "x" } }) !== "x") throw new Error("quoted dots are text");
 * ```
 */
export class FieldPath {
  readonly #parents: readonly string[];
  readonly #last: string | undefined;

  private constructor(readonly steps: readonly string[], readonly text: string) {
    this.#parents = steps.slice(0, -1);
    this.#last = steps.at(-1);
  }

  /** @param version V1 or V2 in any case @throws ConfigException if a backtick isn't closed */
  static parse(text: string, version: string): FieldPath {
    return new FieldPath(version.toUpperCase() === "V2" ? stepsOf(text) : [text], text);
  }

  /** Whether the path has more than one name. */
  get isNested(): boolean {
    return this.#parents.length > 0;
  }

  /** The last name of the path. */
  get leaf(): string {
    return this.#last ?? "";
  }

  /** Returns the field in a schema, or undefined if it is missing. */
  fieldIn(schema: Schema): Field | undefined {
    const name = this.#leaf();
    let current = schema;
    for (const step of this.#parents) {
      const field = current.field(step);
      if (field === undefined) return undefined;
      current = field.schema;
    }
    return current.field(name);
  }

  /** Returns the value in schemaless data, or null if it or one of its parents is missing. */
  valueInMap(map: SchemalessMap): ConnectValue {
    const name = this.#leaf();
    let current: SchemalessMap | null = map;
    for (const step of this.#parents) {
      current = requireMapOrNull(fieldOf(current, step) ?? null, purpose);
      if (current === null) return null;
    }
    return fieldOf(current, name) ?? null;
  }

  /** Returns the value in a struct; null if a parent is null, whatever the parent's default. */
  valueInStruct(struct: Struct, read: ReadField): ConnectValue {
    const name = this.#leaf();
    let current = struct;
    for (const step of this.#parents) {
      const next = current.getWithoutDefault(step);
      if (next === null) return null;
      if (!(next instanceof Struct)) throw new DataException(`Field '${step}' is not of type STRUCT`);
      current = next;
    }
    const field = current.schema.field(name);
    if (field === undefined) throw new DataException(`${name} is not a valid field name`);
    return read(current, field);
  }

  #leaf(): string {
    if (this.#last !== undefined) return this.#last;
    throw new JvmException("java.lang.IllegalArgumentException", "fromIndex(0) > toIndex(-1)", {
      jvmMessage: true,
    });
  }
}

/**
 * A backtick opens a quoted name only at the start of a step and closes it only at the end; elsewhere it is
 * text. A backslash before a closing backtick makes it text and is removed.
 */
function stepsOf(path: string): string[] {
  const found: string[] = [];
  for (let position = 0; position < path.length;) {
    const { name, end } = path[position] === "`" ? quotedName(path, position) : plainName(path, position);
    found.push(name);
    if (end === path.length - 1) found.push(""); // an empty name follows a dot at the very end
    position = end + 1;
  }
  return found;
}

/** A name and the position of the dot after it. */
interface Step {
  readonly name: string;
  readonly end: number;
}

function plainName(path: string, from: number): Step {
  const dot = path.indexOf(".", from);
  const end = dot < 0 ? path.length : dot;
  return { name: path.slice(from, end), end };
}

function quotedName(path: string, opening: number): Step {
  let name = "";
  for (let index = opening + 1; index < path.length; index++) {
    const couldClose = path[index] === "`" && (index === path.length - 1 || path[index + 1] === ".");
    if (couldClose && !name.endsWith("\\")) return { name, end: index + 1 };
    name = couldClose ? `${name.slice(0, -1)}\`` : name + path[index];
  }
  throw new ConfigException(
    `Incomplete backtick pair in path: [${path}], consider adding a backslash before backtick ` +
      `at position ${opening} to escape it`,
  );
}
