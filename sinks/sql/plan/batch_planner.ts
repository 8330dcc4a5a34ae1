/** Turns records into changes of rows: the table, the columns, the row. @module */

import { ConfigException, DataException } from "../../../connect/api/exceptions.ts";
import type { SinkRecord } from "../../../connect/api/record.ts";
import { type ConnectValue, type Schema, Struct } from "../../../connect/api/schema.ts";
import { type BadRecord, badRecord } from "../isolate/bad_record.ts";
import type { TableShape } from "../dialect.ts";
import { asFields, fieldOf, type Fields, kindOf, namesOf } from "./record_fields.ts";
import { retentionCutoffMs } from "../options/retention.ts";
import { RowMaker } from "./row_maker.ts";
import type { SinkSettings } from "../options/sink_settings.ts";
import { type TableName, tableNameOf, tableText } from "./table_name.ts";
import { columnNames, planTable, type RowPlan } from "./table_plan.ts";
import type { RowChange } from "./table_row.ts";

/** Most column sets whose plans are kept for one table; schemaless data can have any number. */
const plansPerTableMax = 100;
const topicsMax = 10_000;

export interface PlannedBatch {
  /** In the order of arrival. */
  readonly changes: readonly RowChange[];
  /** In the order of arrival; none of their changes is in `changes`. */
  readonly bad: readonly BadRecord[];
  /** Tombstones that change nothing. */
  readonly tombstonesIgnored: number;
  /** Records whose event is older than the retention. */
  readonly tooOld: number;
}

interface BatchPlannerOptions {
  readonly settings: SinkSettings;
  readonly describe: (table: TableName) => Promise<TableShape>;
  readonly now: () => number;
}

/** Plans batches. It caches plans and table names, never records. */
export class BatchPlanner {
  readonly #options: BatchPlannerOptions;
  readonly #tableOfTopic = new Map<string, TableName>();
  readonly #plans = new WeakMap<TableShape, Map<string, RowPlan>>();

  constructor(options: BatchPlannerOptions) {
    this.#options = options;
  }

