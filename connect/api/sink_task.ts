/** The classes that a sink connector implements. (`org.apache.kafka.connect.sink`) @module */

import type { OffsetMap, SinkRecord, TopicPartition } from "./record.ts";
import type { Admin, Logger, Time } from "./ports.ts";
import type { ColumnSink } from "./spans.ts";

/** A connector's or task's configuration: text by option name, references resolved. */
export type Props = Readonly<Record<string, string>>;

/**
 * Reports records that a sink couldn't write. (KIP-610, `ErrantRecordReporter`)
 *
 * With `errors.tolerance=none`, `report` rejects with the exception that stops the task.
 */
export interface ErrantRecordReporter {
  /** Reports a bad record; resolves when the report is durable. */
  report(record: SinkRecord, error: Error): Promise<void>;
}

/** What the framework offers a task. (`org.apache.kafka.connect.sink.SinkTaskContext`) */
export interface SinkTaskContext {
  /** Returns the connector's configuration. */
  configs(): Props;
  /**
   * Returns the configuration with references such as `${file:…}` resolved anew, for a new connection. Throws
   * ConfigException if a reference can't be resolved.
   */
  currentConfigs(): Promise<Props>;
  /** Resumes from these offsets, by original topic-partition, at the next poll. */
  offset(offsets: OffsetMap): void;
  /**
   * Declares everything below these offsets durable although `put` is about to throw because of a later record: the
   * task's last commit includes them. An addition: in Connect nothing of a batch counts if `put` throws.
   */
  delivered(offsets: OffsetMap): void;
  /** Sets the pause before the retry after a RetriableException, milliseconds. */
  timeout(ms: number): void;
  /** Returns the partitions assigned to this task. */
  assignment(): readonly TopicPartition[];
  /** Stops delivering records of these partitions until they are resumed. */
  pause(...partitions: readonly TopicPartition[]): void;
  /** Delivers records of these partitions again. */
  resume(...partitions: readonly TopicPartition[]): void;
  /** Requests an offset commit at the next opportunity. */
  requestCommit(): void;
  /** Returns null if neither a dead letter topic nor error logging is configured. */
  errantRecordReporter(): ErrantRecordReporter | null;
  /** Returns false if a partition may already belong to another member: don't write its records any more. */
  isOwned(partition: TopicPartition): boolean;
  /** Reads group offsets, log bounds and the cluster id, for sinks that keep their own offsets. */
  readonly admin: Admin;
  /** The connector's consumer group. */
  readonly groupId: string;
  /** The connector's name. */
  readonly connectorName: string;
  /** Hash of the configuration as written, without passwords. */
  readonly configHash: string;
  /** The task's number, from 0. */
  readonly taskId: number;
  /** The clock. */
  readonly time: Time;
  /** The task's log, which already names connector and task. */
  readonly logger: Logger;
  /** Counts an event by a fixed reason, for metrics and status. The reason must not be a value of a record. */
  count(name: string, reason: string, by?: number): void;
  /** Aborts if the task is cancelled. */
  readonly signal: AbortSignal;
}

/** Where a sink writes, for messages: names and addresses, never a secret. */
export interface Destination {
  /** The kind of destination: `Database`. */
  readonly name: string;
  /** Host and port. */
  readonly address: string;
  /** The option that sets the address. */
  readonly option: string;
}

/**
 * Writes records to another system. (`org.apache.kafka.connect.sink.SinkTask`)
 *
 * The framework calls one method at a time: `initialize`, `start`, then `open`, `put`, `preCommit` and `close` as
 * partitions come and go, finally `stop`. If `put` resolves, the records are delivered. RetriableException requests the
 * same batch again; any other exception stops the task.
 */
export abstract class SinkTask {
  #context: SinkTaskContext | undefined;

  /** Receives the context, once, before `start`. */
  initialize(context: SinkTaskContext): void {
    this.#context = context;
  }
  /** The context that `initialize` received. */
  protected get context(): SinkTaskContext {
    if (this.#context === undefined) throw new Error("Cannot use the context before initialize");
    return this.#context;
  }

  /** Returns the connector's version, for the status. */
  abstract version(): string;
  /** Starts the task. RetriableException = the other system is away, call again later. */
  abstract start(props: Props): Promise<void>;
  /** Writes a batch; RetriableException keeps it for a retry. */
  abstract put(records: readonly SinkRecord[]): Promise<void>;
  /** Takes batches as columns, if the plugin's `wantedColumns` said so. Optional: all sinks take records. */
  readonly columns?: ColumnSink;
  /** Releases resources; no `put` follows. */
  abstract stop(): Promise<void>;

  /**
   * Receives assigned partitions; the place to read the sink's own offsets. RetriableException = call again with the
   * same partitions after `context.timeout`; nothing is delivered before it succeeds.
   */
  open(_partitions: readonly TopicPartition[]): Promise<void> {
    return Promise.resolve();
  }
  /** Revokes partitions; everything put before is flushed or lost. */
  close(_partitions: readonly TopicPartition[]): Promise<void> {
    return Promise.resolve();
  }
  /** Returns the offsets that are safe to commit; by default everything delivered, after a `flush`. */
  async preCommit(currentOffsets: OffsetMap): Promise<OffsetMap> {
    await this.flush(currentOffsets);
    return currentOffsets;
  }
  /**
   * Checks whether the other system would accept records. Called if nothing was put for some seconds, so that an outage
   * is noticed without records. It must be cheap and finish within seconds. RetriableException = it wouldn't. Optional.
   */
  check?(): Promise<void>;
  /** Returns where the sink writes, for messages; undefined if it has nothing to name. */
  destination(): Destination | undefined {
    return undefined;
  }
  /** Returns the metadata that Kafka stores with each committed offset; empty as in Connect. */
  commitMetadata(): string {
    return "";
  }
  /** Makes everything put so far durable. */
  flush(_currentOffsets: OffsetMap): Promise<void> {
    return Promise.resolve();
  }
}
