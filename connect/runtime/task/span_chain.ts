/**
 * The chain of a task that can work without values: from a record's bytes to its columns.
 *
 * `planSpanChain` asks converters, transformations and sink whether they can. For each record the chain may still say
 * no: then the record goes through the pipeline, which is the reference.
 *
 * @module
 */

import type { PluginRegistry } from "../../config/plugin_registry.ts";
import type { Converter, HeaderConverter, SinkConnectorPlugin } from "../../api/plugins.ts";
import type { Time } from "../../api/ports.ts";
import type { Props } from "../../api/sink_task.ts";
import { type RecordRun, RUN_NUMBERS, RunNumber } from "../../api/consumer_record.ts";
import {
  type MappedField,
  SPAN_NUMBERS,
  type SpanArena,
  type SpanColumn,
  SpanKind,
  type SpanReader,
  type SpanRecord,
  type SpanTransformation,
} from "../../api/spans.ts";
import { transformAliases } from "../../config/transforms_config.ts";
import type { FieldSampler } from "../herder/fields_seen.ts";
import type { SpanBatch } from "./span_batch.ts";

/** What the chain reads and gives. */
interface SpanPlan {
  /** The key: a column of its own, or only input of the transformation. */
  readonly key: { readonly reader: SpanReader; readonly isColumn: boolean } | null;
  readonly value: SpanReader;
  /** How many fields the reader gives. */
  readonly fields: number;
  /** Of the fields: those that are null if absent. */
  readonly nullIfAbsent: readonly boolean[];
  readonly transformation: SpanTransformation | null;
  readonly columns: readonly SpanColumn[];
}

/** What a record may have at most, as in RecordPipelineOptions; others go through the pipeline. */
interface SpanLimits {
  readonly bytesMax: number;
  readonly headersMax: number;
  readonly valuesMax: number;
}

/** Reads one record after another. */
export class SpanChain {
  readonly columns: readonly SpanColumn[];
  readonly #plan: SpanPlan;
  readonly #limits: SpanLimits;
  readonly #sampler: FieldSampler | undefined;
  /** Input of the transformation, and the key. */
  readonly #input: TransformedRecord;
  readonly #keySpan = new Int32Array(SPAN_NUMBERS);

  constructor(plan: SpanPlan, limits: SpanLimits, sampler: FieldSampler | undefined) {
    this.columns = plan.columns;
    this.#plan = plan;
    this.#limits = limits;
    this.#sampler = sampler;
    this.#input = new TransformedRecord(plan.fields);
  }

  /**
   * Adds a record to the batch. Returns false, and adds nothing, if the pipeline must decide. Its spans are exactly what
   * the pipeline's record would have as fields.
   */
  read(run: RecordRun, place: number, batch: SpanBatch): boolean {
    const { numbers } = run;
    const at = place * RUN_NUMBERS;
    const valueLength = numbers[at + RunNumber.valueLength]!;
    if (valueLength <= 0 || !this.#isWithin(numbers, at)) return false;
    const { key, value, transformation } = this.#plan;
    const { bytes, at: { topic } } = run;
    const arenaLength = batch.arena.length;
    const valueAt = numbers[at + RunNumber.valueAt]!;
    if (this.#sampler?.isDue(topic) === true) {
      this.#sampler.look(topic, bytes.subarray(valueAt, valueAt + valueLength));
    }
    let to = batch.room();
    const { spans, arena } = batch;
    const into = transformation === null ? spans : this.#input.fields;
    if (key !== null) {
      const keyLength = numbers[at + RunNumber.keyLength]!;
      const keySpans = key.isColumn ? spans : this.#keySpan;
      const keyTo = key.isColumn ? to : 0;
      if (keyLength < 0) keySpans[keyTo] = SpanKind.null;
      else if (!key.reader.read(bytes, numbers[at + RunNumber.keyAt]!, keyLength, keySpans, keyTo, arena)) {
        return false;
      }
      if (key.isColumn) to += SPAN_NUMBERS;
    }
    const isRead = value.read(bytes, valueAt, valueLength, into, transformation === null ? to : 0, arena) &&
      (transformation === null
        ? this.#fillNulls(spans, to)
        : transformation.apply(this.#input.of(run, place, arena), spans, to));
    if (isRead) batch.add(place);
    else arena.cut(arenaLength);
    return isRead;
  }

  /** The pipeline refuses larger records, or looks closer. A value has at least a byte. */
  #isWithin(numbers: Int32Array, at: number): boolean {
    const { bytesMax, headersMax, valuesMax } = this.#limits;
    const bytes = numbers[at + RunNumber.contentBytes]!;
    return bytes <= bytesMax && bytes <= valuesMax && numbers[at + RunNumber.headers]! <= headersMax;
  }

  #fillNulls(spans: Int32Array, to: number): true {
    const { nullIfAbsent } = this.#plan;
    for (let index = 0; index < nullIfAbsent.length; index++) {
      const at = to + index * SPAN_NUMBERS;
      if (nullIfAbsent[index] === true && spans[at] === SpanKind.absent) spans[at] = SpanKind.null;
    }
    return true;
  }
}

/** The one object that a transformation gets for all records. */
class TransformedRecord implements SpanRecord {
  topic = "";
  partition = 0;
  offset = 0;
  timestamp = -1;
  bytes: Uint8Array = new Uint8Array();
  keyAt = 0;
  keyLength = -1;
  readonly fields: Int32Array;
  arena!: SpanArena;

