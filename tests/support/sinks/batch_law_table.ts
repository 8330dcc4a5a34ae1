/** The tables of a case: columns, stored rows, and the compared expressions. @module */

import type { Props } from "../../../connect/api/sink_task.ts";
import { type DrawnCase, extraOf, hasOwnTask } from "./batch_law_case.ts";
import { tablesOfExtras } from "./batch_law_extras.ts";
import { type KeyKind, keyKinds, type ValueKind, valueKinds } from "./batch_law_kinds.ts";

/** A named column that records write. */
export interface LawColumn extends ValueKind {
  readonly name: string;
}

/** Tables of one schema, the same columns in each. */
export interface LawTables {
  /** Key columns that come from the records. */
  readonly keys: readonly (KeyKind & { readonly name: string })[];
  /** The other columns, including those that no record writes. */
  readonly columns: readonly LawColumn[];
  /** Names of the tables. */
  readonly names: readonly string[];
  /** All of it in schema `{s}`. */
  readonly sql: string;
  /** The same without deferred constraints. */
  readonly sqlWithoutDeferred: string;
  /** Expressions of the compared columns. */
  readonly compared: readonly string[];
}

/** Start of newest wins' times, which are counted in seconds. */
export const baseMs = Date.UTC(2026, 0, 1);

/** Time number `time`, as records write it. */
export function momentOf(time: number): string {
  return new Date(baseMs + time * 1000).toISOString();
}

const keysMax = 4;
const instant = (good: readonly string[] = []): ValueKind => ({
  type: "timestamptz",
  good,
  bad: [],
  stored: [],
});

/** Columns of newest wins and erasure. */
const newestColumns = {
  name: { type: "text check (name <> 'bad')", good: ["x", "y", ""], bad: ["bad", "a\0"], stored: ["'old'"] },
  region: { type: "text", good: ["SP", "RJ"], bad: ["a\0"], stored: ["'old'"] },
  updated_at: { ...instant(), stored: [`'${momentOf(2)}'`] },
  region_at: { ...instant(), stored: [`'${momentOf(2)}'`] },
  registered_at: { ...instant(), stored: ["null", `'${momentOf(2)}'`] },
  erased_at: { ...instant(), stored: ["null", `'${momentOf(1)}'`, "null"] },
  objected_at: { ...instant(), stored: ["null", "null", "null", `'${momentOf(1)}'`] },
  src_topic: { type: "text", good: [], bad: [], stored: ["'t0'", "null"] },
  src_partition: { type: "int", good: [], bad: [], stored: ["0", "null"] },
  src_offset: { type: "bigint", good: [], bad: [], stored: ["0", "null"] },
} satisfies Readonly<Record<string, ValueKind>>;

/** Builds the tables of a fitting case. */
export function tablesOf(drawn: DrawnCase): LawTables {
  const keys = keysOf(drawn);
  const single = keys.length === 1 ? keys[0] ?? null : null;
  const columns = columnsOf(drawn, single);
  const names = drawn.tables === "one" ? ["t0"] : ["t0", "t1"];
  const sqlOf = (used: readonly string[]) =>
    withTablesOfExtras(
      [...names.map((name) => tableSql(drawn, { keys, columns, used }, name)), stumbleSql(drawn, names)].join(
        "\n",
      ),
    );
  return {
    ...{ keys, columns, names },
    sql: sqlOf(drawn.extras),
    sqlWithoutDeferred: sqlOf(drawn.extras.filter((extra) => extraOf(extra).isDeferred !== true)),
    compared: [
      ...keyNamesOf(drawn),
      ...columns.filter(({ isHidden }) => isHidden !== true).flatMap(({ name, derived }) =>
        derived === undefined ? [name] : [name, `${name}_made`]
      ),
    ],
  };
}

/** Creates only the tables that an extra reads: each takes time. */
function withTablesOfExtras(sql: string): string {
  const used = Object.entries(tablesOfExtras).filter(([name]) => sql.includes(`{s}.${name}`));
  return [...used.map(([, table]) => table), sql].join("\n");
}

function keysOf({ keyMode, keyShape }: DrawnCase): LawTables["keys"] {
  if (keyMode === "none" || keyMode === "kafka") return [];
  return keyShape.map((kind, index) => ({ ...keyKindOf(kind), name: `k${index}` }));
}

