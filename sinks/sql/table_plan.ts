/** From options, a table's columns and the fields at hand to the columns of its statements. @module */

import { ConfigException } from "../../connect/api/exceptions.ts";
import type { ColumnRole, ColumnShape, PlannedColumn, RowGuard, TablePlan, TableShape } from "./dialect.ts";
import type { NewestWinsSettings, SinkSettings } from "./sink_settings.ts";
import { tableText } from "./table_name.ts";

/** All a batch needs to know to make rows for one table. */
export interface RowPlan {
  readonly table: TableShape;
  readonly keyNames: readonly string[];
  readonly keys: readonly ColumnShape[];
  /** Columns whose cells come from the value's field of that name: roles value and time. */
  readonly values: readonly PlannedColumn[];
  readonly own: readonly { readonly value: ColumnShape; readonly time: ColumnShape }[];
  readonly time: ColumnShape | null;
  readonly position: readonly ColumnShape[];
  readonly registered: ColumnShape | null;
  readonly erased: ColumnShape | null;
  readonly fingerprint: ColumnShape | null;
  /** For insert, upsert, ignore and update. */
  readonly write: TablePlan;
  /** For delete: the key. */
  readonly remove: TablePlan;
  readonly erase: TablePlan;
  /** The key as it was and the key as it is. */
  readonly rekey: TablePlan;
}

/** The fields of a batch's records for one table. */
export interface BatchFields {
  readonly keyNames: readonly string[];
  /** Fields of the values, key and computed columns among them or not. */
  readonly valueNames: readonly string[];
}

/**
 * Plans the statements for a table.
 *
 * @throws ConfigException where a column isn't there or may not be written
 */
export function planTable(table: TableShape, fields: BatchFields, settings: SinkSettings): RowPlan {
  const find = new ColumnFinder(table, settings);
  const { newest, fingerprints } = settings;
  const keys = fields.keyNames.map((name) => find.configured(name, "pk.fields"));
  const computed = computedColumns(settings);
  const timeName = newest?.timeField ?? null;
  const isPlainValue = (name: string) =>
    !computed.has(name) && !fields.keyNames.includes(name) && name !== timeName;
  const time = timeName === null ? null : find.instant(timeName, "newest.wins.field");
  const own = (newest?.ownTimes ?? []).map(({ column, timeColumn }) => ({
    value: find.configured(column, "newest.wins.columns"),
    time: find.instant(timeColumn, "newest.wins.columns"),
  }));
  const erasure = newest?.erasure ?? null;
  const position = (newest?.position ?? []).map((name) => find.configured(name, "source.position.columns"));
  const registered = erasure === null ? null : find.instant(erasure.registeredAt, "erasure.columns");
  const erased = erasure === null ? null : find.instant(erasure.erasedAt, "erasure.columns");
  if (erasure !== null) find.present(erasure.objectedAt, "erasure.columns");
  const fingerprint = fingerprints === null
    ? null
    : find.configured(fingerprints.column, "key.fingerprint.column");
  const values = [
    ...find.all(fields.valueNames.filter(isPlainValue)).map(asValue),
    ...time === null ? [] : [{ shape: time, role: "time" as const }],
  ];
  const parts = {
    table,
    keyNames: fields.keyNames,
    keys,
    values,
    own,
    time,
    position,
    registered,
    erased,
    fingerprint,
  };
  // Whatever the batch at hand writes, an erased row has nothing left.
  const { whitelist } = settings;
  const erasable = (whitelist.length > 0 ? whitelist : [...table.columns.keys()]).filter(isPlainValue);
  const emptied = erasure === null ? [] : find.all(erasable).map(asValue);
  return { ...parts, ...statementPlans(parts, emptied, newest) };
}

function asValue(shape: ColumnShape): PlannedColumn {
  return { shape, role: "value" };
}

type Parts = Omit<RowPlan, "write" | "remove" | "erase" | "rekey">;

