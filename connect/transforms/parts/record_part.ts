/** Declares transformations: most come in two variants, one for keys and one for values. @module */

import type { ConfigDef, ConfigKey, ConfigValues } from "../../api/config_def.ts";
import type { TransformationPlugin, ValueReads } from "../../api/plugins.ts";
import type { ConnectRecord } from "../../api/record.ts";
import type { ConnectValue, Schema } from "../../api/schema.ts";
import type { Props } from "../../api/sink_task.ts";
import type { MappedField } from "../../api/spans.ts";

/** The version that Connect's own plugins report. */
export const CONNECT_VERSION = "4.3.1";

/** The class name prefix of Connect's own transformations. */
export const CONNECT_TRANSFORMS = "org.apache.kafka.connect.transforms.";

/** The key or the value of a record. */
interface RecordPart {
  readonly name: "Key" | "Value";
  schema(record: ConnectRecord): Schema | null;
  value(record: ConnectRecord): ConnectValue;
  replace(record: ConnectRecord, schema: Schema | null, value: ConnectValue): ConnectRecord;
}

/** Changes a record, or drops it by returning null. */
export type Apply = (record: ConnectRecord) => ConnectRecord | null;

type Options = Readonly<Record<string, ConfigKey>>;

interface Declaration<K extends Options> {
  /** Full class name; without `$Key` and `$Value` if there are two variants. */
  readonly className: string;
  /** Defaults to {@link CONNECT_VERSION}. */
  readonly version?: string;
  readonly documentation: string;
  readonly config: ConfigDef<K>;
}

/** A transformation with a variant for keys and one for values. */
interface TwinDeclaration<K extends Options> extends Declaration<K> {
  /** Plans the work; throws ConfigException if options contradict each other. */
  create(part: RecordPart, options: ConfigValues<K>): Apply;
  /** What the variant for values reads of schemaless values; absent or undefined means everything. */
  reads?(options: ConfigValues<K>): ValueReads | undefined;
  /** As `TransformationPlugin.mapFields`, of the variant for values. */
  mapFields?(
    options: ConfigValues<K>,
    wanted: readonly string[] | undefined,
  ): readonly MappedField[] | undefined;
}

/** A transformation of whole records. */
interface WholeDeclaration<K extends Options> extends Declaration<K> {
  /** @param props the options as given, without defaults */
  create(options: ConfigValues<K>, props: Props): Apply;
  /** Warnings by option. */
  warnings?(props: Props): ReadonlyMap<string, string>;
  /** Errors by option with which every record would fail. */
  problems?(options: ConfigValues<K>): ReadonlyMap<string, string>;
  /** What it reads of schemaless values; absent or undefined means everything. */
  reads?(options: ConfigValues<K>): ValueReads | undefined;
}

/** Reads nothing of the value, not even for an error message, and passes it on. */
export const readsNothing: ValueReads = { paths: [], passesRest: true };

const keyPart: RecordPart = {
  name: "Key",
  schema: (record) => record.keySchema,
  value: (record) => record.key,
  replace: (record, schema, value) => record.with({ keySchema: schema, key: value }),
};

const valuePart: RecordPart = {
  name: "Value",
  schema: (record) => record.valueSchema,
  value: (record) => record.value,
  replace: (record, schema, value) => record.with({ valueSchema: schema, value }),
};

/**
 * Returns the `$Key` and the `$Value` plugin of one declaration.
 *
 * @example
 * ```ts
 * import { ConfigDef } from "../../api/config_def.ts";
 * import { ConnectRecord } from "../../api/record.ts";
 * import { keyAndValue } from "./record_part.ts";
 * const [forKeys, forValues] = keyAndValue({
 *   className: "example.Upper",
 *   documentation: "Writes text in capitals.",
 *   config: ConfigDef.of({}),
 *   create: (part) => (record) => part.replace(record, null, String(part.value(record)).toUpperCase()),
 * });
 * const record = ConnectRecord.of({ topic: "t", key: "a", value: "b" });
 * if (forKeys.create({}).apply(record)?.key !== "A") throw new Error("the key variant changes keys");
 * if (forValues.className !== "example.Upper$Value") throw new Error("variants differ by name");
 * ```
 */
export function keyAndValue<K extends Options>(
  declaration: TwinDeclaration<K>,
): readonly [TransformationPlugin, TransformationPlugin] {
  return [twin(declaration, keyPart), twin(declaration, valuePart)];
}

/** Returns the plugin of a transformation of whole records. */
export function wholeRecord<K extends Options>(declaration: WholeDeclaration<K>): TransformationPlugin {
  return plugin(declaration, declaration.className, {
    create: (options, props) => declaration.create(options, props),
    reads: (options) => declaration.reads?.(options),
    ...(declaration.warnings === undefined ? {} : { warnings: declaration.warnings }),
    ...(declaration.problems === undefined ? {} : { problems: declaration.problems }),
  });
}

function twin<K extends Options>(declaration: TwinDeclaration<K>, part: RecordPart): TransformationPlugin {
  const className = `${declaration.className}$${part.name}`;
  return plugin(declaration, className, {
    create: (options) => declaration.create(part, options),
    reads: (options) => part === keyPart ? readsNothing : declaration.reads?.(options),
    ...(part === keyPart || declaration.mapFields === undefined ? {} : { mapFields: declaration.mapFields }),
  });
}

function plugin<K extends Options>(
  declaration: Declaration<K>,
  className: string,
  { create, reads, mapFields, warnings, problems }:
    & Pick<Required<WholeDeclaration<K>>, "create" | "reads">
    & Pick<WholeDeclaration<K>, "warnings" | "problems">
    & Pick<TwinDeclaration<K>, "mapFields">,
): TransformationPlugin {
  const { version = CONNECT_VERSION, documentation, config } = declaration;
  return {
    type: "transformation",
    className,
    version,
    documentation,
    config,
    create: (props) => ({ apply: create(config.parse(props), props) }),
    reads: (props) => reads(config.parse(props)),
    ...(mapFields === undefined
      ? {}
      : { mapFields: (props, wanted) => mapFields(config.parse(props), wanted) }),
    ...(warnings === undefined ? {} : { warnings }),
    ...(problems === undefined ? {} : { problems: (props) => problems(config.parse(props)) }),
  };
}
