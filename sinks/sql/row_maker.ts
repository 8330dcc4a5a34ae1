/** Makes rows of records: every value checked and turned into the form the database takes. @module */

import { ConfigException } from "../../connect/api/exceptions.ts";
import type { SinkRecord } from "../../connect/api/record.ts";
import type { ConnectValue } from "../../connect/api/schema.ts";
import { badRecord, problemOf } from "./bad_record.ts";
import type { Cell, ColumnShape } from "./dialect.ts";
import { isoOf, type Micros, microsOf } from "./instant.ts";
import { asFields, fieldOf, type Fields } from "./record_fields.ts";
import type { SinkSettings } from "./sink_settings.ts";
import type { RowPlan } from "./table_plan.ts";
import { kindOf } from "./value_kind.ts";
import type { OwnValue, RemoveRow, RowTiming, WriteRow } from "./table_row.ts";

// Divides the cells of a key of several columns; no cell has it unescaped.
const keySeparator = "\0";

/**
 * Makes the rows of one plan. All methods throw DataException for a record that can't be a row; records are
 * never changed.
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

  write(record: SinkRecord): WriteRow {
    const fields = asFields(record.value);
    if (fields === null) {
      throw badRecord(record, {
        rule: "value_not_object",
        expected: "an object",
        found: kindOf(record.value),
      });
    }
    const { values, time } = this.#plan;
    const cells: Cell[] = [];
    const key = this.#pushKey(cells, record, fields);
    const timing = time === null ? null : this.#timing(record, fields);
    for (const { shape, role } of values) {
      cells.push(
        role === "time" && timing !== null ? timing.cell : cellOf(record, shape, fieldOf(fields, shape.name)),
      );
    }
    if (cells.length > 0) return { key, cells, timing, record };
    throw badRecord(record, { rule: "value_empty", expected: "a field to write", found: "none" });
  }

  remove(record: SinkRecord): RemoveRow {
    const cells: Cell[] = [];
    const key = this.#pushKey(cells, record, null);
    const { timestamp } = record;
    const known = timestamp !== null && timestamp >= 0;
    const micros = (known ? Math.min(timestamp, this.#nowMs) : this.#nowMs) * 1000;
    return { key, cells, micros, at: record.origin, offset: record.offset, record };
  }

  /** Cells of the keys that the row may have had before, newest first; for keys of one column. */
  previousKeys(record: SinkRecord): readonly Cell[] {
    const { previousKeysField: name } = this.#settings;
    const [shape] = this.#plan.keys;
    if (name === null || shape === undefined) return [];
    for (const part of [asFields(record.key), asFields(record.value)]) {
      const list = part === null ? null : fieldOf(part, name);
      if (list === null) continue;
      if (Array.isArray(list)) return list.map((value: ConnectValue) => cellOf(record, shape, value));
      throw badRecord(record, { rule: "wrong_type", field: name, expected: "a list", found: kindOf(list) });
    }
    return [];
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
      cells.push(cellOf(record, shape, value));
    }
    return cells.length === 1 ? cells[0] ?? "" : cells.join(keySeparator);
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
    const { own, time, registered } = this.#plan;
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
      registered: registered === null ? null : registeredOf(record, fields, registered),
    };
  }
}

function ownValue(
  record: SinkRecord,
  fields: Fields,
  shape: ColumnShape,
  { micros, cell }: Pick<RowTiming, "micros" | "cell">,
): OwnValue | null {
  const given = fieldOf(fields, shape.name);
  return given === null ? null : { value: cellOf(record, shape, given), time: cell, micros };
}

function registeredOf(record: SinkRecord, fields: Fields, shape: ColumnShape): RowTiming["registered"] {
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

function kafkaKey({ origin, offset }: SinkRecord, index: number): ConnectValue {
  if (index === 0) return origin.topic;
  return index === 1 ? BigInt(origin.partition) : offset;
}

function cellOf(record: SinkRecord, shape: ColumnShape, value: ConnectValue): Cell {
  try {
    return shape.encode(value);
  } catch (error) {
    throw badRecord(record, problemOf(error, shape.name));
  }
}

/** A moment that was read already always fits. */
export function instantCell(shape: ColumnShape, micros: Micros): Cell {
  return shape.encode(isoOf(micros));
}
