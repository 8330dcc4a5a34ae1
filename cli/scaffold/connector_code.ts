import { type Field, fieldTypes, type NewConnector, type NewFile, schemaOf } from "./connector_spec.ts";

const literalOf = ({ type }: Field) => {
  const { json } = fieldTypes[type];
  return typeof json === "number" && Number.isInteger(json) ? `${json}n` : JSON.stringify(json);
};
const lines = (texts: readonly string[]) => texts.join("\n");

/** Options for JSON events without schemas, with text keys. */
export const jsonEvents = {
  "key.converter": "org.apache.kafka.connect.storage.StringConverter",
  "value.converter": "org.apache.kafka.connect.json.JsonConverter",
  "value.converter.schemas.enable": "false",
} as const;

/** Options that the new connector's code fixes: its table, and newest wins. */
export function fixedOf({ name, fields }: NewConnector): Readonly<Record<string, string>> {
  return {
    "table.name.format": `${schemaOf({ name })}.entry`,
    "insert.mode": "upsert",
    "pk.mode": "record_value",
    "pk.fields": fields[0].name,
    "fields.whitelist": fields.map((field) => field.name).join(","),
    "exactly.once.enabled": "true",
  };
}

/** The source of the connector's policy; `keep` is its transformation. */
function policyText(connector: NewConnector, indent: string): string {
  const { name } = connector;
  const entries = (options: Readonly<Record<string, string>>) =>
    Object.entries(options).map(([option, text]) => `${indent}    "${option}": "${text}",`);
  return lines([
    "{",
    `${indent}  className: "sluice.${name}.EntrySink",`,
    `${indent}  version: "1",`,
    `${indent}  documentation: "Writes what ${name} keeps of an event, a row a key.",`,
    `${indent}  sink: "PostgresSink",`,
    `${indent}  transforms: { keep },`,
    `${indent}  fixed: {`,
    ...entries(fixedOf(connector)),
    `${indent}  },`,
    `${indent}  defaults: {`,
    ...entries(jsonEvents),
    `${indent}  },`,
    `${indent}  required: ["egress.columns"],`,
    `${indent}}`,
  ]);
}

/** Returns the connector's `mod.ts`, its domain and a test. */
export function domainFiles(connector: NewConnector): readonly NewFile[] {
  const { name } = connector;
  const domain = name.replaceAll("-", "_");
  return [
    { path: `domain/${domain}/entry.ts`, text: domainText(connector) },
    { path: `tests/unit/domain/${domain}/entry_test.ts`, text: domainTestText(connector, domain) },
    { path: `connectors/${name}/mod.ts`, text: moduleText(connector, domain) },
  ];
}

function domainText({ name, fields }: NewConnector): string {
  const [key] = fields;
  return `/** What ${name} keeps of an event, and what it refuses. @module */

import { accepted, refused, type Result } from "../result.ts";

/** What a column can hold. */
type Plain = string | number | bigint | boolean;

/** An event's fields as they come. */
interface EntryReport {
${lines(fields.map((field) => `  readonly ${field.name}: unknown;`))}
}

/** What is kept: \`${key.name}\` says of whom, the others may be unknown. */
export interface Entry {
${lines(fields.map((field) => `  readonly ${field.name}: Plain${field === key ? "" : " | null"};`))}
}

/** The rules by their codes, with what each expects. */
export const entryRules = {
  ${key.name}_missing: "Expected ${key.name}, found none",
  field_invalid: "Expected a text, a number or a boolean",
} as const;

/** Code of a rule. */
export type EntryRule = keyof typeof entryRules;

/**
 * Reads an event; the first rule that refuses is the answer.
 *
 * @example
 * \`\`\`ts
 * import { readEntry } from "./entry.ts";
 * const entry = readEntry({ ${fields.map((field) => `${field.name}: ${literalOf(field)}`).join(", ")} });
 * if (!entry.ok) throw new Error(entry.rule);
 * \`\`\`
 */
export function readEntry(report: EntryReport): Result<Entry, EntryRule> {
  const { ${fields.map((field) => `${field.name} = null`).join(", ")} } = report;
  if (${key.name} === null) return refused("${key.name}_missing", "${key.name}");
${lines(fields.map((field) => guardOf(field, field === key)))}
  return accepted({ ${fields.map((field) => field.name).join(", ")} });
}

function isPlain(value: unknown): value is Plain {
  return ["string", "number", "bigint", "boolean"].includes(typeof value);
}
`;
}

