import type { PluginRegistry } from "../../config/plugin_registry.ts";
import type { Admin, Consumer, KafkaClients, Producer, Subscription, Time } from "../../api/ports.ts";
import type { SinkRecord } from "../../api/record.ts";
import type { Destination, Props, SinkTask } from "../../api/sink_task.ts";
import type { ColumnSink } from "../../api/spans.ts";
import { connectorClientProperties, overridesNow } from "../../config/client_overrides.ts";
import type { MissedErasures } from "../../errors/missed_erasures.ts";
import { PendingReports } from "../../errors/pending_reports.ts";
import { WorkerErrantRecordReporter } from "../../errors/worker_errant_record_reporter.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import type { ConnectorSpec } from "../herder/connector_spec.ts";
import type { FieldsSeen } from "../herder/fields_seen.ts";
import { OffsetCommits } from "../task/offset_commits.ts";
import type { RecordPipeline } from "../task/record_pipeline.ts";
import { SinkOffsets } from "../task/sink_offsets.ts";
import { TaskDelivery } from "../task/task_delivery.ts";
import type { SpanChain } from "../task/span_chain.ts";
import { type BatchLimits, type ColumnIntake, TaskIntake } from "../task/task_intake.ts";
import { TaskPartitions } from "../task/task_partitions.ts";
import { makeTaskPipeline } from "../task/task_pipeline.ts";
import { type TaskIdentity, TaskRequests, WorkerSinkTaskContext } from "../task/task_requests.ts";
import { SinkCalls, type TaskTelemetry } from "../task/task_troubles.ts";
import {
  type SinkTaskListener,
  type SinkTaskParts,
  type TaskResources,
  WorkerSinkTask,
} from "../task/worker_sink_task.ts";
import { makeTaskErrors, type TaskErrors } from "./task_errors.ts";
import type { RunnableTask } from "./task_runner.ts";
import { Watchdog } from "./watchdog.ts";

/** Default records of a poll, as in Java's consumer. */
const pollRecordsDefault = 500;

/** Most polls per batch if `max.poll.records` isn't set. */
const pollsPerBatchMax = 10;

const batchBytesMax = 768 * 1024;
/** Of a batch in columns, which has no objects. */
const columnBytesMax = 2 * 1024 * 1024;
/** Bytes at which a task finishes its batches before it reads on, so their memory is freed at once. */
const heldBytesMax = 1536 * 1024;

/** What all tasks of a worker share. */
export interface TaskServices {
  readonly kafka: KafkaClients;
  readonly plugins: PluginRegistry;
  readonly time: Time;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
  /** Takes names of fields; absent = not recorded. */
  readonly fieldsSeen?: FieldsSeen;
  /** Takes rejected erasures; absent = they are only logged. */
  readonly missedErasures?: MissedErasures;
  /** Collects garbage when few objects are alive; absent = left to the runtime. */
  readonly freeMemory?: () => void;
}

export interface TaskBlueprint {
  readonly spec: ConnectorSpec;
  readonly taskId: number;
  readonly props: Props;
  /** Returns the properties with references resolved again. */
  readonly currentProps: () => Promise<Props>;
  readonly admin: Admin;
  readonly telemetry: TaskTelemetry;
}

/**
 * Makes a task with its clients. Clients are made last, so that an invalid option leaves none open.
 * (`org.apache.kafka.connect.runtime.Worker.SinkTaskBuilder`)
 */
