/** The task of a SQL sink, for any database. (`io.confluent.connect.jdbc.sink.JdbcSinkTask`) @module */

import { backoffMs } from "../../connect/api/backoff.ts";
import { ConfigException, ConnectException, RetriableException } from "../../connect/api/exceptions.ts";
import {
  type OffsetMap,
  PartitionMap,
  type SinkRecord,
  type TopicPartition,
} from "../../connect/api/record.ts";
import { type Destination, type Props, SinkTask, type SinkTaskContext } from "../../connect/api/sink_task.ts";
import type { ColumnBatch, ColumnSink } from "../../connect/api/spans.ts";
import { ColumnDelivery } from "./columns/column_delivery.ts";
import { BatchPlanner } from "./plan/batch_planner.ts";
import type { OpenedPartition, SqlDialect } from "./dialect.ts";
import { Housekeeper } from "./write/housekeeper.ts";
import { PartitionOwnership } from "./write/partition_ownership.ts";
import { RecordDelivery } from "./write/record_delivery.ts";
import type { SinkSettings } from "./options/sink_settings.ts";
import type { SpanSqlDialect } from "./span_dialect.ts";
import { SqlFailure } from "./sql_failure.ts";
import { isOneTable } from "./plan/table_name.ts";

/** What a database provides for the task. */
interface SqlSinkTaskOptions {
  readonly version: string;
  /** Metadata of Kafka's offset which says that the database's offsets take precedence. */
  readonly committedMark: string;
  readSettings(props: Props): SinkSettings;
  openDialect(props: Props, context: SinkTaskContext): Promise<SpanSqlDialect>;
}

/**
 * Wait after a foreign fence before opening the partition again, if the task still owns it, milliseconds. A heartbeat
 * has told by then.
 */
const reopenDelayMs = 5_000;

interface Running {
  readonly settings: SinkSettings;
  readonly dialect: SqlDialect;
  readonly planner: BatchPlanner;
  readonly delivery: RecordDelivery;
  /** Null if the database takes no columns. */
  readonly columns: ColumnDelivery | null;
  readonly ownership: PartitionOwnership | null;
  readonly housekeeper: Housekeeper;
  readonly backoff: OutageBackoff;
}

/** Writes records as rows: one transaction per put, with exactly once including the offsets. */
export class SqlSinkTask extends SinkTask {
  override readonly columns: ColumnSink = {
    takes: () => this.#running?.columns?.takes() === true,
    put: (batch) => this.#putColumns(batch),
  };
  readonly #options: SqlSinkTaskOptions;
  #running: Running | undefined;

  constructor(options: SqlSinkTaskOptions) {
    super();
    this.#options = options;
  }

  version(): string {
    return this.#options.version;
  }

  override commitMetadata(): string {
    return this.#running?.settings.exactlyOnce === true ? this.#options.committedMark : "";
  }

  override destination(): Destination | undefined {
    const address = this.#running?.dialect.address;
    return address === undefined ? undefined : { name: "Database", address, option: "connection.url" };
  }

  /** Never ends the task: the next record's failure decides that. */
  override async check(): Promise<void> {
    try {
      await this.#run.dialect.check();
    } catch (error) {
      if (!(error instanceof SqlFailure) && !(error instanceof ConfigException)) throw error;
      throw new RetriableException(`Cannot reach the database: ${error.message}`);
    }
  }

