/** One task on a fake Kafka, ready to run. @module */

import assert from "node:assert/strict";
import { DataException } from "../../../../../connect/api/exceptions.ts";
import { ConnectRecord, type TopicPartition } from "../../../../../connect/api/record.ts";
import { type ColumnBatch, SpanKind, type SpanReader } from "../../../../../connect/api/spans.ts";
import type { ErrorReporter, FailedRecord } from "../../../../../connect/errors/failed_record.ts";
import { RejectedRecords } from "../../../../../connect/errors/rejected_records.ts";
import { RetryWithTolerance } from "../../../../../connect/errors/retry_with_tolerance.ts";
import { ToleranceBreaker } from "../../../../../connect/errors/tolerance_breaker.ts";
import { MetricsRegistry } from "../../../../../connect/metrics/registry.ts";
import { TaskMetrics } from "../../../../../connect/metrics/task_metrics.ts";
import { RecordPipeline } from "../../../../../connect/runtime/task/record_pipeline.ts";
import type { Trouble } from "../../../../../connect/runtime/herder/task_status.ts";
import { SpanChain } from "../../../../../connect/runtime/task/span_chain.ts";
import { TaskRequests } from "../../../../../connect/runtime/task/task_requests.ts";
import { TaskTroubles } from "../../../../../connect/runtime/task/task_troubles.ts";
import type { WorkerSinkTask } from "../../../../../connect/runtime/task/worker_sink_task.ts";
import {
  type TaskSettings,
  type WiredTask,
  wireSinkTask,
} from "../../../../../connect/runtime/worker/task_factory.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";
import type { FakeConsumer } from "../../../../support/fakes/fake_consumer.ts";
import { FakeKafka } from "../../../../support/fakes/fake_kafka.ts";
import { FakeLogger } from "../../../../support/fakes/fake_logger.ts";
import { FakeSinkTask } from "../../../../support/fakes/fake_task.ts";
import { recordRuns } from "../../../../support/kafka/record_runs.ts";

const topic = "events";
const groupId = "connect-people";
export const at = (partition: number): TopicPartition => ({ topic, partition });

/** What a test may want otherwise. */
interface HarnessOptions extends Partial<TaskSettings> {
  readonly isPaused?: boolean;
  readonly hasReporter?: boolean;
  readonly partitions?: number;
  readonly tolerance?: "none" | "all";
  readonly pollRecordsMax?: number;
}

/** Which way tests deliver; columns only if a test file says so before the tests are made. */
export const way = { isColumns: false };

const settings: TaskSettings = {
  subscription: [topic],
  limits: { recordsMax: 1_000, bytesMax: 1_000_000 },
  freeMemory: undefined,
  commitIntervalMs: 60_000,
  flushTimeoutMs: 5_000,
  shutdownTimeoutMs: 5_000,
};

/**
 * Values are text; `bad` fails in the value converter, `drop` is filtered, `broken` fails in a transformation. The topic
 * is renamed on the way, as a router would.
 */
export class TaskHarness {
  readonly clock = new FakeClock();
  readonly kafka = new FakeKafka(this.clock);
  readonly sink = new FakeSinkTask();
  readonly logger = new FakeLogger();
  readonly registry = new MetricsRegistry();
  readonly consumer: FakeConsumer;
  readonly reported: FailedRecord[] = [];
  readonly states: string[] = [];
  readonly topics = new Set<string>();
  /** How a report becomes durable. */
  onReport: () => Promise<void> = () => Promise.resolve();
  readonly #wired: WiredTask;
  readonly #troubles = new TaskTroubles(this.clock);
  /** The end of the run: undefined, or what it failed with. */
  #end: Promise<unknown> | undefined;

  constructor(options: HarnessOptions = {}) {
    this.kafka.createPartitions(topic, options.partitions ?? 1);
    this.consumer = this.kafka.consumer({
      groupId,
      clientId: "people-0",
      overrides: { "max.poll.records": String(options.pollRecordsMax ?? 100) },
    });
    if (way.isColumns) takeColumns(this.consumer, this.sink);
    this.#wired = this.#wire(options);
  }

  get task(): WorkerSinkTask {
    return this.#wired.loop;
  }
  get troubles(): readonly Trouble[] {
    return this.#troubles.now;
  }
  get bytesInHand(): number {
    const { intake, delivery } = this.#wired.parts;
    return intake.bytes + delivery.bytes;
  }

  append(partition: number, ...values: readonly string[]): void {
    this.kafka.append(at(partition), ...values.map((value) => ({ key: "k", value })));
  }

  /** Starts the task and lets it run this long. */
  async start(ms = 0): Promise<void> {
    this.#end = this.task.run().then(() => undefined, (error: unknown) => error);
    await this.clock.advance(ms + 10);
  }

