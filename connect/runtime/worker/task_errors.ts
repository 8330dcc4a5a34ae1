import { parseAs } from "../../api/config_def.ts";
import type { Admin, Producer, Time } from "../../api/ports.ts";
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
import { RetryWithTolerance } from "../../errors/retry_with_tolerance.ts";
import { ToleranceBreaker } from "../../errors/tolerance_breaker.ts";
import type { ConnectorSpec } from "../herder/connector_spec.ts";
import type { TaskRequests } from "../task/task_requests.ts";
import type { TaskTelemetry } from "../task/task_troubles.ts";

const erasureTopics = "erasure.topics";

interface TaskErrorsOptions {
  readonly spec: ConnectorSpec;
  readonly taskId: number;
  /** Writes dead letters; null without a dead letter queue. */
  readonly producer: Producer | null;
  readonly requests: Pick<TaskRequests, "stopping" | "forced">;
  /** Takes rejected erasures; absent = they are only logged. */
  readonly missedErasures?: MissedErasures;
  readonly telemetry: TaskTelemetry;
  readonly time: Time;
  readonly random: () => number;
}

/** A task's error handling, by its `errors.*` options. */
export interface TaskErrors {
  readonly errors: RetryWithTolerance;
  readonly hasReporter: boolean;
  readonly erasures: ErasureWatch | undefined;
  /** Creates the dead letter queue; calls `waits` while Kafka is down. */
  prepare(admin: Admin, waits: () => void): Promise<void>;
  close(): Promise<void>;
}

export function makeTaskErrors(options: TaskErrorsOptions): TaskErrors {
  const { spec: { config }, producer, requests, telemetry, time, random } = options;
  const { metrics, logger, rejected } = telemetry;
  const topic = config["errors.deadletterqueue.topic.name"] ?? "";
  const reporters: readonly ErrorReporter[] = [
    ...(producer === null ? [] : [deadLetterQueue(topic, producer, options)]),
    ...(config["errors.log.enable"] ? [logReporter(options)] : []),
  ];
  const erasures = erasureWatch(options);
  const errors = new RetryWithTolerance({
    tolerance: config["errors.tolerance"] === "all" ? "all" : "none",
    retry: {
      timeoutMs: Number(config["errors.retry.timeout"]),
      delayMsMax: Number(config["errors.retry.delay.max.ms"]),
    },
    reporters: [...reporters, rejected, ...(erasures === undefined ? [] : [erasures])],
    breaker: new ToleranceBreaker(config["errors.tolerance.max.ratio"], time),
    counters: metrics.errors,
    time,
    random,
    signal: requests.stopping.signal,
  });
  return {
    errors,
    hasReporter: reporters.length > 0,
    erasures,
    prepare: async (admin, waits) => {
      if (producer === null) return;
      const replication = config["errors.deadletterqueue.topic.replication.factor"];
      const [during, signal] = [callWatch(telemetry), requests.stopping.signal];
      await ensureDeadLetterTopic(admin, topic, replication, { time, logger, signal, waits, during });
    },
    close: async () => await producer?.close(),
  };
}

function callWatch({ troubles }: TaskTelemetry): CallWatch {
  return (name, call) => troubles.during("dead_letters", name, call);
}

/** Undefined if the connector has no erasure topics. */
function erasureWatch({ spec, missedErasures, telemetry }: TaskErrorsOptions): ErasureWatch | undefined {
  const topics = erasureTopicsOf(spec);
  if (topics.size === 0) return undefined;
  return new ErasureWatch({
    connector: spec.name,
    topics,
    logger: telemetry.logger,
    missed: missedErasures ?? new MissedErasures(),
  });
}

/** An option of the sink; sinks without it have no erasures. */
function erasureTopicsOf({ props }: ConnectorSpec): ReadonlySet<string> {
  const topics = parseAs("LIST", erasureTopics, props[erasureTopics] ?? "");
  return new Set(Array.isArray(topics) ? topics : []);
}

function deadLetterQueue(topic: string, producer: Producer, options: TaskErrorsOptions): ErrorReporter {
  const { spec: { name, config, keyHash, configHash }, taskId, requests, telemetry, time } = options;
  const { metrics, logger } = telemetry;
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
    during: callWatch(telemetry),
    signal: requests.forced.signal,
  });
}

function logReporter({ spec: { name, config }, taskId, telemetry }: TaskErrorsOptions): ErrorReporter {
  return new LogReporter({
    connector: name,
    taskId,
    includeMessages: config["errors.log.include.messages"],
    counters: telemetry.metrics.errors,
    logger: telemetry.logger,
  });
}
