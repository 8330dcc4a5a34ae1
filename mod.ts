/**
 * Sluice: Kafka Connect sink connectors without a JVM.
 *
 * Exports all of `connect/api`, for authors of connectors, sinks, transformations and converters.
 *
 * @example A transformation
 * ```ts
 * import { ConfigDef, ConnectRecord, type TransformationPlugin } from "./mod.ts";
 *
 * const options = ConfigDef.of({
 *   topic: { type: "STRING", documentation: "The topic that records are sent to." },
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

export * from "./connect/api/backoff.ts";
export * from "./connect/api/config_def.ts";
export * from "./connect/api/connect_map.ts";
export * from "./connect/api/consumer_record.ts";
export * from "./connect/api/decimal.ts";
export * from "./connect/api/exceptions.ts";
export * from "./connect/api/keyed_hash.ts";
export * from "./connect/api/logical_types.ts";
export * from "./connect/api/plugins.ts";
export * from "./connect/api/ports.ts";
export * from "./connect/api/record.ts";
export * from "./connect/api/schema.ts";
export * from "./connect/api/schema_equality.ts";
export * from "./connect/api/sink_task.ts";
export * from "./connect/api/spans.ts";
export * from "./connect/api/validate.ts";
export * from "./connect/api/values.ts";
