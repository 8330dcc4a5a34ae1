import { type ConfigValue, invalidValue } from "../../api/config_def.ts";
import { ConfigException, JavaException } from "../../api/exceptions.ts";
import type { PluginRegistry } from "../../config/plugin_registry.ts";
import type {
  Converter,
  FieldPaths,
  HeaderConverter,
  SinkConnectorPlugin,
  ValueReads,
} from "../../api/plugins.ts";
import type { Time } from "../../api/ports.ts";
import type { Props } from "../../api/sink_task.ts";
import { chooseConverter } from "../../config/converter_choice.ts";
import { validateConverters } from "../../config/converter_validation.ts";
import { predicateAliases, transformAliases } from "../../config/transforms_config.ts";
import type { ConnectorSpec } from "../herder/connector_spec.ts";
import { FieldSampler, type FieldsSeen, looking } from "../herder/fields_seen.ts";
import { type Named, RecordPipeline, type RecordPipelineOptions } from "./record_pipeline.ts";
import { planSpans, SpanChain } from "./span_chain.ts";
import { createStages, stageProblems, TransformationChain } from "./transformation_chain.ts";

/** A task's converters and transformations, and what closes them. */
interface TaskPipeline {
  readonly pipeline: RecordPipeline;
  /** For chains that can work without values. */
  readonly spans: SpanChain | undefined;
  close(): void;
}

/**
 * Makes a task's own converters and transformations.
 *
 * @throws ConfigException if a converter doesn't exist
 */
export function makeTaskPipeline(
  spec: ConnectorSpec,
  plugins: PluginRegistry,
  time: Time,
  seen?: FieldsSeen,
): TaskPipeline {
  const chain = new TransformationChain(createStages(spec.props, plugins, { time }));
  const converters = makeConverters(spec, plugins);
  const reads = valueReads(spec.props, plugins, spec.plugin);
  const { className, of } = converters.value;
  const reading = reads === undefined ? of : of.projecting?.(reads) ?? of;
  const sampler = seen === undefined
    ? undefined
    : new FieldSampler(of, (topic, value) => seen.add(spec.name, topic, value));
  const pipeline = new RecordPipeline({
    ...converters,
    value: {
      className,
      of: sampler === undefined ? reading : looking(reading, of, sampler),
    },
    stages: chain.stages,
    recordBytesMax: spec.config["record.bytes.max"],
    recordHeadersMax: spec.config["record.headers.max"],
    recordValuesMax: spec.config["record.values.max"],
  });
  const plan = planSpans({
    ...{ props: spec.props, plugins, sink: spec.plugin, time },
    ...{ key: converters.key.of, value: of, header: converters.header.of },
  });
  const limits = {
    bytesMax: spec.config["record.bytes.max"],
    headersMax: spec.config["record.headers.max"],
    valuesMax: spec.config["record.values.max"],
  };
  const spans = plan === null ? undefined : new SpanChain(plan, limits, sampler);
  return { pipeline, spans, close: () => chain.close() };
}

type ConverterSource = Pick<ConnectorSpec, "props" | "workerProps">;

/**
 * Makes a connector's converters, also for a dry run.
 *
 * @throws ConfigException if a converter doesn't exist
 */
export function makeConverters(
  source: ConverterSource,
  plugins: PluginRegistry,
): Pick<RecordPipelineOptions, "key" | "value" | "header"> {
  return {
    key: converterOf("key", source, plugins),
    value: converterOf("value", source, plugins),
    header: headerConverterOf(source, plugins),
  };
}

/** Returns the errors of making transformations and converters, by option, for validation. */
export function pluginProblems(
  props: Props,
  plugins: PluginRegistry,
): ReadonlyMap<string, readonly string[]> {
  const own = { props, workerProps: {} };
  const made = [
    ["key.converter", () => converterOf("key", own, plugins)],
    ["value.converter", () => converterOf("value", own, plugins)],
    ["header.converter", () => headerConverterOf(own, plugins)],
  ] as const;
  const problems = new Map(stageProblems(props, plugins));
  for (const [option, make] of made) {
    if (!(option in props) || hasProblems(validateConverters(props, plugins), option)) continue;
    try {
      make();
    } catch (error) {
      if (!(error instanceof JavaException)) throw error;
      problems.set(option, [invalidValue(option, props[option] ?? "", error.message).message]);
    }
  }
  return problems;
}

