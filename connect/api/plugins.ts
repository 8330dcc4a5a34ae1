/** How plugins present themselves to the framework: name, options and constructor in one place. @module */

import type { ConfigDef } from "./config_def.ts";
import type { ConfigException, DataException } from "./exceptions.ts";
import type { ConnectRecord, PartitionMap, SinkRecord } from "./record.ts";
import type { ConnectValue, Schema, SchemaAndValue } from "./schema.ts";
import type { Props, SinkTask } from "./sink_task.ts";
import type { Admin, Logger, RawHeader, Time } from "./ports.ts";

/** Changes a record, or drops it by returning null. (`org.apache.kafka.connect.transforms.Transformation`) */
export interface Transformation {
  /** The changed record, the same one, or null to drop it; throws DataException for a bad one. */
  apply(record: ConnectRecord): ConnectRecord | null;
  /** Frees what it holds. */
  close?(): void;
}

/** Decides whether a transformation applies. (`org.apache.kafka.connect.transforms.predicates.Predicate`, KIP-585) */
export interface Predicate {
  /** Whether the condition holds. */
  test(record: ConnectRecord): boolean;
  /** Frees what it holds. */
  close?(): void;
}

/** Turns bytes into data and back. (`org.apache.kafka.connect.storage.Converter`) */
export interface Converter {
  /** Data of bytes; throws DataException or SerializationException for what can't be read. */
  toConnectData(topic: string, bytes: Uint8Array | null, headers?: readonly RawHeader[]): SchemaAndValue;
  /** Bytes of data. */
  fromConnectData(topic: string, schema: Schema | null, value: ConnectValue): Uint8Array | null;
  /**
   * One that reads the same, but of an object without a schema only these fields: the others never become values. What
   * it refuses, and why, stays the same. Undefined where it can't. Sluice's own: Connect always reads everything.
   */
  projecting?(paths: FieldPaths): Converter | undefined;
  /**
   * How many values the bytes hold, those within others too, counted before any is made. Asked of large records, for
   * `record.values.max`; absent = a record's values are counted once it's converted.
   */
  valuesIn?(bytes: Uint8Array): number;
}

/** Fields of an object without a schema: each path names a field from outside in, and stands for all within it. */
export type FieldPaths = readonly (readonly string[])[];

/**
 * What a plugin looks at in a value that is an object without a schema.
 *
 * @example
 * ```ts
 * import type { ValueReads } from "./plugins.ts";
 * const keepsContact: ValueReads = { paths: [["id"], ["customer", "name"]], passesRest: false };
 * if (keepsContact.paths[1]?.join(".") !== "customer.name") throw new Error("outermost first");
 * ```
 */
export interface ValueReads {
  /** Whatever else is in the value makes no difference to what the plugin does. */
  readonly paths: FieldPaths;
  /** True: fields that aren't named are passed on under their names. False: none of them leaves the plugin. */
  readonly passesRest: boolean;
}

/** Turns header bytes into data and back. (`org.apache.kafka.connect.storage.HeaderConverter`) */
export interface HeaderConverter {
  /** Data of a header's bytes. */
  toConnectHeader(topic: string, name: string, bytes: Uint8Array | null): SchemaAndValue;
  /** As of a converter. */
  valuesIn?(bytes: Uint8Array): number;
  /** Bytes of a header's data. */
  fromConnectHeader(
    topic: string,
    name: string,
    schema: Schema | null,
    value: ConnectValue,
  ): Uint8Array | null;
}

/** What all plugins have. */
export interface PluginBase {
  /** Full Java-style class name by which a configuration names the plugin. */
  readonly className: string;
  /** Its version, as lists of plugins show it. */
  readonly version: string;
  /** One sentence for docs and plugin lists. */
  readonly documentation: string;
  /** Its options. */
  readonly config: ConfigDef;
  /** What works with these options and is worth a look: sentences that go on behind the option's name. */
  warnings?(props: Props): ReadonlyMap<string, string>;
}

/** A transformation, by full class name, e.g. `org.apache.kafka.connect.transforms.ReplaceField$Value`. */
export interface TransformationPlugin extends PluginBase {
  /** Tells the kinds of plugins apart. */
  readonly type: "transformation";
  /** Makes one from its own options, without the `transforms.<alias>.` prefix; throws ConfigException. */
  create(props: Props, context?: TransformationContext): Transformation;
  /** What it looks at in values with these options; absent or undefined = everything. */
  reads?(props: Props): ValueReads | undefined;
  /** What each record would fail by though Connect's own class can be made with these options; texts by option. */
  problems?(props: Props): ReadonlyMap<string, string>;
}

/** What a transformation may need besides its options. Connect's own need nothing of it. */
export interface TransformationContext {
  /** The worker's clock, for what depends on the time of processing. */
  readonly time: Time;
}

/** A predicate, by full class name. */
export interface PredicatePlugin extends PluginBase {
  /** Tells the kinds of plugins apart. */
  readonly type: "predicate";
  /** Makes one from its own options, without their prefix; throws ConfigException. */
  create(props: Props): Predicate;
  /** The fields of values that it looks at; absent or undefined = everything. */
  reads?(props: Props): FieldPaths | undefined;
}

/** A converter, by full class name. */
export interface ConverterPlugin extends PluginBase {
  /** Tells the kinds of plugins apart. */
  readonly type: "converter";
  /** Makes one from its own options, without their prefix; throws ConfigException. */
  create(props: Props, isKey: boolean): Converter;
}

