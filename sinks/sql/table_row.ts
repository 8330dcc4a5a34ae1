/** Rows in memory: cells, and for newest wins when and where each came from. @module */

import type { SinkRecord, TopicPartition } from "../../connect/api/record.ts";
import type { Cell } from "./dialect.ts";
import type { Micros } from "./instant.ts";

/** A value with a time of its own, as one row has it; null = unknown. */
export interface OwnValue {
  readonly value: Cell;
  readonly time: Cell;
  readonly micros: Micros;
}

/** What newest wins compares. */
export interface RowTiming {
  readonly micros: Micros;
  /** The same moment, for the database. */
  readonly cell: Cell;
  readonly at: TopicPartition;
  readonly offset: bigint;
  readonly own: readonly (OwnValue | null)[];
  readonly registered: { readonly cell: Cell; readonly micros: Micros } | null;
}

/** One row of an insert, upsert, ignore or update. */
export interface WriteRow {
  readonly key: string;
  /** Cells of the key, then of the columns with role value and time. */
  readonly cells: readonly Cell[];
  readonly timing: RowTiming | null;
  /** The last one that went into it. */
  readonly record: SinkRecord;
}

/** One row that is deleted, or emptied at a time. */
export interface RemoveRow {
  readonly key: string;
  /** Cells of the key. */
  readonly cells: readonly Cell[];
  readonly micros: Micros;
  readonly at: TopicPartition;
  readonly offset: bigint;
  readonly record: SinkRecord;
}
