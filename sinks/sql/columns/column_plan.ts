/** Plans for the records of a batch in columns: from which of its columns each written column comes. @module */

import { SPAN_NUMBERS, type SpanColumn, SpanKind } from "../../../connect/api/spans.ts";
import type { TableShape } from "../dialect.ts";
import type { SpanDialect, SpanForm } from "../span_dialect.ts";
import type { SinkSettings } from "../options/sink_settings.ts";
import type { BatchPlanner } from "../plan/batch_planner.ts";
import { columnNames, type RowPlan } from "../plan/table_plan.ts";
import { type KeyRule, keyRuleOf } from "./key_rule.ts";

/** What fills a written column, if no column of the batch does. */
export const Source = {
  null: -1,
  time: -2,
  /** The time, if the column before isn't null. */
  ownTime: -3,
  reopened: -4,
  topic: -5,
  partition: -6,
  offset: -7,
  fingerprint: -8,
} as const;

/** How rows are made of the records that have the same fields. */
export interface ColumnPlan {
  /** Its place among the plans. */
  readonly index: number;
  readonly rows: RowPlan;
  /** Of each written column: a column of the batch, or a {@link Source}. */
  readonly from: Int32Array;
  readonly forms: readonly SpanForm[];
  /** Of the key columns, which come first; empty if keys don't matter. */
  readonly keyRules: readonly KeyRule[];
  /** Key and value columns, which `isSurelyTaken` looks at. */
  readonly judged: number;
  /** Where the columns with own times begin: pairs of value and time. */
  readonly ownAt: number;
  /** The column of `reopened`; -1 = none. */
  readonly reopenedAt: number;
  /** Whether a null in the column of this place isn't surely taken. */
  readonly refusesNull: readonly boolean[];
}

/**
 * A plan; or `by objects` if records with these fields are bad, each of them; or `declined` if batches with such records
 * can't be written in columns.
 */
type PlanVerdict = ColumnPlan | "by objects" | "declined";

/** The columns of a batch that are read for other reasons than to be copied; -1 = there is none. */
interface RolesOfColumns {
  readonly time: number;
  readonly reopened: number;
  /** Of former keys: only objects know what to do with them. */
  readonly previous: readonly number[];
}

/** As many bits as two integers have. */
const columnsMax = 60;
const bitsOfInteger = 30;

interface PlansOptions {
  readonly settings: SinkSettings;
  readonly planner: Pick<BatchPlanner, "planOf">;
  readonly spans: SpanDialect;
}

/** The plans for one table and one set of columns, by the fields that records have. */
export class ColumnPlans {
  readonly roles: RolesOfColumns;
  readonly all: ColumnPlan[] = [];
  readonly #table: TableShape;
  readonly #columns: readonly SpanColumn[];
  readonly #options: PlansOptions;
  readonly #known = new Map<RowPlan, PlanVerdict>();
  /** Value columns that can be written, by their place. */
  readonly #candidates: Int32Array;
  /** Sets of fields, two numbers each, and their plans. */
  readonly #masks: number[] = [];
  readonly #verdicts: PlanVerdict[] = [];
  #last = 0;

  constructor(table: TableShape, columns: readonly SpanColumn[], options: PlansOptions) {
    this.#table = table;
    this.#columns = columns;
    this.#options = options;
    const { newest, keyFields, previousKeysField } = options.settings;
    const isWritten = ({ part, name }: SpanColumn) =>
      part === "value" && name !== null && columnNames([name], keyFields, options.settings).length > 0;
    this.#candidates = Int32Array.from(columns.flatMap((one, index) => isWritten(one) ? [index] : []));
    this.roles = {
      time: this.#find("value", newest?.timeField),
      reopened: this.#find("value", newest?.seal?.reopenedAt),
      previous: [
        this.#find("key", previousKeysField ?? undefined),
        this.#find("value", previousKeysField ?? undefined),
      ]
        .filter((index) => index >= 0),
    };
  }

