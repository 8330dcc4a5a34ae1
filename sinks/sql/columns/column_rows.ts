/**
 * The rows of a batch in columns: for each record the spans of all columns that its statement writes.
 *
 * A record whose spans can't all be sent as they are goes through `BatchPlanner`, and its cells become spans.
 *
 * @module
 */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { SinkRecord } from "../../../connect/api/record.ts";
import { type ColumnBatch, SPAN_NUMBERS, SpanKind } from "../../../connect/api/spans.ts";
import type { BadRecord } from "../isolate/bad_record.ts";
import { retentionCutoffMs } from "../options/retention.ts";
import type { SinkSettings } from "../options/sink_settings.ts";
import type { BatchPlanner } from "../plan/batch_planner.ts";
import { statementCells } from "../plan/row_maker.ts";
import type { RowChange } from "../plan/table_row.ts";
import { CellProblem } from "../sql_failure.ts";
import { ColumnMemory, roomFor } from "./column_memory.ts";
import { type ColumnPlan, type ColumnPlans, Source } from "./column_plan.ts";
import { isKeySpan } from "./key_rule.ts";
import { OriginSpans, putCell } from "./origin_spans.ts";
import { readSpanTime, spanMicros } from "./span_time.ts";

/** Records for which there is room at first; it grows. */
const recordsFirst = 1024;
const upper = 2 ** 32;

interface ColumnRowsOptions {
  readonly settings: SinkSettings;
  readonly planner: Pick<BatchPlanner, "plan">;
  readonly now: () => number;
  /** Whether a record is done, as it was reported before. */
  readonly isSettled: (record: SinkRecord) => boolean;
}

/** The rows of one batch after another, each numbered as its record. */
export class ColumnRows {
  readonly memory = new ColumnMemory();
  /** Spans of all rows; a row's begin at its `at`. */
  cells = new Int32Array(16 * recordsFirst);
  /** Times of newest wins, microseconds since 1970. */
  micros = new Float64Array(recordsFirst);
  /** When the row was reopened; NaN = it wasn't. */
  reopened = new Float64Array(recordsFirst);
  bad: readonly BadRecord[] = [];
  /** How many records went by objects. */
  objects = 0;
  tombstonesIgnored = 0;
  tooOld = 0;
  readonly #options: ColumnRowsOptions;
  /** Plan of each record's row; -1 = it has none. */
  #planOf = new Int32Array(recordsFirst);
  #atOf = new Int32Array(recordsFirst);
  #length = 0;
  #batch: ColumnBatch | undefined;
  #plans: ColumnPlans | undefined;
  readonly #constants: OriginSpans;
  /** Changes of the records that went by objects. */
  readonly #changes = new Map<number, RowChange>();

  constructor(options: ColumnRowsOptions) {
    this.#options = options;
    this.#constants = new OriginSpans(options.settings, this.memory);
  }