  /** Logs in, and checks the table if the options name just one. */
  async start(props: Props): Promise<void> {
    const running = this.#running ??= await this.#make(props);
    await this.#outageAsRetry(async () => {
      await running.dialect.connect();
      await running.housekeeper.start();
      if (!isOneTable(running.settings.tableNameFormat)) return;
      await running.dialect.describe(running.planner.tableOf(""));
    });
  }

  override async open(partitions: readonly TopicPartition[]): Promise<void> {
    const { ownership } = this.#run;
    if (ownership === null || partitions.length === 0) return;
    await this.#outageAsRetry(async () => ownership.opened(await this.#open(partitions)));
  }

  override close(partitions: readonly TopicPartition[]): Promise<void> {
    this.#running?.ownership?.closed(partitions);
    return Promise.resolve();
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    const { delivery, housekeeper } = this.#run;
    await this.#outageAsRetry(async () => {
      await this.#reopenLost();
      if (records.length > 0) await delivery.deliver(records);
      await housekeeper.purgeIfDue();
    });
  }

  /** A batch with a partition that must be opened again is `put`'s. */
  async #putColumns(batch: ColumnBatch): Promise<boolean> {
    const { columns, housekeeper } = this.#run;
    if (columns?.areAllWritable !== true) return false;
    return await this.#outageAsRetry(async () => {
      const isWritten = await columns.deliver(batch);
      if (isWritten) await housekeeper.purgeIfDue();
      return isWritten;
    });
  }

  /** With exactly once, commits to Kafka only what the database has. */
  override async preCommit(currentOffsets: OffsetMap): Promise<OffsetMap> {
    const { delivery, ownership, housekeeper } = this.#run;
    await housekeeper.writeLedgerIfDue();
    if (ownership === null) return currentOffsets;
    try {
      await delivery.advanceTo(new PartitionMap(currentOffsets));
    } catch (error) {
      if (!(error instanceof SqlFailure) || !isOutage(error)) throw translated(error);
      this.context.logger.warn("Cannot advance offsets in the database: they will be committed later", {
        reason: error.message,
      });
    }
    return ownership.durable(currentOffsets);
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.housekeeper.writeLedger();
    await running?.dialect.close();
  }

  get #run(): Running {
    if (this.#running === undefined) throw new ConnectException("Cannot write: the sink isn't started");
    return this.#running;
  }

  async #make(props: Props): Promise<Running> {
    const { context } = this;
    const settings = this.#options.readSettings(props);
    const dialect = await this.#options.openDialect(props, context);
    const planner = new BatchPlanner({
      settings,
      describe: (table) => dialect.describe(table),
      now: () => context.time.now(),
    });
    const ownership = settings.exactlyOnce ? new PartitionOwnership() : null;
    const housekeeper = new Housekeeper({ settings, housekeeping: dialect.housekeeping, context });
    const delivery = new RecordDelivery({ settings, planner, dialect, ownership, context, housekeeper });
    const { spans } = dialect;
    const columns = spans === undefined ? null : new ColumnDelivery({
      ...{ settings, planner, dialect, spans, delivery, ownership, context, housekeeper },
    });
    const backoff = new OutageBackoff({
      retriesMax: settings.retriesMax,
      backoffMs: settings.retryBackoffMs,
      backoffMsMax: settings.retryBackoffMsMax,
      random: Math.random,
    });
    return { settings, dialect, planner, delivery, columns, ownership, housekeeper, backoff };
  }

  /** Raises the fences, and seeks to where the rows end. */
  async #open(partitions: readonly TopicPartition[]): Promise<PartitionMap<OpenedPartition>> {
    const opened = await this.#run.dialect.openOffsets(partitions);
    this.context.offset(new PartitionMap([...opened].map(([at, { from }]) => [at, from] as const)));
    return opened;
  }

  /**
   * A stopped process may raise the fence late, without owning the partition. So if the task still owns it after a
   * while, the task opens it again and resumes where the rows end: the worker seeks there between this `put` and the
   * next.
   */
  async #reopenLost(): Promise<void> {
    const { ownership } = this.#run;
    if (ownership === null) return;
    ownership.readFromNext();
    const lost = ownership.lostBefore(this.context.time.monotonic() - reopenDelayMs)
      .filter((at) => this.context.isOwned(at));
    if (lost.length > 0) ownership.reopened(await this.#open(lost));
  }

  /** @param work returns false if it did nothing: then the outage may go on */
  async #outageAsRetry(work: () => Promise<boolean | void>): Promise<boolean> {
    const { backoff } = this.#run;
    let isDone: boolean;
    try {
      isDone = await work() !== false;
    } catch (error) {
      if (!(error instanceof SqlFailure) || !isOutage(error)) throw translated(error);
      this.context.count("database-outages", error.kind === "timeout" ? "statement_timeout" : error.rule);
      const { error: exception, waitMs } = backoff.failed(error);
      if (exception instanceof RetriableException) this.context.timeout(waitMs);
      throw exception;
    }
    if (isDone) backoff.succeeded();
    return isDone;
  }
}

function isOutage({ kind }: SqlFailure): boolean {
  return kind === "outage" || kind === "timeout" || kind === "retry_now";
}

/** Wraps a failure that stops the task. */
function translated(error: unknown): unknown {
  if (!(error instanceof SqlFailure)) return error;
  const text = `Cannot write to the database: ${error.message}`;
  const isConfig = error.kind === "config" || error.kind === "auth";
  return isConfig
    ? new ConfigException(text, { rule: error.rule })
    : new ConnectException(text, { rule: error.rule });
}

interface OutageBackoffOptions {
  /** Tries after the first one; null = for ever. */
  readonly retriesMax: number | null;
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  readonly random: () => number;
}

/** Factors of the doubled time. */
const jitter = { from: 0.5, to: 1 } as const;

/**
 * Counts the tries of one outage.
 *
 * @example
 * ```ts
 * import { OutageBackoff } from "./sql_sink_task.ts";
 * import { SqlFailure } from "./sql_failure.ts";
 * const backoff = new OutageBackoff({ retriesMax: null, backoffMs: 100, backoffMsMax: 1000, random: () => 1 });
 * const away = new SqlFailure("outage", "ECONNREFUSED", { sqlstate: null });
 * const waits = [1, 2, 3, 4, 5].map(() => backoff.failed(away).waitMs);
 * if (waits.join() !== "100,200,400,800,1000") throw new Error("doubled, up to the maximum");
 * ```
 */
export class OutageBackoff {
  readonly #options: OutageBackoffOptions;
  #failures = 0;

  constructor(options: OutageBackoffOptions) {
    this.#options = options;
  }

  /**
   * Returns the exception to throw, and how long to wait before the next try: between half and all of the doubled time.
   */
  failed(failure: SqlFailure): { readonly error: ConnectException; readonly waitMs: number } {
    const { retriesMax, backoffMs: msMin, backoffMsMax: msMax, random } = this.#options;
    const tries = this.#failures++;
    const waitMs = Math.round(backoffMs(tries, { msMin, msMax, jitter }, random));
    const what = `Cannot write to the database: ${failure.message}`;
    if (retriesMax === null || tries < retriesMax) return { error: new RetriableException(what), waitMs };
    return { error: new ConnectException(`${what}, after ${tries} retries (max.retries)`), waitMs };
  }

  /** Ends the outage: the next one starts with the first backoff. */
  succeeded(): void {
    this.#failures = 0;
  }
}