  /** Starts a batch. Plans of batches before may be forgotten. */
  begin(): void {
    if (this.#verdicts.length + this.all.length <= plansMax) return;
    this.#known.clear();
    this.#masks.length = this.#verdicts.length = this.all.length = 0;
  }

  /** Returns the plan for the record whose spans begin there. */
  planAt(spans: Int32Array, at: number): PlanVerdict {
    if (this.#candidates.length > columnsMax) return "declined";
    const [low, high] = [this.#mask(spans, at, 0), this.#mask(spans, at, bitsOfInteger)];
    const masks = this.#masks;
    if (masks[2 * this.#last] === low && masks[2 * this.#last + 1] === high) {
      return this.#verdicts[this.#last]!;
    }
    for (let index = 0; index < this.#verdicts.length; index++) {
      if (masks[2 * index] !== low || masks[2 * index + 1] !== high) continue;
      this.#last = index;
      return this.#verdicts[index]!;
    }
    return this.#add(low, high);
  }

  /** Returns the plan for a row that was made of an object. */
  planFor(rows: RowPlan): PlanVerdict {
    let known = this.#known.get(rows);
    if (known === undefined) this.#known.set(rows, known = this.#verdictOn(rows));
    return known;
  }

  /** Which of the candidates a record has. */
  #mask(spans: Int32Array, at: number, from: number): number {
    const candidates = this.#candidates;
    const to = Math.min(from + bitsOfInteger, candidates.length);
    let mask = 0;
    for (let index = from; index < to; index++) {
      const kind = spans[at + candidates[index]! * SPAN_NUMBERS]! & 0xff;
      if (kind !== SpanKind.absent) mask |= 1 << index - from;
    }
    return mask;
  }

  #add(low: number, high: number): PlanVerdict {
    const names: string[] = [];
    this.#candidates.forEach((column, index) => {
      const mask = index < bitsOfInteger ? low : high;
      const name = this.#columns[column]?.name ?? null;
      if (name !== null && (mask >> index % bitsOfInteger & 1) === 1) names.push(name);
    });
    const verdict = this.planFor(this.#options.planner.planOf(this.#table, names));
    this.#last = this.#verdicts.length;
    this.#masks.push(low, high);
    this.#verdicts.push(verdict);
    return verdict;
  }

  #verdictOn(rows: RowPlan): PlanVerdict {
    const { spans, settings } = this.#options;
    const { columns } = rows.write;
    if (rows.refusal !== null || columns.length === 0) return "by objects";
    const forms = columns.flatMap(({ shape }) => spans.formOf(shape) ?? []);
    const isInserted = settings.insertMode === "insert" && !settings.deletes;
    const keyRules = isInserted ? [] : rows.keys.map(keyRuleOf);
    const areKeysPlain = isInserted || (!rows.hasLooseKeys && keyRules.every(({ kinds }) => kinds !== 0));
    const isApart = rows.order === "apart" && areKeysPlain;
    if (!isApart || forms.length < columns.length) return "declined";
    const from = this.#sourcesOf(rows);
    if (from === null) return "declined";
    const ownAt = rows.keys.length + rows.values.length;
    const plan: ColumnPlan = {
      ...{ index: this.all.length, rows, from, forms, keyRules, ownAt, judged: ownAt },
      reopenedAt: columns.findIndex(({ role }) => role === "reopened"),
      refusesNull: columns.map(({ shape }) => !shape.isNullable),
    };
    this.all.push(plan);
    return plan;
  }

  /** Null if a column of the key isn't in the batch. */
  #sourcesOf({ write: { columns }, keys }: RowPlan): Int32Array | null {
    const { keyMode } = this.#options.settings;
    const keySources = keys.map(({ name }, index) => {
      if (keyMode === "kafka") return [Source.topic, Source.partition, Source.offset][index] ?? Source.null;
      if (keyMode === "record_value") return this.#find("value", name);
      const own = this.#find("key", name);
      return own < 0 && index === 0 ? this.#columns.findIndex(isWholeKey) : own;
    });
    if (keyMode !== "kafka" && keySources.some((source) => source < 0)) return null;
    const positions: number[] = [Source.topic, Source.partition, Source.offset];
    return Int32Array.from(columns.map(({ shape: { name }, role }, index) => {
      switch (role) {
        case "key":
          return keySources[index] ?? Source.null;
        case "time":
          return Source.time;
        case "own_time":
          return Source.ownTime;
        case "reopened":
          return Source.reopened;
        case "position":
          return positions.shift() ?? Source.null;
        case "fingerprint":
          return Source.fingerprint;
        default: // a field; without one its own value is null
          return this.#find("value", name);
      }
    }));
  }

  #find(part: SpanColumn["part"], wanted: string | undefined): number {
    if (wanted === undefined) return -1;
    return this.#columns.findIndex((column) => column.part === part && column.name === wanted);
  }
}

/** Most plans that are kept for the next batch; schemaless data can have any number of sets of fields. */
const plansMax = 200;

function isWholeKey({ part, name }: SpanColumn): boolean {
  return part === "key" && name === null;
}
