/** Makes one task with its clients. (`org.apache.kafka.connect.runtime.Worker.SinkTaskBuilder`) @module */

import type { PluginRegistry } from "../../config/plugin_registry.ts";
import type { Admin, Consumer, KafkaClients, Logger, Producer, Time } from "../../api/ports.ts";
import type { Props } from "../../api/sink_task.ts";
import { connectorClientProperties, overridesNow } from "../../config/client_overrides.ts";
import { PendingReports } from "../../errors/pending_reports.ts";
import type { MissedErasures } from "../../errors/missed_erasures.ts";
import type { RejectedRecords } from "../../errors/rejected_records.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import type { ConnectorSpec } from "../herder/connector_spec.ts";
import type { FieldsSeen } from "../herder/fields_seen.ts";
import type { SinkTaskListener, WorkerSinkTaskOptions } from "../task/sink_task_options.ts";
import { makeTaskErrors } from "../task/task_errors.ts";
import { makeTaskPipeline } from "../task/task_pipeline.ts";
import type { RunnableTask } from "./task_runner.ts";
import type { BatchLimits } from "../task/task_source.ts";
import type { TaskTroubles } from "../task/task_troubles.ts";
import { Watchdog } from "./watchdog.ts";
import { WorkerSinkTask } from "../task/worker_sink_task.ts";

/** Records of one poll where nothing is said, as in Java's consumer. */
const pollRecordsDefault = 500;

/** Polls that one batch may hold under load where `max.poll.records` isn't set. */
const pollsPerBatchMax = 10;

/** Raw bytes of one batch, at most. */
const batchBytesMax = 768 * 1024;
/** Raw bytes after which a task finishes what it has before it reads on, so that all of it can be freed at once. */
const heldBytesMax = 1536 * 1024;

/** What every task of a worker needs. */
export interface TaskServices {
  /** Makes clients. */
  readonly kafka: KafkaClients;
  /** What configurations may name. */
  readonly plugins: PluginRegistry;
  /** The clock. */
  readonly time: Time;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Where names of fields are noted; nowhere when absent. */
  readonly fieldsSeen?: FieldsSeen;
  /** Where erasures that weren't done are shown; in the log alone when absent. */
  readonly missedErasures?: MissedErasures;
  /** Frees what is dead, at a moment when little is alive; absent = the runtime knows best. */
  readonly freeMemory?: () => void;
}

/** One task of a connector. */
export interface TaskBlueprint {
  readonly spec: ConnectorSpec;
  readonly taskId: number;
  readonly props: Props;
  /** The same with references looked up again. */
  readonly currentProps: () => Promise<Props>;
  readonly admin: Admin;
  readonly metrics: TaskMetrics;
  readonly troubles?: TaskTroubles;
  readonly rejected?: RejectedRecords;
  readonly logger: Logger;
  /** Told of each topic that records came from. */
  readonly seenTopic: (topic: string) => void;
}

/** Makes a task; its clients come last, so that nothing is left open where an option is wrong. */
export function makeRunnableTask(
  services: TaskServices,
  blueprint: TaskBlueprint,
  isPaused: boolean,
  listener: SinkTaskListener,
): RunnableTask {
  const { kafka, plugins, time } = services;
  const { spec, taskId, admin, metrics, logger } = blueprint;
  const signals = { stopping: new AbortController(), forced: new AbortController() };
  const sink = spec.plugin.createTask();
  const { pipeline, close } = makeTaskPipeline(spec, plugins, time, services.fieldsSeen);
  const overrides = connectorClientProperties("consumer", spec.workerProps, spec.props);
  const clientId = overrides["client.id"] ?? `connector-consumer-${spec.name}-${taskId}`;
  const current = overridesNow("consumer", spec.workerProps, spec.current);
  const recordLimits = recordLimitsOf(spec);
  const consumer = kafka.consumer({ groupId: spec.groupId, clientId, overrides, current, recordLimits });
  const handling = makeTaskErrors({
    ...services,
    ...blueprint,
    signals,
    makeProducer: () => producerOf(kafka, spec, taskId),
  });
  const task = new WorkerSinkTask({
    ...blueprint,
    ...limitsOf(spec, overrides),
    task: sink,
    consumer,
    bootstrapServers: bootstrapServers("consumer", spec),
    deadLetterQueue: deadLetterQueue(spec),
    subscription: spec.subscription,
    pipeline,
    errors: handling.errors,
    reports: new PendingReports(),
    hasReporter: handling.hasReporter,
    ...(handling.erasures === undefined ? {} : { erasures: handling.erasures }),
    isPaused,
    connectorName: spec.name,
    configHash: spec.configHash,
    groupId: spec.groupId,
    listener,
    signals,
    resources: {
      prepare: handling.prepare,
      release: async () => {
        close();
        await handling.close();
      },
    },
    time,
    ...(services.freeMemory === undefined ? {} : { freeMemory: services.freeMemory }),
  });
  showConsumer(consumer, task, metrics);
  const watchdog = new Watchdog({
    ...{ consumer, admin, groupId: spec.groupId, clientId, time, logger },
    isolation: overrides["isolation.level"] === "read_committed" ? "read_committed" : "read_uncommitted",
    stallTimeoutMs: Number(spec.config["task.stall.timeout.ms"]),
    waiting: () => task.waiting,
  });
  return { task, watchdog, version: sink.version() };
}