export function makeRunnableTask(
  services: TaskServices,
  blueprint: TaskBlueprint,
  isPaused: boolean,
  listener: SinkTaskListener,
): RunnableTask {
  const { kafka, plugins, time } = services;
  const { spec, taskId, admin, telemetry } = blueprint;
  const { groupId } = spec;
  const task = spec.plugin.createTask();
  const { pipeline, spans, close } = makeTaskPipeline(spec, plugins, time, services.fieldsSeen);
  const overrides = connectorClientProperties("consumer", spec.workerProps, spec.props);
  const clientId = overrides["client.id"] ?? `connector-consumer-${spec.name}-${taskId}`;
  const current = overridesNow("consumer", spec.workerProps, spec.current);
  const recordLimits = recordLimitsOf(spec);
  const consumer = kafka.consumer({ groupId, clientId, overrides, current, recordLimits });
  const requests = new TaskRequests(consumer, isPaused);
  const producer = producerOf(kafka, spec, taskId);
  const handling = makeTaskErrors({ ...services, spec, taskId, producer, requests, telemetry });
  const wired = wireSinkTask(
    {
      task,
      identity: identityOf(blueprint),
      clients: { consumer, admin },
      requests,
      records: { pipeline, spans, ...handling },
      settings: settingsOf(spec, overrides, services.freeMemory),
      telemetry,
      time,
    },
    listener,
    {
      prepare: (waits) => handling.prepare(admin, waits),
      release: async () => {
        close();
        await handling.close();
      },
    },
  );
  const { parts: { partitions }, offsets } = wired;
  telemetry.troubles.watch({
    connector: spec.name,
    consumer,
    kafka: bootstrapServers("consumer", spec),
    deadLetters: deadLetterQueue(spec),
    destination: () => task.destination(),
    next: (at) => offsets.current([at]).get(at) ?? consumer.position(at),
  });
  showConsumer(wired.parts, telemetry.metrics);
  const watchdog = new Watchdog({
    ...{ consumer, admin, member: { groupId, clientId } },
    isolation: overrides["isolation.level"] === "read_committed" ? "read_committed" : "read_uncommitted",
    stallTimeoutMs: Number(spec.config["task.stall.timeout.ms"]),
    waiting: () => partitions.waiting,
    time,
    logger: telemetry.logger,
  });
  return { task: wired.loop, watchdog, version: task.version() };
}

export interface RecordHandling extends Pick<TaskErrors, "errors" | "hasReporter" | "erasures"> {
  readonly pipeline: RecordPipeline;
  /** The chain for batches in columns; undefined if it can't. */
  readonly spans?: SpanChain | undefined;
}

export interface TaskSettings {
  readonly subscription: Subscription;
  readonly limits: BatchLimits;
  /** Collects garbage when few objects are alive; undefined = left to the runtime. */
  readonly freeMemory: (() => void) | undefined;
  /** `offset.flush.interval.ms`, `offset.flush.timeout.ms`, `task.shutdown.graceful.timeout.ms`. */
  readonly commitIntervalMs: number;
  readonly flushTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
}

export interface SinkTaskGiven {
  readonly task: SinkTask;
  readonly identity: TaskIdentity;
  readonly clients: { readonly consumer: Consumer; readonly admin: Admin };
  readonly requests: TaskRequests;
  readonly records: RecordHandling;
  readonly settings: TaskSettings;
  readonly telemetry: TaskTelemetry;
  readonly time: Time;
}

export interface WiredTask {
  readonly loop: WorkerSinkTask;
  readonly parts: SinkTaskParts;
  readonly offsets: SinkOffsets;
}

/** Makes the parts of a task and its loop. */
export function wireSinkTask(
  { task, identity, clients, requests, records, settings, telemetry, time }: SinkTaskGiven,
  listener: SinkTaskListener,
  resources: TaskResources,
): WiredTask {
  const { consumer, admin } = clients;
  const { metrics, logger, troubles, rejected, seenTopic } = telemetry;
  const { pipeline, errors, erasures, hasReporter } = records;
  const { limits, freeMemory, flushTimeoutMs } = settings;
  const columns = columnIntake(records.spans, task.columns, limits);
  const offsets = new SinkOffsets();
  const reports = new PendingReports();
  const sink = new SinkCalls(task, troubles, requests.forced.signal);
  const intake = new TaskIntake(
    { consumer, pipeline, columns, errors, offsets, limits, metrics, seenTopic, freeMemory },
    time,
  );
  const delivery = new TaskDelivery({ sink, requests, offsets, reports, erasures, metrics }, time, logger);
  const commits = new OffsetCommits(
    { sink, consumer, offsets, reports, metrics, flushTimeoutMs },
    time,
    logger,
  );
  const partitions = new TaskPartitions(
    { sink, consumer, requests, offsets, intake, delivery, commits },
    time,
    logger,
  );
  const originalOf = (record: SinkRecord) => delivery.originalOf(record);
  const reporter = hasReporter
    ? new WorkerErrantRecordReporter({ errors, pending: reports, originalOf })
    : null;
  const context = new WorkerSinkTaskContext(
    identity,
    { requests, consumer, admin, reporter, offsets, metrics, time, logger },
  );
  const parts = { sink, consumer, requests, intake, delivery, commits, partitions };
  const loop = new WorkerSinkTask(
    parts,
    { ...settings, context, props: identity.props },
    { listener, resources, rejected, time, logger },
  );
  return { loop, parts, offsets };
}

