import { SPAN_NUMBERS, SpanKind } from "../../../connect/api/spans.ts";
import type { NewestWinsSettings } from "../options/sink_settings.ts";
import { roomFor } from "./column_memory.ts";
import type { ColumnPlan } from "./column_plan.ts";
import type { ColumnRows } from "./column_rows.ts";

/** Rows for which there is room at first; it grows. */
const rowsFirst = 1024;

/**
 * Folds two rows of one key into one, with times as numbers: see `foldNewest`, which this follows rule by rule. A row
 * that stays can have own values and a reopening of other rows.
 */
export class NewestFold {
  readonly #rows: ColumnRows;
  readonly #hasPosition: boolean;
  readonly #hasSeal: boolean;
  /** How many columns have times of their own. */
  readonly #owns: number;
  /** Of each row and own column: the row with the value and its time; -1 = unknown. */
  #own: Int32Array;
  /** Of each row: the row with the reopening; -1 = none. */
  #reopened = new Int32Array(rowsFirst);

  constructor({ position, seal, ownTimes }: NewestWinsSettings, rows: ColumnRows) {
    this.#rows = rows;
    this.#hasPosition = position !== null;
    this.#hasSeal = seal !== null;
    this.#owns = ownTimes.length;
    this.#own = new Int32Array(rowsFirst * this.#owns);
  }

  /** Starts a batch of this many rows. */
  begin(rows: number): void {
    this.#own = roomFor(this.#own, rows * this.#owns);
    this.#reopened = roomFor(this.#reopened, rows);
  }

  /** Adds a row as it is. */
  add(row: number, { ownAt }: ColumnPlan): void {
    const { cells, reopened } = this.#rows;
    const at = this.#rows.at(row) + ownAt * SPAN_NUMBERS;
    for (let own = 0; own < this.#owns; own++) {
      const isKnown = (cells[at + own * 2 * SPAN_NUMBERS]! & 0xff) !== SpanKind.null;
      this.#own[row * this.#owns + own] = isKnown ? row : -1;
    }
    this.#reopened[row] = this.#hasSeal && !Number.isNaN(reopened[row]!) ? row : -1;
  }

  /** Returns the row that does what both do, in their order; -1 if both must be written. */
  fold(waiting: number, next: number): number {
    const { micros } = this.#rows;
    const isSame = this.#isSamePartition(waiting, next);
    const isNewer = micros[next] === micros[waiting]
      ? this.#hasPosition && isSame && this.#offset(next) > this.#offset(waiting)
      : micros[next]! > micros[waiting]!;
    if (!this.#canFold(waiting, next, isNewer, isSame)) return -1;
    const kept = isNewer ? next : waiting;
    for (let own = 0; own < this.#owns; own++) {
      const known = this.#own[waiting * this.#owns + own]!;
      const given = this.#own[next * this.#owns + own]!;
      const isGiven = given >= 0 &&
        (known < 0 || micros[given]! > micros[known]! || (isNewer && micros[given] === micros[known]));
      this.#own[kept * this.#owns + own] = isGiven ? given : known;
    }
    this.#reopened[kept] = this.#later(this.#reopened[waiting]!, this.#reopened[next]!);
    return kept;
  }

  /** Copies into a row's spans those that are other rows'. */
  copyOthers(row: number, { ownAt, reopenedAt }: ColumnPlan, spans: Int32Array, to: number): void {
    for (let own = 0; own < this.#owns; own++) {
      const from = this.#own[row * this.#owns + own]!;
      const column = ownAt + 2 * own;
      if (from === row || from < 0) continue; // a row's own value is never lost
      this.#copy(from, column, spans, to);
      this.#copy(from, column + 1, spans, to);
    }
    const from = this.#reopened[row]!;
    if (reopenedAt >= 0 && from !== row && from >= 0) this.#copy(from, reopenedAt, spans, to);
  }

  #copy(from: number, column: number, spans: Int32Array, to: number): void {
    const { cells } = this.#rows;
    const at = this.#rows.at(from) + column * SPAN_NUMBERS;
    const place = to + column * SPAN_NUMBERS;
    for (let number = 0; number < SPAN_NUMBERS; number++) spans[place + number] = cells[at + number]!;
  }

  #canFold(waiting: number, next: number, isNewer: boolean, isSame: boolean): boolean {
    const { micros } = this.#rows;
    if (this.#hasSeal && !this.#canFoldReopening(waiting, next, isSame || !this.#hasPosition)) return false;
    if (!this.#hasPosition) return true;
    if (micros[next] === micros[waiting] && !isSame) return false;
    for (let own = 0; own < this.#owns; own++) {
      const known = this.#own[waiting * this.#owns + own]!;
      const given = this.#own[next * this.#owns + own]!;
      const isFine = given < 0
        ? known < 0 || isSame || !isNewer
        : known < 0
        ? isNewer
        : micros[given] !== micros[known] && (isNewer || micros[given]! < micros[known]!);
      if (!isFine) return false;
    }
    return true;
  }

  #canFoldReopening(waiting: number, next: number, isPlaceKnown: boolean): boolean {
    const { micros, reopened } = this.#rows;
    const [before, after] = [this.#reopened[waiting]!, this.#reopened[next]!];
    if (before < 0 && after < 0) return true;
    if (!isPlaceKnown) return false;
    return after < 0 || (before >= 0 && reopened[before] === micros[waiting]);
  }

  /** Of two rows with a reopening, or none. */
  #later(a: number, b: number): number {
    if (a < 0 || b < 0) return a < 0 ? b : a;
    const { reopened } = this.#rows;
    return reopened[b]! > reopened[a]! ? b : a;
  }

  #isSamePartition(a: number, b: number): boolean {
    const { batch } = this.#rows;
    const [one, other] = [batch.originOf(a), batch.originOf(b)];
    return one === other || (one.partition === other.partition && one.topic === other.topic);
  }

  #offset(row: number): number {
    return this.#rows.batch.offsetOf(row);
  }
}
