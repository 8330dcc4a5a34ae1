/** A database in memory, for both ways of a SQL sink: rows of cells, and rows of spans. @module */

import { partitionKey, PartitionMap, type TopicPartition } from "../../../../connect/api/record.ts";
import type { ConnectValue } from "../../../../connect/api/schema.ts";
import { SPAN_NUMBERS, type SpanArena, SpanKind } from "../../../../connect/api/spans.ts";
import type {
  Cell,
  ColumnShape,
  LockedOffset,
  OffsetProgress,
  RowsStatement,
  SqlDialect,
  SqlTransaction,
  TableShape,
  TransactionEnd,
  WriteCount,
} from "../../../../sinks/sql/dialect.ts";
import type {
  ExpectedProgress,
  SpanDialect,
  SpanForm,
  SpanStatement,
} from "../../../../sinks/sql/span_dialect.ts";
import { microsOf } from "../../../../sinks/sql/plan/instant.ts";
import { CellProblem, SqlFailure } from "../../../../sinks/sql/sql_failure.ts";

const decoder = new TextDecoder();
const never = () => Promise.reject(new Error("Not expected here"));

type Row = ReadonlyMap<string, Cell>;
/** Rows by key; rows without a key by a number. */
type Rows = ReadonlyMap<string, Row>;

/** What a database does besides writing. */
interface MemoryOptions {
  readonly table: TableShape;
  readonly keyNames: readonly string[];
  /** The failure of a row that a check refuses. */
  readonly refuses?: (row: Row) => boolean;
}

/** One table, whose statements it remembers. */
export class MemoryDatabase implements SqlDialect {
  readonly address = "memory";
  table: TableShape;
  rows: Rows = new Map();
  readonly offsets = new PartitionMap<LockedOffset>();
  /** Committed statements, their rows sorted. */
  readonly log: string[] = [];
  /** Thrown by the next writes, instead of writing. */
  readonly failures: Error[] = [];
  readonly ledger: string[] = [];
  /** How many batches came as spans. */
  spanBatches = 0;
  readonly #options: MemoryOptions;

  constructor(options: MemoryOptions) {
    this.#options = options;
    this.table = options.table;
  }

  readonly spans: SpanDialect = {
    formOf: (shape) => new MemoryForm(shape),
    takesPlan: () => true,
    write: (statements, progress) => this.#writeSpans(statements, progress),
  };
  readonly describe = () => Promise.resolve(this.table);
  readonly lookAgain = () => Promise.resolve(false);
  readonly connect = () => Promise.resolve();
  readonly close = () => Promise.resolve();
  readonly check = never;
  readonly checkStatements = () => Promise.resolve();
  readonly housekeeping = {
    ...{ checkLedger: () => Promise.resolve(), checkRetention: () => Promise.resolve(), purge: never },
    note: (entry: object) => {
      this.ledger.push(
        JSON.stringify(entry, (_, value) => typeof value === "bigint" ? String(value) : value),
      );
      return Promise.resolve();
    },
  };

  openOffsets(partitions: readonly TopicPartition[]) {
    for (const at of partitions) {
      this.offsets.set(at, { fence: 1n, nextOffset: this.offsets.get(at)?.nextOffset ?? null });
    }
    const opened = partitions.map((at) =>
      [at, { fence: 1n, from: this.offsets.get(at)?.nextOffset ?? 0n }] as const
    );
    return Promise.resolve(new PartitionMap(opened));
  }

  writeAll(statements: readonly RowsStatement[]): Promise<readonly WriteCount[]> {
    return this.transaction(async (tx) => {
      const counts: WriteCount[] = [];
      for (const statement of statements) counts.push(await tx.write(statement));
      return { by: "commit", result: counts };
    });
  }

