/**
 * Writes batches in columns: rows of spans, in one transaction, with exactly once including its offsets.
 *
 * It writes a batch as a whole or not at all. Whatever needs more than that, such as deletes, a search for bad records,
 * or a look at fences, is `RecordDelivery`'s: the batch is declined, and comes to `put` in records.
 *
 * @module
 */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import { PartitionMap } from "../../../connect/api/record.ts";
import type { SinkTaskContext } from "../../../connect/api/sink_task.ts";
import type { ColumnBatch, SpanColumn } from "../../../connect/api/spans.ts";
import type { SqlDialect, TableShape } from "../dialect.ts";
import type { ExpectedProgress, SpanDialect, SpanStatement } from "../span_dialect.ts";
import type { SinkSettings } from "../options/sink_settings.ts";
import type { BatchPlanner } from "../plan/batch_planner.ts";
import type { TableName } from "../plan/table_name.ts";
import { SqlFailure } from "../sql_failure.ts";
import type { Housekeeper } from "../write/housekeeper.ts";
import type { PartitionOwnership } from "../write/partition_ownership.ts";
import type { RecordDelivery } from "../write/record_delivery.ts";
import { knownMsMax } from "../write/table_writer.ts";
import { countWrites } from "../write/write_counts.ts";
import { ColumnPlans } from "./column_plan.ts";
import { ColumnRows } from "./column_rows.ts";
import { RowRounds } from "./row_rounds.ts";

/** Batches that go by objects after one that columns weren't good for; doubled while more of these come. */
const skipped = { min: 20, max: 320 } as const;

interface ColumnDeliveryOptions {
  readonly settings: SinkSettings;
  readonly planner: BatchPlanner;
  readonly dialect: SqlDialect;
  readonly spans: SpanDialect;
  readonly delivery: Pick<RecordDelivery, "isSettled" | "tolerates" | "report">;
  /** For exactly once; null if it's off. */
  readonly ownership: PartitionOwnership | null;
  readonly housekeeper: Pick<Housekeeper, "delivered">;
  readonly context: SinkTaskContext;
}

/** `not now`: declined for a reason that the next batch won't have. */
type Outcome = "written" | "declined" | "not now";

/** Neighboring records of one partition, by their indexes. */
interface Run {
  readonly first: number;
  last: number;
}

/** Delivers batches in columns, one at a time. */
export class ColumnDelivery {
  readonly #options: ColumnDeliveryOptions;
  readonly #rows: ColumnRows;
  readonly #rounds: RowRounds;
  #plans:
    | { readonly table: TableShape; readonly columns: readonly SpanColumn[]; readonly are: ColumnPlans }
    | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #skip: number = skipped.min;
  #left = 0;

