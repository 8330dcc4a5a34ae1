/** What a running sink task is made of. @module */

import type { Consumer, Logger, Subscription, Time } from "../../api/ports.ts";
import type { TopicPartition } from "../../api/record.ts";
import type { Props, SinkTask } from "../../api/sink_task.ts";
import type { ErasureWatch } from "../../errors/erasure_watch.ts";
import type { RejectedRecords } from "../../errors/rejected_records.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import type { BatchBuilderOptions } from "./batch_builder.ts";
import type { SinkTaskEnvironment } from "./sink_task_parts.ts";
import type { BatchLimits } from "./task_source.ts";
import type { TaskTroubles } from "./task_troubles.ts";

/** How a task's waits are ended; the parts that error handling needs know them too. */
export interface TaskSignals {
  /** The batch in hand may still be finished. */
  readonly stopping: AbortController;
  /** Nothing is waited for any more. */
  readonly forced: AbortController;
}

/** What a task needs besides its consumer. */
export interface TaskResources {
  /** Before the task starts: the dead letter queue is made. `waits` is called where Kafka is away. */
  prepare(signal: AbortSignal, waits: () => void): Promise<void>;
  /** When the task has ended. */
  release(): Promise<void>;
}

/** What a task waits for. */
export interface TaskWaiting {
  /** When records came last, on the monotonic clock. */
  readonly sinceMs: number;
  readonly partitions: readonly TopicPartition[];
}

/** Who wants to know how the task is. */
export interface SinkTaskListener {
  started(): void;
  paused(): void;
  resumed(): void;
}

/** What one task is made of. */
export interface WorkerSinkTaskOptions extends BatchBuilderOptions, SinkTaskEnvironment {
  readonly task: SinkTask;
  readonly props: Props;
  readonly consumer: Consumer;
  readonly subscription: Subscription;
  readonly limits: BatchLimits;
  /** `offset.flush.interval.ms`. */
  readonly commitIntervalMs: number;
  /** `task.shutdown.graceful.timeout.ms`. */
  readonly shutdownTimeoutMs: number;
  readonly isPaused: boolean;
  readonly listener: SinkTaskListener;
  readonly signals: TaskSignals;
  readonly resources: TaskResources;
  /** Where it is noted what the task waits for; absent = it is told to no one. */
  readonly troubles?: TaskTroubles;
  /** Tells the log of rejected records; absent = the log is told nothing. */
  readonly rejected?: RejectedRecords;
  /** Where the consumer finds Kafka, for messages. */
  readonly bootstrapServers?: string;
  /** The dead letter queue's topic and where its producer finds Kafka, for messages; absent = there is none. */
  readonly deadLetterQueue?: { readonly name: string; readonly address: string } | undefined;
  /** Absent = the connector has no erasure topics. */
  readonly erasures?: ErasureWatch;
  readonly metrics: TaskMetrics;
  readonly time: Time;
  readonly logger: Logger;
  /** Frees what is dead, at a moment when little is alive; absent = the runtime knows best. */
  readonly freeMemory?: () => void;
}
