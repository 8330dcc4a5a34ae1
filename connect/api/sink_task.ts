/** What a sink connector's author writes. (`org.apache.kafka.connect.sink`) @module */

import type { OffsetMap, SinkRecord, TopicPartition } from "./record.ts";
import type { Admin, Logger, Time } from "./ports.ts";

/** A connector's or task's configuration: text by option name, references already resolved. */
export type Props = Readonly<Record<string, string>>;

/**
 * Reports records that a sink could not write. (KIP-610, `ErrantRecordReporter`)
 *
 * The promise resolves when the report is durable. With `errors.tolerance=none` it rejects with the exception that
 * stops the task.
 */
export interface ErrantRecordReporter {
  /** Tells of a bad record; resolves when the report is durable. */
  report(record: SinkRecord, error: Error): Promise<void>;
}

/** What the framework offers a task. (`org.apache.kafka.connect.sink.SinkTaskContext`) */
export interface SinkTaskContext {
  /** The connector's current configuration. */
  configs(): Props;
  /**
   * The same with references such as `${file:…}` looked up now: for a new connection, whose secret may have changed.
   * ConfigException where one can't be.
   */
  currentConfigs(): Promise<Props>;
  /** Deliver from these offsets on, by original topic-partition, from the next poll. */
  offset(offsets: OffsetMap): void;
  /**
   * Everything below these offsets is durable, although `put` is about to throw because of a record behind them: the
   * commit that ends the task counts it. An addition: in Connect nothing of a batch counts whose `put` has thrown.
   */
  delivered(offsets: OffsetMap): void;
  /** Wait this long before the next try after a RetriableException. Milliseconds. */
  timeout(ms: number): void;
  /** Partitions assigned to this task. */
  assignment(): readonly TopicPartition[];
  /** Hands over nothing of these until they are resumed. */
  pause(...partitions: readonly TopicPartition[]): void;
  /** Hands over of these again. */
  resume(...partitions: readonly TopicPartition[]): void;
  /** Ask for an offset commit at the next opportunity. */
  requestCommit(): void;
  /** Null where neither a dead letter topic nor error logging is configured (errors.tolerance=none rejects). */
  errantRecordReporter(): ErrantRecordReporter | null;
  /** False when a partition may already belong to another member: nothing of it may be written any more. */
  isOwned(partition: TopicPartition): boolean;
  /** Group offsets, log bounds and the cluster id, for sinks that keep their own offsets. */
  readonly admin: Admin;
  /** The connector's consumer group. */
  readonly groupId: string;
  /** The connector's name. */
  readonly connectorName: string;
  /** Which configuration the connector runs with: a hash of what a person wrote, without passwords. */
  readonly configHash: string;
  /** Number of the task, from 0. */
  readonly taskId: number;
  /** The clock. */
  readonly time: Time;
  /** Where the task logs; it names connector and task already. */
  readonly logger: Logger;
  /** Counts something by reason, for metrics and status: a fixed word, never a value. */
  count(name: string, reason: string, by?: number): void;
  /** Aborts when the task is being stopped by force. */
  readonly signal: AbortSignal;
}

/** Where a sink writes, for a person: names and addresses, never a secret. */
export interface Destination {
  /** What it is: `Database`. */
  readonly name: string;
  /** Host and port. */
  readonly address: string;
  /** The option that says so. */
  readonly option: string;
}

/**
 * Writes records to another system. (`org.apache.kafka.connect.sink.SinkTask`)
 *
 * Calls come one at a time: `initialize`, `start`, then `open`, `put`, `preCommit` and `close` as partitions
 * come and go, last `stop`. `put` that resolves means the records are delivered; RetriableException = give me the same
 * batch again; anything else stops the task.
 */
export abstract class SinkTask {
  #context: SinkTaskContext | undefined;

  /** Set once, before `start`. */
  initialize(context: SinkTaskContext): void {
    this.#context = context;
  }
  /** What `initialize` gave it. */
  protected get context(): SinkTaskContext {
    if (this.#context === undefined) throw new Error("Cannot use the context before initialize");
    return this.#context;
  }

  /** Version of the connector, as status shows it. */
  abstract version(): string;
  /** RetriableException = not yet, call again later: the other system is away. */
  abstract start(props: Props): Promise<void>;
  /** Writes a batch; RetriableException keeps it for another try. */
  abstract put(records: readonly SinkRecord[]): Promise<void>;
  /** Frees what the task holds; nothing is put afterwards. */
  abstract stop(): Promise<void>;

  /**
   * Partitions were assigned; the place to look up one's own offsets. RetriableException = not yet: it's called again
   * with the same partitions after `context.timeout`, and nothing is delivered until it succeeds.
   */
  open(_partitions: readonly TopicPartition[]): Promise<void> {
    return Promise.resolve();
  }
  /** Partitions are taken away; everything put before is already flushed or lost. */
  close(_partitions: readonly TopicPartition[]): Promise<void> {
    return Promise.resolve();
  }
  /** Offsets that are safe to commit; by default everything delivered, after a `flush`. */
  async preCommit(currentOffsets: OffsetMap): Promise<OffsetMap> {
    await this.flush(currentOffsets);
    return currentOffsets;
  }
  /**
   * Asks the other system whether it would take records. Called when nothing was put for some seconds, so that an
   * outage is seen without a record; it does little and takes no longer than that. RetriableException = it wouldn't.
   * A sink without it is asked nothing.
   */
  check?(): Promise<void>;
  /** Where it writes to, for messages; undefined where there is nothing to say. */
  destination(): Destination | undefined {
    return undefined;
  }
  /** Text that Kafka keeps beside each offset committed for this task; empty as in Connect. */
  commitMetadata(): string {
    return "";
  }
  /** Makes everything put so far durable. */
  flush(_currentOffsets: OffsetMap): Promise<void> {
    return Promise.resolve();
  }
}
