/** From records to statements: which table, which columns, which rows. @module */

import { ConfigException, DataException } from "../../connect/api/exceptions.ts";
import type { SinkRecord } from "../../connect/api/record.ts";
import { Struct } from "../../connect/api/struct.ts";
import type { BadRecord } from "./bad_record.ts";
import type { RowsStatement, TableShape } from "./dialect.ts";
import { asFields, namesOf } from "./record_fields.ts";
import type { SinkSettings } from "./sink_settings.ts";
import { type RowOrder, TableBatch, tombstoneEffect } from "./table_batch.ts";
import { type TableName, tableNameOf, tableText } from "./table_name.ts";
import { planTable, type RowPlan } from "./table_plan.ts";

/** Most different sets of columns whose plans are kept for one table; schemaless data can have any number. */
const plansPerTableMax = 64;
const topicsMax = 10_000;

/** What became of a batch. */
export interface PlannedBatch {
  /** In the order in which they have to run. */
  readonly statements: readonly RowsStatement[];
  /** In the order of arrival; nothing of them is in the statements. */
  readonly bad: readonly BadRecord[];
  /** Tombstones that do nothing. */
  readonly tombstonesIgnored: number;
  /** Records whose event is older than rows are kept. */
  readonly tooOld: number;
}

/** What the planner works with. */
export interface BatchPlannerOptions {
  readonly settings: SinkSettings;
  readonly describe: (table: TableName) => Promise<TableShape>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Plans batches. It keeps plans and tables' names, never a record. */
export class BatchPlanner {
  readonly #options: BatchPlannerOptions;
  readonly #tableOfTopic = new Map<string, TableName>();
  readonly #plans = new WeakMap<TableShape, Map<string, RowPlan>>();

  constructor(options: BatchPlannerOptions) {
    this.#options = options;
  }

  /** Folds records into statements. Throws what `describe` throws, and ConfigException. */
  async plan(records: readonly SinkRecord[], order: RowOrder = "key"): Promise<PlannedBatch> {
    const { settings, now } = this.#options;
    const bad: BadRecord[] = [];
    const statements: RowsStatement[] = [];
    let tombstonesIgnored = 0;
    let tooOld = 0;
    for (const [table, group] of this.#byTable(records)) {
      const useful = group.filter((record) => !isIgnored(record, settings));
      tombstonesIgnored += group.length - useful.length;
      if (useful.length === 0) continue;
      const batch = new TableBatch(
        this.#planOf(await this.#options.describe(table), useful),
        settings,
        now(),
      );
      for (const record of useful) {
        try {
          batch.add(record);
        } catch (error) {
          if (!(error instanceof DataException)) throw error;
          bad.push({ record, error });
        }
      }
      statements.push(...batch.statements(order));
      tooOld += batch.tooOld;
    }
    return { statements, bad: inOrderOf(records, bad), tombstonesIgnored, tooOld };
  }

  tableOf(topic: string): TableName {
    const known = this.#tableOfTopic.get(topic);
    if (known !== undefined) return known;
    const table = tableNameOf(this.#options.settings.tableNameFormat, topic);
    if (this.#tableOfTopic.size >= topicsMax) this.#tableOfTopic.clear();
    this.#tableOfTopic.set(topic, table);
    return table;
  }

  #byTable(records: readonly SinkRecord[]): Iterable<readonly [TableName, readonly SinkRecord[]]> {
    const [first] = records;
    if (first !== undefined && records.every(({ topic }) => topic === first.topic)) {
      return [[this.tableOf(first.topic), records]];
    }
    const groups = new Map<string, readonly [TableName, SinkRecord[]]>();
    for (const record of records) {
      const table = this.tableOf(record.topic);
      const key = `${table.schema ?? ""}\0${table.name}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [table, [record]]);
      else group[1].push(record);
    }
    return groups.values();
  }

  #planOf(table: TableShape, records: readonly SinkRecord[]): RowPlan {
    const { settings } = this.#options;
    const fields = {
      keyNames: keyNamesOf(table, records, settings),
      valueNames: valueNamesOf(records, settings),
    };
    const plans = this.#plans.get(table) ?? new Map<string, RowPlan>();
    this.#plans.set(table, plans);
    const key = JSON.stringify([fields.keyNames, fields.valueNames]);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const plan = planTable(table, fields, settings);
    if (plans.size >= plansPerTableMax) plans.clear();
    plans.set(key, plan);
    return plan;
  }
}

function isIgnored(record: SinkRecord, settings: SinkSettings): boolean {
  return record.value === null && tombstoneEffect(record, settings) === "ignored";
}

/** Columns of the primary key: pk.fields, else all fields of the key or of the value's schema. */
function keyNamesOf(
  table: TableShape,
  records: readonly SinkRecord[],
  { keyFields, keyMode, insertMode, deletes }: SinkSettings,
): readonly string[] {
  if (keyFields.length > 0 || keyMode === "none") return keyFields;
  if (insertMode === "insert" && !deletes && keyMode === "record_value") return [];
  const parts = records.map(({ key, value }) => keyMode === "record_key" ? key : value);
  const fields = parts.map(asFields).find((part) => part !== null);
  const hasSchema = fields instanceof Struct;
  if (fields !== undefined && (hasSchema || keyMode === "record_key")) return namesOf(fields);
  throw new ConfigException(
    `Cannot write to table ${tableText(table.name)}: Expected pk.fields to name the primary key, ` +
      `since the records' ${keyMode === "record_key" ? "key has no fields" : "value has no schema"}`,
  );
}

function valueNamesOf(records: readonly SinkRecord[], { whitelist }: SinkSettings): readonly string[] {
  const allowed = whitelist.length === 0 ? null : new Set(whitelist);
  const names = new Set<string>();
  let known: unknown;
  for (const { value } of records) {
    const fields = asFields(value);
    if (fields === null) continue;
    if (fields instanceof Struct) {
      if (fields.schema === known) continue;
      known = fields.schema;
    } else if (allowed !== null) return [...allowed].sort();
    for (const name of namesOf(fields)) if (allowed === null || allowed.has(name)) names.add(name);
  }
  return [...names].sort();
}

/** Several tables may have found theirs one after the other. */
function inOrderOf(records: readonly SinkRecord[], bad: readonly BadRecord[]): readonly BadRecord[] {
  if (bad.length < 2) return bad;
  const position = new Map(records.map((record, index) => [record, index]));
  return bad.toSorted((a, b) => (position.get(a.record) ?? 0) - (position.get(b.record) ?? 0));
}