  async transaction<T>(work: (tx: SqlTransaction) => Promise<TransactionEnd<T>>): Promise<T> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const [rows, log] = [this.rows, this.log.length];
    let saved = rows;
    const moved: OffsetProgress[] = [];
    const write = async (statement: RowsStatement) => await Promise.resolve(this.#apply(statement));
    try {
      const { by, result } = await work({
        ...{ write, trace: write, checkConstraintsAtOnce: () => Promise.resolve() },
        savepoint: () => Promise.resolve(void (saved = this.rows)),
        rollbackToSavepoint: () => {
          this.rows = saved;
          return Promise.resolve(null);
        },
        lockOffsets: (partitions) => Promise.resolve(this.#locked(partitions)),
        advanceOffsets: (progress) => Promise.resolve(void moved.push(...progress)),
      });
      if (by === "commit") this.#advance(moved);
      else this.#rollback(rows, log);
      return result;
    } catch (error) {
      this.#rollback(rows, log);
      throw error;
    }
  }

  #rollback(rows: Rows, log: number): void {
    this.rows = rows;
    this.log.length = log;
  }

  #locked(partitions: readonly TopicPartition[]): PartitionMap<LockedOffset> {
    return new PartitionMap(partitions.flatMap((at) => {
      const row = this.offsets.get(at);
      return row === undefined ? [] : [[at, row] as const];
    }));
  }

  #advance(progress: readonly OffsetProgress[]): void {
    for (const { at, nextOffset, fence, lastTimestamp } of progress) {
      this.offsets.set(at, { fence, nextOffset });
      this.log.push(`${partitionKey(at)} ${nextOffset} ${lastTimestamp}`);
    }
  }

  async #writeSpans(statements: readonly SpanStatement[], progress: readonly ExpectedProgress[]) {
    this.spanBatches += 1;
    const isMoved = progress.some(({ at, before, fence }) => {
      const row = this.offsets.get(at);
      return row?.fence !== fence || row.nextOffset !== before;
    });
    if (isMoved) return "offsets moved" as const;
    return await this.transaction<readonly WriteCount[]>(async (tx) => {
      const counts: WriteCount[] = [];
      for (const { kind, plan, rows } of statements) {
        counts.push(
          await tx.write({
            kind,
            plan,
            rows: cellsOf(plan.columns.map(({ shape }) => shape), rows),
            records: [],
          }),
        );
      }
      await tx.advanceOffsets(progress);
      return { by: "commit", result: counts };
    });
  }

  #apply(statement: RowsStatement): WriteCount {
    const { kind, plan, rows } = statement;
    const names = plan.columns.map(({ shape }) => shape.name);
    let touched = 0;
    const next = new Map(this.rows);
    for (const cells of kind === "rekey" ? [] : rows) {
      const row = new Map(
        names.map((name, index) => [name, cells[index] ?? ""]).slice(0, cells.length) as [string, Cell][],
      );
      const before = next.get(this.#keyOf(row, next.size));
      const after = kind === "delete" ? undefined : this.#after(statement, before, row);
      if (after !== undefined && this.#options.refuses?.(after) === true) throw refused("23514");
      if (after === before) continue;
      touched += 1;
      if (after === undefined) next.delete(this.#keyOf(row, 0));
      else next.set(this.#keyOf(row, next.size), after);
    }
    this.rows = next;
    this.log.push(`${kind} ${names.join()} ${rows.map((cells) => cells.join("|")).toSorted().join("\n")}`);
    return { touched, closed: 0 };
  }

  #keyOf(row: Row, otherwise: number): string {
    const { keyNames } = this.#options;
    return keyNames.length === 0 ? String(otherwise) : keyNames.map((name) => row.get(name)).join("|");
  }

  #after({ kind, plan }: RowsStatement, before: Row | undefined, row: Row): Row {
    if (before === undefined) return row;
    if (kind === "insert") throw refused("23505");
    if (kind === "ignore") return before;
    const { guard } = plan;
    if (guard === null) return new Map([...before, ...row]);
    const after = new Map(before);
    if (isNewer(row, before, guard.time, guard.position)) {
      for (const { shape: { name }, role } of plan.columns) {
        if (["value", "time", "position", "fingerprint"].includes(role)) after.set(name, row.get(name) ?? "");
      }
    }
    for (const { shape: { name }, timeColumn } of plan.columns) {
      if (
        timeColumn === undefined || row.get(name) === "NULL" ||
        !isNewer(row, before, timeColumn, guard.position)
      ) continue;
      after.set(name, row.get(name) ?? "");
      after.set(timeColumn, row.get(timeColumn) ?? "");
    }
    const isSame = [...after].every(([name, cell]) => before.get(name) === cell);
    return isSame ? before : after;
  }
}

