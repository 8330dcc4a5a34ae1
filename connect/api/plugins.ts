/** The plugin types that connectors register: name, options and constructor of each. @module */

import type { ConfigDef } from "./config_def.ts";
import type { ConfigException, DataException } from "./exceptions.ts";
import type { ConnectRecord, PartitionMap, SinkRecord } from "./record.ts";
import type { ConnectValue, Schema, SchemaAndValue } from "./schema.ts";
import type { Props, SinkTask } from "./sink_task.ts";
import type { MappedField, SpanReader, SpanTransformation, WantedColumns } from "./spans.ts";
import type { Admin, Logger, RawHeader, Time } from "./ports.ts";

/** Changes a record, or drops it by returning null. (`org.apache.kafka.connect.transforms.Transformation`) */
export interface Transformation {
  /** Returns the changed record, the same one, or null to drop it; throws DataException for a bad record. */
  apply(record: ConnectRecord): ConnectRecord | null;
  /** Releases resources. */
  close?(): void;
}

/** Decides whether a transformation applies. (`org.apache.kafka.connect.transforms.predicates.Predicate`, KIP-585) */
export interface Predicate {
  /** Returns whether the condition holds. */
  test(record: ConnectRecord): boolean;
  /** Releases resources. */
  close?(): void;
}

/** Converts bytes to data and back. (`org.apache.kafka.connect.storage.Converter`) */
export interface Converter {
  /** Deserializes; throws DataException or SerializationException for unreadable bytes. */
  toConnectData(topic: string, bytes: Uint8Array | null, headers?: readonly RawHeader[]): SchemaAndValue;
  /** Serializes. */
  fromConnectData(topic: string, schema: Schema | null, value: ConnectValue): Uint8Array | null;
  /**
   * Returns a converter that creates only these fields of a schemaless object, and refuses the same bytes for the same
   * reasons; undefined if it can't. Sluice's own: Connect always reads everything.
   */
  projecting?(paths: FieldPaths): Converter | undefined;
  /**
   * Counts the values in the bytes, nested ones included, before any is created. Called for large records, for
   * `record.values.max`; absent = values are counted after conversion.
   */
  valuesIn?(bytes: Uint8Array): number;
  /** Returns a reader of these fields' places; an empty path is the whole value. Undefined if it can't. */
  spans?(paths: FieldPaths): SpanReader | undefined;
  /** Whether `toConnectData` never throws, for converters of keys that aren't used and of headers. */
  readonly takesAll?: boolean;
}

/** Fields of a schemaless object: each path names a field from the outermost in, and includes everything inside it. */
export type FieldPaths = readonly (readonly string[])[];

/**
 * The fields that a plugin reads of a schemaless object.
 *
 * @example
 * ```ts
 * import type { ValueReads } from "./plugins.ts";
 * const keepsContact: ValueReads = { paths: [["id"], ["customer", "name"]], passesRest: false };
 * if (keepsContact.paths[1]?.join(".") !== "customer.name") throw new Error("outermost first");
 * ```
 */
export interface ValueReads {
  /** The plugin's result depends on these fields only. */
  readonly paths: FieldPaths;
  /** True: the plugin passes other fields on under their names. False: it drops them. */
  readonly passesRest: boolean;
}

/** Converts header bytes to data and back. (`org.apache.kafka.connect.storage.HeaderConverter`) */
export interface HeaderConverter {
  /** Deserializes a header. */
  toConnectHeader(topic: string, name: string, bytes: Uint8Array | null): SchemaAndValue;
  /** As {@link Converter.valuesIn}. */
  valuesIn?(bytes: Uint8Array): number;
  /** Whether `toConnectHeader` never throws: then a sink that reads no headers needs none converted. */
  readonly takesAll?: boolean;
  /** Serializes a header. */
  fromConnectHeader(
    topic: string,
    name: string,
    schema: Schema | null,
    value: ConnectValue,
  ): Uint8Array | null;
}

/** The properties that all plugins have. */
export interface PluginBase {
  /** Full Java-style class name that configurations use. */
  readonly className: string;
  /** The plugin's version, for lists of plugins. */
  readonly version: string;
  /** One sentence for the reference and lists of plugins. */
  readonly documentation: string;
  /** The plugin's options. */
  readonly config: ConfigDef;
  /**
   * Warnings about options that work but may be a mistake, by option name: each text continues a sentence that begins
   * with the name.
   */
  warnings?(props: Props): ReadonlyMap<string, string>;
}

