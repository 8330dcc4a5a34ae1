/** Cases for both ways of a SQL sink: the same random records as objects and as columns. @module */

import assert from "node:assert/strict";
import type { Props } from "../../../../connect/api/sink_task.ts";
import type { SpanColumn } from "../../../../connect/api/spans.ts";
import { readSinkSettings } from "../../../../sinks/sql/options/option_rules.ts";
import { wantedColumns } from "../../../../sinks/sql/plan/wanted_columns.ts";
import type { Random } from "../../random.ts";
import type { TextRecord } from "./text_batch.ts";

/** The partitions of the records. */
export const partitions = [0, 1].map((partition) => ({ topic: "people", partition }));
/** The clock of the cases. */
export const nowMs = Date.parse("2026-06-01T00:00:00Z");

/** Options, a table and random records. */
export interface ColumnCase {
  readonly name: string;
  readonly props: Props;
  readonly columns: Readonly<Record<string, string>>;
  readonly key: readonly string[];
  readonly required?: readonly string[];
  readonly hasChecks?: true;
  /** Value columns of the batch; absent = all that records have. */
  readonly values?: readonly string[];
}

const byValue: Props = { "pk.mode": "record_value", "pk.fields": "id", "insert.mode": "upsert" };
const plain = { id: "int8", name: "text", n: "int4", flag: "bool", score: "numeric", at: "timestamptz" };
const guarded = {
  ...{ id: "text", name: "text", region: "text", at: "timestamptz", region_at: "timestamptz" },
  ...{ erased_at: "timestamptz", registered_at: "timestamptz", objected_at: "timestamptz" },
  ...{ src_topic: "text", src_partition: "int4", src_offset: "int8", n: "int4" },
};
const newest: Props = {
  ...{ "pk.mode": "record_key", "pk.fields": "id", "insert.mode": "upsert", "newest.wins.field": "at" },
  ...{ "fields.whitelist": "name,n", "newest.wins.columns": "region:region_at" },
};
const position: Props = { "source.position.columns": "src_topic,src_partition,src_offset" };
const erasure: Props = {
  "erasure.topics": "erased",
  "erasure.columns": "erased_at,registered_at,objected_at",
  "erasure.lifted.by": "registration",
};
/** The cases. */
export const columnCases: readonly ColumnCase[] = [
  { name: "upsert", props: byValue, columns: plain, key: ["id"] },
  { name: "upsert with checks", props: byValue, columns: plain, key: ["id"], hasChecks: true },
  { name: "upsert with required", props: byValue, columns: plain, key: ["id"], required: ["id", "name"] },
  { name: "whitelist", props: { ...byValue, "fields.whitelist": "name,n" }, columns: plain, key: ["id"] },
  { name: "ignore", props: { ...byValue, "insert.mode": "ignore" }, columns: plain, key: ["id"] },
  { name: "insert", props: { ...byValue, "insert.mode": "insert" }, columns: plain, key: ["id"] },
  { name: "no key", props: { "pk.mode": "none" }, columns: plain, key: [] },
  { name: "small statements", props: { ...byValue, "batch.size": "3" }, columns: plain, key: ["id"] },
  { name: "two keys", props: { ...byValue, "pk.fields": "id,name" }, columns: plain, key: ["id", "name"] },
  { name: "uuid", props: byValue, columns: { ...plain, id: "uuid" }, key: ["id"] },
  { name: "text key", props: byValue, columns: { ...plain, id: "text" }, key: ["id"] },
  {
    ...{
      name: "record key, deletes",
      columns: plain,
      key: ["id"],
      values: ["name", "n", "flag", "score", "at"],
    },
    props: { ...byValue, "pk.mode": "record_key", "delete.enabled": "true" },
  },
  {
    ...{ name: "insert, deletes", columns: plain, key: ["id"], values: ["name", "n"] },
    props: { ...byValue, "pk.mode": "record_key", "delete.enabled": "true", "insert.mode": "insert" },
  },
  {
    ...{ name: "kafka", key: ["t", "p", "o"], columns: { ...plain, t: "text", p: "int4", o: "int8" } },
    props: { "pk.mode": "kafka", "pk.fields": "t,p,o", "insert.mode": "upsert" },
  },
  { name: "newest", props: newest, columns: guarded, key: ["id"] },
  { name: "newest by position", props: { ...newest, ...position }, columns: guarded, key: ["id"] },
  { name: "newest, erasure", props: { ...newest, ...position, ...erasure }, columns: guarded, key: ["id"] },
  { name: "newest, erasure, no position", props: { ...newest, ...erasure }, columns: guarded, key: ["id"] },
  {
    ...{ name: "former keys", columns: { ...guarded, former: "text" }, key: ["id"] },
    props: { ...newest, ...position, "pk.previous.field": "former" },
  },
  {
    ...{ name: "newest, retention", columns: guarded, key: ["id"] },
    props: {
      ...{ ...newest, ...position, "contact.retention.days": "90", "contact.retention.function": "purge" },
      ...{
        "key.fingerprint.column": "src_topic",
        "source.position.columns": "",
        "key.secret": "s".repeat(40),
      },
    },
  },
];

