/**
 * Runs a case of the batch law: its tables in a schema of their own, its records in puts. Returns the tables
 * afterwards.
 *
 * @module
 */

import postgres from "postgres";
import { ConnectException, RetriableException } from "../../../connect/api/exceptions.ts";
import type { ConsumerRecord } from "../../../connect/api/consumer_record.ts";
import type { Time } from "../../../connect/api/ports.ts";
import {
  partitionKey,
  PartitionMap,
  type SinkRecord,
  type TopicPartition,
} from "../../../connect/api/record.ts";
import type { Props, SinkTask } from "../../../connect/api/sink_task.ts";
import type { SpanBatch } from "../../../connect/runtime/task/span_batch.ts";
import { postgresSink } from "../../../sinks/postgres/postgres_sink.ts";
import { type DrawnCase, hasOwnTask } from "./batch_law_case.ts";
import { typesOfTheLaw } from "./batch_law_kinds.ts";
import { consumerRecordsOf, type LawRecord, sinkRecordsOf } from "./batch_law_records.ts";
import { baseMs, type LawTables, propsOf } from "./batch_law_table.ts";
import { ColumnChain, ColumnPut } from "./columns/chain_batch.ts";
import { fakeKafka, FakeSinkContext } from "../fakes/fake_sink_context.ts";
import { freshName } from "../world.ts";

/** A case with its tables and records. */
export interface LawCase {
  readonly drawn: DrawnCase;
  readonly tables: LawTables;
  readonly records: readonly LawRecord[];
}

/** The result of one run. */
export interface Outcome {
  /** Each row as text, sorted. */
  readonly rows: readonly string[];
  /** `t0-1@3 rule` for each refused record, sorted by place. */
  readonly refused: readonly string[];
  /** With errors.tolerance=none: partitions by the offset of their first bad record. */
  readonly stops: ReadonlyMap<string, number>;
  /** What the sink counted of rows and records, sorted. */
  readonly counts: readonly string[];
  /** Errors: exceptions, and unexpected stops. */
  readonly surprises: readonly string[];
}

/** How a run delivers the records. */
export interface Course {
  readonly puts: readonly (readonly LawRecord[])[];
  /** Whether the case's fault happens. */
  readonly stumbles: boolean;
  /** Where partitions must stop, from another run; null = where they stop in this one. */
  readonly stops: ReadonlyMap<string, number> | null;
  /** Whether the worker puts batches in columns, where the sink takes them. */
  readonly isByColumns?: true;
  /** Leaves out deferred constraints. */
  readonly isWithoutDeferred?: true;
}

/** A database for the law's cases. */
export class LawWorld implements AsyncDisposable {
  readonly #url: string;
  readonly #sql: postgres.Sql;
  readonly #role: string;
  #schemas = 0;
  /** How many puts went by columns, and how many could have. */
  readonly puts = { byColumns: 0, ofColumns: 0 };

  private constructor(url: string, role: string) {
    const own = new URL(url);
    [own.username, own.password] = [role, role];
    own.searchParams.set("sslmode", "disable");
    this.#url = own.href;
    this.#role = role;
    this.#sql = postgres(url, { max: 3, onnotice: () => {}, ssl: false });
  }

