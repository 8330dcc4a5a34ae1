/** How plugins present themselves to the framework: name, options and constructor in one place. @module */

import type { ConfigDef } from "./config_def.ts";
import type { ConnectRecord, PartitionMap } from "./record.ts";
import type { ConnectValue, Schema, SchemaAndValue } from "./schema.ts";
import type { Props, SinkTask } from "./sink_task.ts";
import type { Admin, Logger, RawHeader, Time } from "./ports.ts";

/** Changes a record, or drops it by returning null. (`org.apache.kafka.connect.transforms.Transformation`) */
export interface Transformation {
  apply(record: ConnectRecord): ConnectRecord | null;
  close?(): void;
}

/** Decides whether a transformation applies. (`org.apache.kafka.connect.transforms.predicates.Predicate`, KIP-585) */
export interface Predicate {
  test(record: ConnectRecord): boolean;
  close?(): void;
}

/** Turns bytes into data and back. (`org.apache.kafka.connect.storage.Converter`) */
export interface Converter {
  toConnectData(topic: string, bytes: Uint8Array | null, headers?: readonly RawHeader[]): SchemaAndValue;
  fromConnectData(topic: string, schema: Schema | null, value: ConnectValue): Uint8Array | null;
}

/** Turns header bytes into data and back. (`org.apache.kafka.connect.storage.HeaderConverter`) */
export interface HeaderConverter {
  toConnectHeader(topic: string, name: string, bytes: Uint8Array | null): SchemaAndValue;
  fromConnectHeader(
    topic: string,
    name: string,
    schema: Schema | null,
    value: ConnectValue,
  ): Uint8Array | null;
}

interface PluginBase {
  /** Full Java-style class name by which a configuration names the plugin. */
  readonly className: string;
  readonly version: string;
  /** One sentence for docs and plugin lists. */
  readonly documentation: string;
  readonly config: ConfigDef;
}

/** A transformation, by full class name, e.g. `org.apache.kafka.connect.transforms.ReplaceField$Value`. */
export interface TransformationPlugin extends PluginBase {
  readonly type: "transformation";
  /** @param props the transform's own options, without the `transforms.<alias>.` prefix; throws ConfigException. */
  create(props: Props, context?: TransformationContext): Transformation;
}

/** What a transformation may need besides its options. Connect's own need nothing of it. */
export interface TransformationContext {
  /** The worker's clock, for what depends on the time of processing. */
  readonly time: Time;
}

/** A predicate, by full class name. */
export interface PredicatePlugin extends PluginBase {
  readonly type: "predicate";
  create(props: Props): Predicate;
}

/** A converter, by full class name. */
export interface ConverterPlugin extends PluginBase {
  readonly type: "converter";
  create(props: Props, isKey: boolean): Converter;
}

/** A header converter, by full class name. */
export interface HeaderConverterPlugin extends PluginBase {
  readonly type: "header_converter";
  create(props: Props): HeaderConverter;
}

/** Offsets of a stopped connector that somebody wants to change. */
export interface OffsetsRequest {
  readonly connectorName: string;
  readonly groupId: string;
  readonly props: Props;
  /** Next offsets by partition; null = as if it had never been read. */
  readonly offsets: PartitionMap<bigint | null>;
  readonly admin: Admin;
  readonly time: Time;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A sink connector, by full class name or one of its aliases. (`org.apache.kafka.connect.sink.SinkConnector`) */
export interface SinkConnectorPlugin extends PluginBase {
  readonly type: "sink";
  /** Other names that lead here: short names, class names of connectors it replaces. */
  readonly aliases: readonly string[];
  /** Checks that need more than one option; texts by option name. */
  validate?(props: Props): ReadonlyMap<string, readonly string[]>;
  /** Checks that need the other system, bounded in time; texts by option name. */
  validateConnection?(props: Props, signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>>;
  /**
   * Changes the offsets that the sink keeps itself, before Kafka's are; true = that is done, false = it keeps none.
   * May be called again with the same offsets. (`SinkConnector.alterOffsets`, KIP-875)
   */
  alterOffsets?(request: OffsetsRequest): Promise<boolean>;
  /** One configuration a task. (`Connector.taskConfigs`) */
  taskConfigs(props: Props, maxTasks: number): readonly Props[];
  createTask(): SinkTask;
}

/** Any plugin. */
export type Plugin =
  | TransformationPlugin
  | PredicatePlugin
  | ConverterPlugin
  | HeaderConverterPlugin
  | SinkConnectorPlugin;

/** What a connector folder's `mod.ts` exports as `connector`: the plugins it brings. */
export interface ConnectorModule {
  readonly plugins: readonly Plugin[];
}
