/**
 * Sluice: Kafka Connect sink connectors without a JVM.
 *
 * What the author of a connector, sink, transformation or converter imports, and the parts of which a program of
 * one's own is put together as `cli/compose.ts` does it.
 *
 * @example A transformation
 * ```ts
 * import { ConfigDef, ConnectRecord, type TransformationPlugin } from "./mod.ts";
 *
 * const options = ConfigDef.of({
 *   topic: { type: "STRING", documentation: "Where records go." },
 * });
 * const rename: TransformationPlugin = {
 *   type: "transformation",
 *   className: "example.Rename",
 *   version: "1.0.0",
 *   documentation: "Sends records to another topic.",
 *   config: options,
 *   create: (props) => {
 *     const { topic } = options.parse(props);
 *     return { apply: (record) => record.with({ topic }) };
 *   },
 * };
 * const renamed = rename.create({ topic: "people" }).apply(ConnectRecord.of({ topic: "customers" }));
 * if (renamed?.topic !== "people") throw new Error("records go where the option says");
 * ```
 *
 * @module
 */

export * from "./connect/api/config_def.ts";
export * from "./connect/api/decimal.ts";
export * from "./connect/api/exceptions.ts";
export * from "./connect/api/keyed_hash.ts";
export * from "./connect/api/plugin_registry.ts";
export * from "./connect/api/plugins.ts";
export * from "./connect/api/ports.ts";
export * from "./connect/api/record.ts";
export * from "./connect/api/schema.ts";
export * from "./connect/api/sink_task.ts";
export * from "./connect/api/struct.ts";

export type { ResolvedProps } from "./connect/config/references/config_providers.ts";
export { createKafkaClients, type KafkaServices } from "./connect/kafka/mod.ts";
export {
  type Counter,
  type Histogram,
  type LabelledValues,
  type Labels,
  MetricsRegistry,
  type Sample,
  type Summary,
} from "./connect/metrics/registry.ts";
export { type MissedErasure, MissedErasures, type OpenErasures } from "./connect/errors/missed_erasures.ts";
export {
  type ConfigStore,
  MemoryConfigStore,
  type StoredConnector,
} from "./connect/runtime/herder/config_store.ts";
export { FieldsSeen } from "./connect/runtime/herder/fields_seen.ts";
export {
  type ConnectorInfo,
  type ConnectorStatus,
  type ConnectorValidation,
  type FailedForGood,
  Herder,
  type HerderOptions,
  type TargetState,
  type TaskStatus,
} from "./connect/runtime/herder/herder.ts";
export { Plugins } from "./connect/runtime/worker/plugins.ts";
export type { TaskServices } from "./connect/runtime/worker/task_factory.ts";
export type {
  ConnectorState,
  Failure,
  Rejection,
  TaskState,
  Trouble,
  TroubleKind,
} from "./connect/runtime/herder/task_status.ts";
export { Worker, type WorkerOptions } from "./connect/runtime/worker/worker.ts";
export type { FileStreamSinkOptions } from "./sinks/file/file_stream_sink.ts";
export { sinkPlugins } from "./sinks/mod.ts";
export type { PostgresSinkOptions } from "./sinks/postgres/postgres_sink.ts";
