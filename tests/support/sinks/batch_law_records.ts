/** The records of a case. @module */

import { Decimal } from "../../../connect/api/decimal.ts";
import type { ConsumerRecord } from "../../../connect/api/consumer_record.ts";
import { ConnectRecord, type SinkRecord } from "../../../connect/api/record.ts";
import { type ConnectValue, Schema, Struct } from "../../../connect/api/schema.ts";
import type { DrawnCase, DrawnRecord } from "./batch_law_case.ts";
import { baseMs, keyIndex, type LawColumn, type LawTables, momentOf } from "./batch_law_table.ts";

/** A record in plain values, for messages. */
export interface LawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: ConnectValue;
  readonly value: ConnectValue;
}

type PlainFields = Readonly<Record<string, ConnectValue>>;

/** First drawn number of a tombstone and of each kind of bad record; smaller ones have a value. */
const kinds = { tombstone: 27, scalar: 37, badKey: 38, lacking: 39 } as const;
/** First drawn cell of null, of a valid value and of an invalid one; smaller ones are absent. */
const cells = { null: 6, good: 8, bad: 23, absentRequired: 2 } as const;

/** The records of a fitting case, in the order of arrival. */
export function recordsOf(drawn: DrawnCase, tables: LawTables): readonly LawRecord[] {
  const next = [0, 0, 0, 0];
  return drawn.records.map((record) => {
    const offset = next[record.place] ?? 0;
    next[record.place] = offset + 1;
    const key = keyFields(record, tables);
    const isTombstone = record.kind >= kinds.tombstone && record.kind < kinds.scalar;
    const fields = {
      ...drawn.keyMode === "record_value" ? key : {},
      ...valueFields(record, tables.columns),
      ...drawn.newest === null ? {} : timeFields(record),
      ...drawn.hasFormerKeys ? formerField(record, tables) : {},
    };
    return {
      topic: `t${record.place >> 1}`,
      partition: record.place % 2,
      offset,
      timestamp: baseMs + record.time * 1000,
      key: drawn.keyMode !== "record_key"
        ? null
        : drawn.hasKeyObjects
        ? key
        : plainKey(key["k0"] ?? null, drawn),
      value: isTombstone ? null : record.kind === kinds.scalar
        // ReplaceField would refuse a text.
        ? drawn.isPlain ? {} : "no object"
        : drawn.isPlain
        ? plainFields(fields)
        : fields,
    };
  });
}

function plainKey(key: ConnectValue, { isPlain }: DrawnCase): ConnectValue {
  return isPlain && key !== null ? String(key) : key;
}

/** JSON has no decimals. */
function plainFields(fields: PlainFields): PlainFields {
  const plain = (value: ConnectValue) => value instanceof Decimal ? Number(value) : value;
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
}

const encoder = new TextEncoder();

/** The plain records as the consumer gives them. */
export function consumerRecordsOf(records: readonly LawRecord[]): readonly ConsumerRecord[] {
  return records.map(({ key, value, offset, ...rest }) => ({
    ...{ ...rest, offset: BigInt(offset), timestampType: "CreateTime", headers: [] },
    key: key === null ? null : encoder.encode(String(key)),
    value: value === null ? null : encoder.encode(jsonOf(value)),
  }));
}

function jsonOf(value: ConnectValue): string {
  if (typeof value === "number") return Number.isInteger(value) ? value.toFixed(1) : String(value);
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(jsonOf).join()}]`;
  if (!isPlainFields(value)) return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}:${jsonOf(one)}`).join()}}`;
}

/** The records as the sink gets them. */
export function sinkRecordsOf(records: readonly LawRecord[], hasSchemas: boolean): readonly SinkRecord[] {
  const known = new Map<string, Schema>();
  const withSchema = (value: ConnectValue) => {
    if (!hasSchemas) return { schema: null, value };
    if (!isPlainFields(value)) return { schema: value === null ? null : schemaOf(value), value };
    const struct = structOf(value, known);
    return { schema: struct.schema, value: struct };
  };
  return records.map(({ key, value, offset, ...rest }) => {
    const [keyed, valued] = [withSchema(key), withSchema(value)];
    return ConnectRecord.of({
      ...rest,
      ...{ key: keyed.value, keySchema: keyed.schema, value: valued.value, valueSchema: valued.schema },
      offset: BigInt(offset),
    }) as SinkRecord; // it has an offset
  });
}

function keyFields({ kind, key, spelling }: DrawnRecord, { keys }: LawTables): PlainFields {
  const fields = keys.map(({ name, spellings, bad }, index) => {
    if (kind === kinds.badKey && index === keys.length - 1) return [name, bad[spelling % bad.length] ?? null];
    if (kind === kinds.lacking && index === 0) return [name, null];
    const known = spellings[keyIndex(keys.length, key, index)] ?? [];
    return [name, known[(index === 0 ? spelling : spelling >> 1) % known.length] ?? null];
  });
  return Object.fromEntries(fields);
}

function valueFields(record: DrawnRecord, columns: readonly LawColumn[]): PlainFields {
  const fields: Record<string, ConnectValue> = {};
  columns.forEach((column, index) => {
    const value = cellValue(record, column, record.cells[index % record.cells.length] ?? 0);
    if (value !== undefined) fields[column.name] = value;
  });
  return fields;
}

/** Undefined = the record has no such field. */
function cellValue(
  { key, spelling }: DrawnRecord,
  { good, bad, isRequired }: LawColumn,
  cell: number,
): ConnectValue | undefined {
  if (good.length + bad.length === 0) return undefined;
  if (cell >= cells.bad && bad.length > 0) return bad[(key + spelling) % bad.length];
  const isAbsent = cell < (isRequired === true ? cells.absentRequired : cells.null);
  if (good.length === 0 || isAbsent) return undefined;
  if (cell >= cells.null && cell < cells.good) return null;
  return good[cell % good.length];
}

function timeFields({ kind, time, cells: [, , drawn = 0] }: DrawnRecord): PlainFields {
  const updated = kind === kinds.lacking ? null : momentOf(time);
  return { updated_at: updated, ...drawn % 3 === 2 ? { registered_at: momentOf(time) } : {} };
}

function formerField({ former }: DrawnRecord, { keys: [key] }: LawTables): PlainFields {
  if (former < 8 || key === undefined) return {};
  const of = (index: number) => key.spellings[index % key.spellings.length]?.[0] ?? null;
  return { former: former < 12 ? [of(former)] : [of(former), of(former + 1)] };
}

/** Plain objects: values of classes aren't. */
export function isPlainFields(value: ConnectValue): value is PlainFields {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function structOf(fields: PlainFields, known: Map<string, Schema>): Struct {
  const schemas = Object.entries(fields).map(([name, value]) => ({ name, schema: schemaOf(value) }));
  const form = JSON.stringify(
    schemas.map(({ name, schema }) => [name, schema.type, schema.valueSchema?.type]),
  );
  const schema = known.get(form) ?? new Schema("struct", { fields: schemas });
  known.set(form, schema);
  return Struct.of(schema, fields);
}

function schemaOf(value: ConnectValue): Schema {
  if (value instanceof Decimal) {
    return new Schema("bytes", {
      optional: true,
      name: "org.apache.kafka.connect.data.Decimal",
      parameters: new Map([["scale", String(value.scale)]]),
    });
  }
  if (Array.isArray(value)) {
    return new Schema("array", { optional: true, values: schemaOf(value[0] ?? null) });
  }
  if (typeof value === "bigint") return new Schema("int64", { optional: true });
  return new Schema(typeof value === "number" ? "double" : "string", { optional: true });
}