function isNewer(row: Row, before: Row, time: string, position: readonly string[] | null): boolean {
  const [a, b] = [timeOf(row.get(time)), timeOf(before.get(time))];
  if (a !== b) return a > b;
  if (position === null) return false;
  const [topic = "", partition = "", offset = ""] = position;
  return row.get(topic) === before.get(topic) && row.get(partition) === before.get(partition) &&
    Number(row.get(offset)) > Number(before.get(offset));
}

function timeOf(cell: Cell | undefined): number {
  return cell === undefined || cell === "NULL" ? -Infinity : microsOf(cell.slice(1, -1)) ?? NaN;
}

function refused(sqlstate: string): SqlFailure {
  return new SqlFailure("data", `SQLSTATE ${sqlstate}`, { sqlstate });
}

/** Returns rows of spans as cells. */
function cellsOf(
  shapes: readonly ColumnShape[],
  { count, spans, sources }: SpanStatement["rows"],
): Cell[][] {
  return Array.from({ length: count }, (_, row) =>
    shapes.map((shape, column) => {
      const at = (row * shapes.length + column) * SPAN_NUMBERS;
      const [first = 0, place = 0, length = 0] = spans.subarray(at, at + SPAN_NUMBERS);
      return shape.encode(valueOf(sources[first >> 8] ?? new Uint8Array(), first & 0xff, place, length));
    }));
}

function valueOf(bytes: Uint8Array, kind: number, at: number, length: number): ConnectValue {
  const text = () => decoder.decode(bytes.subarray(at, at + length));
  const whole = () => (BigInt(at) << 32n) + BigInt(length >>> 0);
  switch (kind) {
    case SpanKind.null:
      return null;
    case SpanKind.false:
    case SpanKind.true:
      return kind === SpanKind.true;
    case SpanKind.integer:
      return BigInt(text());
    case SpanKind.number:
      return Number(text());
    case SpanKind.text:
      return text();
    case SpanKind.bytes:
      return bytes.slice(at, at + length);
    case SpanKind.int64:
      return whole();
    case SpanKind.instant: {
      const micros = whole();
      const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
      const fraction = String(micros - millis * 1000n).padStart(3, "0");
      return new Date(Number(millis)).toISOString().replace("Z", `${fraction}Z`);
    }
    default:
      throw new Error(`Cannot write a span of kind ${kind}`);
  }
}

/** Takes each span whose value the column takes. */
class MemoryForm implements SpanForm {
  readonly #shape: ColumnShape;

  constructor(shape: ColumnShape) {
    this.#shape = shape;
  }

  takes(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
    try {
      this.#shape.encode(valueOf(bytes, kind, at, length));
      return true;
    } catch (error) {
      if (error instanceof CellProblem) return false;
      throw error;
    }
  }

  spanOf(cell: Cell, spans: Int32Array, to: number, arena: SpanArena): void {
    if (cell === "t" || cell === "f") {
      spans[to] = cell === "t" ? SpanKind.true : SpanKind.false;
      return;
    }
    const isQuoted = cell.startsWith('"');
    const text = isQuoted ? cell.slice(1, -1).replace(/\\(.)/g, "$1") : cell;
    const at = arena.length;
    const isNumber = !isQuoted && Number.isFinite(Number(cell));
    const kind = !isNumber ? SpanKind.text : /^-?\d+$/.test(cell) ? SpanKind.integer : SpanKind.number;
    spans.set([kind, at, arena.addText(text)], to);
  }
}
