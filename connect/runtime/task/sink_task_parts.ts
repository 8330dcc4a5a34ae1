/** The parts of a task's loop, put together. @module */

import type { Admin } from "../../api/ports.ts";
import type { Props } from "../../api/sink_task.ts";
import type { PendingReports } from "../../errors/pending_reports.ts";
import { WorkerErrantRecordReporter } from "../../errors/worker_errant_record_reporter.ts";
import { OffsetCommitter } from "./offset_committer.ts";
import { PartitionPauses } from "./partition_pauses.ts";
import { SinkOffsets } from "./sink_offsets.ts";
import { SinkRebalanceListener } from "./sink_rebalance_listener.ts";
import { WorkerSinkTaskContext } from "./sink_task_context.ts";
import { TaskDelivery } from "./task_delivery.ts";
import { TaskSource } from "./task_source.ts";
import { TaskTroubles } from "./task_troubles.ts";
import type { WorkerSinkTaskOptions } from "./sink_task_options.ts";

/** What a task knows of its surroundings. */
export interface SinkTaskEnvironment {
  readonly connectorName: string;
  readonly configHash: string;
  /** The task's options as they are now; absent = they never change. */
  readonly currentProps?: () => Promise<Props>;
  readonly taskId: number;
  readonly groupId: string;
  readonly admin: Admin;
  readonly reports: PendingReports;
  /** A dead letter queue or error logging is configured: the sink gets a reporter. */
  readonly hasReporter: boolean;
  /** `offset.flush.timeout.ms`. */
  readonly flushTimeoutMs: number;
  /** Told of each topic that records came from. */
  readonly seenTopic: (topic: string) => void;
}

/** What the loop does for its parts. */
export interface LoopHooks {
  /** Forced stop. */
  readonly signal: AbortSignal;
  readonly wake: () => void;
  readonly applyPauses: () => void;
  readonly applyOffsets: () => void;
}

/** The parts. */
export interface SinkTaskParts {
  readonly offsets: SinkOffsets;
  readonly pauses: PartitionPauses;
  readonly context: WorkerSinkTaskContext;
  readonly source: TaskSource;
  readonly delivery: TaskDelivery;
  readonly committer: OffsetCommitter;
  readonly rebalances: SinkRebalanceListener;
  readonly troubles: TaskTroubles;
}

/** Makes them. */
export function makeSinkTaskParts(given: WorkerSinkTaskOptions, hooks: LoopHooks): SinkTaskParts {
  const troubles = given.troubles ?? new TaskTroubles(given.time);
  const options = { ...given, troubles };
  const { consumer, metrics, errors, reports } = options;
  const { signal } = hooks;
  const offsets = new SinkOffsets();
  const delivery: TaskDelivery = new TaskDelivery({
    ...options,
    offsets,
    signal,
    takeTimeoutMs: () => context.takeTimeoutMs(),
  });
  const reporter = options.hasReporter
    ? new WorkerErrantRecordReporter({
      errors,
      pending: reports,
      originalOf: (record) => delivery.originalOf(record),
    })
    : null;
  const context = new WorkerSinkTaskContext({
    ...options,
    reporter,
    signal,
    wake: hooks.wake,
    count: (name, reason, by) => metrics.count(name, reason, by),
    delivered: (next) => offsets.delivered(next),
  });
  const source = new TaskSource({ ...options, offsets, signal });
  const committer = new OffsetCommitter({ ...options, offsets, signal });
  const pauses = new PartitionPauses(consumer);
  const rebalances = new SinkRebalanceListener({
    ...options,
    ...hooks,
    context,
    source,
    delivery,
    offsets,
    committer,
    pauses,
  });
  troubles.watch({
    away: () => consumer.away(),
    missingTopics: () => consumer.missingTopics(),
    connector: options.connectorName,
    kafka: options.bootstrapServers ?? "",
    deadLetters: options.deadLetterQueue,
    destination: () => options.task.destination(),
    assignment: () => consumer.assignment(),
    next: (at) => offsets.current([at]).get(at) ?? consumer.position(at),
  });
  return { offsets, pauses, context, source, delivery, committer, rebalances, troubles };
}