const texts: Readonly<Record<string, readonly string[]>> = {
  id: ["1", "2", "3", "12", '"2"', '"02"', "1.0", "null", '"a"', '"A"', '"\\u0061"', "-7", "true"],
  uuid: ['"7c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d"', '"7C5EA4C0-4067-11e9-8bad-9b1deb4d3b7d"', '"x"'],
  name: [
    '"Ana"',
    '"Bo \\"x\\""',
    "null",
    '"João"',
    "7",
    '"refused"',
    `"${"long".repeat(60)}"`,
    `"${"x".repeat(700)}"`,
  ],
  n: ["1", "2", "null", '"3"', "1.5", "3000000000", '"q"', "-0"],
  flag: ["true", "false", "null"],
  score: ["1", "1.50", "-2.25e1", "null"],
  region: ['"SP"', '"RJ"', "null"],
  at: [
    '"2026-01-01T00:00:00Z"',
    '"2026-01-01T00:00:00.5Z"',
    '"2025-12-31T21:00:00-03:00"',
    '"2026-05-01T10:00:00.123456Z"',
  ],
  registered_at: [
    '"2026-01-01T00:00:00Z"',
    "null",
    '"2026-01-01T00:00:00.500+00:00"',
    '"2026-05-01T10:00:00.123456Z"',
  ],
  former: ["null", "null", "null", "null", "[]", '["1","2"]', "7"],
  rare: ['"2026-01-01T00:00:00+00"', '"never"', "null", "5"],
};

/** Returns random records, some of them bad; `next` has the next offset of each partition. */
export function recordsOf(
  one: ColumnCase,
  random: Random,
  count: number,
  next: number[],
): readonly TextRecord[] {
  const fields = ["id", "name", "n", "flag", "score", "at", "region", "registered_at", "former"].filter((
    name,
  ) => name in one.columns || (one.props["fields.whitelist"] !== undefined && name !== "former"));
  const isUuid = one.columns["id"] === "uuid";
  const isInsert = one.props["insert.mode"] === "insert";
  const textOf = (name: string) => {
    if (name === "id" && isInsert && random.chance(0.97)) return String(random.integer(100, 1_000_000));
    const all = texts[name === "id" && isUuid ? "uuid" : name] ?? [];
    if (name.endsWith("at") && random.chance(0.03)) return random.pick(texts["rare"] ?? []);
    return random.pick(random.chance(0.85) ? all.slice(0, 4) : all);
  };
  let partition = 0;
  return Array.from({ length: count }, () => {
    if (random.chance(0.1)) partition = 1 - partition;
    const offset = next[partition] ?? 0;
    next[partition] = offset + random.integer(1, 2);
    const shape = random.chance(0.7) ? fields : fields.filter(() => random.chance(0.8));
    const kind = random.fraction();
    return {
      origin: partitions[partition] ?? { topic: "", partition: 0 },
      offset,
      timestamp: random.chance(0.05) ? -1 : nowMs - random.integer(0, 1000),
      key: isInsert && random.chance(0.99)
        ? String(random.integer(100, 1_000_000))
        : random.chance(0.98)
        ? random.pick(["1", "2", "3", "44", "a"])
        : null,
      fields: kind < 0.01 ? null : kind < 0.02 ? "[1]" : new Map(
        (one.values === undefined ? shape : shape.filter((name) => one.values?.includes(name)))
          .map((name) => [name, textOf(name)]),
      ),
    };
  });
}

/** Returns the columns that the sink wants. */
export function columnsOf(one: ColumnCase): readonly SpanColumn[] {
  const settings = readSinkSettings({ "connection.url": "postgres://db/x", ...one.props });
  const wanted = wantedColumns(settings);
  assert.ok(wanted !== undefined, one.name);
  const values = wanted.values ?? one.values ??
    ["id", "name", "n", "flag", "score", "at"].filter((name) => name in one.columns);
  return [
    ...wanted.key === "whole" ? [{ part: "key", name: null } as const] : [],
    ...values.map((name) => ({ part: "value", name }) as const),
  ];
}