  constructor(fields: number) {
    this.fields = new Int32Array(fields * SPAN_NUMBERS);
  }

  of(
    { at: { topic, partition }, bytes, numbers, offsets, timestamps }: RecordRun,
    place: number,
    arena: SpanArena,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.offset = offsets[place]!;
    this.timestamp = timestamps[place]!;
    this.bytes = bytes;
    this.keyAt = numbers[place * RUN_NUMBERS + RunNumber.keyAt]!;
    this.keyLength = numbers[place * RUN_NUMBERS + RunNumber.keyLength]!;
    this.arena = arena;
    return this;
  }
}

interface ChainParts {
  readonly props: Props;
  readonly plugins: PluginRegistry;
  readonly sink: SinkConnectorPlugin;
  readonly key: Converter;
  readonly value: Converter;
  readonly header: HeaderConverter;
  readonly time: Time;
}

/** Returns what the chain reads and gives; null if a part of it can't work without values. */
export function planSpans({ props, plugins, sink, key, value, header, time }: ChainParts): SpanPlan | null {
  const wanted = sink.wantedColumns?.(props);
  const stages = transformAliases(props, plugins);
  // A header could be refused, and a predicate needs the whole record.
  const isPlain = header.takesAll === true &&
    stages.every(({ props: { predicate } }) => predicate === undefined);
  if (wanted === undefined || !isPlain) return null;
  const keyReader = key.spans?.([[]]);
  if (keyReader === undefined) return null;
  const [first] = stages;
  const transformation = first?.found.plugin?.createForSpans?.(first.props, { time });
  if (transformation !== undefined) {
    const reader = stages.length === 1 ? value.spans?.(transformation.reads) : undefined;
    if (reader === undefined) return null;
    return {
      key: { reader: keyReader, isColumn: false },
      value: reader,
      fields: transformation.reads.length,
      nullIfAbsent: [],
      transformation,
      columns: transformation.gives,
    };
  }
  const fields = mappedFields(stages, wanted.values)?.filter(({ path }) => path !== null);
  const reader = fields === undefined ? undefined : value.spans?.(fields.map(({ path }) => path ?? []));
  if (fields === undefined || reader === undefined || typeof wanted.key === "object") return null;
  const isColumn = wanted.key === "whole";
  return {
    key: { reader: keyReader, isColumn },
    value: reader,
    fields: fields.length,
    nullIfAbsent: fields.some(({ isNullIfAbsent }) => isNullIfAbsent)
      ? fields.map(({ isNullIfAbsent }) => isNullIfAbsent)
      : [],
    transformation: null,
    columns: [
      ...isColumn ? [{ part: "key", name: null } as const] : [],
      ...fields.map(({ name }) => ({ part: "value", name }) as const),
    ],
  };
}

/** A field that the chain gives under a name, or only checks. */
interface ReadField extends Pick<MappedField, "path" | "isNullIfAbsent"> {
  readonly name: string | null;
}

/** Where the wanted fields come from, walking the chain from its end; undefined if a transformation can't say. */
function mappedFields(
  stages: ReturnType<typeof transformAliases>,
  wanted: readonly string[] | undefined,
): readonly ReadField[] | undefined {
  const fieldOf = (name: string): ReadField => ({ path: [name], name, isNullIfAbsent: false });
  let fields: readonly ReadField[] | undefined = wanted?.map(fieldOf);
  for (const { found, props } of stages.toReversed()) {
    const names = fields?.map(({ path }) => path?.length === 1 ? path[0] : undefined);
    if (names?.includes(undefined) === true) return undefined; // a field within one that is mapped
    const before = found.plugin?.mapFields?.(props, names as readonly string[] | undefined);
    if (before === undefined) return undefined;
    const after: readonly ReadField[] = fields ?? before.map(({ name }) => fieldOf(name));
    const unwanted = before.filter(({ name, isChecked }) => isChecked && names?.includes(name) === false)
      .map(({ name }) => ({ ...fieldOf(name), name: null }));
    fields = [...after, ...unwanted].map(({ path, name, isNullIfAbsent }) => {
      const from = before.find((field) => field.name === path?.[0]);
      return {
        path: from?.path ?? null,
        name,
        isNullIfAbsent: isNullIfAbsent || from?.isNullIfAbsent === true,
      };
    });
  }
  const isUnclear = ({ path, isNullIfAbsent }: ReadField) =>
    path === null ? isNullIfAbsent : fields?.some((other) => isWithin(path, other.path)) === true;
  return fields?.some(isUnclear) === true ? undefined : fields;
}

/** Whether one path leads into the field of the other. */
function isWithin(path: readonly string[], other: readonly string[] | null): boolean {
  return other !== null && path.length > other.length && other.every((name, at) => path[at] === name);
}
