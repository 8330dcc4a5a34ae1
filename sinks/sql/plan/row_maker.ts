/** Turns records into rows: checks and encodes every value. @module */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { SinkRecord } from "../../../connect/api/record.ts";
import { type ConnectValue, type Schema, Struct } from "../../../connect/api/schema.ts";
import { badRecord, problemOf } from "../isolate/bad_record.ts";
import type { Cell, ColumnShape } from "../dialect.ts";
import { isoOf, type Micros, microsOf } from "./instant.ts";
import { asFields, fieldOf, type Fields, kindOf } from "./record_fields.ts";
import type { SinkSettings } from "../options/sink_settings.ts";
import type { RowPlan } from "./table_plan.ts";
import type { OwnValue, RowChange, RowTiming } from "./table_row.ts";

// Separates the cells of a key of several columns; cells have it only escaped.
const keySeparator = "\0";

/**
 * Makes the rows of one plan. Methods throw DataException for a record that can't be a row. Records are never changed.
 */
export class RowMaker {
  readonly #plan: RowPlan;
  readonly #settings: SinkSettings;
  readonly #nowMs: number;

  constructor(plan: RowPlan, settings: SinkSettings, nowMs: number) {
    this.#plan = plan;
    this.#settings = settings;
    this.#nowMs = nowMs;
  }

  /** @param fields of the record's value */
  write(record: SinkRecord, fields: Fields): RowChange {
    const { values, time, refusal } = this.#plan;
    if (refusal !== null) {
      const { field, why } = refusal;
      throw badRecord(record, {
        rule: "generated_always",
        field,
        expected: `no value, since ${why}`,
        found: "one",
      });
    }
    const cells: Cell[] = [];
    const key = this.#pushKey(cells, record, fields);
    const timing = time === null ? null : this.#timing(record, fields);
    for (const { shape, role } of values) {
      cells.push(
        role === "time" && timing !== null ? timing.cell : cellOf(record, shape, fields, shape.name),
      );
    }
    if (cells.length > 0) return this.#change(this.#settings.insertMode, key, cells, { record, timing });
    throw badRecord(record, { rule: "value_empty", expected: "a field to write", found: "none" });
  }

