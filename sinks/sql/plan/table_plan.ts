/** Plans the columns of a table's statements, from options, table and fields. @module */

import type {
  Cell,
  ColumnRole,
  ColumnShape,
  PlannedColumn,
  RowGuard,
  RowOrder,
  TablePlan,
  TableShape,
} from "../dialect.ts";
import { type ClosedField, ColumnFinder } from "./column_finder.ts";
import type { NewestWinsSettings, SinkSettings } from "../options/sink_settings.ts";

/** The plan for all records that have the same fields. */
export interface RowPlan {
  readonly table: TableShape;
  /** How far these rows see each other. */
  readonly order: RowOrder;
  /** Whether two writes of one key can become one: the database would have accepted the first. */
  readonly folds: boolean;
  /** Whether the database may consider keys with different texts equal. */
  readonly hasLooseKeys: boolean;
  readonly keyNames: readonly string[];
  readonly keys: readonly ColumnShape[];
  /** Columns filled from the value's field of that name: roles value and time. */
  readonly values: readonly PlannedColumn[];
  readonly own: readonly { readonly value: ColumnShape; readonly time: ColumnShape }[];
  readonly time: ColumnShape | null;
  readonly position: readonly ColumnShape[];
  readonly reopened: ColumnShape | null;
  readonly sealed: ColumnShape | null;
  readonly fingerprint: ColumnShape | null;
  /** Why all records with these fields are bad; null if they aren't. */
  readonly refusal: ClosedField | null;
  /** The cell of NULL, for all columns. */
  readonly nullCell: Cell;
  /** For insert, upsert, ignore and update. */
  readonly write: TablePlan;
  /** For delete: the key. */
  readonly remove: TablePlan;
  readonly seal: TablePlan;
  /** The former key and the current key. */
  readonly rekey: TablePlan;
}

interface RecordFields {
  readonly keyNames: readonly string[];
  /** Fields of the values; may include key and computed columns. */
  readonly valueNames: readonly string[];
}

/**
 * Plans the statements for a table.
 *
 * @throws ConfigException if a column doesn't exist or may not be written
 */
export function planTable(table: TableShape, fields: RecordFields, settings: SinkSettings): RowPlan {
  const find = new ColumnFinder(table, settings);
  const { newest, fingerprints } = settings;
  const keys = fields.keyNames.map((name) => find.configured(name, "pk.fields"));
  const valuesAmong = (names: Iterable<string>) =>
    find.all(columnNames([...names], fields.keyNames, settings)).map(asValue);
  const timeName = newest?.timeField ?? null;
  const time = timeName === null ? null : find.instant(timeName, "newest.wins.field");
  const own = (newest?.ownTimes ?? []).map(({ column, timeColumn }) => ({
    value: find.configured(column, "newest.wins.columns"),
    time: find.instant(timeColumn, "newest.wins.columns"),
  }));
  const seal = newest?.seal ?? null;
  const position = (newest?.position ?? []).map((name) => find.configured(name, "source.position.columns"));
  const reopened = seal === null ? null : find.instant(seal.reopenedAt, "erasure.columns");
  const sealed = seal === null ? null : find.instant(seal.sealedAt, "erasure.columns");
  if (seal !== null) find.present(seal.blockedAt, "erasure.columns");
  const fingerprint = fingerprints === null
    ? null
    : find.configured(fingerprints.column, "key.fingerprint.column");
  const values = [
    ...valuesAmong(fields.valueNames),
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
    reopened,
    sealed,
    fingerprint,
    refusal: find.refusal(columnNames(fields.valueNames, fields.keyNames, settings)),
    nullCell: keys[0]?.encode(null) ?? values[0]?.shape.encode(null) ?? "",
  };
  // A seal empties all columns that options name, whatever fields the record has.
  const open = [...table.columns.keys()].filter((name) => !table.closed.has(name));
  const all = valuesAmong(settings.whitelist.length > 0 ? settings.whitelist : open);
  const emptied = seal === null ? [] : all;
  find.conflictKey(fields.keyNames);
  const statements = statementPlans(parts, emptied, settings);
  return { ...parts, ...orderOf(parts, statements.write.columns, settings), ...statements };
}

/** Returns the record's fields that become columns, sorted by name. */
export function columnNames(
  names: readonly string[],
  keyNames: readonly string[],
  settings: SinkSettings,
): readonly string[] {
  const { whitelist, newest } = settings;
  const computed = computedColumns(settings);
  return names.filter((name) =>
    !computed.has(name) && !keyNames.includes(name) && name !== newest?.timeField &&
    (whitelist.length === 0 || whitelist.includes(name))
  ).toSorted();
}