  constructor(options: ColumnDeliveryOptions) {
    const { settings, planner, context, delivery } = options;
    this.#options = options;
    this.#rows = new ColumnRows({
      settings,
      planner,
      now: () => context.time.now(),
      isSettled: (record) => delivery.isSettled(record),
    });
    this.#rounds = new RowRounds(settings, this.#rows);
  }

  /** With exactly once: whether the task may write all its partitions. */
  get areAllWritable(): boolean {
    return this.#options.ownership?.areWritable !== false;
  }

  /** Whether it would take a batch now. */
  takes(): boolean {
    if (!this.areAllWritable) return false;
    if (this.#left === 0) return true;
    this.#left -= 1;
    return false;
  }

  /**
   * Writes a batch. Returns false if it must go by objects: then nothing is written.
   *
   * @throws SqlFailure that isn't about the data; a reporter's error; ConfigException
   */
  async deliver(batch: ColumnBatch): Promise<boolean> {
    if (batch.count === 0) return true;
    try {
      const outcome = await this.#write(batch);
      // Objects cost more here than by `put`, which has them in smaller batches.
      const isMostlyObjects = 2 * this.#rows.objects > batch.count;
      if (outcome === "written" && !isMostlyObjects) this.#skip = skipped.min;
      else if (outcome !== "not now") {
        this.#left = this.#skip;
        this.#skip = Math.min(2 * this.#skip, skipped.max);
      }
      return outcome === "written";
    } finally {
      this.#rows.end();
    }
  }

  async #write(batch: ColumnBatch): Promise<Outcome> {
    const { context, delivery, ownership, spans } = this.#options;
    const runs = runsOf(batch);
    const progress = ownership === null ? [] : progressOf(batch, runs, ownership);
    if (progress === null) return "not now";
    const table = this.#tableOf(batch, runs);
    if (table === null) return "declined";
    if (context.time.monotonic() - this.#lookedAtMs > knownMsMax) await this.#look(table);
    let isRead = await this.#read(batch, table);
    if (isRead && this.#rows.bad.length > 0) {
      if (!delivery.tolerates) return "declined";
      if (await this.#look(table)) isRead = await this.#read(batch, table);
    }
    if (!isRead) return "declined";
    await delivery.report(this.#rows.bad);
    const statements = this.#rounds.statements();
    if (statements.length === 0) return "not now";
    if (!statements.every(({ plan }) => spans.takesPlan(plan))) return "declined";
    return await this.#send(statements, progress, runs);
  }

  async #send(
    statements: readonly SpanStatement[],
    progress: readonly ExpectedProgress[],
    runs: readonly Run[],
  ): Promise<Outcome> {
    const { spans, ownership, context, housekeeper } = this.#options;
    try {
      const counts = await spans.write(statements, progress);
      if (counts === "offsets moved") return "not now";
      ownership?.advanced(progress);
      const { tombstonesIgnored, tooOld, batch } = this.#rows;
      const counted = statements.map(({ kind, plan, rows: { count } }) => ({
        kind,
        plan,
        rows: { length: count },
      }));
      const { metrics, ledger } = countWrites({ statements: counted, tombstonesIgnored, tooOld }, counts);
      for (const { name, reason, by } of metrics) context.count(name, reason, by);
      const places = runs.flatMap(({ first, last }) => [first, last]).map((index) => ({
        origin: batch.originOf(index),
        offset: BigInt(batch.offsetOf(index)),
      }));
      housekeeper.delivered(places, { ...ledger, records: batch.count });
      return "written";
    } catch (error) {
      return this.#afterFailure(error);
    }
  }

  #afterFailure(error: unknown): Outcome {
    if (!(error instanceof SqlFailure)) throw error;
    switch (error.kind) {
      case "retry_now":
        this.#options.context.count("database-retries", error.rule);
        return "not now";
      case "data":
      case "structure":
      case "timeout":
        return "declined";
      default:
        throw error;
    }
  }

  /** Null if the batch is for several tables. */
  #tableOf(batch: ColumnBatch, runs: readonly Run[]): TableName | null {
    const { planner } = this.#options;
    const tables = runs.map(({ first }) => planner.tableOf(batch.originOf(first).topic));
    const [table] = tables;
    const isSame = ({ schema, name }: TableName) => schema === table?.schema && name === table.name;
    return table !== undefined && tables.every(isSame) ? table : null;
  }

  async #look(table: TableName): Promise<boolean> {
    const { dialect, context } = this.#options;
    this.#lookedAtMs = context.time.monotonic();
    const hasChanged = await dialect.lookAgain([table]);
    if (hasChanged) context.count("database-retries", "table_changed");
    return hasChanged;
  }

  async #read(batch: ColumnBatch, table: TableName): Promise<boolean> {
    try {
      const shape = await this.#options.dialect.describe(table);
      return await this.#rows.read(batch, this.#plansOf(shape, batch.columns));
    } catch (error) {
      if (error instanceof ConfigException) return false; // there is no such table, as `put` will say
      throw error;
    }
  }

  #plansOf(table: TableShape, columns: readonly SpanColumn[]): ColumnPlans {
    const known = this.#plans;
    if (known?.table === table && known.columns === columns) return known.are;
    const are = new ColumnPlans(table, columns, this.#options);
    this.#plans = { table, columns, are };
    return are;
  }
}

function runsOf(batch: ColumnBatch): readonly Run[] {
  const runs: Run[] = [];
  let run: Run | undefined;
  for (let index = 0; index < batch.count; index++) {
    if (run !== undefined && batch.originOf(index) === batch.originOf(run.last)) run.last = index;
    else runs.push(run = { first: index, last: index });
  }
  return runs;
}

/** Null if a record may not be written, or the database's offset isn't known. */
function progressOf(
  batch: ColumnBatch,
  runs: readonly Run[],
  ownership: PartitionOwnership,
): readonly ExpectedProgress[] | null {
  const whole = new PartitionMap<Run>();
  for (const { first, last } of runs) {
    const at = batch.originOf(first);
    whole.set(at, { first: whole.get(at)?.first ?? first, last });
  }
  const progress: ExpectedProgress[] = [];
  for (const [at, { first, last }] of whole) {
    const timestamp = batch.timestampOf(last);
    const one = ownership.expectedProgress(at, BigInt(batch.offsetOf(first)), {
      nextOffset: BigInt(batch.offsetOf(last)) + 1n,
      lastTimestamp: timestamp < 0 ? batch.record(last).originTimestamp : timestamp,
    });
    if (one === null) return null;
    progress.push(one);
  }
  return progress;
}