function guardOf({ name }: Field, isKey: boolean): string {
  const mayBeNull = isKey ? "" : `${name} !== null && `;
  return `  if (${mayBeNull}!isPlain(${name})) return refused("field_invalid", "${name}");`;
}

function domainTestText({ name, fields }: NewConnector, domain: string): string {
  const [key] = fields;
  return `import assert from "node:assert/strict";
import { readEntry } from "../../../../domain/${domain}/entry.ts";

const report = { ${fields.map((field) => `${field.name}: ${literalOf(field)}`).join(", ")} };

Deno.test("${name} keeps an event's fields as they are", () => {
  assert.deepEqual(readEntry(report), { ok: true, value: report });
});

Deno.test("${name} refuses an event without ${key.name}", () => {
  assert.deepEqual(readEntry({ ...report, ${key.name}: null }), {
    ok: false,
    rule: "${key.name}_missing",
    field: "${key.name}",
  });
});

Deno.test("${name} refuses an object where a plain value belongs", () => {
  const result = readEntry({ ...report, ${key.name}: { nested: true } });
  assert.equal(result.ok ? "read" : result.rule, "field_invalid");
});
`;
}

function moduleText(connector: NewConnector, domain: string): string {
  const { name, fields } = connector;
  return `/** The policy of ${name}: the way from an event to its row, and which row counts. @module */

import { ConfigDef } from "../../connect/api/config_def.ts";
import { DataException } from "../../connect/api/exceptions.ts";
import type { ConnectorModule, SinkPolicy, TransformationPlugin } from "../../connect/api/plugins.ts";
import { entryRules, readEntry } from "../../domain/${domain}/entry.ts";

const keep: TransformationPlugin = {
  type: "transformation",
  className: "sluice.${name}.Keep",
  version: "1",
  documentation: "Keeps what ${name} may know of an event.",
  config: ConfigDef.of({}),
  create: () => ({
    apply: (record) => {
      if (record.value === null) return null; // nothing is deleted
      const entry = readEntry({
${lines(fields.map((field) => `        ${field.name}: fieldAt(record.value, "${field.path}"),`))}
      });
      if (entry.ok) return record.with({ valueSchema: null, value: { ...entry.value }, headers: [] });
      const { rule, field } = entry;
      throw new DataException(\`\${entryRules[rule]} (\${rule})\`, { rule, field });
    },
  }),
};

/** A field of an event; undefined where it, or what it would be in, isn't there. */
function fieldAt(event: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, name) => {
    const isObject = typeof at === "object" && at !== null;
    return isObject && Object.hasOwn(at, name) ? Reflect.get(at, name) : undefined;
  }, event);
}

const entrySink: SinkPolicy = ${policyText(connector, "")};

/** The connector's code. */
export const connector: ConnectorModule = { plugins: [keep], policies: [entrySink] };
`;
}

/** Returns a single file without imports: the program hands it the kit. */
export function moduleFile(connector: NewConnector): NewFile {
  const { name, fields } = connector;
  const [key] = fields;
  const text = `/** The policy of ${name}: the way from an event to its row, and which row counts. */
export const connector = ({ ConfigDef, DataException }) => {
  const keep = {
    type: "transformation",
    className: "sluice.${name}.Keep",
    version: "1",
    documentation: "Keeps what ${name} may know of an event.",
    config: ConfigDef.of({}),
    create: () => ({
      apply: (record) => {
        if (record.value === null) return null; // nothing is deleted
        const row = {
${lines(fields.map((field) => `          ${field.name}: record.value${accessOf(field)} ?? null,`))}
        };
        if (row.${key.name} === null) {
          throw new DataException("Expected ${key.name}, found none", { rule: "${key.name}_missing", field: "${key.name}" });
        }
        return record.with({ valueSchema: null, value: row, headers: [] });
      },
    }),
  };
  const entrySink = ${policyText(connector, "  ")};
  return { plugins: [keep], policies: [entrySink] };
};
`;
  return { path: `connectors/${name}/mod.js`, text };
}

function accessOf({ path }: Field): string {
  return path.split(".").map((part) => `?.${part}`).join("");
}