/**
 * How far rows of the plan see each other. Inserts alone can go in any order: they violate the same constraints in
 * each. Updates, deletes and guarded writes find rows by a join, in PostgreSQL's order.
 */
function orderOf(
  { table: { rules }, keyNames, keys }: Parts,
  written: readonly PlannedColumn[],
  { insertMode, deletes, newest, egress }: SinkSettings,
): Pick<RowPlan, "order" | "folds" | "hasLooseKeys"> {
  const insertsOnly = insertMode === "insert" && !deletes;
  const hasLooseKeys = !keys.every(({ hasTextEquality }) => hasTextEquality);
  const isKey = (columns: readonly string[]) =>
    columns.length === keyNames.length && columns.every((name) => keyNames.includes(name));
  const hasOtherUnique = rules.hasOtherUnique ||
    rules.uniqueKeys?.some((columns) => !isKey(columns)) === true;
  const seesOthers = rules.order === "in_order" || (!insertsOnly && (hasLooseKeys || hasOtherUnique));
  const isJoined = insertMode === "update" || newest !== null;
  const order = rules.order === "one_by_one" || (seesOthers && isJoined)
    ? "one_by_one"
    : seesOthers
    ? "in_order"
    : "apart";
  const isWhole = insertMode === "update" ||
    rules.required.every((name) => written.some(({ shape }) => shape.name === name));
  // With a contract the connector's transformation has checked the values: checks of the table refuse none (ADR 93).
  const isJudged = egress !== null ||
    (!rules.hasChecks && written.every(({ shape }) => shape.takesEveryCell));
  const folds = order === "apart" && isWhole && isJudged;
  return { order, folds, hasLooseKeys };
}

function asValue(shape: ColumnShape): PlannedColumn {
  return { shape, role: "value" };
}

type Parts = Omit<RowPlan, "write" | "remove" | "seal" | "rekey" | "order" | "folds" | "hasLooseKeys">;

function statementPlans(
  parts: Parts,
  emptied: readonly PlannedColumn[],
  { newest, fingerprints }: SinkSettings,
): Pick<RowPlan, "write" | "remove" | "seal" | "rekey"> {
  const { table, keys, values, own, position, reopened, sealed, fingerprint } = parts;
  const as = (role: ColumnRole) => (shape: ColumnShape): PlannedColumn => ({ shape, role });
  const one = (shape: ColumnShape | null, role: ColumnRole) => shape === null ? [] : [{ shape, role }];
  const key = keys.map(as("key"));
  const marks = [...position.map(as("position")), ...one(fingerprint, "fingerprint")];
  const guard = newest === null ? null : guardOf(newest);
  const rekey = fingerprints?.rekey ?? null;
  const rekeyed = rekey === null ? {} : { function: rekey.function };
  const pairs = own.flatMap(({ value, time }) => [
    { shape: value, role: "own" as const, timeColumn: time.name },
    { shape: time, role: "own_time" as const },
  ]);
  return {
    write: {
      table,
      columns: [...key, ...values, ...pairs, ...one(reopened, "reopened"), ...marks],
      guard,
    },
    remove: { table, columns: key, guard },
    seal: {
      table,
      // Emptied columns must be known too: they come after those with cells.
      columns: [
        ...key,
        ...one(sealed, "sealed"),
        ...marks,
        ...emptied,
        ...values.filter(({ role }) => role === "time"),
        ...pairs,
        ...one(reopened, "reopened"),
      ],
      guard,
    },
    rekey: { table, columns: [...key, ...key, ...one(fingerprint, "fingerprint")], guard, ...rekeyed },
  };
}

function guardOf(newest: NewestWinsSettings): RowGuard {
  return { time: newest.timeField, position: newest.position, seal: newest.seal };
}

/** Columns that the sink fills itself, whatever fields of the same name a record has. */
function computedColumns({ newest, fingerprints, previousKeysField }: SinkSettings): ReadonlySet<string> {
  const seal = newest?.seal ?? null;
  return new Set([
    ...newest?.ownTimes.flatMap(({ column, timeColumn }) => [column, timeColumn]) ?? [],
    ...newest?.position ?? [],
    ...seal === null ? [] : [seal.sealedAt, seal.reopenedAt, seal.blockedAt],
    ...fingerprints === null ? [] : [fingerprints.column],
    ...previousKeysField === null ? [] : [previousKeysField],
  ]);
}