  /** Prepares an empty database, as its superuser. The sink's role is an ordinary one, to which policies apply. */
  static async open(url: string): Promise<LawWorld> {
    const role = freshName("law");
    const world = new LawWorld(url, role);
    await world.#sql.unsafe(`${typesOfTheLaw}
      create role ${role} login password '${role}'; grant create on schema public to ${role};`);
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.unsafe(`drop owned by ${this.#role}; drop role ${this.#role}`);
    await this.#sql.end({ timeout: 1 });
  }

  /** Runs of one case, which share a task if its options allow it. */
  runsOf(one: LawCase): LawRuns {
    return new LawRuns(one, {
      ...{ url: this.#url, sql: this.#sql, role: this.#role, puts: this.puts },
      freshSchema: () => `s${this.#schemas++}`,
    });
  }
}

interface LawPlace {
  readonly url: string;
  readonly sql: postgres.Sql;
  readonly role: string;
  readonly freshSchema: () => string;
  readonly puts: { byColumns: number; ofColumns: number };
}

/** All rights that a sink's role may need. */
function grants(schema: string, role: string): string {
  return `grant usage on schema ${schema} to ${role}; grant all on all tables in schema ${schema} to ${role};
    grant all on all sequences in schema ${schema} to ${role};`;
}

/**
 * Runs of one case. A login takes as long as the rest, so the runs share a task: each has its own schema, which the
 * records' topics name, as a router would. With exactly once, and for plain records, each run has its own task.
 */
export class LawRuns implements AsyncDisposable {
  readonly #case: LawCase;
  readonly #place: LawPlace;
  #task: LawTask | undefined;

  constructor(one: LawCase, place: LawPlace) {
    this.#case = one;
    this.#place = place;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task?.stop();
  }

  async run(course: Course): Promise<Outcome> {
    const { sql, freshSchema } = this.#place;
    const { drawn, tables } = this.#case;
    const schema = freshSchema();
    const quiet = course.stumbles || drawn.stumble === null
      ? ""
      : ` select setval('${schema}.stumbles', 1000000);`;
    const own = course.isWithoutDeferred === true ? tables.sqlWithoutDeferred : tables.sql;
    await sql.unsafe(
      `create schema ${schema}; ${inSchema(own, schema)}${quiet} ${grants(schema, this.#place.role)}`,
    );
    try {
      const run = new Run(await this.#taskFor(schema), this.#case, { schema, puts: this.#place.puts });
      await run.all(course);
      return { ...run.outcome(), rows: await this.#rows(schema) };
    } finally {
      await sql.unsafe(`drop schema ${schema} cascade`);
    }
  }

  async #taskFor(schema: string): Promise<LawTask> {
    const { drawn, tables } = this.#case;
    if (this.#task !== undefined && !hasOwnTask(drawn)) return this.#task;
    await this.#task?.stop();
    const props = {
      ...propsOf(drawn, tables),
      ...hasOwnTask(drawn) ? {} : { "table.name.format": "${topic}" },
      "connection.url": this.#place.url,
      "retry.backoff.ms": "0",
    };
    const filled = Object.entries(props).map(([name, value]) => [name, inSchema(value, schema)]);
    this.#task = new LawTask(Object.fromEntries(filled), schema, retriesMax[drawn.stumble?.how ?? "cut"]);
    await this.#task.start();
    return this.#task;
  }

  async #rows(schema: string): Promise<readonly string[]> {
    const { drawn, tables } = this.#case;
    const compared = tables.compared.map((name) => `'${name}', ${name}::text`).join(", ");
    const counts = drawn.extras.includes("trigger counts rows")
      ? [`select 'counts ' || n as row from ${schema}.counts`]
      : [];
    const texts = tables.names.map((name) =>
      `select '${name} ' || json_strip_nulls(json_build_object(${compared}))::text as row from ${schema}.${name}`
    );
    const rows = await this.#place.sql.unsafe(`${[...texts, ...counts].join(" union all ")} order by 1`);
    // With pk.mode=kafka the routed topic is a column.
    return rows.map((row) => String(row["row"]).replaceAll(`"${schema}.`, '"'));
  }
}

/** A case's text in a schema. */
function inSchema(sql: string, schema: string): string {
  return sql.replaceAll("{s}", schema);
}

const partitions: readonly TopicPartition[] = ["t0", "t1"].flatMap((topic) =>
  [0, 1].map((partition) => ({ topic, partition }))
);
const nowMs = baseMs + 3_600_000;
/** A fixed clock for all runs; waits end at once. */
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
/** After a timeout each retry has fewer rows. */
const retriesMax = { cut: 4, slow: 20 };

/** A reporter's refusal with errors.tolerance=none. */
class NotTolerated extends ConnectException {}

/** A reported record. */
interface Attempt {
  readonly record: SinkRecord;
  readonly rule: string;
}

/** Retries after an outage, as the worker does, such as a slow login on a busy machine. */
async function untilUp(work: () => Promise<void>): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RetriableException) || tries >= retriesMax.slow) throw error;
    }
  }
}

/** A task that can be restarted. */
class LawTask {
  readonly #props: Props;
  readonly #name: string;
  readonly #retriesMax: number;
  /** Null if the options need values. */
  readonly chain: ColumnChain | null;
  #running: { readonly task: SinkTask; readonly context: FakeSinkContext } | undefined;
  /** Reports since the last look. */
  attempts: Attempt[] = [];

  constructor(props: Props, name: string, retriesMax: number) {
    this.#props = props;
    this.chain = ColumnChain.of(props, postgresSink);
    this.#name = name;
    this.#retriesMax = retriesMax;
  }

