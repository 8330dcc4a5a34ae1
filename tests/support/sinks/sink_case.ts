/** Cases with handwritten results: a table, records, and the expected rows and refusals. @module */

import assert from "node:assert/strict";
import postgres from "postgres";
import { ConnectException, RetriableException } from "../../../connect/api/exceptions.ts";
import type { SinkRecord } from "../../../connect/api/record.ts";
import { type ConnectValue, Struct } from "../../../connect/api/schema.ts";
import type { Props, SinkTask } from "../../../connect/api/sink_task.ts";
import { postgresSink } from "../../../sinks/postgres/postgres_sink.ts";
import { startTask } from "../../contract/sink_contract.ts";
import { sinkRecord } from "../fakes/fake_sink_context.ts";
import { freshDatabase, freshName, sharedWorld } from "../world.ts";

/** One database for all cases; each test has its own schema. */
await sharedWorld();
const database = await freshDatabase();
await makeTypes();

async function makeTypes(): Promise<void> {
  const sql = postgres(database.url, { max: 1 });
  await sql.unsafe(`create extension citext;
    create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);`);
  await sql.end();
}

/** A schema, for its owner and for the sink. */
export async function freshSchema() {
  const schema = freshName("s");
  const sql = postgres(database.url, {
    max: 1,
    onnotice: () => {},
    connection: { search_path: `${schema},public` },
  });
  await sql.unsafe(`create schema ${schema}`);
  const urlOf = (user?: string) => {
    const url = new URL(database.url);
    if (user !== undefined) [url.username, url.password] = [user, user];
    url.searchParams.set("sslmode", "disable");
    url.searchParams.set("search_path", `${schema},public`);
    return url.href;
  };
  return {
    ...{ schema, sql, urlOf, plugin: postgresSink, props: { "connection.url": urlOf() } },
    [Symbol.asyncDispose]: async () => {
      await sql.unsafe(`drop schema ${schema} cascade`);
      await sql.end({ timeout: 1 });
    },
  };
}

type CaseWorld = Awaited<ReturnType<typeof freshSchema>>;

/** A table, records, and the expected result. */
export interface SinkCase {
  readonly name: string;
  /** Creates table `t`. */
  readonly sql: string;
  readonly props?: Props;
  /** Records of one partition, and SQL of the table's owner between them. */
  readonly steps: readonly (readonly RecordForm[] | string)[];
  /** Expression for a row of `t`; absent = the whole row. */
  readonly shown?: string;
  /** The table's rows as text, sorted. */
  readonly rows: readonly string[];
  /** Offset and rule of each refused record; `*` = any rule. */
  readonly refused?: readonly string[];
  /** Rights of the sink's role, which isn't the superuser then. */
  readonly grants?: string;
}

/** A key and a value, or the value alone. */
type RecordForm =
  | readonly [key: ConnectValue, value: ConnectValue]
  | Struct
  | Readonly<Record<string, ConnectValue>>;

/** The cases' default options. */
export const byValue: Props = {
  ...{ "table.name.format": "t", "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "id" },
  ...{ "retry.backoff.ms": "0", "errors.tolerance.max.ratio": "1" },
};
/** The same, keys from the records' keys. */
export const byKey: Props = { ...byValue, "pk.mode": "record_key" };
/** The same, and tombstones delete. */
export const deleting: Props = { ...byKey, "delete.enabled": "true" };
const triesMax = 30;

/** Registers a test in one put, and one with each record in its own put. */
export function sinkCase(one: SinkCase): void {
  for (const way of ["in one put", "one record a put"] as const) {
    Deno.test(`${one.name}: ${way}`, async () => {
      await using world = await freshSchema();
      const { rows, refused, error } = await outcomeOf(world, one, way);
      assert.equal(error, null);
      checkOutcome({ rows, refused }, one);
    });
  }
}

/** The same with errors.tolerance=none: the task stops at the first bad record, after writing all before it. */
export function strictCase(one: SinkCase): void {
  for (const way of ["in one put", "one record a put"] as const) {
    Deno.test(`${one.name}, errors.tolerance=none: ${way}`, async () => {
      await using world = await freshSchema();
      const { rows, refused, error } = await outcomeOf(world, one, way, "none");
      assert.equal(error?.message, "not tolerated");
      checkOutcome({ rows, refused }, one);
    });
  }
}

function checkOutcome({ rows, refused }: Omit<CaseOutcome, "error">, one: SinkCase): void {
  const expected = one.refused ?? [];
  const shown = refused.map((text, index) =>
    expected[index]?.endsWith("*") ? text.replace(/ .*/, " *") : text
  );
  assert.deepEqual({ rows, refused: shown }, { rows: one.rows, refused: expected });
}

interface CaseOutcome {
  readonly rows: readonly string[];
  readonly refused: readonly string[];
  readonly error: Error | null;
}

async function outcomeOf(
  world: CaseWorld,
  { sql, props, steps, grants, shown = "t::text" }: SinkCase,
  way: "in one put" | "one record a put",
  tolerance: "all" | "none" = "all",
): Promise<CaseOutcome> {
  await world.sql.unsafe(sql);
  await using role = grants === undefined ? null : await plainRole(world, grants);
  const refused: string[] = [];
  const { task } = await startTask(world, {
    ...byValue,
    ...props,
    ...role === null ? {} : { "connection.url": world.urlOf(role.name) },
    "errors.tolerance": tolerance,
  }, {
    report: ({ record, error }) => {
      refused.push(`${record.offset} ${Reflect.get(error, "rule")}`);
      return tolerance === "all" ? Promise.resolve() : Promise.reject(new ConnectException("not tolerated"));
    },
  });
  let error: Error | null = null;
  let offset = 0;
  for (const step of steps) {
    if (typeof step === "string") {
      await world.sql.unsafe(step);
      continue;
    }
    const records = step.map((form) => recordOf(form, offset++));
    const puts = way === "in one put" ? [records] : records.map((record) => [record]);
    for (const put of puts) error ??= await putAll(task, put);
  }
  await task.stop();
  const rows = await world.sql.unsafe(`select ${shown} as row from t order by t`);
  return { rows: rows.map((row) => String(row["row"])), refused: refused.toSorted(), error };
}

/** A record of the case's partition. */
export function recordOf(form: RecordForm, offset: number): SinkRecord {
  const [key, value] = isPair(form) ? form : [null, form];
  return sinkRecord(offset, { key, value, valueSchema: value instanceof Struct ? value.schema : null });
}

function isPair(form: RecordForm): form is readonly [ConnectValue, ConnectValue] {
  return Array.isArray(form);
}

/** Puts the same records again after an outage, as the worker does, a limited number of times. */
export async function putAll(task: SinkTask, records: readonly SinkRecord[]): Promise<Error | null> {
  for (let tries = 1;; tries++) {
    try {
      await task.put(records);
      return null;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (!(error instanceof RetriableException) || tries === triesMax) return error;
    }
  }
}

/** A role with only the granted rights, to which all policies apply. */
async function plainRole({ sql, schema }: CaseWorld, grants: string) {
  const name = freshName("writer");
  await sql.unsafe(
    `create role ${name} login password '${name}'; grant usage on schema ${schema} to ${name}; ${
      grants.replaceAll("{role}", name)
    }`,
  );
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      await sql.unsafe(`drop owned by ${name}; drop role ${name}`);
    },
  };
}
