/**
 * Runs a case of the law of batches: its tables in a schema of their own, its records in puts, and what was there
 * afterwards.
 *
 * @module
 */

import postgres from "postgres";
import { ConnectException, RetriableException } from "../../connect/api/exceptions.ts";
import type { Time } from "../../connect/api/ports.ts";
import {
  partitionKey,
  PartitionMap,
  type SinkRecord,
  type TopicPartition,
} from "../../connect/api/record.ts";
import type { Props, SinkTask } from "../../connect/api/sink_task.ts";
import { postgresSink } from "../../sinks/postgres/postgres_sink.ts";
import type { DrawnCase } from "./batch_law_case.ts";
import { typesOfTheLaw } from "./batch_law_kinds.ts";
import { type LawRecord, sinkRecordsOf } from "./batch_law_records.ts";
import { baseMs, type LawTables, propsOf } from "./batch_law_table.ts";
import { fakeKafka, FakeSinkContext } from "./fake_sink_context.ts";

/** A case with all that follows from it. */
export interface LawCase {
  readonly drawn: DrawnCase;
  readonly tables: LawTables;
  readonly records: readonly LawRecord[];
}

/** What one run of a case left. */
export interface Outcome {
  /** Each row as text, in an order of its own. */
  readonly rows: readonly string[];
  /** `t0-1@3 rule` for each refused record, in the order of their coordinates. */
  readonly refused: readonly string[];
  /** With errors.tolerance=none: partitions by the offset of their first bad record. */
  readonly stops: ReadonlyMap<string, number>;
  /** What should not have been: an exception, a stop where none was due. */
  readonly surprises: readonly string[];
}

/** How the records of a case come. */
export interface Course {
  readonly puts: readonly (readonly LawRecord[])[];
  /** Whether the case's stumble happens. */
  readonly stumbles: boolean;
  /** Where partitions have to stop, as known from another run; null = as they do in this one. */
  readonly stops: ReadonlyMap<string, number> | null;
}

/** A database for the cases of the law. */
export class LawWorld implements AsyncDisposable {
  readonly #url: string;
  readonly #sql: postgres.Sql;
  #schemas = 0;

  private constructor(url: string) {
    this.#url = url;
    this.#sql = postgres(url, { max: 3, onnotice: () => {}, ssl: false });
  }

  /** Prepares an empty database, as its superuser. */
  static async open(url: string): Promise<LawWorld> {
    const world = new LawWorld(url);
    await world.#sql.unsafe(typesOfTheLaw);
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 1 });
  }

  /** Runs a case once. */
  async run(one: LawCase, course: Course): Promise<Outcome> {
    const schema = `s${this.#schemas++}`;
    const { drawn, tables } = one;
    const quiet = course.stumbles || drawn.stumble === null ? "" : ` select setval('${schema}.stumbles', 1000000);`;
    await this.#sql.unsafe(`create schema ${schema}; ${inSchema(tables.sql, schema)}${quiet}`);
    const run = new Run(propsIn(drawn, tables, { schema, url: this.#url }), schema, drawn.tolerates);
    try {
      await run.all(course, drawn.hasSchemas);
      return { ...run.outcome(), rows: await this.#rows(schema, one) };
    } finally {
      await run.stop();
      await this.#sql.unsafe(`drop schema ${schema} cascade`);
    }
  }

  async #rows(schema: string, { drawn, tables }: LawCase): Promise<readonly string[]> {
    const compared = tables.compared.map((name) => `'${name}', ${name}::text`).join(", ");
    const counts = drawn.extras.includes("trigger counts rows")
      ? [`select 'counts ' || n as row from ${schema}.counts`]
      : [];
    const texts = tables.names.map((name) =>
      `select '${name} ' || json_build_object(${compared})::text as row from ${schema}.${name}`
    );
    const rows = await this.#sql.unsafe(`${[...texts, ...counts].join(" union all ")} order by 1`);
    return rows.map((row) => String(row["row"]));
  }
}

/** The case's SQL in a schema. */
export function inSchema(sql: string, schema: string): string {
  return sql.replaceAll("{s}", schema);
}

function propsIn(
  drawn: DrawnCase,
  tables: LawTables,
  { schema, url }: { readonly schema: string; readonly url: string },
): Props {
  const props = Object.entries(propsOf(drawn, tables)).map(([name, value]) => [name, inSchema(value ?? "", schema)]);
  return { "connection.url": `${url}?sslmode=disable`, "retry.backoff.ms": "0", ...Object.fromEntries(props) };
}

const partitions: readonly TopicPartition[] = ["t0", "t1"].flatMap((topic) =>
  [0, 1].map((partition) => ({ topic, partition }))
);
const nowMs = baseMs + 3_600_000;
/** The same clock for all runs; what waits is woken at once. */
const time: Time = {
  now: () => nowMs,
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    }),
};
const retriesMax = 40;

