/**
 * Turns rows of spans into statements, as `StatementOrder` does with changes of rows that don't see each other: the
 * first change of each key, then the second of each; and changes of one key become one where that is the same.
 *
 * @module
 */

import { SPAN_NUMBERS, SpanKind } from "../../../connect/api/spans.ts";
import type { SpanStatement } from "../span_dialect.ts";
import type { SinkSettings } from "../options/sink_settings.ts";
import { asFields } from "../plan/record_fields.ts";
import { RowMaker } from "../plan/row_maker.ts";
import { cellLengthMax, isSurelyTaken } from "../plan/statement_order.ts";
import { roomFor } from "./column_memory.ts";
import type { ColumnPlan } from "./column_plan.ts";
import type { ColumnRows } from "./column_rows.ts";
import { KeyTable } from "./key_table.ts";
import { NewestFold } from "./newest_fold.ts";
import { putKey } from "./row_key.ts";

/** Rows for which there is room at first; it grows. */
const rowsFirst = 1024;
/** A byte becomes at most this many characters of a cell, and at least a third of one. */
const charactersOfByteMax = 7;
const bytesOfCharacterMax = 3;

/** Makes the statements of one batch after another. */
export class RowRounds {
  readonly #settings: SinkSettings;
  readonly #rows: ColumnRows;
  readonly #keys: KeyTable;
  readonly #newest: NewestFold | null;
  /** Round of each record's row; -1 = it has none, or another row does what it would do. */
  #roundOf = new Int32Array(rowsFirst);
  /** Rows in the order of the statements. */
  #order = new Int32Array(rowsFirst);
  #grouped = new Int32Array(rowsFirst);
  /** Of each plan: how many others have come before it in the batch; -1 = it hasn't come. */
  #ranks = new Int32Array(16);
  /** Where the rows of each round and plan begin. */
  #groups = new Int32Array(16);
  #rounds = 0;
  #out = new Int32Array(16 * rowsFirst);

  constructor(settings: SinkSettings, rows: ColumnRows) {
    this.#settings = settings;
    this.#rows = rows;
    this.#keys = new KeyTable(rows.memory);
    this.#newest = settings.newest === null ? null : new NewestFold(settings.newest, rows);
  }

  /** Returns the statements for the rows, in the order in which they must run. They are valid until the next call. */
  statements(): readonly SpanStatement[] {
    const { count } = this.#rows.batch;
    this.#roundOf = roomFor(this.#roundOf, count);
    this.#order = roomFor(this.#order, count);
    this.#grouped = roomFor(this.#grouped, count);
    const { insertMode, deletes } = this.#settings;
    const isInOrder = insertMode === "insert" && !deletes;
    if (isInOrder) this.#placeAll(count);
    else this.#placeByKeys(count);
    const kept = this.#kept(count);
    if (!isInOrder) this.#keys.sort(this.#order, kept);
    return this.#statementsOf(kept);
  }