/** A header converter, by full class name. */
export interface HeaderConverterPlugin extends PluginBase {
  /** Tells the kinds of plugins apart. */
  readonly type: "header_converter";
  /** Makes one from its own options, without their prefix; throws ConfigException. */
  create(props: Props): HeaderConverter;
}

/** Offsets of a stopped connector that somebody wants to change. */
export interface OffsetsRequest {
  /** Whose offsets these are. */
  readonly connectorName: string;
  /** The connector's consumer group. */
  readonly groupId: string;
  /** The connector's options, references looked up. */
  readonly props: Props;
  /** Next offsets by partition; null = as if it had never been read. */
  readonly offsets: PartitionMap<bigint | null>;
  /** A client of the cluster. */
  readonly admin: Admin;
  /** The clock. */
  readonly time: Time;
  /** Where it is logged. */
  readonly logger: Logger;
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
}

/** Where a connector's options lead. */
export interface Destinations {
  /** Who gets what is secret in them, as `host:port`; the folder of a Unix socket. */
  readonly hosts: readonly string[];
  /** Files that are read for it. */
  readonly files: readonly string[];
}

/** What a sink would do with a record. */
export type RecordPreview =
  | { readonly is: "written"; readonly to: string; readonly how: string; readonly fields: readonly string[] }
  | { readonly is: "ignored"; readonly why: string }
  /** The record is bad. */
  | { readonly is: "refused"; readonly error: DataException }
  /** The task would stop: a person must change something. */
  | {
    readonly is: "stopped";
    readonly error: ConfigException;
    /** Fields of the record that the sink has no place for. */
    readonly fields: readonly string[];
  };

/** Tells what a sink would do with records, and changes nothing in the other system. */
export interface SinkPreview {
  /** What would become of the record; throws ConnectException if the other system can't be asked. */
  of(record: SinkRecord): Promise<RecordPreview>;
  /** What it can't tell all the same; for people. */
  readonly limits: string;
  /** Ends the connection; safe to call twice. */
  close(): Promise<void>;
}

/** What a preview may use. */
export interface PreviewContext {
  /** The clock. */
  readonly time: Time;
  /** Ends the connection. */
  readonly signal: AbortSignal;
}

/** A sink connector, by full class name or one of its aliases. (`org.apache.kafka.connect.sink.SinkConnector`) */
export interface SinkConnectorPlugin extends PluginBase {
  /** Tells the kinds of plugins apart. */
  readonly type: "sink";
  /** Other names that lead here: short names, class names of connectors it replaces. */
  readonly aliases: readonly string[];
  /** Checks that need more than one option, the key's and value's converter among them; texts by option name. */
  validate?(props: Props): ReadonlyMap<string, readonly string[]>;
  /** Where an option leads, by its name; an option that isn't there names neither host nor file. */
  destinations?(props: Props): ReadonlyMap<string, Destinations>;
  /** The fields of values that its tasks look at with these options; absent or undefined = everything. */
  reads?(props: Props): FieldPaths | undefined;
  /** Checks that need the other system, bounded in time; texts by option name. */
  validateConnection?(props: Props, signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>>;
  /**
   * Opens what tells what would become of records.
   *
   * @throws ConfigException for wrong options or a login that is refused, ConnectException if the system is away
   */
  openPreview?(props: Props, context: PreviewContext): Promise<SinkPreview>;
  /**
   * Changes the offsets that the sink keeps itself, before Kafka's are; true = that is done, false = it keeps none.
   * May be called again with the same offsets. (`SinkConnector.alterOffsets`, KIP-875)
   */
  alterOffsets?(request: OffsetsRequest): Promise<boolean>;
  /** One configuration a task. (`Connector.taskConfigs`) */
  taskConfigs(props: Props, maxTasks: number): readonly Props[];
  /** A task that hasn't been started. */
  createTask(): SinkTask;
  /** The whole configuration, if the connector's code decides a part of it; absent = it is what was written. */
  expand?(written: Props): WholeConfig;
  /** A sentence about a configuration of another class that would be shorter with this one. */
  insteadOf?(written: Props): string | undefined;
}

/** A configuration with what a {@link SinkPolicy} decides. */
export interface WholeConfig {
  /** As the sink that writes reads it; references stay as they were written. */
  readonly props: Props;
  /** What was written and is decided otherwise, by option. */
  readonly conflicts: ReadonlyMap<string, readonly string[]>;
}

/**
 * A sink whose policy is code: another sink, with a chain of transformations and options that no configuration changes.
 * A configuration names its class and keeps what an operator decides.
 */
export interface SinkPolicy {
  /** Class name, `sluice.<folder>.…`. */
  readonly className: string;
  /** Its version, as lists of plugins show it. */
  readonly version: string;
  /** One sentence for docs and plugin lists. */
  readonly documentation: string;
  /** Class or alias of the sink that writes. */
  readonly sink: string;
  /** What makes rows of records, by alias, in order. Their options are options of the connector, by the same names. */
  readonly transforms: Readonly<Record<string, TransformationPlugin>>;
  /** Options of the sink that the code decides. A configuration may repeat them and not change them. */
  readonly fixed: Readonly<Record<string, string>>;
  /** Options of the sink that always equal an option of a transformation, by their names. */
  readonly same?: Readonly<Record<string, string>>;
  /** What counts if a configuration says nothing. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Options of the sink that a configuration has to say. */
  readonly required: readonly string[];
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
  /** What the folder brings; class names begin with `sluice.<folder>.`. */
  readonly plugins: readonly Plugin[];
  /** Sinks whose policy the folder's code states; class names as above. */
  readonly policies?: readonly SinkPolicy[];
}