  /** What the run ends with. */
  async end(): Promise<unknown> {
    if (this.#end === undefined) throw new Error("Cannot end what wasn't started");
    return await this.clock.run(this.#end);
  }

  async stop(): Promise<unknown> {
    this.task.stop();
    return await this.end();
  }

  committed(partition: number): bigint | undefined {
    return this.kafka.committed(groupId, at(partition));
  }

  #wire(options: HarnessOptions): WiredTask {
    const requests = new TaskRequests(this.consumer, options.isPaused ?? false);
    const metrics = new TaskMetrics(this.registry, "people", 0);
    const state = (name: string) => () => void this.states.push(name);
    return wireSinkTask(
      {
        task: this.sink,
        identity: {
          ...{ connectorName: "people", configHash: "c0ffee", taskId: 0, groupId },
          props: { topics: topic },
        },
        clients: { consumer: this.consumer, admin: this.kafka.admin() },
        requests,
        records: {
          pipeline: textPipeline(),
          spans: way.isColumns ? textChain() : undefined,
          errors: this.#errors(options.tolerance ?? "none", metrics, requests.stopping.signal),
          hasReporter: options.hasReporter ?? true,
          erasures: undefined,
        },
        settings: { ...settings, ...options },
        telemetry: {
          metrics,
          logger: this.logger,
          troubles: this.#troubles,
          rejected: new RejectedRecords(this.clock, this.logger),
          seenTopic: (name) => this.topics.add(name),
        },
        time: this.clock,
      },
      { started: state("started"), paused: state("paused"), resumed: state("resumed") },
      { prepare: () => Promise.resolve(), release: () => Promise.resolve() },
    );
  }

  #errors(tolerance: "none" | "all", metrics: TaskMetrics, signal: AbortSignal): RetryWithTolerance {
    const reporter: ErrorReporter = {
      report: async (failed) => {
        await this.onReport();
        this.reported.push(failed);
      },
    };
    return new RetryWithTolerance({
      tolerance,
      retry: { timeoutMs: 0, delayMsMax: 60_000 },
      reporters: [reporter],
      breaker: new ToleranceBreaker(1, this.clock),
      counters: metrics.errors,
      time: this.clock,
      random: () => 0.5,
      signal,
    });
  }
}

function textPipeline(): RecordPipeline {
  const decoder = new TextDecoder();
  const converter = {
    toConnectData: (_: string, bytes: Uint8Array | null) => {
      const value = bytes === null ? null : decoder.decode(bytes);
      if (value === "bad") throw new DataException("unreadable", { rule: "unreadable", connectText: "bad" });
      return { schema: null, value: value === "null" ? null : value };
    },
    fromConnectData: () => null,
  };
  const transform = (record: ConnectRecord) => {
    if (record.value === "broken") throw new DataException("no id", { rule: "id_missing", field: "id" });
    return record.value === "drop" ? null : record.with({ topic: "renamed" });
  };
  return new RecordPipeline({
    key: { className: "example.Key", of: converter },
    value: { className: "example.Value", of: converter },
    header: {
      className: "example.Header",
      of: { toConnectHeader: () => ({ schema: null, value: null }), fromConnectHeader: () => null },
    },
    stages: [{ className: "example.Contact", apply: transform }],
    recordBytesMax: 1_000,
  });
}

/** The pipeline's chain by spans; what isn't plain text for it goes through the pipeline. */
function textChain(): SpanChain {
  const unplain = new Set(["bad", "null", "broken", "drop"]);
  const decoder = new TextDecoder();
  const reader: SpanReader = {
    read: (bytes, at, length, spans, to) => {
      spans.set([SpanKind.text, at, length], to);
      return !unplain.has(decoder.decode(bytes.subarray(at, at + length)));
    },
  };
  const columns = [{ part: "key", name: null }, { part: "value", name: "text" }] as const;
  const plan = { key: { reader, isColumn: true }, value: reader, fields: 1, nullIfAbsent: [] };
  return new SpanChain(
    { ...plan, transformation: null, columns },
    { bytesMax: 1_000, headersMax: Infinity, valuesMax: Infinity },
    undefined,
  );
}

/** The consumer gives runs, and the sink takes columns: it checks that spans and records are the same. */
function takeColumns(consumer: FakeConsumer, sink: FakeSinkTask): void {
  consumer.pollRuns = async (timeoutMs) => recordRuns(await consumer.poll(timeoutMs));
  const decoder = new TextDecoder();
  const put = async (batch: ColumnBatch): Promise<boolean> => {
    const records = Array.from({ length: batch.count }, (_, index) => batch.record(index));
    for (const [index, record] of records.entries()) {
      assert.deepEqual(batch.originOf(index), record.origin);
      assert.equal(BigInt(batch.offsetOf(index)), record.offset);
      const [kind = 0, from = 0, length = 0] = batch.spans.subarray(index * 6 + 3);
      const text = decoder.decode(batch.sources[kind >> 8]?.subarray(from, from + length));
      if (!batch.isObject(index)) assert.equal(text, record.value);
    }
    if (!sink.takesColumns) return false;
    await sink.put(records);
    return true;
  };
  Object.assign(sink, { columns: { takes: () => true, put } });
}