  /** @param kind `delete` or `seal` */
  remove(record: SinkRecord, kind: "delete" | "seal"): RowChange {
    const cells: Cell[] = [];
    const key = this.#pushKey(cells, record, null);
    const { timestamp } = record;
    const known = timestamp !== null && timestamp >= 0;
    const sealedMicros = (known ? Math.min(timestamp, this.#nowMs) : this.#nowMs) * 1000;
    return this.#change(kind, key, cells, { record, sealedMicros });
  }

  /** Returns the changes that give a row with a former key its current key; for keys of one column. */
  rekeys({ cells, record }: RowChange): readonly RowChange[] {
    const [key = ""] = cells;
    return this.previousKeys(record).flatMap((former, index) =>
      former === key ? [] : [this.#change("rekey", former, [former, key], { record, former: index })]
    );
  }

  /** Returns the cells of the row's former keys, newest first; for keys of one column. */
  previousKeys(record: SinkRecord): readonly Cell[] {
    const { previousKeysField: name } = this.#settings;
    const [shape] = this.#plan.keys;
    if (name === null || shape === undefined) return [];
    for (const part of [asFields(record.key), asFields(record.value)]) {
      const list = part === null ? null : fieldOf(part, name);
      if (list === null) continue;
      if (Array.isArray(list)) return list.map((value: ConnectValue) => encoded(record, shape, value));
      throw badRecord(record, { rule: "wrong_type", field: name, expected: "a list", found: kindOf(list) });
    }
    return [];
  }

  #change(
    kind: RowChange["kind"],
    key: string,
    cells: readonly Cell[],
    of: Pick<RowChange, "record"> & Partial<RowChange>,
  ): RowChange {
    const { record, timing = null, sealedMicros = null, former = 0 } = of;
    return { kind, plan: this.#plan, key, cells, timing, sealedMicros, former, record };
  }

  /** @param fields of the value, null for a tombstone */
  #pushKey(cells: Cell[], record: SinkRecord, fields: Fields | null): string {
    const { keyNames, keys } = this.#plan;
    for (let index = 0; index < keyNames.length; index++) {
      const name = keyNames[index] ?? "";
      const shape = keys[index];
      if (shape === undefined) continue;
      const value = this.#keyValue(record, fields, index);
      if (value === null) {
        throw badRecord(record, { rule: "key_missing", field: name, expected: "a value", found: "none" });
      }
      cells.push(encoded(record, shape, value, this.#keySchema(record, name)));
    }
    return cells.length === 1 ? cells[0] ?? "" : cells.join(keySeparator);
  }

  #keySchema({ key, keySchema, value }: SinkRecord, name: string): Schema | null | undefined {
    const { keyMode } = this.#settings;
    if (keyMode === "kafka") return null;
    const part = keyMode === "record_value" ? value : key;
    return part instanceof Struct
      ? part.schema.field(name)?.schema
      : keyMode === "record_key"
      ? keySchema
      : null;
  }

  #keyValue(record: SinkRecord, fields: Fields | null, index: number): ConnectValue {
    const { keyMode } = this.#settings;
    const name = this.#plan.keyNames[index] ?? "";
    if (keyMode === "record_value") return fields === null ? null : fieldOf(fields, name);
    if (keyMode === "kafka") return kafkaKey(record, index);
    const key = asFields(record.key);
    if (key !== null) return fieldOf(key, name);
    if (index === 0) return record.key;
    throw new ConfigException(
      `Cannot take the primary key of topic ${record.topic} from the record's key: pk.fields names several columns and the key has no fields`,
    );
  }

  #timing(record: SinkRecord, fields: Fields): RowTiming {
    const { own, time, reopened } = this.#plan;
    const name = time?.name ?? "";
    const micros = microsOf(fieldOf(fields, name));
    if (micros === null || time === null) {
      const found = kindOf(fieldOf(fields, name));
      throw badRecord(record, {
        rule: "event_time_invalid",
        field: name,
        expected: "a point in time",
        found,
      });
    }
    const moment = { micros, cell: instantCell(time, micros) };
    return {
      ...moment,
      at: record.origin,
      offset: record.offset,
      own: own.map(({ value }) => ownValue(record, fields, value, moment)),
      reopened: reopened === null ? null : reopenedOf(record, fields, reopened),
    };
  }
}

function ownValue(
  record: SinkRecord,
  fields: Fields,
  shape: ColumnShape,
  { micros, cell }: Pick<RowTiming, "micros" | "cell">,
): OwnValue | null {
  if (fieldOf(fields, shape.name) === null) return null;
  return { value: cellOf(record, shape, fields, shape.name), time: cell, micros };
}

function reopenedOf(record: SinkRecord, fields: Fields, shape: ColumnShape): RowTiming["reopened"] {
  const given = fieldOf(fields, shape.name);
  if (given === null) return null;
  const micros = microsOf(given);
  if (micros !== null) return { cell: instantCell(shape, micros), micros };
  throw badRecord(record, {
    rule: "event_time_invalid",
    field: shape.name,
    expected: "a point in time",
    found: kindOf(given),
  });
}

/** The topic after routing, as in the JDBC sinks; partition and offset are the consumed record's. */
function kafkaKey({ topic, origin, offset }: SinkRecord, index: number): ConnectValue {
  if (index === 0) return topic;
  return index === 1 ? BigInt(origin.partition) : offset;
}

function cellOf(record: SinkRecord, shape: ColumnShape, fields: Fields, name: string): Cell {
  if (!(fields instanceof Struct)) return encoded(record, shape, fieldOf(fields, name));
  return encoded(record, shape, fieldOf(fields, name), fields.schema.field(name)?.schema);
}

function encoded(record: SinkRecord, shape: ColumnShape, value: ConnectValue, schema?: Schema | null): Cell {
  try {
    return shape.encode(value, schema);
  } catch (error) {
    throw badRecord(record, problemOf(error, shape.name));
  }
}

/** Encodes a parsed time, which always fits. */
function instantCell(shape: ColumnShape, micros: Micros): Cell {
  return shape.encode(isoOf(micros));
}

/** Returns the row that a statement of the change's kind and plan sends. */
export function statementCells(
  { kind, plan }: RowChange,
  { fingerprints }: SinkSettings,
): (change: RowChange) => readonly Cell[] {
  const mark = kind === "rekey" ? fingerprints?.rekeyMark : fingerprints?.current;
  const marks = mark === undefined || plan.fingerprint === null ? [] : [plan.fingerprint.encode(mark)];
  switch (kind) {
    case "delete":
      return ({ cells }) => cells;
    case "rekey":
      return ({ cells }) => [...cells, ...marks];
    case "seal":
      return (change) => sealCells(change, marks);
    default:
      return plan.time === null && marks.length === 0
        ? ({ cells }) => cells
        : (change) => writeCells(change, marks);
  }
}

function writeCells({ plan, cells, timing, record }: RowChange, marks: readonly Cell[]): readonly Cell[] {
  if (timing === null) return cells.concat(marks);
  const all = cells.slice();
  for (let index = 0; index < plan.own.length; index++) {
    const given = timing.own[index] ?? null;
    all.push(given?.value ?? plan.nullCell, given?.time ?? plan.nullCell);
  }
  if (plan.reopened !== null) all.push(timing.reopened?.cell ?? plan.nullCell);
  pushPosition(all, plan, record);
  for (const mark of marks) all.push(mark);
  return all;
}

function sealCells(
  { plan, cells, sealedMicros, record }: RowChange,
  marks: readonly Cell[],
): readonly Cell[] {
  const all = cells.slice();
  if (plan.sealed !== null && sealedMicros !== null) all.push(instantCell(plan.sealed, sealedMicros));
  pushPosition(all, plan, record);
  for (const mark of marks) all.push(mark);
  return all;
}

function pushPosition(cells: Cell[], { position }: RowPlan, { origin, offset }: SinkRecord): void {
  const [topic, partition, place] = position;
  if (topic === undefined || partition === undefined || place === undefined) return;
  cells.push(topic.encode(origin.topic), partition.encode(BigInt(origin.partition)), place.encode(offset));
}