  /**
   * Makes the rows of a batch. Records that can't be rows are in `bad` afterwards.
   *
   * @returns false if the batch must go by objects
   */
  async read(batch: ColumnBatch, plans: ColumnPlans): Promise<boolean> {
    try {
      const objects = this.#begin(batch, plans);
      this.objects = objects?.length ?? 0;
      return objects !== null && (objects.length === 0 || await this.#addObjects(objects));
    } catch (error) {
      // `put` reads the tables again, or fails as it always has.
      if (error instanceof ConfigException || error instanceof CellProblem) return false;
      throw error;
    }
  }

  /** Lets go of the batch. */
  end(): void {
    this.#batch = this.#plans = undefined;
    this.#constants.clear();
    this.#changes.clear();
    this.bad = [];
    this.memory.end();
  }

  get batch(): ColumnBatch {
    if (this.#batch === undefined) throw new Error("Cannot read rows: there is no batch");
    return this.#batch;
  }

  get plans(): ColumnPlans {
    if (this.#plans === undefined) throw new Error("Cannot read rows: there is no batch");
    return this.#plans;
  }

  /** Returns the plan of a record's row; null if it has no row. */
  planOf(record: number): ColumnPlan | null {
    const index = this.#planOf[record]!;
    return index < 0 ? null : this.#plans!.all[index]!;
  }

  /** Where a row's spans begin in `cells`. */
  at(record: number): number {
    return this.#atOf[record]!;
  }

  /** Returns the change of a record that went by objects. */
  changeOf(record: number): RowChange | undefined {
    return this.#changes.get(record);
  }

  /** Reads the spans. Returns the records that must go by objects; null if the whole batch must. */
  #begin(batch: ColumnBatch, plans: ColumnPlans): number[] | null {
    const { count } = batch;
    this.end();
    [this.#batch, this.#plans] = [batch, plans];
    plans.begin();
    this.memory.begin(batch.sources);
    this.micros = roomFor(this.micros, count);
    this.reopened = roomFor(this.reopened, count);
    this.#planOf = roomFor(this.#planOf, count);
    this.#atOf = roomFor(this.#atOf, count);
    this.#length = this.tombstonesIgnored = this.tooOld = 0;
    const width = batch.columns.length * SPAN_NUMBERS;
    const oldest = this.#oldestMicros();
    const objects: number[] = [];
    for (let record = 0; record < count; record++) {
      this.#planOf[record] = -1;
      const plan = batch.isObject(record) ? "by objects" : plans.planAt(batch.spans, record * width);
      if (plan === "declined") return null;
      if (plan === "by objects" || !this.#add(plan, record, record * width)) objects.push(record);
      else if (this.micros[record]! < oldest) {
        this.#planOf[record] = -1;
        this.tooOld += 1;
      }
    }
    return objects;
  }

  #oldestMicros(): number {
    const { settings, now } = this.#options;
    return (retentionCutoffMs(settings, now()) ?? Number.NEGATIVE_INFINITY) * 1000;
  }

  /** Adds the row of a record with spans. Returns false if the record must go by objects. */
  #add(plan: ColumnPlan, record: number, spansAt: number): boolean {
    const { spans } = this.batch;
    const { roles } = this.#plans!;
    for (let index = 0; index < roles.previous.length; index++) {
      const kind = spans[spansAt + roles.previous[index]! * SPAN_NUMBERS]! & 0xff;
      if (kind > SpanKind.null) return false;
    }
    if (plan.rows.time === null) this.micros[record] = 0;
    else if (!this.#readTimes(record, spansAt)) return false;
    const { from, forms, keyRules } = plan;
    const at = this.#room(from.length);
    const constants = this.#constants.of(plan, this.batch.originOf(record));
    const { cells } = this;
    for (let column = 0, to = at; column < from.length; column++, to += SPAN_NUMBERS) {
      const source = from[column]!;
      if (source >= 0) copySpan(spans, spansAt + source * SPAN_NUMBERS, cells, to);
      else if (source >= Source.reopened) this.#putTime(source, record, to);
      else if (source === Source.offset) putInteger(cells, to, SpanKind.int64, this.batch.offsetOf(record));
      else {
        copySpan(constants, column * SPAN_NUMBERS, cells, to);
        continue;
      }
      const kind = cells[to]! & 0xff;
      if (kind <= SpanKind.null) {
        if (column < plan.rows.keys.length) return false;
        cells[to] = SpanKind.null;
        continue;
      }
      const bytes = this.memory.of(cells[to]! >> 8);
      if (!forms[column]!.takes(bytes, kind, cells[to + 1]!, cells[to + 2]!)) return false;
      if (
        column < keyRules.length && !isKeySpan(keyRules[column]!, bytes, kind, cells[to + 1]!, cells[to + 2]!)
      ) {
        return false;
      }
    }
    this.#keep(plan, record, at);
    return true;
  }

  /** Reads the times that newest wins compares. Returns false if they aren't plain. */
  #readTimes(record: number, spansAt: number): boolean {
    const { time, reopened } = this.#plans!.roles;
    if (time < 0 || !this.#readTime(spansAt + time * SPAN_NUMBERS)) return false;
    this.micros[record] = spanMicros[0]!;
    this.reopened[record] = NaN;
    if (reopened < 0) return true;
    const at = spansAt + reopened * SPAN_NUMBERS;
    if ((this.batch.spans[at]! & 0xff) <= SpanKind.null) return true;
    if (!this.#readTime(at)) return false;
    this.reopened[record] = spanMicros[0]!;
    return true;
  }

  #readTime(at: number): boolean {
    const { spans } = this.batch;
    return readSpanTime(this.memory.of(spans[at]! >> 8), spans[at]! & 0xff, spans[at + 1]!, spans[at + 2]!);
  }

  /** @param source one of the sources of times, or null */
  #putTime(source: number, record: number, to: number): void {
    const { cells } = this;
    const micros = source === Source.reopened ? this.reopened[record]! : this.micros[record]!;
    const isNull = source === Source.null || Number.isNaN(micros) ||
      (source === Source.ownTime && (cells[to - SPAN_NUMBERS]! & 0xff) <= SpanKind.null);
    if (isNull) cells[to] = SpanKind.null;
    else putInteger(cells, to, SpanKind.instant, micros);
  }

  /** Returns where the next row begins. */
  #room(columns: number): number {
    this.cells = roomFor(this.cells, this.#length + columns * SPAN_NUMBERS);
    return this.#length;
  }

  #keep(plan: ColumnPlan, record: number, at: number): void {
    this.#planOf[record] = plan.index;
    this.#atOf[record] = at;
    this.#length = at + plan.from.length * SPAN_NUMBERS;
  }

  /** Plans records as `put` does. Returns false if a change isn't a write like the others. */
  async #addObjects(objects: readonly number[]): Promise<boolean> {
    const { settings, planner, isSettled } = this.#options;
    const places = new Map<SinkRecord, number>();
    for (const index of objects) {
      const record = this.batch.record(index);
      if (record.topic !== record.origin.topic) return false; // perhaps another table
      if (!isSettled(record)) places.set(record, index);
    }
    const planned = await planner.plan([...places.keys()]);
    this.bad = planned.bad;
    this.tombstonesIgnored += planned.tombstonesIgnored;
    this.tooOld += planned.tooOld;
    for (const change of planned.changes) {
      const index = places.get(change.record);
      if (index === undefined || change.kind !== settings.insertMode) return false;
      if (!this.#addChange(change, index)) return false;
    }
    return true;
  }

  #addChange(change: RowChange, record: number): boolean {
    const { settings } = this.#options;
    const plan = this.#plans!.planFor(change.plan);
    if (typeof plan === "string") return false;
    const at = this.#room(plan.from.length);
    const { cells, memory } = this;
    const row = statementCells(change, settings)(change);
    for (let column = 0; column < row.length; column++) {
      const to = at + column * SPAN_NUMBERS;
      putCell(plan, column, row[column] ?? plan.rows.nullCell, { spans: cells, at: to, memory });
      const rule = plan.keyRules[column];
      const [kind, bytes] = [cells[to]! & 0xff, memory.of(cells[to]! >> 8)];
      if (rule !== undefined && !isKeySpan(rule, bytes, kind, cells[to + 1]!, cells[to + 2]!)) return false;
    }
    this.micros[record] = change.timing?.micros ?? 0;
    this.reopened[record] = change.timing?.reopened?.micros ?? NaN;
    this.#changes.set(record, change);
    this.#keep(plan, record, at);
    return true;
  }
}

function copySpan(from: Int32Array, at: number, into: Int32Array, to: number): void {
  into[to] = from[at]!;
  into[to + 1] = from[at + 1]!;
  into[to + 2] = from[at + 2]!;
}

/** Puts an integer of 64 bits as its upper and lower half. */
function putInteger(cells: Int32Array, to: number, kind: number, value: number): void {
  cells[to] = kind;
  cells[to + 1] = Math.floor(value / upper);
  cells[to + 2] = value | 0;
}