function statementPlans(
  parts: Parts,
  emptied: readonly PlannedColumn[],
  newest: NewestWinsSettings | null,
): Pick<RowPlan, "write" | "remove" | "erase" | "rekey"> {
  const { table, keys, values, own, position, registered, erased, fingerprint } = parts;
  const as = (role: ColumnRole) => (shape: ColumnShape): PlannedColumn => ({ shape, role });
  const one = (shape: ColumnShape | null, role: ColumnRole) => shape === null ? [] : [{ shape, role }];
  const key = keys.map(as("key"));
  const marks = [...position.map(as("position")), ...one(fingerprint, "fingerprint")];
  const guard = newest === null ? null : guardOf(newest);
  const pairs = own.flatMap(({ value, time }) => [
    { shape: value, role: "own" as const, timeColumn: time.name },
    { shape: time, role: "own_time" as const },
  ]);
  return {
    write: {
      table,
      columns: [...key, ...values, ...pairs, ...one(registered, "registered"), ...marks],
      guard,
    },
    remove: { table, columns: key, guard },
    erase: {
      table,
      // What is emptied has to be known too: it comes behind what the row holds.
      columns: [
        ...key,
        ...one(erased, "erased"),
        ...marks,
        ...emptied,
        ...values.filter(({ role }) => role === "time"),
        ...pairs,
        ...one(registered, "registered"),
      ],
      guard,
    },
    rekey: { table, columns: [...key, ...key, ...one(fingerprint, "fingerprint")], guard },
  };
}

function guardOf(newest: NewestWinsSettings): RowGuard {
  return { time: newest.timeField, position: newest.position, erasure: newest.erasure };
}

/** Columns that the sink fills itself: a field of that name isn't theirs. */
function computedColumns({ newest, fingerprints, previousKeysField }: SinkSettings): ReadonlySet<string> {
  const erasure = newest?.erasure ?? null;
  return new Set([
    ...newest?.ownTimes.flatMap(({ column, timeColumn }) => [column, timeColumn]) ?? [],
    ...newest?.position ?? [],
    ...erasure === null ? [] : [erasure.erasedAt, erasure.registeredAt, erasure.objectedAt],
    ...fingerprints === null ? [] : [fingerprints.column],
    ...previousKeysField === null ? [] : [previousKeysField],
  ]);
}

class ColumnFinder {
  readonly #table: TableShape;
  readonly #settings: SinkSettings;

  constructor(table: TableShape, settings: SinkSettings) {
    this.#table = table;
    this.#settings = settings;
  }

  /** A column that an option names. */
  configured(name: string, option: string): ColumnShape {
    const shape = this.present(name, option);
    const { egress } = this.#settings;
    if (egress === null || egress.has(name)) return shape;
    throw new ConfigException(`Cannot write column ${name} of ${option}: egress.columns doesn't have it`);
  }

  /** A column that is read and not written. */
  present(name: string, option: string): ColumnShape {
    const shape = this.#table.columns.get(name);
    if (shape !== undefined) return shape;
    throw new ConfigException(
      `Cannot write to table ${
        tableText(this.#table.name)
      }: Expected a column ${name}, which ${option} names`,
    );
  }

  instant(name: string, option: string): ColumnShape {
    const shape = this.configured(name, option);
    if (shape.isInstant) return shape;
    throw new ConfigException(
      `Cannot write to table ${
        tableText(this.#table.name)
      }: Expected column ${name}, which ${option} names, to be a timestamp with time zone`,
    );
  }

  /** Columns of the values' fields. Names that no option mentions come from the data and aren't shown. */
  all(names: readonly string[]): readonly ColumnShape[] {
    const { whitelist } = this.#settings;
    if (whitelist.length > 0) return names.map((name) => this.configured(name, "fields.whitelist"));
    const found = names.map((name) => this.#table.columns.get(name)).filter((shape) => shape !== undefined);
    const lacking = names.length - found.length;
    if (lacking === 0) return found;
    throw new ConfigException(
      `Cannot write to table ${
        tableText(this.#table.name)
      }: ${lacking} of the records' ${names.length} fields ` +
        "have no column there; name the ones to write in fields.whitelist, or add columns",
    );
  }
}
