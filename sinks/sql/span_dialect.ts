/**
 * The part of the port to a database that takes spans: values as places in memory, as the column way of delivery has
 * them. Optional: a database without it gets cells.
 *
 * @module
 */

import type { SpanArena } from "../../connect/api/spans.ts";
import type {
  Cell,
  ColumnShape,
  OffsetProgress,
  SqlDialect,
  TablePlan,
  WriteCount,
  WriteKind,
} from "./dialect.ts";

/** How spans go into a column. */
export interface SpanForm {
  /**
   * Whether a span can be sent as it is: exactly what the column's `encode` would make of its value. False also for what
   * `encode` would refuse.
   */
  takes(bytes: Uint8Array, kind: number, at: number, length: number): boolean;
  /** Writes the span of a cell that `encode` has made to `spans`, from index `to` on; its bytes go to the arena. */
  spanOf(cell: Cell, spans: Int32Array, to: number, arena: SpanArena): void;
}

/** Rows of spans for one statement. Each span has three numbers, as in `connect/api/spans.ts`. */
export interface SpanRows {
  readonly count: number;
  /** The span of the plan's column `c` in row `r` begins at `(r * columns + c) * 3`. */
  readonly spans: Int32Array;
  /** Memory of the spans, by source. */
  readonly sources: readonly Uint8Array[];
}

/** As {@link RowsStatement}, for `insert`, `upsert` and `ignore`. No two rows have the same key, except for `insert`. */
export interface SpanStatement {
  readonly kind: WriteKind;
  readonly plan: TablePlan;
  readonly rows: SpanRows;
}

/** A partition's progress, and where it must be before. */
export interface ExpectedProgress extends OffsetProgress {
  /** The database's `next_offset` now. */
  readonly before: bigint;
}

/** Writes rows of spans. Everything else about them, such as a search for bad records, is done with cells. */
export interface SpanDialect {
  /** Returns how spans go into the column; null if they can't. */
  formOf(shape: ColumnShape): SpanForm | null;
  /** Whether `write` takes rows of the plan now. Asked before each batch. */
  takesPlan(plan: TablePlan): boolean;
  /**
   * Writes everything in one transaction, as `writeAll`; with exactly once including the offsets. It is committed when
   * the promise resolves, unless it resolves with `offsets moved`: then a partition's fence or offset isn't the
   * expected one, and nothing was written.
   */
  write(
    statements: readonly SpanStatement[],
    progress: readonly ExpectedProgress[],
  ): Promise<readonly WriteCount[] | "offsets moved">;
}

/** A database that may take rows of spans. */
export interface SpanSqlDialect extends SqlDialect {
  /** Absent = it takes cells only. */
  readonly spans?: SpanDialect;
}