function identityOf({ spec, taskId, props, currentProps }: TaskBlueprint): TaskIdentity {
  const { name: connectorName, groupId, configHash } = spec;
  return { connectorName, taskId, groupId, configHash, props, currentProps };
}

/** `bootstrap.servers` of a client. */
function bootstrapServers(client: "consumer" | "producer", { workerProps, props }: ConnectorSpec): string {
  const option = "bootstrap.servers";
  const overrides = connectorClientProperties(client, workerProps, props);
  return overrides[option] ?? workerProps[`${client}.${option}`] ?? workerProps[option] ?? "localhost:9092";
}

function deadLetterQueue(spec: ConnectorSpec): Pick<Destination, "name" | "address"> | undefined {
  const name = spec.config["errors.deadletterqueue.topic.name"] ?? "";
  return name === "" ? undefined : { name, address: bootstrapServers("producer", spec) };
}

/** Null without a dead letter queue. */
function producerOf(kafka: KafkaClients, spec: ConnectorSpec, taskId: number): Producer | null {
  const { name, props, workerProps, current } = spec;
  if (deadLetterQueue(spec) === undefined) return null;
  const properties = connectorClientProperties("producer", workerProps, props);
  const clientId = `connector-dlq-producer-${name}-${taskId}`;
  return kafka.producer(clientId, properties, overridesNow("producer", workerProps, current));
}

function recordLimitsOf({ config }: ConnectorSpec) {
  return { bytesMax: config["record.bytes.max"], headersMax: config["record.headers.max"] };
}

function settingsOf(
  spec: ConnectorSpec,
  overrides: Props,
  freeMemory: (() => void) | undefined,
): TaskSettings {
  const { config, worker, subscription } = spec;
  return {
    subscription,
    limits: batchLimits(overrides["max.poll.records"]),
    freeMemory,
    commitIntervalMs: Number(config["offset.flush.interval.ms"] ?? worker["offset.flush.interval.ms"]),
    flushTimeoutMs: Number(worker["offset.flush.timeout.ms"]),
    shutdownTimeoutMs: Number(worker["task.shutdown.graceful.timeout.ms"]),
  };
}

function columnIntake(
  chain: SpanChain | undefined,
  sink: ColumnSink | undefined,
  { recordsMax }: BatchLimits,
): ColumnIntake | undefined {
  if (chain === undefined || sink === undefined) return undefined;
  return { chain, sink, limits: { recordsMax, bytesMax: columnBytesMax } };
}

/** A batch grows under load, unless `max.poll.records` is set. */
function batchLimits(asked: string | undefined): BatchLimits {
  const count = Number(asked);
  const recordsMax = Number.isInteger(count) && count > 0 ? count : pollRecordsDefault * pollsPerBatchMax;
  return { recordsMax, bytesMax: batchBytesMax, heldBytesMax };
}

function showConsumer({ consumer, partitions, intake, delivery }: SinkTaskParts, metrics: TaskMetrics): void {
  metrics.gauge("partition-count", () => consumer.assignment().length);
  metrics.gauge(
    "sink-record-lag-max",
    () => Math.max(0, ...[...consumer.lag()].map(([, lag]) => Number(lag))),
  );
  metrics.gauge("sink-record-active-count", () => partitions.activeRecords);
  metrics.partitionGauges(
    "partition-lag",
    () =>
      [...partitions.lag].map(([{ topic, partition }, lag]) => ({
        labels: { topic, partition: String(partition) },
        value: Number(lag),
      })),
  );
  metrics.ownGauge("last-heartbeat-seconds-ago", () => consumer.silentMs() / 1_000);
  metrics.ownGauge("bytes-in-flight", () => consumer.bufferedBytes() + intake.bytes + delivery.bytes);
}