/** Where a client finds Kafka, as its settings are read. */
function bootstrapServers(client: "consumer" | "producer", { workerProps, props }: ConnectorSpec): string {
  const option = "bootstrap.servers";
  const overrides = connectorClientProperties(client, workerProps, props);
  return overrides[option] ?? workerProps[`${client}.${option}`] ?? workerProps[option] ?? "localhost:9092";
}

function deadLetterQueue(spec: ConnectorSpec): WorkerSinkTaskOptions["deadLetterQueue"] {
  const name = spec.config["errors.deadletterqueue.topic.name"] ?? "";
  return name === "" ? undefined : { name, address: bootstrapServers("producer", spec) };
}

function producerOf(
  kafka: KafkaClients,
  { name, props, workerProps, current }: ConnectorSpec,
  taskId: number,
): Producer {
  const properties = connectorClientProperties("producer", workerProps, props);
  const clientId = `connector-dlq-producer-${name}-${taskId}`;
  return kafka.producer(clientId, properties, overridesNow("producer", workerProps, current));
}

function recordLimitsOf({ config }: ConnectorSpec) {
  return { bytesMax: config["record.bytes.max"], headersMax: config["record.headers.max"] };
}

function limitsOf(spec: ConnectorSpec, overrides: Props) {
  const { config, worker } = spec;
  return {
    limits: batchLimits(overrides["max.poll.records"]),
    commitIntervalMs: Number(config["offset.flush.interval.ms"] ?? worker["offset.flush.interval.ms"]),
    flushTimeoutMs: Number(worker["offset.flush.timeout.ms"]),
    shutdownTimeoutMs: Number(worker["task.shutdown.graceful.timeout.ms"]),
  };
}

/** A batch grows under load, unless a person has said how large it may be. */
function batchLimits(asked: string | undefined): BatchLimits {
  const count = Number(asked);
  const recordsMax = Number.isInteger(count) && count > 0 ? count : pollRecordsDefault * pollsPerBatchMax;
  return { recordsMax, bytesMax: batchBytesMax, heldBytesMax };
}

function showConsumer(consumer: Consumer, task: WorkerSinkTask, metrics: TaskMetrics): void {
  metrics.gauge("partition-count", () => consumer.assignment().length);
  metrics.gauge(
    "sink-record-lag-max",
    () => Math.max(0, ...[...consumer.lag()].map(([, lag]) => Number(lag))),
  );
  metrics.gauge("sink-record-active-count", () => task.activeRecords);
  metrics.partitionGauges(
    "partition-lag",
    () =>
      [...task.lag].map(([{ topic, partition }, lag]) => ({
        labels: { topic, partition: String(partition) },
        value: Number(lag),
      })),
  );
  metrics.ownGauge("last-heartbeat-seconds-ago", () => consumer.silentMs() / 1_000);
  metrics.ownGauge("bytes-in-flight", () => consumer.bufferedBytes() + task.bytesInHand);
}