function keyKindOf(name: string): KeyKind {
  const kind = keyKinds[name];
  if (kind === undefined) throw new Error(`Cannot use key type ${name}: there is none of that name`);
  return kind;
}

function columnsOf(drawn: DrawnCase, key: KeyKind | null): readonly LawColumn[] {
  const drawnKinds = drawn.columns.map((kind, index) => [`c${index}`, valueKinds[kind]] as const);
  const more = Object.assign({}, ...drawn.extras.map((name) => extraOf(name).columns(key)));
  const link: Readonly<Record<string, ValueKind>> = drawn.tables === "linked" && key !== null
    ? { l: { type: `${key.type}{link}`, good: key.spellings.flat(), bad: [], stored: [] } }
    : {};
  const kinds: readonly (readonly [string, ValueKind | undefined])[] = [
    ...drawnKinds,
    ...drawn.newest === null ? [] : Object.entries(newestColumns),
    ...Object.entries<ValueKind>(more),
    ...Object.entries(link),
  ];
  return kinds.flatMap(([name, kind]) => kind === undefined ? [] : [{ ...kind, name }]);
}

/** The primary key's columns. */
export function keyNamesOf({ keyMode, keyShape }: DrawnCase): readonly string[] {
  if (keyMode === "none") return [];
  if (keyMode === "kafka") return ["__connect_topic", "__connect_partition", "__connect_offset"];
  return keyShape.map((_, index) => `k${index}`);
}

function tableSql(
  drawn: DrawnCase,
  { keys, columns, used }: Pick<LawTables, "keys" | "columns"> & { readonly used: readonly string[] },
  name: string,
): string {
  const keyNames = keyNamesOf(drawn);
  const definitions = [
    ...keys.map((key) => `${key.name} ${key.type}`),
    ...drawn.keyMode === "kafka"
      ? ["__connect_topic text, __connect_partition int, __connect_offset bigint"]
      : [],
    ...columns.flatMap((column) => {
      const own = `${column.name} ${column.type}`.replaceAll("{c}", column.name);
      return column.derived === undefined
        ? [own]
        : [own, `${column.name}_made ${column.derived.replaceAll("{c}", column.name)}`];
    }),
    ...keyNames.length === 0
      ? ["row_id int generated always as identity"]
      : [`primary key (${keyNames.join(", ")})`],
  ];
  const link = name === "t0" ? "" : " references {s}.t0";
  const key = keys.length === 1 ? keys[0]?.type ?? null : null;
  const statements = [
    `create table {t} (\n  ${definitions.join(",\n  ")});`,
    ...seedSql(drawn, { keys, columns }),
    ...used.map((extra, index) => extraOf(extra).sql(key).replaceAll("{i}", String(index))),
  ];
  return statements.join("\n").replaceAll("{link}", link).replaceAll("{t}", `{s}.${name}`).replaceAll(
    "{n}",
    name,
  );
}

function seedSql(
  drawn: DrawnCase,
  { keys, columns }: Pick<LawTables, "keys" | "columns">,
): readonly string[] {
  const written = columns.filter(({ stored }) => stored.length > 0);
  const keyNames = keyNamesOf(drawn);
  const names = [...keyNames, ...written.map(({ name }) => name)];
  if (names.length === 0) return [];
  const isKafka = drawn.keyMode === "kafka";
  return Array.from({ length: keysMax }, (_, index) => index)
    .filter((index) => (drawn.seeds >> index) % 2 === 1)
    .map((index) => {
      const key = isKafka
        // The routed topic, if there is a router.
        ? [hasOwnTask(drawn) ? "'t0'" : "'{s}.t0'", "0", String(index * 2)]
        : keys.map(({ stored }, place) => `'${stored[keyIndex(keys.length, index, place)] ?? ""}'`);
      const values = written.map(({ stored }) => stored[index % stored.length] ?? "null");
      return `insert into {t} (${names.join(", ")}) values (${
        [...key, ...values].join(", ").replaceAll("{k}", String(index + 1))
      });`;
    });
}

/** Index of a column's key in the row's key: with two columns each has two. */
export function keyIndex(columns: number, key: number, column: number): number {
  if (columns === 1) return key;
  return column === 0 ? key >> 1 : key % 2;
}