/** A transformation, by full class name, e.g. `org.apache.kafka.connect.transforms.ReplaceField$Value`. */
export interface TransformationPlugin extends PluginBase {
  /** The kind of plugin. */
  readonly type: "transformation";
  /**
   * Creates a transformation from its own options, without the `transforms.<alias>.` prefix; throws ConfigException.
   */
  create(props: Props, context?: TransformationContext): Transformation;
  /** Returns the fields of values that it reads with these options; absent or undefined = all. */
  reads?(props: Props): ValueReads | undefined;
  /**
   * For a transformation of values that only chooses and renames fields: returns where the wanted ones come from.
   * Undefined as argument = all; as result = it can't say.
   */
  mapFields?(props: Props, wanted: readonly string[] | undefined): readonly MappedField[] | undefined;
  /** Creates a transformation that computes columns from places; undefined if it can't with these options. */
  createForSpans?(props: Props, context?: TransformationContext): SpanTransformation | undefined;
  /** Returns option problems that would fail every record although Connect accepts them; texts by option. */
  problems?(props: Props): ReadonlyMap<string, string>;
}

/** What Sluice offers a transformation besides its options; Connect's own don't use it. */
export interface TransformationContext {
  /** The worker's clock. */
  readonly time: Time;
}

/** A predicate, by full class name. */
export interface PredicatePlugin extends PluginBase {
  /** The kind of plugin. */
  readonly type: "predicate";
  /** Creates a predicate from its own options, without their prefix; throws ConfigException. */
  create(props: Props): Predicate;
  /** Returns the fields of values that it reads; absent or undefined = all. */
  reads?(props: Props): FieldPaths | undefined;
}

/** A converter, by full class name. */
export interface ConverterPlugin extends PluginBase {
  /** The kind of plugin. */
  readonly type: "converter";
  /** Creates a converter from its own options, without their prefix; throws ConfigException. */
  create(props: Props, isKey: boolean): Converter;
}

/** A header converter, by full class name. */
export interface HeaderConverterPlugin extends PluginBase {
  /** The kind of plugin. */
  readonly type: "header_converter";
  /** Creates a header converter from its own options, without their prefix; throws ConfigException. */
  create(props: Props): HeaderConverter;
}

/** A request to change the offsets of a stopped connector. */
export interface OffsetsRequest {
  /** The connector's name. */
  readonly connectorName: string;
  /** The connector's consumer group. */
  readonly groupId: string;
  /** The connector's options with references resolved. */
  readonly props: Props;
  /** Next offsets by partition; null = start as if the partition had never been read. */
  readonly offsets: PartitionMap<bigint | null>;
  /** An admin client of the cluster. */
  readonly admin: Admin;
  /** The clock. */
  readonly time: Time;
  /** The log. */
  readonly logger: Logger;
  /** Aborts when the caller stops waiting. */
  readonly signal: AbortSignal;
}

/** The hosts and files that a connector's options name. */
export interface Destinations {
  /** Hosts that receive the secrets in the options, as `host:port`; the folder of a Unix socket. */
  readonly hosts: readonly string[];
  /** Files that the connector reads. */
  readonly files: readonly string[];
}

/** What a sink would do with a record. */
export type RecordPreview =
  | { readonly is: "written"; readonly to: string; readonly how: string; readonly fields: readonly string[] }
  | { readonly is: "ignored"; readonly why: string }
  /** The record is bad. */
  | { readonly is: "refused"; readonly error: DataException }
  /** The task would stop: the operator must change something. */
  | {
    readonly is: "stopped";
    readonly error: ConfigException;
    /** Fields of the record that the sink has no column for. */
    readonly fields: readonly string[];
  };

/** Predicts what a sink would do with records, without changing the other system. */
export interface SinkPreview {
  /** Predicts the record's outcome; throws ConnectException if the other system doesn't answer. */
  of(record: SinkRecord): Promise<RecordPreview>;
  /** What the preview can't predict, for people. */
  readonly limits: string;
  /** Closes the connection; safe to call twice. */
  close(): Promise<void>;
}

