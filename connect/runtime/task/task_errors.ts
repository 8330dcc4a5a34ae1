/** How one task handles errors, by its `errors.*` options. @module */

import { parseAs } from "../../api/config_def.ts";
import type { Admin, Logger, Producer, Time } from "../../api/ports.ts";
import { rawDeadLetter, safeDeadLetter } from "../../errors/dead_letter_form.ts";
import {
  type CallWatch,
  DeadLetterQueueReporter,
  ensureDeadLetterTopic,
} from "../../errors/dead_letter_queue_reporter.ts";
import { ErasureWatch } from "../../errors/erasure_watch.ts";
import type { ErrorReporter } from "../../errors/failed_record.ts";
import { LogReporter } from "../../errors/log_reporter.ts";
import { MissedErasures } from "../../errors/missed_erasures.ts";
import type { RejectedRecords } from "../../errors/rejected_records.ts";
import { RetryWithTolerance } from "../../errors/retry_with_tolerance.ts";
import { ToleranceBreaker } from "../../errors/tolerance_breaker.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import type { ConnectorSpec } from "../herder/connector_spec.ts";
import type { TaskSignals } from "./sink_task_options.ts";
import type { TaskTroubles } from "./task_troubles.ts";

const erasureTopics = "erasure.topics";

/** What error handling is made from. */
export interface TaskErrorsOptions {
  readonly spec: ConnectorSpec;
  readonly taskId: number;
  readonly admin: Admin;
  /** Called only where a dead letter queue is configured. */
  readonly makeProducer: () => Producer;
  readonly metrics: TaskMetrics;
  readonly signals: TaskSignals;
  /** Where erasures that weren't done are shown; absent = in the log alone. */
  readonly missedErasures?: MissedErasures;
  /** Counts what is rejected; absent = it is told to no one. */
  readonly rejected?: RejectedRecords;
  /** Told whether the dead letter queue takes what it's given; absent = it is told to no one. */
  readonly troubles?: TaskTroubles;
  readonly time: Time;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Error handling of a task, with what begins and ends it. */
export interface TaskErrors {
  readonly errors: RetryWithTolerance;
  readonly hasReporter: boolean;
  readonly erasures?: ErasureWatch;
  prepare(signal: AbortSignal, waits: () => void): Promise<void>;
  close(): Promise<void>;
}

/** Makes it. */
export function makeTaskErrors(options: TaskErrorsOptions): TaskErrors {
  const { spec: { config }, admin, metrics, signals, time, random, logger } = options;
  const topic = config["errors.deadletterqueue.topic.name"] ?? "";
  const replication = config["errors.deadletterqueue.topic.replication.factor"];
  const producer = topic === "" ? null : options.makeProducer();
  const reporters: readonly ErrorReporter[] = [
    ...(producer === null ? [] : [deadLetterQueue(topic, producer, options)]),
    ...(config["errors.log.enable"] ? [logReporter(options)] : []),
  ];
  const erasures = erasureWatch(options);
  const watchers = [options.rejected, erasures].filter((watcher) => watcher !== undefined);
  const errors = new RetryWithTolerance({
    tolerance: config["errors.tolerance"] === "all" ? "all" : "none",
    retryTimeoutMs: Number(config["errors.retry.timeout"]),
    retryDelayMsMax: Number(config["errors.retry.delay.max.ms"]),
    reporters: [...reporters, ...watchers],
    breaker: new ToleranceBreaker(config["errors.tolerance.max.ratio"], time),
    counters: metrics.errors,
    time,
    random,
    signal: signals.stopping.signal,
  });
  return {
    errors,
    hasReporter: reporters.length > 0,
    ...(erasures === undefined ? {} : { erasures }),
    prepare: async (signal, waits) => {
      if (topic !== "") {
        const during = callWatch(options);
        await ensureDeadLetterTopic(admin, topic, replication, { time, logger, signal, waits, during });
      }
    },
    close: async () => await producer?.close(),
  };
}

function callWatch({ troubles }: TaskErrorsOptions): CallWatch {
  return (name, call) => troubles === undefined ? call() : troubles.during("dead_letters", name, call);
}

/** Undefined if the connector has no erasure topics. */
function erasureWatch({ spec, missedErasures, logger }: TaskErrorsOptions): ErasureWatch | undefined {
  const topics = erasureTopicsOf(spec);
  if (topics.size === 0) return undefined;
  return new ErasureWatch({
    ...{ connector: spec.name, topics, logger },
    missed: missedErasures ?? new MissedErasures(),
  });
}

/** The sink's own option; a sink without it has no erasures. */
function erasureTopicsOf({ props }: ConnectorSpec): ReadonlySet<string> {
  const topics = parseAs("LIST", erasureTopics, props[erasureTopics] ?? "");
  return new Set(Array.isArray(topics) ? topics : []);
}

function deadLetterQueue(topic: string, producer: Producer, options: TaskErrorsOptions): ErrorReporter {
  const { spec: { name, config, keyHash, configHash }, taskId, metrics, signals, time, logger } = options;
  const origin = { topic, connector: name, taskId };
  const form = config["errors.deadletterqueue.raw.enable"]
    ? rawDeadLetter({ ...origin, contextHeaders: config["errors.deadletterqueue.context.headers.enable"] })
    : safeDeadLetter({ ...origin, keyHash, configHash, time, erasureTopics: erasureTopicsOf(options.spec) });
  return new DeadLetterQueueReporter({
    topic,
    producer,
    form,
    counters: metrics.errors,
    time,
    logger,
    during: callWatch(options),
    signal: signals.forced.signal,
  });
}

function logReporter({ spec: { name, config }, taskId, metrics, logger }: TaskErrorsOptions): ErrorReporter {
  return new LogReporter({
    connector: name,
    taskId,
    includeMessages: config["errors.log.include.messages"],
    counters: metrics.errors,
    logger,
  });
}