  get running(): { readonly task: SinkTask; readonly context: FakeSinkContext } {
    if (this.#running === undefined) throw new Error("Cannot put records: the task isn't started");
    return this.#running;
  }

  async start(): Promise<void> {
    const tolerates = this.#props["errors.tolerance"] === "all";
    const context = new FakeSinkContext({
      ...{ props: this.#props, connectorName: this.#name, time, kafka: fakeKafka(partitions) },
      report: ({ record, error }) => {
        this.attempts.push({ record, rule: String(Reflect.get(error, "rule")) });
        return tolerates ? Promise.resolve() : Promise.reject(new NotTolerated("refused"));
      },
    });
    const task = postgresSink.createTask();
    this.#running = { task, context };
    task.initialize(context);
    context.assigned(partitions);
    await untilUp(() => task.start(this.#props));
    await untilUp(() => task.open(partitions));
  }

  async stop(): Promise<void> {
    await this.#running?.task.stop();
    this.#running = undefined;
  }

  /** Puts the same records again after an outage, as the worker does. Returns null once they are written. */
  put(records: readonly SinkRecord[]): Promise<unknown> {
    return this.#untilPut(() => this.running.task.put(records));
  }

  /** As `put`, in columns. Returns whether they were written as such. */
  async putColumns(batch: SpanBatch): Promise<{ readonly error: unknown; readonly isByColumns: boolean }> {
    const put = new ColumnPut(this.running.task, batch);
    let isByColumns = false;
    const error = await this.#untilPut(async () => {
      isByColumns = await put.put();
    });
    return { error, isByColumns };
  }

  async #untilPut(work: () => Promise<void>): Promise<unknown> {
    this.attempts = [];
    for (let tries = 0;; tries++) {
      try {
        await work();
        return null;
      } catch (error) {
        if (!(error instanceof RetriableException) || tries >= this.#retriesMax) return error;
      }
    }
  }
}

interface RunPlace extends Pick<LawPlace, "puts"> {
  readonly schema: string;
}

class Run {
  readonly #task: LawTask;
  readonly #case: LawCase;
  readonly #place: RunPlace;
  readonly #refused: string[] = [];
  readonly #surprises: string[] = [];
  readonly #stops = new Map<string, number>();
  /** Of records that go by columns. */
  readonly #raws = new Map<SinkRecord, ConsumerRecord>();

  constructor(task: LawTask, one: LawCase, place: RunPlace) {
    this.#task = task;
    this.#case = one;
    this.#place = place;
  }

  outcome(): Omit<Outcome, "rows"> {
    const counts = [...this.#task.running.context.counts].map(([name, count]) => `${name} ${count}`);
    return {
      ...{ refused: this.#refused.toSorted(), surprises: this.#surprises, stops: this.#stops },
      counts: counts.filter((count) => /^(rows|records)-/.test(count)).toSorted(),
    };
  }

  async all({ puts, stops, isByColumns }: Course): Promise<void> {
    const { drawn, tables } = this.#case;
    const all = sinkRecordsOf(puts.flat(), drawn.hasSchemas).map((record) => {
      const table = tables.names.length === 1 ? tables.names[0] : record.topic;
      return hasOwnTask(drawn)
        ? record
        : record.with({ topic: `${this.#place.schema}.${table}` }) as SinkRecord;
    });
    if (isByColumns === true) {
      consumerRecordsOf(puts.flat()).forEach((raw, index) => this.#raws.set(all[index]!, raw));
    }
    let from = 0;
    for (const { length } of puts) {
      const records = all.slice(from, from + length).filter((record) => !this.#isStopped(record));
      from += length;
      if (records.length > 0 && !await this.#put(records, stops)) return;
    }
    if (drawn.isExactlyOnce && drawn.tolerates) await this.#putAgain(all);
  }

  /** Whether the task continues. */
  async #put(records: readonly SinkRecord[], stops: Course["stops"]): Promise<boolean> {
    const isDue = ({ origin, offset }: SinkRecord) => stops?.get(partitionKey(origin)) === Number(offset);
    const due = records.filter(isDue);
    const error = await this.#deliver(records);
    const { attempts, running: { task, context } } = this.#task;
    this.#refused.push(...attempts.map(({ record, rule }) => `${placeOf(record)} ${rule}`));
    if (error instanceof NotTolerated) {
      if (stops !== null && due.length === 0) this.#surprises.push("a put that has to go in was refused");
      const ends = stops === null ? attempts.map(({ record }) => record) : due;
      for (const record of ends) this.#stops.set(partitionKey(record.origin), Number(record.offset));
      this.#checkDelivered(context);
      await this.#task.stop(); // the worker would stop it too, and start it anew for what is left
      await this.#task.start();
      return true;
    }
    if (error !== null) {
      this.#surprises.push(
        `put threw ${error instanceof Error ? `${error.name}: ${error.message}` : "something"}`,
      );
      return false;
    }
    if (due.length > 0) this.#surprises.push("a put with a bad record went in, and errors.tolerance is none");
    const ends = records.map(({ origin, offset }) => [origin, offset + 1n] as const);
    await task.preCommit(new PartitionMap(ends));
    return true;
  }

  async #deliver(records: readonly SinkRecord[]): Promise<unknown> {
    const raws = records.flatMap((record) => this.#raws.get(record) ?? []);
    const { chain } = this.#task;
    if (raws.length === 0 || chain === null) return await this.#task.put(records);
    const { error, isByColumns } = await this.#task.putColumns(chain.batchOf(raws));
    this.#place.puts.ofColumns += 1;
    if (isByColumns) this.#place.puts.byColumns += 1;
    return error;
  }

  /** With exactly once, delivered records may come again without effect. */
  async #putAgain(records: readonly SinkRecord[]): Promise<void> {
    const again = this.#raws.size > 0 ? records : records.map((record) => record.with({})) as SinkRecord[];
    const error = await this.#deliver(again);
    if (error !== null) this.#surprises.push(`the same records again: ${String(error)}`);
    const refused = this.#task.attempts.length;
    if (refused > 0) this.#surprises.push(`the same records again: ${refused} were refused again`);
  }

  #isStopped({ origin }: SinkRecord): boolean {
    return this.#stops.has(partitionKey(origin));
  }

  /** No record from a partition's first bad one on may be reported as delivered. */
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

function placeOf({ origin, offset }: SinkRecord): string {
  return `${partitionKey(origin)}@${offset}`;
}