function hasProblems(values: readonly ConfigValue[], option: string): boolean {
  return values.some(({ name, errors }) => name.startsWith(option) && errors.length > 0);
}

function converterOf(
  role: "key" | "value",
  spec: ConverterSource,
  plugins: PluginRegistry,
): Named<Converter> {
  const { className, props } = chooseConverter(role, spec.workerProps, spec.props);
  const plugin = plugins.find("converter", className);
  if (plugin === undefined) throw unknownConverter(role, className);
  return { className, of: plugin.create(props, role === "key") };
}

/** Any converter may read headers, as in Connect. */
function headerConverterOf(spec: ConverterSource, plugins: PluginRegistry): Named<HeaderConverter> {
  const { className, props } = chooseConverter("header", spec.workerProps, spec.props);
  const plugin = plugins.find("header_converter", className);
  if (plugin !== undefined) return { className, of: plugin.create(props) };
  const converter = plugins.find("converter", className)?.create(props, false);
  if (converter === undefined) throw unknownConverter("header", className);
  return {
    className,
    of: {
      toConnectHeader: (topic, _name, bytes) => converter.toConnectData(topic, bytes),
      fromConnectHeader: (topic, _name, schema, value) => converter.fromConnectData(topic, schema, value),
      ...converter.valuesIn === undefined ? {} : { valuesIn: (bytes) => converter.valuesIn?.(bytes) ?? 1 },
    },
  };
}

function unknownConverter(role: string, className: string): ConfigException {
  return new ConfigException(
    `Invalid value ${className} for configuration ${role}.converter: Class ${className} could not be found.`,
  );
}

interface StageReads {
  readonly reads: ValueReads | undefined;
  readonly condition: { readonly reads: FieldPaths | undefined } | null;
}

/**
 * Returns the fields a chain reads: walks it until a transformation lets only named fields through. A
 * transformation with a predicate passes other records on, so then, and without such a transformation, the
 * sink's reads count.
 *
 * @param sink returns the sink's reads, undefined = all
 * @returns undefined if any field may be read
 * @example
 * ```ts
 * import { plannedReads } from "./task_pipeline.ts";
 * const key = { reads: { paths: [["id"]], passesRest: true }, condition: null };
 * const keep = { reads: { paths: [["name"]], passesRest: false }, condition: null };
 * if (plannedReads([key, keep], () => undefined)?.join() !== "id,name") throw new Error("what keeps only name ends it");
 * if (plannedReads([key], () => undefined) !== undefined) throw new Error("the sink may want anything");
 * ```
 */
export function plannedReads(
  stages: readonly StageReads[],
  sink: () => FieldPaths | undefined,
): FieldPaths | undefined {
  const paths: (readonly string[])[] = [];
  for (const { reads, condition } of stages) {
    if (reads === undefined || (condition !== null && condition.reads === undefined)) return undefined;
    paths.push(...condition?.reads ?? [], ...reads.paths);
    if (!reads.passesRest && condition === null) return paths;
  }
  const last = sink();
  return last === undefined ? undefined : [...paths, ...last];
}

/** Returns the fields that a validated configuration reads. */
export function valueReads(
  props: Props,
  plugins: PluginRegistry,
  sink: SinkConnectorPlugin,
): FieldPaths | undefined {
  const predicates = predicateAliases(props, plugins);
  const stages = transformAliases(props, plugins).map(({ found, props: options }): StageReads => {
    const { predicate, negate: _, ...own } = options;
    const declared = predicates.find(({ name }) => name === predicate);
    return {
      reads: found.plugin?.reads?.(own),
      condition: predicate === undefined ? null : { reads: declared?.found.plugin?.reads?.(declared.props) },
    };
  });
  return plannedReads(stages, () => sink.reads?.(props));
}
