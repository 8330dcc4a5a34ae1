/** Whether the configured converters give records the fields that the options need. @module */

import { parseAs } from "../../../connect/api/config_def.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import type { SinkSettings } from "./sink_settings.ts";

/** An option and its problem. */
type FormProblem = readonly [option: string, why: string];

type Part = "key" | "value";

const transforms = "org.apache.kafka.connect.transforms.";
const converters = /^org\.apache\.kafka\.connect\.(?:storage|converters)\.(\w+)Converter$/;

/**
 * Returns what would stop the task at its first record, as far as converters and transformations are known.
 *
 * @example
 * ```ts
 * import { formProblems } from "./record_forms.ts";
 * import { readSinkSettings } from "./option_rules.ts";
 * const props = { "connection.url": "postgres://w@db/x", "pk.mode": "record_key", "insert.mode": "upsert" };
 * const text = { ...props, "key.converter": "org.apache.kafka.connect.storage.StringConverter" };
 * const [[option] = []] = formProblems(readSinkSettings(props), text);
 * if (option !== "pk.fields") throw new Error("a text has no fields to take the key's columns from");
 * ```
 */
export function formProblems(settings: SinkSettings, props: Props): readonly FormProblem[] {
  const { keyMode, keyFields, insertMode, deletes, newest } = settings;
  const keyKind = scalarOf("key", props);
  const found: FormProblem[] = [];
  if (keyMode === "record_key" && keyKind !== null && keyFields.length !== 1) {
    const why = keyFields.length === 0
      ? `Expected the column of the primary key, since the records' keys are ${keyKind} and have no fields`
      : `Expected one column, since the records' keys are ${keyKind} and have no fields`;
    found.push(["pk.fields", `${why}; see key.converter`]);
  }
  const isPlain = keyMode === "record_value" && keyFields.length === 0 && insertMode !== "insert";
  if (isPlain && isSchemaless(props)) {
    found.push([
      "pk.fields",
      "Expected the fields of the primary key, since the records' values have no schema that tells them; see value.converter",
    ]);
  }
  const valueKind = scalarOf("value", props);
  const readsTombstones = deletes || newest?.seal != null; // tombstones are the same with every converter
  if (valueKind !== null && !readsTombstones) {
    found.push([
      "value.converter",
      `Expected one that makes objects, such as JsonConverter, since rows are made of fields: these values are ${valueKind}`,
    ]);
  }
  return found;
}

/** Describes keys or values without fields; null if they may have some. */
function scalarOf(part: Part, props: Props): string | null {
  const kind = converters.exec(props[`${part}.converter`]?.trim() ?? "")?.[1];
  if (kind === undefined || !typesOf(props).every((type) => leaves(part, type))) return null;
  const kinds: Readonly<Record<string, string>> = { String: "text", ByteArray: "bytes", Boolean: "booleans" };
  return kinds[kind] ?? "numbers";
}

function isSchemaless(props: Props): boolean {
  const isPlain = props["value.converter"]?.trim() === "org.apache.kafka.connect.json.JsonConverter" &&
    props["value.converter.schemas.enable"]?.trim().toLowerCase() === "false";
  return isPlain && typesOf(props).every((type) => type.startsWith(transforms) || isUnwrap(type));
}

function typesOf(props: Props): readonly string[] {
  const aliases = parseAs("LIST", "transforms", props["transforms"] ?? "") as readonly string[];
  return aliases.map((alias) => props[`transforms.${alias}.type`]?.trim() ?? "");
}

/** Whether a transformation leaves values without fields as they are. Known only for Connect's. */
function leaves(part: Part, type: string): boolean {
  if (isUnwrap(type)) return true;
  if (!type.startsWith(transforms)) return false;
  const name = type.slice(transforms.length);
  return name !== (part === "key" ? "HoistField$Key" : "HoistField$Value") &&
    (part === "value" || name !== "ValueToKey");
}

function isUnwrap(type: string): boolean {
  return type === "io.debezium.transforms.ExtractNewRecordState";
}
