/**
 * The rows of one batch for one table: the last write of a key wins, what can't be folded is written one after
 * the other.
 *
 * @module
 */

import type { SinkRecord } from "../../connect/api/record.ts";
import type { Cell, RowsStatement, TablePlan, WriteKind } from "./dialect.ts";
import { foldNewest, type TimedRow } from "./newest_wins.ts";
import { retentionCutoffMs } from "./retention.ts";
import { instantCell, RowMaker } from "./row_maker.ts";
import type { InsertMode, SinkSettings } from "./sink_settings.ts";
import type { RowPlan } from "./table_plan.ts";
import type { RemoveRow, WriteRow } from "./table_row.ts";

/** How the rows of a statement are ordered. */
export type RowOrder = "key" | "arrival";

/** What a tombstone does. */
export type TombstoneEffect = "ignored" | "deletes" | "erases";

/** What a tombstone does by the options, wherever its topic was renamed to. */
export function tombstoneEffect(record: SinkRecord, settings: SinkSettings): TombstoneEffect {
  if (settings.newest?.erasure?.topics.has(record.origin.topic) === true) return "erases";
  return settings.deletes ? "deletes" : "ignored";
}

/**
 * Collects records and turns them into statements. A round holds each key at most once; the statements of one
 * round come before those of the next.
 */
export class TableBatch {
  readonly #plan: RowPlan;
  readonly #settings: SinkSettings;
  readonly #maker: RowMaker;
  /** A dialect has one for all columns. */
  readonly #nullCell: Cell;
  readonly #rounds: Round[] = [];
  readonly #roundOf = new Map<string, Round>();
  /** Former key -> key, for the first, second… former key. */
  readonly #rekeys: Map<Cell, Cell>[] = [];
  /** Microseconds since 1970; an older event isn't written. */
  readonly #oldestMicros: number;
  #tooOld = 0;

  /** @param nowMs no erasure is later than that, and one without a record timestamp is of now */
  constructor(plan: RowPlan, settings: SinkSettings, nowMs: number) {
    this.#plan = plan;
    this.#settings = settings;
    this.#maker = new RowMaker(plan, settings, nowMs);
    this.#nullCell = plan.time?.encode(null) ?? "";
    this.#oldestMicros = (retentionCutoffMs(settings, nowMs) ?? Number.NEGATIVE_INFINITY) * 1000;
  }

  /** Records that were left out, since their event is older than rows are kept. */
  get tooOld(): number {
    return this.#tooOld;
  }

  /**
   * Adds a record; one that throws leaves the batch as it was.
   *
   * @throws DataException where the record can't be a row
   */
  add(record: SinkRecord): void {
    if (record.value === null) return this.#addTombstone(record);
    const row = this.#maker.write(record);
    if (row.timing !== null && row.timing.micros < this.#oldestMicros) {
      this.#tooOld += 1;
      return;
    }
    this.#addPreviousKeys(record, row.cells);
    const { insertMode } = this.#settings;
    if (insertMode === "insert") return this.#addInsert(row);
    const round = this.#roundOf.get(row.key);
    if (round === undefined) return this.#round(0).set(row, this.#roundOf);
    const waiting = round.writes.get(row.key);
    const folded = waiting === undefined ? null : this.#fold(waiting, row, insertMode);
    if (folded === null) return this.#round(round.index + 1).set(row, this.#roundOf);
    round.writes.delete(row.key); // it comes again, so it goes to the end
    round.writes.set(row.key, folded);
  }