  /** Inserts violate the same constraints in each order. */
  #placeAll(count: number): void {
    for (let row = 0; row < count; row++) this.#roundOf[row] = this.#rows.planOf(row) === null ? -1 : 0;
    this.#rounds = 1;
  }

  #placeByKeys(count: number): void {
    const rows = this.#rows;
    const keys = this.#keys;
    keys.begin(count);
    this.#newest?.begin(count);
    this.#rounds = 1;
    for (let row = 0; row < count; row++) {
      this.#roundOf[row] = -1;
      const plan = rows.planOf(row);
      if (plan === null) continue;
      putKey(keys, rows, plan, row);
      this.#newest?.add(row, plan);
      const waiting = keys.put(row);
      if (waiting < 0) this.#roundOf[row] = 0;
      else this.#placeAfter(waiting, row);
    }
  }

  #placeAfter(waiting: number, next: number): void {
    const round = this.#roundOf[waiting]!;
    const kept = this.#fold(waiting, next);
    if (kept < 0) {
      this.#roundOf[next] = round + 1;
      this.#rounds = Math.max(this.#rounds, round + 2);
      return;
    }
    this.#roundOf[waiting] = this.#roundOf[next] = -1;
    this.#roundOf[kept] = round;
    this.#keys.replace(kept);
  }

  /** Returns the row that does what both do; -1 if the database must see both. */
  #fold(waiting: number, next: number): number {
    const { insertMode } = this.#settings;
    const plan = this.#rows.planOf(waiting);
    // A second insert of a key must fail in the database.
    if (insertMode === "insert" || plan === null || plan !== this.#rows.planOf(next)) return -1;
    if (!this.#isSurelyTaken(plan, waiting) || !this.#isSurelyTaken(plan, next)) return -1;
    if (insertMode === "ignore") return waiting;
    return this.#newest === null ? next : this.#newest.fold(waiting, next);
  }

  /** As `isSurelyTaken` of the row's change. */
  #isSurelyTaken(plan: ColumnPlan, row: number): boolean {
    if (!plan.rows.folds) return false;
    const change = this.#rows.changeOf(row);
    if (change !== undefined) return isSurelyTaken(change);
    const { cells } = this.#rows;
    const at = this.#rows.at(row);
    let isLong = false;
    for (let column = 0; column < plan.judged; column++) {
      const to = at + column * SPAN_NUMBERS;
      const kind = cells[to]! & 0xff;
      const isValue = column >= plan.rows.keys.length;
      if (kind === SpanKind.null && isValue && plan.refusesNull[column] === true) return false;
      if (kind < SpanKind.integer || kind >= SpanKind.int64) continue;
      const bytes = cells[to + 2]!;
      if (bytes > cellLengthMax * bytesOfCharacterMax) return false;
      isLong ||= bytes * charactersOfByteMax > cellLengthMax;
    }
    return !isLong || this.#isSurelyTakenAsObject(plan, row);
  }

  /** For long cells: only the cell's own characters count. */
  #isSurelyTakenAsObject({ rows: plan }: ColumnPlan, row: number): boolean {
    const record = this.#rows.batch.record(row);
    const fields = asFields(record.value);
    return fields !== null && isSurelyTaken(new RowMaker(plan, this.#settings, 0).write(record, fields));
  }

  /** Puts the rows that stay into `#order`, and returns how many there are. */
  #kept(count: number): number {
    let [kept, columns, ranks] = [0, 0, 0];
    this.#ranks = roomFor(this.#ranks, this.#rows.plans.all.length);
    this.#ranks.fill(-1);
    for (let row = 0; row < count; row++) {
      if (this.#roundOf[row]! < 0) continue;
      this.#order[kept++] = row;
      const { index, from } = this.#rows.planOf(row)!;
      columns += from.length;
      if (this.#ranks[index]! < 0) this.#ranks[index] = ranks++;
    }
    this.#out = roomFor(this.#out, columns * SPAN_NUMBERS);
    return kept;
  }

  #statementsOf(kept: number): readonly SpanStatement[] {
    const groups = this.#group(kept);
    const statements: SpanStatement[] = [];
    let out = 0;
    for (let group = 0; group < groups; group++) {
      const end = this.#groups[group + 1]!;
      for (let from = this.#groups[group]!; from < end; from += this.#settings.batchRowsMax) {
        const to = Math.min(end, from + this.#settings.batchRowsMax);
        const plan = this.#rows.planOf(this.#grouped[from]!)!;
        const length = (to - from) * plan.from.length * SPAN_NUMBERS;
        this.#write(plan, from, to, out);
        statements.push(this.#statement(plan, to - from, this.#out.subarray(out, out + length)));
        out += length;
      }
    }
    return statements;
  }

  #statement({ rows }: ColumnPlan, count: number, spans: Int32Array): SpanStatement {
    const { sources } = this.#rows.memory;
    return { kind: this.#settings.insertMode, plan: rows.write, rows: { count, spans, sources } };
  }

  /** Copies rows into `#grouped`, by round and plan. Returns the number of groups. */
  #group(kept: number): number {
    const plans = this.#rows.plans.all.length;
    const groups = this.#rounds * plans;
    const starts = this.#groups = roomFor(this.#groups, groups + 2);
    starts.fill(0, 0, groups + 2);
    for (let index = 0; index < kept; index++) starts[this.#groupOf(this.#order[index]!, plans) + 2]! += 1;
    for (let group = 2; group < groups + 2; group++) starts[group]! += starts[group - 1]!;
    // Each start moves to the group's end while its rows are put, which is where the next one began.
    for (let index = 0; index < kept; index++) {
      const row = this.#order[index]!;
      const group = this.#groupOf(row, plans) + 1;
      this.#grouped[starts[group]!] = row;
      starts[group]! += 1;
    }
    return groups;
  }

  #groupOf(row: number, plans: number): number {
    return this.#roundOf[row]! * plans + this.#ranks[this.#rows.planOf(row)!.index]!;
  }

  /** Copies the spans of some rows of `#grouped` to `#out`. */
  #write(plan: ColumnPlan, from: number, to: number, out: number): void {
    const numbers = plan.from.length * SPAN_NUMBERS;
    const { cells } = this.#rows;
    const target = this.#out;
    for (let index = from, place = out; index < to; index++, place += numbers) {
      const row = this.#grouped[index]!;
      const at = this.#rows.at(row);
      for (let number = 0; number < numbers; number++) target[place + number] = cells[at + number]!;
      this.#newest?.copyOthers(row, plan, target, place);
    }
  }
}
