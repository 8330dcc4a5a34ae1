import { didYouMean } from "../commands/nearest_word.ts";
import { columnProblem } from "./sql_names.ts";
import { UsageError } from "../usage_error.ts";

/** PostgreSQL types of columns, each with an example as JSON and as a row shows it. */
export const fieldTypes = {
  text: { json: "an example", row: "an example" },
  bigint: { json: 1, row: 1 },
  integer: { json: 1, row: 1 },
  numeric: { json: 49.7, row: 49.7 },
  "double precision": { json: 0.5, row: 0.5 },
  boolean: { json: true, row: true },
  timestamptz: { json: "2026-11-23T03:05:27Z", row: "2026-11-23T03:05:27+00:00" },
} as const;

type FieldType = keyof typeof fieldTypes;

export interface Field {
  /** Path in the event, with dots into nested objects. */
  readonly path: string;
  readonly name: string;
  readonly type: FieldType;
}

export interface NewConnector {
  readonly name: string;
  readonly topic: string;
  /** The first is the key. */
  readonly fields: readonly [Field, ...Field[]];
  /** Where its code goes: none, a domain of the project, or one file without imports. */
  readonly code: "none" | "domain" | "module";
  /** The command that runs the program there. */
  readonly program: "deno task" | "sluice";
  /** For `--config-dir`; absent in the project's own folder. */
  readonly configDir?: string;
}

export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** Returns the name for schema, roles and the table's prefix. */
export function schemaOf({ name }: Pick<NewConnector, "name">): string {
  return name.replaceAll("-", "_");
}

const pathPattern = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$/;

/**
 * Parses `id:bigint,customer.name:text`.
 *
 * @example
 * ```ts
 * import { readFields } from "./connector_spec.ts";
 * const [key] = readFields("order_id:bigint,total:numeric");
 * if (key.name !== "order_id" || key.type !== "bigint") throw new Error("the first field is the key");
 * ```
 */
export function readFields(text: string): NewConnector["fields"] {
  const [key, ...others] = text.split(",").map(readField);
  if (key === undefined) throw new UsageError("Cannot use --fields: at least one field is expected");
  const names = [key, ...others].map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`Cannot use --fields: ${twice} is in it twice`);
  for (const { name } of [key, ...others]) {
    const problem = columnProblem(name);
    if (problem !== undefined) throw new UsageError(`Cannot use --fields: ${problem}`);
  }
  const paths = [key, ...others].map(({ path }) => path);
  const parent = paths.find((path) => paths.some((other) => other.startsWith(`${path}.`)));
  if (parent !== undefined) {
    throw new UsageError(
      `Cannot use --fields: ${parent} is a field and has fields below it, keep one of them`,
    );
  }
  return [key, ...others];
}

function readField(text: string): Field {
  const [path = "", type = "text", ...others] = text.split(":").map((part) => part.trim());
  const name = path.split(".").at(-1) ?? "";
  if (pathPattern.test(path) && isFieldType(type) && others.length === 0) return { path, name, type };
  if (text.trim() === "") throw new UsageError("Cannot use --fields: it has an extra comma");
  const types = Object.keys(fieldTypes);
  const isType = isFieldType(type);
  const why = !pathPattern.test(path)
    ? "a name of lower-case letters, digits and underscores is expected, with dots into nested objects"
    : `name:type is expected, a type is one of ${types.join(", ")}${isType ? "" : didYouMean(type, types)}`;
  throw new UsageError(`Cannot use --fields ${text}: ${why}`);
}

export function exampleEvent(fields: readonly Field[]): Readonly<Record<string, unknown>> {
  const event: Record<string, unknown> = {};
  for (const { path, type } of fields) {
    const parents = path.split(".");
    const name = parents.pop() ?? "";
    const parent = parents.reduce<Record<string, unknown>>(
      (at, part) => (at[part] ??= {}) as Record<string, unknown>,
      event,
    );
    parent[name] = fieldTypes[type].json;
  }
  return event;
}

function isFieldType(text: string): text is FieldType {
  return Object.hasOwn(fieldTypes, text);
}