  /**
   * The statements, in the order in which they have to run.
   *
   * @param order by key, so that two tasks rarely wait for each other; by arrival, each row with its record, to find
   * out which of them the database refuses
   */
  statements(order: RowOrder): readonly RowsStatement[] {
    const { fingerprints } = this.#settings;
    const marks = fingerprints === null || this.#plan.fingerprint === null
      ? []
      : [this.#plan.fingerprint.encode(fingerprints.current)];
    const rekeys = this.#rekeys.map((pairs): RowsStatement => ({
      kind: "rekey",
      plan: this.#plan.rekey,
      rows: [...pairs.keys()].sort().map((former) => [former, pairs.get(former) ?? former, ...marks]),
    }));
    return [...rekeys, ...this.#rounds.flatMap((round) => this.#statementsOf(round, marks, order))];
  }

  #statementsOf(round: Round, marks: readonly Cell[], order: RowOrder): readonly RowsStatement[] {
    const { remove, erase, write } = this.#plan;
    const { insertMode, batchRowsMax, newest } = this.#settings;
    const isErasure = newest?.erasure != null;
    const chunks = { rowsMax: batchRowsMax, order };
    const removals = chunked(inOrder(round.removals, order), chunks, {
      kind: isErasure ? "erase" : "delete",
      plan: isErasure ? erase : remove,
      cellsOf: (row) => isErasure ? this.#erasureCells(row, marks) : row.cells,
    });
    const writes = chunked(insertMode === "insert" ? round.inserts : inOrder(round.writes, order), chunks, {
      kind: insertMode,
      plan: write,
      cellsOf: (row) => this.#cells(row, marks),
    });
    return [...removals, ...writes];
  }

  #cells({ cells, timing }: WriteRow, marks: readonly Cell[]): readonly Cell[] {
    if (timing === null) return marks.length === 0 ? cells : cells.concat(marks);
    const { own, registered } = this.#plan;
    const all = cells.slice();
    for (let index = 0; index < own.length; index++) {
      const given = timing.own[index] ?? null;
      all.push(given?.value ?? this.#nullCell, given?.time ?? this.#nullCell);
    }
    if (registered !== null) all.push(timing.registered?.cell ?? this.#nullCell);
    this.#pushMarks(all, timing, marks);
    return all;
  }

  #erasureCells(row: RemoveRow, marks: readonly Cell[]): readonly Cell[] {
    const { erased } = this.#plan;
    const cells = row.cells.slice();
    if (erased !== null) cells.push(instantCell(erased, row.micros));
    this.#pushMarks(cells, row, marks);
    return cells;
  }

  #pushMarks(cells: Cell[], { at, offset }: Pick<RemoveRow, "at" | "offset">, marks: readonly Cell[]): void {
    const [topic, partition, place] = this.#plan.position;
    if (topic !== undefined && partition !== undefined && place !== undefined) {
      cells.push(topic.encode(at.topic), partition.encode(BigInt(at.partition)), place.encode(offset));
    }
    for (const mark of marks) cells.push(mark);
  }

  #addTombstone(record: SinkRecord): void {
    const effect = tombstoneEffect(record, this.#settings);
    if (effect === "ignored") return;
    const row = this.#maker.remove(record);
    this.#addPreviousKeys(record, row.cells);
    const round = this.#roundOf.get(row.key);
    if (round === undefined) return this.#round(0).remove(row, this.#roundOf);
    const waiting = round.removals.get(row.key);
    if (waiting !== undefined) return this.#joinRemovals(round, waiting, row);
    // A row that waits is deleted with the one in the database; an erasure may leave it, and inserts are counted.
    const replaces = effect === "deletes" && this.#settings.insertMode !== "insert";
    (replaces ? round : this.#round(round.index + 1)).remove(row, this.#roundOf);
  }

  /** Two tombstones in a row: the later one, unless that depends on the row in the database. */
  #joinRemovals(round: Round, waiting: RemoveRow, row: RemoveRow): void {
    const isSame = waiting.at.partition === row.at.partition && waiting.at.topic === row.at.topic;
    if (!isSame && this.#plan.position.length > 0) {
      return this.#round(round.index + 1).remove(row, this.#roundOf);
    }
    if (row.micros > waiting.micros) round.remove(row, this.#roundOf);
  }

  #addInsert(row: WriteRow): void {
    const { deletes } = this.#settings;
    const round = deletes ? this.#roundOf.get(row.key) : undefined;
    const isDeleted = round?.removals.has(row.key) === true;
    const target = this.#round((round?.index ?? 0) + (isDeleted ? 1 : 0));
    target.inserts.push(row);
    if (deletes) this.#roundOf.set(row.key, target);
  }

  /** Null where the rows have to stay apart. */
  #fold(waiting: WriteRow, row: WriteRow, mode: InsertMode): WriteRow | null {
    if (mode === "ignore") return waiting;
    if (!isTimed(waiting) || !isTimed(row)) return row;
    const { newest } = this.#settings;
    const rules = { hasPosition: newest?.position != null, hasErasure: newest?.erasure != null };
    return foldNewest(waiting, row, rules);
  }

  #addPreviousKeys(record: SinkRecord, keys: readonly Cell[]): void {
    const [key] = keys;
    if (key === undefined) return;
    this.#maker.previousKeys(record).forEach((former, index) => {
      if (former === key) return;
      (this.#rekeys[index] ??= new Map()).set(former, key);
    });
  }

  #round(index: number): Round {
    return this.#rounds[index] ??= new Round(index);
  }
}

class Round {
  readonly writes = new Map<string, WriteRow>();
  readonly removals = new Map<string, RemoveRow>();
  readonly inserts: WriteRow[] = [];

  constructor(readonly index: number) {}

  set(row: WriteRow, roundOf: Map<string, Round>): void {
    this.writes.set(row.key, row);
    roundOf.set(row.key, this);
  }

  remove(row: RemoveRow, roundOf: Map<string, Round>): void {
    this.writes.delete(row.key);
    this.removals.set(row.key, row);
    roundOf.set(row.key, this);
  }
}

function isTimed(row: WriteRow): row is TimedRow {
  return row.timing !== null;
}

function inOrder<R>(rows: ReadonlyMap<string, R>, order: RowOrder): readonly R[] {
  if (order === "arrival") return [...rows.values()];
  const ordered: R[] = [];
  for (const key of [...rows.keys()].sort()) {
    const row = rows.get(key);
    if (row !== undefined) ordered.push(row);
  }
  return ordered;
}

interface RowsForm<R> {
  readonly kind: WriteKind;
  readonly plan: TablePlan;
  readonly cellsOf: (row: R) => readonly Cell[];
}

function chunked<R extends WriteRow | RemoveRow>(
  rows: readonly R[],
  { rowsMax, order }: { readonly rowsMax: number; readonly order: RowOrder },
  { kind, plan, cellsOf }: RowsForm<R>,
): readonly RowsStatement[] {
  const statements: RowsStatement[] = [];
  for (let from = 0; from < rows.length; from += rowsMax) {
    const chunk = rows.length <= rowsMax ? rows : rows.slice(from, from + rowsMax);
    const records = order === "arrival" ? { records: chunk.map(({ record }) => record) } : {};
    statements.push({ kind, plan, rows: chunk.map(cellsOf), ...records });
  }
  return statements;
}