  /** Returns the changes for records. Throws the errors of `describe`, and ConfigException. */
  async plan(records: readonly SinkRecord[]): Promise<PlannedBatch> {
    const { settings, now } = this.#options;
    const useful = records.filter((record) =>
      record.value !== null || tombstoneKind(record, settings) !== null
    );
    const batch = new Batch(await this.#tablesOf(useful), settings, now());
    const bad: BadRecord[] = [];
    for (const record of useful) {
      try {
        batch.add(record);
      } catch (error) {
        if (!(error instanceof DataException)) throw error;
        bad.push({ record, error });
      }
    }
    return {
      changes: batch.changes,
      bad,
      tombstonesIgnored: records.length - useful.length,
      tooOld: batch.tooOld,
    };
  }

  /** Returns the table of a topic's records, by `table.name.format`. */
  tableOf(topic: string): TableName {
    const known = this.#tableOfTopic.get(topic);
    if (known !== undefined) return known;
    const table = tableNameOf(this.#options.settings.tableNameFormat, topic);
    if (this.#tableOfTopic.size >= topicsMax) this.#tableOfTopic.clear();
    this.#tableOfTopic.set(topic, table);
    return table;
  }

  /** Returns the tables of records, each once. */
  tablesOf(records: readonly SinkRecord[]): readonly TableName[] {
    const tables = [...new Set(records.map(({ topic }) => topic))].map((topic) => this.tableOf(topic));
    return [...new Map(tables.map((table) => [`${table.schema ?? ""}\0${table.name}`, table])).values()];
  }

  /**
   * Returns the plan for records whose values have these fields, if options name the key.
   *
   * @throws ConfigException if a column doesn't exist or may not be written
   */
  planOf(shape: TableShape, names: readonly string[]): RowPlan {
    const { settings } = this.#options;
    return planIn(this.#knownOf(shape), { shape, names, keyNames: settings.keyFields }, settings);
  }

  #knownOf(shape: TableShape): Map<string, RowPlan> {
    const known = this.#plans.get(shape) ?? new Map<string, RowPlan>();
    this.#plans.set(shape, known);
    return known;
  }

  async #tablesOf(records: readonly SinkRecord[]): Promise<ReadonlyMap<string, TablePlans>> {
    const plans = new Map<string, TablePlans>();
    const ofShape = new Map<TableShape, TablePlans>();
    for (const topic of new Set(records.map(({ topic }) => topic))) {
      const shape = await this.#options.describe(this.tableOf(topic));
      const own = ofShape.get(shape) ?? new TablePlans(shape, this.#options.settings, this.#knownOf(shape));
      ofShape.set(shape, own);
      plans.set(topic, own);
    }
    return plans;
  }
}

class Batch {
  readonly changes: RowChange[] = [];
  tooOld = 0;
  readonly #plans: ReadonlyMap<string, TablePlans>;
  readonly #settings: SinkSettings;
  readonly #nowMs: number;
  readonly #makers = new Map<RowPlan, RowMaker>();
  /** Microseconds since 1970; older events aren't written. */
  readonly #oldestMicros: number;
  #plan: RowPlan | undefined;
  #maker: RowMaker | undefined;

  /** @param nowMs latest time of a seal, and the time of records without a timestamp */
  constructor(plans: ReadonlyMap<string, TablePlans>, settings: SinkSettings, nowMs: number) {
    this.#plans = plans;
    this.#settings = settings;
    this.#nowMs = nowMs;
    this.#oldestMicros = (retentionCutoffMs(settings, nowMs) ?? Number.NEGATIVE_INFINITY) * 1000;
  }

  /** Adds a record. If it throws, the batch is unchanged. */
  add(record: SinkRecord): void {
    const plans = this.#plans.get(record.topic);
    if (plans === undefined) throw new Error("Cannot plan a record: its topic has no table");
    const fields = fieldsOf(record);
    const maker = this.#makerOf(plans.planOf(record, fields));
    const kind = fields === null ? tombstoneKind(record, this.#settings) : null;
    const change = fields === null ? maker.remove(record, kind ?? "delete") : maker.write(record, fields);
    const isTooOld = change.timing !== null && change.timing.micros < this.#oldestMicros;
    if (isTooOld) this.tooOld += 1;
    else this.changes.push(...this.#settings.previousKeysField === null ? [] : maker.rekeys(change), change);
  }

  #makerOf(plan: RowPlan): RowMaker {
    if (plan === this.#plan && this.#maker !== undefined) return this.#maker;
    const maker = this.#makers.get(plan) ?? new RowMaker(plan, this.#settings, this.#nowMs);
    this.#makers.set(plan, maker);
    [this.#plan, this.#maker] = [plan, maker];
    return maker;
  }
}

/** The plans of one table, by the fields of its records. */
class TablePlans {
  readonly #shape: TableShape;
  readonly #settings: SinkSettings;
  readonly #known: Map<string, RowPlan>;
  readonly #ofSchema = new Map<Schema, RowPlan>();
  readonly #ofNames = new Map<string, RowPlan>();
  /** The previous record's fields, and its plan. */
  #names: readonly string[] | undefined;
  #plan: RowPlan | undefined;

  constructor(shape: TableShape, settings: SinkSettings, known: Map<string, RowPlan>) {
    this.#shape = shape;
    this.#settings = settings;
    this.#known = known;
  }

  /** @param fields of the value, null for a tombstone */
  planOf(record: SinkRecord, fields: Fields | null): RowPlan {
    const { keyFields, keyMode, unavailableText } = this.#settings;
    // The record's own key gives names only if no option does.
    const isKeyFixed = keyFields.length > 0 || keyMode === "none";
    if (!isKeyFixed || unavailableText !== null) return this.#find(record, this.#presentNames(fields));
    if (fields instanceof Struct) {
      const known = this.#ofSchema.get(fields.schema) ?? this.#find(record, namesOf(fields));
      this.#ofSchema.set(fields.schema, known);
      return known;
    }
    const names = this.#presentNames(fields);
    if (this.#plan !== undefined && this.#names !== undefined && isSame(names, this.#names)) {
      return this.#plan;
    }
    const text = JSON.stringify(names);
    const plan = this.#ofNames.get(text) ?? this.#find(record, names);
    this.#ofNames.set(text, plan);
    [this.#names, this.#plan] = [names, plan];
    return plan;
  }

  #presentNames(fields: Fields | null): readonly string[] {
    const { unavailableText } = this.#settings;
    if (fields === null) return [];
    const names = namesOf(fields);
    return unavailableText === null
      ? names
      : names.filter((name) => !isUnavailable(fieldOf(fields, name), unavailableText));
  }

  #find(record: SinkRecord, names: readonly string[]): RowPlan {
    const keyNames = keyNamesOf(this.#shape, record, this.#settings);
    return planIn(this.#known, { shape: this.#shape, names, keyNames }, this.#settings);
  }
}

interface PlanFields {
  readonly shape: TableShape;
  /** Of the values. */
  readonly names: readonly string[];
  readonly keyNames: readonly string[];
}

/** Plans, unless that is done. */
function planIn(
  plans: Map<string, RowPlan>,
  { shape, names, keyNames }: PlanFields,
  settings: SinkSettings,
): RowPlan {
  const valueNames = columnNames(names, keyNames, settings);
  const key = JSON.stringify([keyNames, valueNames]);
  const known = plans.get(key);
  if (known !== undefined) return known;
  const plan = planTable(shape, { keyNames, valueNames }, settings);
  if (plans.size >= plansPerTableMax) plans.clear();
  plans.set(key, plan);
  return plan;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** The value's fields, null for a tombstone. */
function fieldsOf(record: SinkRecord): Fields | null {
  if (record.value === null) return null;
  const fields = asFields(record.value);
  if (fields !== null) return fields;
  throw badRecord(record, { rule: "value_not_object", expected: "an object", found: kindOf(record.value) });
}

/** What a tombstone does, by its topic as consumed; null if nothing. */
function tombstoneKind(record: SinkRecord, settings: SinkSettings): "delete" | "seal" | null {
  if (settings.newest?.seal?.topics.has(record.origin.topic) === true) return "seal";
  return settings.deletes ? "delete" : null;
}

/** Columns of the primary key: pk.fields, else all fields of the key or of the value's schema. */
function keyNamesOf(
  table: TableShape,
  { key, value }: SinkRecord,
  { keyFields, keyMode, insertMode, deletes }: SinkSettings,
): readonly string[] {
  if (keyFields.length > 0 || keyMode === "none") return keyFields;
  if (insertMode === "insert" && !deletes && keyMode === "record_value") return [];
  const fields = asFields(keyMode === "record_key" ? key : value);
  if (fields !== null && (fields instanceof Struct || keyMode === "record_key")) return namesOf(fields);
  throw new ConfigException(
    `Cannot write to table ${tableText(table.name)}: Expected pk.fields to name the primary key, ` +
      `since the records' ${keyMode === "record_key" ? "key has no fields" : "value has no schema"}`,
  );
}

/** Whether the value is the unavailable text: as text, as its bytes, or in a list or map of nothing else. */
function isUnavailable(value: ConnectValue, text: string): boolean {
  if (typeof value === "string") return value === text;
  if (value instanceof Uint8Array) return value.length > 0 && new TextDecoder().decode(value) === text;
  if (Array.isArray(value)) {
    return (value.length === 1 && isUnavailable(value[0] ?? null, text)) || isBytesOf(value, text);
  }
  const names = value instanceof Map ? [...value.keys()] : value instanceof Struct ? [] : namesIn(value);
  return names.length === 1 && names[0] === text;
}

/** Debezium gives lists of numbers the bytes of that text. */
function isBytesOf(list: readonly ConnectValue[], text: string): boolean {
  return list.length === text.length && list.every((item, index) => Number(item) === text.charCodeAt(index));
}

function namesIn(value: ConnectValue): readonly string[] {
  const fields = asFields(value);
  return fields === null ? [] : namesOf(fields);
}