/** A trigger that fails once at a certain row: it counts with a sequence, which no rollback resets. */
function stumbleSql({ stumble }: DrawnCase, names: readonly string[]): string {
  if (stumble === null) return "";
  const what = stumble.how === "cut"
    ? "perform pg_terminate_backend(pg_backend_pid());"
    : `perform pg_sleep(${slowSeconds});`;
  return [
    `create sequence {s}.stumbles;`,
    `create function {s}.stumble() returns trigger language plpgsql as $f$
      begin if nextval('{s}.stumbles') = ${stumble.at} then ${what} end if; return coalesce(new, old); end $f$;`,
    ...names.map((name) =>
      `create trigger a_stumble before insert or update or delete on {s}.${name} for each row execute function {s}.stumble();`
    ),
  ].join("\n");
}

/** Longer than the statement timeout, which is long enough for other statements on a busy machine. */
const slowSeconds = 1.2;
const statementMsMax = 800;

/** Options of a case; `{s}` is the schema. */
export function propsOf(drawn: DrawnCase, { columns }: LawTables): Props {
  const { newest, keyMode } = drawn;
  const keyNames = drawn.namesNoKeys || keyMode === "none" || keyMode === "kafka" ? [] : keyNamesOf(drawn);
  const whitelist = whitelistOf(drawn, columns);
  return {
    "table.name.format": drawn.tables === "one" ? '"{s}"."t0"' : '"{s}"."${topic}"',
    "insert.mode": drawn.insertMode,
    "pk.mode": keyMode,
    ...keyNames.length === 0 ? {} : { "pk.fields": keyNames.join(",") },
    ...drawn.isDeleting ? { "delete.enabled": "true" } : {},
    ...whitelist.length === 0 ? {} : { "fields.whitelist": whitelist.join(",") },
    ...drawn.batchSize === 3000 ? {} : { "batch.size": String(drawn.batchSize) },
    ...drawn.isPlain ? chainProps(drawn, whitelist, columns) : {},
    ...drawn.isUnprepared ? { "connection.prepare": "false" } : {},
    ...drawn.isExactlyOnce ? { "exactly.once.enabled": "true" } : {},
    ...drawn.hasFormerKeys ? { "pk.previous.field": "former" } : {},
    ...newest === null ? {} : newestProps(newest),
    ...drawn.stumble?.how === "slow" ? { "statement.timeout.ms": String(statementMsMax) } : {},
    "errors.tolerance": drawn.tolerates ? "all" : "none",
  };
}

/** A worker's options for plain records. The chain must know all fields: by the whitelist, or by a transformation. */
function chainProps(
  drawn: DrawnCase,
  whitelist: readonly string[],
  columns: readonly LawColumn[],
): Props {
  const converter = { "value.converter.schemas.enable": "false" };
  if (whitelist.length > 0) return converter;
  const fields = [
    ...drawn.keyMode === "record_value" ? keyNamesOf(drawn) : [],
    ...columns.map(({ name }) => name),
    ...drawn.hasFormerKeys ? ["former"] : [],
  ];
  if (fields.length === 0) return converter;
  return {
    ...{ ...converter, transforms: "keep", "transforms.keep.include": fields.join(",") },
    "transforms.keep.type": "org.apache.kafka.connect.transforms.ReplaceField$Value",
  };
}

function newestProps({ hasOwnTimes, hasPosition, erasure }: NonNullable<DrawnCase["newest"]>): Props {
  return {
    "newest.wins.field": "updated_at",
    ...hasOwnTimes ? { "newest.wins.columns": "region:region_at" } : {},
    ...hasPosition ? { "source.position.columns": "src_topic,src_partition,src_offset" } : {},
    ...erasure === "none" ? {} : { "erasure.topics": "t0", "erasure.lifted.by": erasure },
  };
}

function whitelistOf({ whitelist, newest }: DrawnCase, columns: readonly LawColumn[]): readonly string[] {
  if (whitelist === null) return [];
  // A whitelist with a column that only the database writes is a configuration error.
  const isBookkeeping = (name: string) => newest !== null && /_|region/.test(name);
  return columns.filter(({ name, type, isRequired }, index) =>
    !isBookkeeping(name) && !type.includes("generated always") &&
    (isRequired === true || (whitelist >> (index % 8)) % 2 === 1)
  ).map(({ name }) => name);
}