/** A refused report, as errors.tolerance=none has it. */
class NotTolerated extends ConnectException {}

class Run {
  readonly #refused: string[] = [];
  readonly #surprises: string[] = [];
  readonly #stops = new Map<string, number>();
  readonly #props: Props;
  readonly #name: string;
  readonly #tolerates: boolean;
  #running: { readonly task: SinkTask; readonly context: FakeSinkContext } | undefined;
  /** Of the put under way. */
  #attempts: SinkRecord[] = [];

  constructor(props: Props, name: string, tolerates: boolean) {
    this.#props = props;
    this.#name = name;
    this.#tolerates = tolerates;
  }

  outcome(): Omit<Outcome, "rows"> {
    return { refused: this.#refused.toSorted(), surprises: this.#surprises, stops: this.#stops };
  }

  async all({ puts, stops }: Course, hasSchemas: boolean): Promise<void> {
    await this.#start();
    const all = sinkRecordsOf(puts.flat(), hasSchemas);
    let from = 0;
    for (const { length } of puts) {
      const records = all.slice(from, from + length);
      from += length;
      if (!await this.#put(records.filter((record) => !this.#isStopped(record)), stops)) return;
    }
  }

  async stop(): Promise<void> {
    await this.#running?.task.stop();
    this.#running = undefined;
  }

  async #start(): Promise<void> {
    const context = new FakeSinkContext({
      ...{ props: this.#props, connectorName: this.#name, time, kafka: fakeKafka(partitions) },
      report: ({ record, error }) => {
        this.#attempts.push(record);
        this.#refused.push(`${placeOf(record)} ${Reflect.get(error, "rule")}`);
        return this.#tolerates ? Promise.resolve() : Promise.reject(new NotTolerated("refused"));
      },
    });
    const task = postgresSink.createTask();
    task.initialize(context);
    context.assigned(partitions);
    this.#running = { task, context };
    await task.start(this.#props);
    await task.open(partitions);
  }

  /** Whether the task goes on. */
  async #put(records: readonly SinkRecord[], stops: Course["stops"]): Promise<boolean> {
    if (records.length === 0 || this.#running === undefined) return true;
    const { task, context } = this.#running;
    const due = records.filter((record) => stops?.get(partitionKey(record.origin)) === Number(record.offset));
    this.#attempts = [];
    const error = await putUntilDone(task, records);
    if (error instanceof NotTolerated) {
      if (stops !== null && due.length === 0) this.#surprises.push(`a put that has to go in was refused`);
      const ends = stops === null ? this.#attempts : due;
      for (const record of ends) this.#stops.set(partitionKey(record.origin), Number(record.offset));
      this.#checkDelivered(context);
      await this.stop(); // the worker would stop it too, and start it anew for what is left
      await this.#start();
      return true;
    }
    if (error !== null) {
      this.#surprises.push(`put threw ${error instanceof Error ? `${error.name}: ${error.message}` : "something"}`);
      return false;
    }
    if (due.length > 0) this.#surprises.push("a put with a bad record went in, and errors.tolerance is none");
    await task.preCommit(
      new PartitionMap(records.map(({ origin, offset }) => [origin, offset + 1n] as const)),
    );
    return true;
  }

  #isStopped({ origin }: SinkRecord): boolean {
    return this.#stops.has(partitionKey(origin));
  }

  /** Nothing from the first bad record of a partition on may be told to be delivered. */
  #checkDelivered({ deliveredOffsets }: FakeSinkContext): void {
    for (const at of partitions) {
      const stop = this.#stops.get(partitionKey(at));
      const delivered = deliveredOffsets.get(at);
      if (stop !== undefined && delivered !== undefined && delivered > BigInt(stop)) {
        this.#surprises.push(`${partitionKey(at)} is told to be delivered beyond its first bad record`);
      }
    }
  }
}

/** Coordinates of a record, as outcomes show them. */
export function placeOf({ origin, offset }: SinkRecord): string {
  return `${partitionKey(origin)}@${offset}`;
}

/** As the worker does: the same records again after an outage. Null when they are in. */
async function putUntilDone(task: SinkTask, records: readonly SinkRecord[]): Promise<unknown> {
  for (let tries = 0;; tries++) {
    try {
      await task.put(records);
      return null;
    } catch (error) {
      if (!(error instanceof RetriableException) || tries >= retriesMax) return error;
    }
  }
}