/** What Sluice offers a preview. */
export interface PreviewContext {
  /** The clock. */
  readonly time: Time;
  /** Aborts to close the connection. */
  readonly signal: AbortSignal;
}

/** A sink connector, by full class name or one of its aliases. (`org.apache.kafka.connect.sink.SinkConnector`) */
export interface SinkConnectorPlugin extends PluginBase {
  /** The kind of plugin. */
  readonly type: "sink";
  /** Other names for the plugin: short names, class names of connectors it replaces. */
  readonly aliases: readonly string[];
  /** Checks that need several options, including the converters; error texts by option name. */
  validate?(props: Props): ReadonlyMap<string, readonly string[]>;
  /** Returns the hosts and files each option names; options without any are absent. */
  destinations?(props: Props): ReadonlyMap<string, Destinations>;
  /** Returns the fields of values that its tasks read with these options; absent or undefined = all. */
  reads?(props: Props): FieldPaths | undefined;
  /** Returns the columns that its tasks want if they take batches as columns; absent or undefined = they don't. */
  wantedColumns?(props: Props): WantedColumns | undefined;
  /** Checks that need the other system, with a time limit; error texts by option name. */
  validateConnection?(props: Props, signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>>;
  /**
   * Opens a preview of what would become of records.
   *
   * @throws ConfigException for wrong options or a refused login, ConnectException if the system doesn't answer
   */
  openPreview?(props: Props, context: PreviewContext): Promise<SinkPreview>;
  /**
   * Changes the offsets that the sink keeps itself, before Kafka's are changed. Returns true when done, false if the
   * sink keeps none. May be called again with the same offsets. (`SinkConnector.alterOffsets`, KIP-875)
   */
  alterOffsets?(request: OffsetsRequest): Promise<boolean>;
  /** Returns one configuration per task. (`Connector.taskConfigs`) */
  taskConfigs(props: Props, maxTasks: number): readonly Props[];
  /** Creates a task, not started yet. */
  createTask(): SinkTask;
  /** Returns the whole configuration if the connector's code sets a part of it; absent = it is as written. */
  expand?(written: Props): WholeConfig;
  /** Returns a sentence if a configuration of another class would be shorter with this one. */
  insteadOf?(written: Props): string | undefined;
}

/** A configuration completed by a {@link SinkPolicy}. */
export interface WholeConfig {
  /** The options that the writing sink reads; references stay as written. */
  readonly props: Props;
  /** Written options that contradict the policy, with error texts. */
  readonly conflicts: ReadonlyMap<string, readonly string[]>;
}

/**
 * A sink whose policy is code: another sink, with transformations and options that configurations can't change. A
 * configuration names this class and keeps what an operator decides.
 */
export interface SinkPolicy {
  /** Class name, `sluice.<folder>.…`. */
  readonly className: string;
  /** The version, for lists of plugins. */
  readonly version: string;
  /** One sentence for the reference and lists of plugins. */
  readonly documentation: string;
  /** Class or alias of the sink that writes. */
  readonly sink: string;
  /** Transformations by alias, in order. Their options are options of the connector, by the same names. */
  readonly transforms: Readonly<Record<string, TransformationPlugin>>;
  /** Options of the sink that the code sets. A configuration may repeat them but not change them. */
  readonly fixed: Readonly<Record<string, string>>;
  /** Options of the sink that always equal an option of a transformation, by name. */
  readonly same?: Readonly<Record<string, string>>;
  /** Values of options that a configuration leaves out. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Options of the sink that a configuration must set. */
  readonly required: readonly string[];
}

/** Any plugin. */
export type Plugin =
  | TransformationPlugin
  | PredicatePlugin
  | ConverterPlugin
  | HeaderConverterPlugin
  | SinkConnectorPlugin;

/** What a connector folder's `mod.ts` exports as `connector`. */
export interface ConnectorModule {
  /** The folder's plugins; class names begin with `sluice.<folder>.`. */
  readonly plugins: readonly Plugin[];
  /** Sinks with a policy in code; class names as above. */
  readonly policies?: readonly SinkPolicy[];
}
